import ChildProcess
import Foundation
import Model
import SSHServer
import Testing

@Suite("The mirror of a home, through the program", .timeLimit(.minutes(3)))
struct MirrorTests {
    @Test("a remote that takes the call and never answers is given up on after poll.timeout; the last good stays")
    func silent() throws {
        let home = try TestHome(runs: false)
        try home.reconcile()
        let good = try home.json("status")["applied"]?["commit"]
        let port = try SilentPort()
        try edit(home, "s|^  url: .*|  url: https://127.0.0.1:\(port.number)/x|; $ a poll: {timeout: 1s}")
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(75), "\(result.errorText)")
        let status = try home.json("status")
        #expect(status["reason"] == "RemoteTimedOut" && status["outcome"] == "waiting" && status["applied"]?["commit"] == good)
        #expect(try Program.output(Program.assay, ["status", "--home", home.path]).contains("poll.timeout"))
    }

    @Test(
        "with a key of an agent it fetches: the agent reaches the process that talks to the remote",
        .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"))
    func agent() throws {
        let home = try TestHome(runs: false)
        let server = try serve(home)
        try edit(home, "s|^    type: ssh-key|    type: ssh-agent|; /^    key:/d")
        // The agent ends with the command that it was started for.
        let script = "ssh-add -q '\(home.path)/keys/forge' && '\(Program.assay)' reconcile --home '\(home.path)'"
        try Program.output("ssh-agent", ["sh", "-c", script])
        #expect(try home.json("status")["outcome"] == "ready")
        #expect(server.log(through: "Accepted publickey").contains("Accepted publickey"))
        let alone = try home.assay("reconcile")
        #expect(alone.status == .exited(1))
        #expect(try home.json("status")["reason"] == "CredentialsRefused")
    }

    @Test("on a full disk it is refused with the reason, nothing is lost, and it goes on when there is space", arguments: [false, true])
    func fullDisk(overSSH: Bool) throws {
        if overSSH, SSHServer.obstacle != nil { return }
        let home = try TestHome(runs: false)
        let server = overSSH ? try serve(home) : nil
        defer { withExtendedLifetime(server) {} }
        try home.reconcile()
        try Program.output("sh", ["-c", "head -c 300000 /dev/urandom | base64 > '\(home.workspace.checkout)/large.txt'"])
        let next = try home.workspace.commit("A large file")
        let mirror = home.path + "/mirror.git"
        try Program.output("cp", ["-a", mirror, home.scratch.path + "/saved"])
        // A disk of its own for the mirror, with 64 KiB left.
        let script = """
            cd '\(mirror)'; cp -a '\(home.scratch.path)/saved/.' .
            cat /dev/zero > filler 2> /dev/null; truncate -s -65536 filler
            state() { find objects/pack quarantine -type f 2> /dev/null; ls quarantine; git for-each-ref refs/remotes; }
            mkdir -p quarantine; state > ../before
            '\(Program.assay)' reconcile 2> ../refusal; echo "exit $?"
            state | diff ../before - && echo "as it was"
            '\(Program.assay)' status --json
            rm filler
            '\(Program.assay)' reconcile --json
            git fsck --full --strict && git rev-list --objects --all > /dev/null && echo "whole"
            """
        let output = try Program.output(
            "bwrap", ["--dev-bind", "/", "/", "--size", "4000000", "--tmpfs", mirror, "sh", "-c", script],
            environment: ["ASSAY_HOME": home.path])
        let refusal = try String(contentsOfFile: home.path + "/refusal", encoding: .utf8)
        #expect(output.contains("exit 75\n") && output.contains("\"reason\":\"MirrorUnwritable\""), "\(output)\(refusal)")
        #expect(refusal.contains(mirror) && refusal.contains("Check the free space"), "\(refusal)")
        #expect(output.contains("as it was\n") && output.contains("whole\n"), "\(output)")
        #expect(try home.json("status")["applied"]?["commit"]?.string == next)
    }

    @Test("a mirror on a read-only disk is read as long as nothing is new, and refused with the reason when something is")
    func readOnly() throws {
        let home = try TestHome(runs: false)
        try home.reconcile()
        let mirror = home.path + "/mirror.git"
        func reconcile() throws -> ProcessResult {
            try Program.run(
                "bwrap", ["--dev-bind", "/", "/", "--ro-bind", mirror, mirror, Program.assay, "reconcile"],
                environment: ["ASSAY_HOME": home.path])
        }
        #expect(try reconcile().status == .exited(0))
        try home.workspace.commit("Next")
        let refused = try reconcile()
        #expect(refused.status == .exited(75) && refused.errorText.contains("Read-only file system"), "\(refused.errorText)")
        #expect(try home.json("status")["reason"] == "MirrorUnwritable")
        try home.reconcile()
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("a damaged object of the mirror is named, and moving the mirror away mends it")
    func damaged() throws {
        let home = try TestHome(runs: false)
        try home.reconcile()
        let mirror = home.path + "/mirror.git"
        try Program.output("sh", ["-ec", "mv objects/pack/*.pack ../p; rm -f objects/pack/*; git unpack-objects -q < ../p"], in: mirror)
        let good = try #require(try home.json("status")["applied"]?["commit"]?.string)
        let file = "\(mirror)/objects/\(good.prefix(2))/\(good.dropFirst(2))"
        // Cut short: libgit2 by itself would go on for ever.
        try Program.output("sh", ["-ec", "chmod u+w '\(file)'; truncate -s 60 '\(file)'"])
        let next = try home.workspace.commit("Next")
        let refused = try home.assay("reconcile")
        #expect(refused.status == .exited(1) && refused.errorText.contains(file) && refused.errorText.contains("move it away"), "\(refused.errorText)")
        #expect(try home.json("status")["reason"] == "GitObjectCorrupted")
        try FileManager.default.moveItem(atPath: mirror, toPath: home.scratch.path + "/damaged.git")
        let reading = try home.assay("show", "revision", good)
        #expect(reading.status != .exited(0) && reading.errorText.contains("assay reconcile"), "\(reading.outputText)\(reading.errorText)")
        try home.reconcile()
        #expect(try home.json("status")["applied"]?["commit"]?.string == next)
        try Program.output("git", ["fsck", "--full", "--strict"], in: mirror)
    }

    @Test("the process that talks to remotes is no command for people")
    func hidden() throws {
        for words in [["--help"], ["completion", "bash"], ["completion", "zsh"], ["completion", "fish"]] {
            #expect(try !Program.output(Program.assay, words).contains("git-worker"))
        }
        let garbage = try Program.run(Program.assay, ["git-worker"], input: "{}")
        #expect(garbage.status == .exited(1) && garbage.outputText.isEmpty)
    }

    private func edit(_ home: TestHome, _ script: String) throws {
        try Program.output("sed", ["-i", script, home.path + "/config.yaml"])
    }

    /// Serves the workspace over SSH and configures the home for it.
    private func serve(_ home: TestHome) throws -> SSHServer {
        let keys = home.path + "/keys"
        for name in ["host", "forge"] {
            try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/\(name)"])
        }
        let server = try SSHServer(in: home.scratch.path + "/sshd", hostKeys: [keys + "/host"], authorizedKeys: keys + "/forge.pub")
        let host = try String(contentsOfFile: keys + "/host.pub", encoding: .utf8)
        try "[127.0.0.1]:\(server.port) \(host)".write(toFile: keys + "/known_hosts", atomically: true, encoding: .utf8)
        try edit(
            home,
            """
            s|^  url: .*|  url: ssh://\(server.user)@127.0.0.1:\(server.port)\(home.workspace.bare)|
            s|^    type: none.*|    type: ssh-key\\n    key: keys/forge|
            s|^  # knownHosts:.*|  knownHosts: keys/known_hosts|
            """)
        return server
    }
}
