import Digests
import Foundation
import Model
import Testing

@Suite("Two homes agree")
struct HomesTests {
    private func outputs(_ run: JSONValue) -> [String: String] {
        Dictionary(
            (run["outputs"]?.array ?? []).map { ($0["name"]?.string ?? "", $0["sha256"]?.string ?? "") },
            uniquingKeysWith: { a, _ in a })
    }

    @Test("the same commit and documents give the same run key and the same bytes, for another user, elsewhere, later")
    func agree() throws {
        let first = try TestHome()
        try first.reconcile()
        let second = try Scratch()
        let place = second.path + "/some/where else"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        // Copied in another order, so that folders list in another order.
        for statement in Template.statements.reversed() {
            let source = "\(first.documents)/\(statement.entity)/\(statement.period)"
            let target = "\(place)/documents/\(statement.entity)/\(statement.period)"
            try Program.output("mkdir", ["-p", target + "/bank"])
            try Program.output("cp", [source + "/bank/statement.csv", target + "/bank/statement.csv"])
        }
        try Program.output("cp", [first.scratch.path + "/platform.db", place + "/platform.db"])
        try Program.output("chmod", ["-R", "a+rX", first.scratch.path + "/workspace.git", Program.products])
        try Program.output("chmod", ["-R", "a+rwX", second.path])

        let ours = [try first.run("oak-a", "2026-03"), try first.run("oak-a", "2026-04")]
        let other = OtherUser(home: place + "/home")
        try other.assay([
            "init", place + "/home", "--repo", first.workspace.bare, "--tenant", "oak", "--documents",
            place + "/documents", "--data-platform", place + "/platform.db",
        ])
        try other.assay(["reconcile"])
        for (index, period) in ["2026-03", "2026-04"].enumerated() {
            let text = try other.assay(["run", "interest", "--entity", "oak-a", "--period", period, "--json"])
            let theirs = try CanonicalJSON.parse(Array(text.dropLast().utf8))
            #expect(theirs["runKey"] == ours[index]["runKey"])
            #expect(outputs(theirs) == outputs(ours[index]))
            #expect(outputs(theirs).count == 2)
            #expect(theirs["run"] != ours[index]["run"])
        }
    }

    /// Runs the program as `nobody` where the tests run as root, else as the same user.
    private struct OtherUser {
        let home: String

        @discardableResult
        func assay(_ arguments: [String]) throws -> String {
            let environment = ["ASSAY_HOME": home, "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "de_DE.UTF-8"]
            guard getuid() == 0 else { return try Program.output(Program.assay, arguments, environment: environment) }
            let change = ["--reuid=65534", "--regid=65534", "--clear-groups", Program.assay]
            return try Program.output("setpriv", change + arguments, in: "/", environment: environment)
        }
    }

    @Test("an equal request returns the run that exists; a changed document supersedes it; the old document makes a new run again")
    func supersede() throws {
        let home = try TestHome()
        try home.reconcile()
        let first = try home.run()
        #expect(try home.run()["run"] == first["run"])

        let file = home.documents + "/oak-a/2026-03/bank/statement.csv"
        let original = try String(contentsOfFile: file, encoding: .utf8)
        try (original + "M4,interest,0.01\n").write(toFile: file, atomically: true, encoding: .utf8)
        let second = try home.run()
        #expect(second["supersedes"] == first["run"])
        #expect(try closing(home) == "1204.12")

        try original.write(toFile: file, atomically: true, encoding: .utf8)
        let third = try home.run()
        #expect(third["supersedes"] == second["run"] && third["runKey"] == first["runKey"])
        #expect(outputs(third) == outputs(first))
        #expect(try closing(home) == "1204.11")
    }

    private func closing(_ home: TestHome) throws -> String? {
        let balance = try home.json("ledger", "trial-balance", "--entity", "oak-a", "--period", "2026-03")
        return balance["lines"]?.array?.first { $0["account"] == "1200" }?["closing"]?.string
    }

    @Test("superseding a close makes later ones stale until a cascade repeats them, in order")
    func cascade() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.run("oak-a", "2026-03")
        let april = try home.run("oak-a", "2026-04")
        let file = home.documents + "/oak-a/2026-03/bank/statement.csv"
        try "reference,kind,amount\nM9,interest,5.00\n".write(toFile: file, atomically: true, encoding: .utf8)
        try home.run("oak-a", "2026-03")
        #expect(try home.json("status")["stale"] == [try #require(april["run"])])

        try "reference,kind,amount\nM9,interest,6.00\n".write(toFile: file, atomically: true, encoding: .utf8)
        try home.json("run", "interest", "--entity", "oak-a", "--period", "2026-03", "--cascade")
        #expect(try home.json("status")["stale"] == [])
        let balance = try home.json("ledger", "trial-balance", "--entity", "oak-a", "--period", "2026-04")
        let cash = try #require(balance["lines"]?.array?.first { $0["account"] == "1200" })
        #expect(cash["opening"] == "6.00" && cash["closing"] == "16.05")
    }

    @Test("a replay needs neither the workspace repository nor the documents nor the data platform")
    func replayAlone() throws {
        let home = try TestHome()
        try home.reconcile()
        let run = try #require(try home.run()["run"]?.string)
        for path in [home.workspace.bare, home.workspace.checkout, home.documents, home.scratch.path + "/platform.db"] {
            try FileManager.default.removeItem(atPath: path)
        }
        #expect(try home.json("replay", run)["verdict"] == "identical")
        #expect(try home.json("verify", run)["verdict"] == "valid")
    }

    @Test("after the remote forgot the commit, by force push and garbage collection, the run still replays")
    func forcePush() throws {
        let home = try TestHome()
        try home.reconcile()
        let run = try #require(try home.run()["run"]?.string)
        try home.workspace.git("checkout", "-q", "--orphan", "fresh")
        try home.workspace.write("README.md", "A new history.\n")
        try home.workspace.git("add", "-A")
        try home.workspace.git("commit", "-q", "-m", "New root")
        try home.workspace.git("push", "-q", "--force", "origin", "fresh:main")
        try Program.output("git", ["-C", home.workspace.bare, "gc", "-q", "--prune=now"])
        _ = try home.assay("reconcile")
        try Program.output("git", ["-C", home.path + "/mirror.git", "gc", "-q", "--prune=now"])
        #expect(try home.json("replay", run)["verdict"] == "identical")
    }

    @Test("a replay from a checkout takes its code, and refuses with the files that differ")
    func checkout() throws {
        let home = try TestHome()
        try home.reconcile()
        let run = try #require(try home.run()["run"]?.string)
        let checkout = home.workspace.checkout
        #expect(try home.json("replay", run, "--checkout", checkout)["verdict"] == "identical")
        try home.workspace.write("runbooks/interest/interest.py", SmallWorkspace.runbook + "# changed\n")
        try home.workspace.write("tenants/oak/capabilities/more.py", "x = 1\n")
        let refused = try home.assay("replay", run, "--checkout", checkout)
        #expect(refused.status == .exited(1))
        #expect(refused.outputText.contains("runbooks/interest/interest.py"))
        #expect(refused.outputText.contains("tenants/oak/capabilities/more.py"))
    }

    @Test(
        "after the host's Python is replaced by another version, an earlier run replays to identical; new runs use the new one",
        .enabled(if: OtherPython.path != nil, "there is no second Python, 3.9 or newer, on this machine"))
    func otherPython() throws {
        let second = try #require(OtherPython.path)
        let home = try TestHome()
        try home.reconcile()
        let before = try home.run()
        let id = try #require(before["run"]?.string)
        let configuration = home.path + "/config.yaml"
        let text = try String(contentsOfFile: configuration, encoding: .utf8)
        try (text + "python: \"\(second)\"\n").write(toFile: configuration, atomically: true, encoding: .utf8)
        #expect(try home.assay("interpreter", "update").status == .exited(0))
        #expect(try home.json("replay", id)["verdict"] == "identical")
        let after = try home.run()
        #expect(after["runKey"] != before["runKey"] && after["supersedes"]?.string == id)
        #expect(outputs(after) == outputs(before))
        #expect(try home.json("replay", id)["verdict"] == "identical")
    }
}

/// An interpreter of another version than the one that `python3` names.
enum OtherPython {
    static let path = find()

    static func find() -> String? {
        let script = "import sys; print('%d.%d' % sys.version_info[:2], sys.executable)"
        func version(_ path: String) -> String? {
            (try? Program.output(path, ["-c", script]))?.split(separator: " ").first.map(String.init)
        }
        let usual = version("/usr/bin/python3")
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/nonexistent"
        let roots = (try? FileManager.default.contentsOfDirectory(atPath: home + "/.pyenv/versions")) ?? []
        let candidates = roots.sorted().reversed().map { home + "/.pyenv/versions/\($0)/bin/python3" }
            + (9...20).reversed().map { "/usr/bin/python3.\($0)" } + (9...20).reversed().map { "/usr/local/bin/python3.\($0)" }
        return candidates.first { path in
            guard FileManager.default.isExecutableFile(atPath: path), let found = version(path), found != usual else {
                return false
            }
            return (Int(found.split(separator: ".").last ?? "") ?? 0) >= 9 && found.hasPrefix("3.")
        }
    }
}
