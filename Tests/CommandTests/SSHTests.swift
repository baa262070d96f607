import Foundation
import Model
import SSHServer
import Testing

@Suite(
    "Reconciling over SSH through the program",
    .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"), .timeLimit(.minutes(2)))
struct SSHTests {
    @Test("a home with a key and a known_hosts file reconciles; without the host's line it says which line to add")
    func reconciles() throws {
        let home = try TestHome()
        let keys = home.path + "/keys"
        for name in ["host", "forge"] {
            try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/\(name)"])
        }
        let server = try SSHServer(in: home.scratch.path + "/sshd", hostKeys: [keys + "/host"], authorizedKeys: keys + "/forge.pub")
        try configure(home, url: "ssh://\(server.user)@127.0.0.1:\(server.port)\(home.workspace.bare)")

        try "# nobody yet\n".write(toFile: keys + "/known_hosts", atomically: true, encoding: .utf8)
        let refused = try home.assay("reconcile")
        #expect(refused.status == .exited(1))
        #expect(try home.json("status")["reason"] == "HostKeyUnknown")
        // The line is the end of what is printed, to be copied as it is.
        let start = try #require(refused.errorText.range(of: "[127.0.0.1]:\(server.port) ssh-ed25519 "))
        let line = refused.errorText[start.lowerBound...].prefix { !$0.isNewline }
        try "\(line)\n".write(toFile: keys + "/known_hosts", atomically: true, encoding: .utf8)

        try home.reconcile()
        #expect(try home.json("status")["outcome"] == "ready")
        let next = try home.workspace.commit("Later")
        // As a system service would start it.
        try Program.output("env", ["-u", "HOME", Program.assay, "reconcile", "--home", home.path])
        #expect(try home.json("status")["applied"]?["commit"]?.string == next)
        #expect(try home.run()["state"] == "succeeded")

        try "".write(toFile: keys + "/forge.pub", atomically: true, encoding: .utf8)
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try home.json("status")["reason"] == "CredentialsRefused")
    }

    /// Makes `config.yaml` log in over SSH; its paths are relative to the home.
    private func configure(_ home: TestHome, url: String) throws {
        let file = home.path + "/config.yaml"
        var lines = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n")
        lines = lines.compactMap { line in
            if line.hasPrefix("  url:") { return "  url: \(url)" }
            if line.hasPrefix("    type: none") { return "    type: ssh-key\n    key: keys/forge" }
            return line.hasPrefix("  # knownHosts:") ? "  knownHosts: keys/known_hosts" : line
        }
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    }
}
