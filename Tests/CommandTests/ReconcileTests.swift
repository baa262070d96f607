import ChildProcess
import Foundation
import Model
import Testing

@Suite("Reconciling through the program")
struct ReconcileTests {
    @Test("a commit with problems changes nothing: the last good commit stays, status says why, a fix goes on")
    func stalled() throws {
        let home = try TestHome()
        try home.reconcile()
        let good = try #require(try home.json("status")["applied"]?["commit"])
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            SmallWorkspace.manifest("Deployment", "interest", "runbok: interest\nentities:\n  names: [oak-z]\nconfig: {}"))
        let bad = try home.workspace.commit("Mistakes")
        let refused = try home.assay("reconcile")
        #expect(refused.status == .exited(1))
        let status = try home.json("status")
        #expect(status["outcome"] == "stalled" && status["reason"] == "ManifestInvalid")
        #expect(status["applied"]?["commit"] == good && status["attempted"]?["commit"]?.string == bad)
        let problems = try #require(status["problems"]?.array)
        #expect(problems.count >= 2, "all problems at once")
        #expect(problems.allSatisfy { $0["file"] == "tenants/oak/deployments/interest.yaml" && ($0["line"]?.integer ?? 0) > 0 })
        #expect(problems.contains { $0["remedy"]?.string?.contains("runbook") == true })
        try home.run()

        try home.workspace.git("revert", "--no-edit", "HEAD")
        let fixed = try home.workspace.commit("Revert")
        try home.reconcile()
        #expect(try home.json("status")["applied"]?["commit"]?.string == fixed)
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("plan exits with 10 for changes, 0 for none, 1 for problems, and changes nothing")
    func plan() throws {
        let home = try TestHome()
        #expect(try home.assay("plan").status == .exited(10))
        #expect(try home.json("status")["outcome"] == "waiting")
        try home.reconcile()
        #expect(try home.assay("plan").status == .exited(0))
        try home.workspace.write("tenants/oak/tenant.yaml", "kind: [")
        try home.workspace.commit("Broken")
        #expect(try home.assay("plan").status == .exited(1))
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("a smuggled symlink stalls with its path, and nothing of the commit is applied")
    func symlink() throws {
        let home = try TestHome()
        try home.reconcile()
        try FileManager.default.createSymbolicLink(
            atPath: home.workspace.checkout + "/runbooks/interest/passwd.py", withDestinationPath: "/etc/passwd")
        try home.workspace.commit("A link")
        #expect(try home.assay("reconcile").status == .exited(1))
        let status = try home.json("status")
        #expect(status["outcome"] == "stalled")
        #expect(status["problems"]?.array?.first?["file"] == "runbooks/interest/passwd.py")
    }

    @Test("a rewritten branch stalls until a person acknowledges it, once; the last good commit stays and stays runnable")
    func rewritten() throws {
        let home = try TestHome()
        try home.reconcile()
        let good = try #require(try home.json("status")["applied"]?["commit"])
        func rewrite(_ name: String) throws -> String {
            try home.workspace.git("checkout", "-q", "--orphan", name)
            try home.workspace.write("README.md", "\(name)\n")
            try home.workspace.git("add", "-A")
            try home.workspace.git("commit", "-q", "-m", name)
            try home.workspace.git("push", "-q", "--force", "origin", "\(name):main")
            return try home.workspace.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let first = try rewrite("first")
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try home.json("status")["reason"] == "HistoryRewritten")
        #expect(try home.json("status")["applied"]?["commit"] == good)
        #expect(try home.run()["state"] == "succeeded")

        #expect(try home.assay("acknowledge", first).status == .exited(2), "a reason is needed")
        #expect(try home.assay("acknowledge", first, "--reason", "cleaned").status == .exited(0))
        #expect(try home.json("status")["applied"]?["commit"]?.string == first)

        // It was good for that step only.
        let second = try rewrite("second")
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try home.json("status")["applied"]?["commit"]?.string == first)
        #expect(try home.assay("acknowledge", second, "--reason", "again").status == .exited(0))
        #expect(try home.json("status")["outcome"] == "ready")
        #expect(try home.assay("acknowledge", second, "--reason", "more").status == .exited(1), "nothing is rewritten")
    }

    @Test("an unreachable remote keeps the last good commit and says to try again")
    func unreachable() throws {
        let home = try TestHome()
        try home.reconcile()
        try FileManager.default.moveItem(atPath: home.workspace.bare, toPath: home.workspace.bare + ".away")
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(75))
        #expect(result.errorText.contains(home.workspace.bare))
        #expect(try home.json("status")["outcome"] == "waiting")
        #expect(try home.run()["state"] == "succeeded", "a run needs only the mirror")
        try FileManager.default.moveItem(atPath: home.workspace.bare + ".away", toPath: home.workspace.bare)
        try home.reconcile()
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("somebody's read-only copy of a home can be looked at and verified")
    func readOnly() throws {
        let home = try TestHome()
        try home.reconcile()
        let run = try #require(try home.run()["run"]?.string)
        let bwrap = try #require(ToolLocator.find("bwrap"))
        for words in [["status"], ["runs"], ["show", run], ["ledger", "journal", "--entity", "oak-a"], ["verify", run]] {
            let result = try Program.run(
                bwrap, ["--dev-bind", "/", "/", "--ro-bind", home.path, home.path, "--", Program.assay] + words,
                environment: ["ASSAY_HOME": home.path])
            #expect(result.status == .exited(0), "\(words): \(result.outputText)\(result.errorText)")
        }
    }

    @Test("a parameter that the runbook does not declare is refused, and supersedes nothing")
    func parameters() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.run()
        let result = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-03", "--param", "colour=red")
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("colour"))
        #expect(try home.json("runs")["runs"]?.array?.count == 1)
    }

    @Test("a URL of no supported kind is refused before anything is made")
    func url() throws {
        let scratch = try Scratch()
        let result = try Program.run(
            Program.assay, ["init", scratch.path + "/home", "--repo", "http://git.example/x.git", "--tenant", "oak"])
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("https://"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).isEmpty)
    }

    @Test("a store of a newer version is refused with both versions named")
    func newerStore() throws {
        let home = try TestHome()
        try Program.output(
            "python3", ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('PRAGMA user_version = 999')", home.path + "/state.db"])
        let result = try home.assay("status")
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("999"))
    }

    @Test("without bubblewrap a run is refused, and the error says what to install")
    func noSandbox() throws {
        let home = try TestHome()
        try home.reconcile()
        // bubblewrap itself takes bubblewrap away: in there, the program is a file that cannot be executed.
        let bwrap = try #require(ToolLocator.find("bwrap"))
        let result = try Program.run(
            bwrap,
            ["--dev-bind", "/", "/", "--ro-bind", "/dev/null", bwrap, "--", Program.assay, "run", "interest", "--entity", "oak-a",
                "--period", "2026-03"], environment: ["ASSAY_HOME": home.path])
        #expect(result.status == .exited(1))
        #expect(result.errorText.contains("bubblewrap"), "\(result.errorText)\(result.outputText)")
    }

    @Test(
        "a mistake in what was typed exits with 2 and says what to type",
        arguments: [
            (["run"], "DEPLOYMENT"), (["run", "interest"], "--period"), (["run", "interest", "--period", "2026-03"], "--entity"),
            (["get", "deployment"], "deployments"), (["reconcil"], "reconcile"), (["runs", "--stat", "failed"], "--state"),
            (["runs", "--limit", "none"], "--limit"), (["runs", "--state", "lost"], "succeeded"), (["verify", "a", "b"], "too many"),
            (["ledger", "journal"], "--entity"), (["init", "x"], "--repo"), (["run", "interest", "--entity"], "value"),
        ])
    func usage(words: [String], hint: String) throws {
        let result = try Program.run(Program.assay, words)
        #expect(result.status == .exited(2))
        #expect(result.errorText.contains(hint), "\(result.errorText)")
        #expect(result.outputText.isEmpty)
    }

    @Test("help and completion need no home, and every command has an example")
    func help() throws {
        let overview = try Program.output(Program.assay, ["--help"])
        for line in overview.split(separator: "\n") where line.hasPrefix("  ") && !line.contains("10 changes") {
            let command = String(line.split(separator: " ")[0])
            let page = try Program.output(Program.assay, [command, "--help"])
            #expect(page.contains("Example:\n  ") && page.contains("assay \(command)"))
        }
        for shell in ["bash", "zsh", "fish"] {
            #expect(try Program.output(Program.assay, ["completion", shell]).contains("reconcile"))
        }
        let script = try Program.output(Program.assay, ["completion", "bash"])
        try Program.output("bash", ["-n"], input: script)
    }

    @Test(
        "what does not exist is named, with what does",
        arguments: [
            (["run", "intrest", "--entity", "oak-a", "--period", "2026-03"], "interest"),
            (["run", "interest", "--entity", "oak-z", "--period", "2026-03"], "oak-a"),
            (["run", "interest", "--entity", "oak-a", "--period", "March"], "2026-03"),
            (["show", "ffff"], "assay runs"), (["ledger", "journal", "--entity", "oak-c"], "oak-"),
        ])
    func unknown(words: [String], hint: String) throws {
        let home = try TestHome()
        try home.reconcile()
        let result = try home.assay(words, environment: [:])
        #expect(result.status != .exited(0))
        #expect(result.errorText.contains(hint), "\(result.errorText)")
    }

    @Test("init leaves nothing behind when it is refused, and never touches what is there")
    func initialise() throws {
        let scratch = try Scratch()
        let place = scratch.path + "/home"
        try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
        try "mine".write(toFile: place + "/file", atomically: true, encoding: .utf8)
        let refused = try Program.run(Program.assay, ["init", place, "--repo", "/nowhere", "--tenant", "oak"])
        #expect(refused.status == .exited(1))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["home"])
        #expect(try String(contentsOfFile: place + "/file", encoding: .utf8) == "mine")
        let bad = try Program.run(Program.assay, ["init", scratch.path + "/other", "--repo", "/x", "--tenant", "Not A Name"])
        #expect(bad.status != .exited(0))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["home"])
    }
}
