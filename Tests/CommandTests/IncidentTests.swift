import ChildProcess
import Foundation
import Model
import SSHServer
import Testing

@Suite("What happens to a repository is told by name, and the last good stays")
struct IncidentTests {
    /// Reconciles a home that has a good commit: the incident has its own reason and remedy, in `status` too, and nothing is lost.
    private func expect(
        _ home: TestHome, reason: String, exit: Int32, outcome: String, says parts: [String], good: String
    ) throws {
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(exit), "\(reason): \(result.status) \(result.errorText)")
        let status = try home.json("status")
        #expect(status["reason"]?.string == reason && status["outcome"]?.string == outcome, "\(status)")
        #expect(status["applied"]?["commit"]?.string == good, "\(reason)")
        let shown = try Program.output(Program.assay, ["status", "--home", home.path])
        for part in parts + [reason] {
            #expect(shown.contains(part), "\(reason) lacks '\(part)': \(shown)")
        }
        #expect(try home.json("get", "entities")["entities"]?.array?.count == 2, "\(reason)")
    }

    private func applied(_ home: TestHome) throws -> String {
        try home.reconcile()
        return try #require(try home.json("status")["applied"]?["commit"]?.string)
    }

    @Test("a forced push: the good commit stays applied and in the mirror after the remote has forgotten it, and still runs")
    func forcedPush() throws {
        let home = try TestHome()
        let good = try applied(home)
        try home.workspace.git("checkout", "-q", "--orphan", "other")
        let other = try home.workspace.commit("Other")
        try home.workspace.git("push", "-q", "--force", "origin", "other:main")
        for command in [["reflog", "expire", "--expire=now", "--all"], ["gc", "-q", "--prune=now"]] {
            try Program.output("git", ["-C", home.workspace.bare] + command)
        }
        #expect(try Program.run("git", ["-C", home.workspace.bare, "cat-file", "-e", good]).status != .exited(0), "the remote has it still")
        for _ in 1...2 {
            let tip = try home.workspace.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
            try expect(
                home, reason: "HistoryRewritten", exit: 1, outcome: "stalled",
                says: [String(tip.prefix(10)), "git revert", "assay acknowledge"], good: good)
            // Fetched anew, with more on the new line.
            try home.workspace.git("commit", "-q", "--allow-empty", "-m", "More")
            try home.workspace.git("push", "-q", "origin", "HEAD:main")
        }
        #expect(other != good)
        try Program.output("git", ["-C", home.path + "/mirror.git", "gc", "-q", "--prune=now"])
        #expect(try home.run()["state"] == "succeeded")
        #expect(try home.run("oak-b")["commit"]?.string == good)
        // The way back: what was applied is pushed again by whoever has it.
        try Program.output("git", ["-C", home.path + "/mirror.git", "push", "-q", "--force", home.workspace.bare, "\(good):refs/heads/main"])
        try home.reconcile()
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("a deleted branch, a remote that is gone, one without commits, and an emptied tree each have a reason and a remedy")
    func remote() throws {
        let home = try TestHome(runs: false)
        let good = try applied(home)
        let bare = home.workspace.bare
        try Program.output("git", ["-C", bare, "update-ref", "refs/heads/other", good])
        try Program.output("git", ["-C", bare, "update-ref", "-d", "refs/heads/main"])
        try expect(
            home, reason: "BranchMissing", exit: 75, outcome: "waiting", says: ["no branch main", "it has other", "Push the branch"], good: good)
        try Program.output("git", ["-C", bare, "update-ref", "refs/heads/main", good])
        try home.reconcile()

        try FileManager.default.moveItem(atPath: bare, toPath: bare + ".away")
        try expect(
            home, reason: "RemoteUnreachable", exit: 75, outcome: "waiting", says: [bare, "Check that it exists"], good: good)
        try Program.output("git", ["init", "-q", "--bare", "-b", "main", bare])
        try expect(home, reason: "RemoteEmpty", exit: 75, outcome: "waiting", says: ["no commit yet", "Push a first commit"], good: good)
        try FileManager.default.removeItem(atPath: bare)
        try FileManager.default.moveItem(atPath: bare + ".away", toPath: bare)
        try home.reconcile()

        try home.workspace.git("rm", "-q", "-r", ".")
        let emptied = try home.workspace.commit("Remove everything")
        try expect(
            home, reason: "TreeEmpty", exit: 1, outcome: "stalled", says: [String(emptied.prefix(10)), "git revert"], good: good)
        #expect(try home.assay("plan").status == .exited(1))
        try home.workspace.git("revert", "--no-edit", "HEAD")
        let fixed = try home.workspace.commit("Restored")
        try home.reconcile()
        #expect(try home.json("status")["applied"]?["commit"]?.string == fixed)
    }

    @Test("a home whose remote has no commit yet waits, and deploys the first one; a first commit without files is refused")
    func unborn() throws {
        let home = try TestHome(runs: false)
        let bare = home.workspace.bare
        let whole = try home.workspace.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        try Program.output("git", ["-C", bare, "update-ref", "-d", "refs/heads/main"])
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(75) && result.errorText.contains("Push a first commit"), "\(result.errorText)")
        #expect(try home.json("status")["reason"] == "RemoteEmpty")
        let tree = try Program.output("git", ["-C", bare, "mktree"], input: "").trimmingCharacters(in: .newlines)
        let empty = try Program.output(
            "git", ["-C", bare, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit-tree", "-m", "Empty", tree])
        try Program.output("git", ["-C", bare, "update-ref", "refs/heads/main", empty.trimmingCharacters(in: .newlines)])
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try home.json("status")["reason"] == "TreeEmpty")
        try Program.output("git", ["-C", bare, "update-ref", "refs/heads/main", whole])
        try home.reconcile()
        #expect(try home.json("status")["applied"]?["commit"]?.string == whole)
    }

    @Test(
        "refused credentials stall with the reason; once they are accepted again it goes on",
        .enabled(if: SSHServer.obstacle == nil, "\(SSHServer.obstacle ?? "")"), .timeLimit(.minutes(2)))
    func credentials() throws {
        let home = try TestHome(runs: false)
        let good = try applied(home)
        let keys = home.path + "/keys"
        for name in ["host", "forge"] {
            try Program.output("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/\(name)"])
        }
        let allowed = keys + "/authorized"
        try "".write(toFile: allowed, atomically: true, encoding: .utf8)
        let server = try SSHServer(in: home.scratch.path + "/sshd", hostKeys: [keys + "/host"], authorizedKeys: allowed)
        let host = try String(contentsOfFile: keys + "/host.pub", encoding: .utf8)
        try "[127.0.0.1]:\(server.port) \(host)".write(toFile: keys + "/known_hosts", atomically: true, encoding: .utf8)
        let script = """
            s|^  url: .*|  url: ssh://\(server.user)@127.0.0.1:\(server.port)\(home.workspace.bare)|
            s|^    type: none.*|    type: ssh-key\\n    key: keys/forge|
            s|^  # knownHosts:.*|  knownHosts: keys/known_hosts|
            """
        try Program.output("sed", ["-i", script, home.path + "/config.yaml"])
        try expect(
            home, reason: "CredentialsRefused", exit: 1, outcome: "stalled", says: ["127.0.0.1", "Check the user, the key"], good: good)
        try FileManager.default.removeItem(atPath: allowed)
        try Program.output("cp", [keys + "/forge.pub", allowed])
        let next = try home.workspace.commit("Later")
        try home.reconcile()
        #expect(try home.json("status")["applied"]?["commit"]?.string == next)
    }
}
