import ChildProcess
import Digests
import Foundation
import Model
import Testing

@Suite("A backup taken while the home is in use")
struct BackupTests {
    /// Runs a command on the copy, which lies beside the home.
    private func json(_ copy: String, _ home: TestHome, _ arguments: String...) throws -> JSONValue {
        let text = try Program.output(Program.assay, arguments + ["--home", copy, "--json"], in: home.scratch.path)
        return try CanonicalJSON.parse(Array(text.trimmingCharacters(in: .newlines).utf8))
    }

    @Test("restores to a valid home: every run verifies and replays, and it goes on where it was")
    func restore() throws {
        let daemon = try DaemonTests.Running(try TestHome())
        let home = daemon.home
        try daemon.manager.wait(for: "STATUS=ready")
        try home.run("oak-a", "2026-03")
        let copy = home.scratch.path + "/copy"
        // Copies beside runs: each must be whole, whatever was under way.
        for (entity, period) in [("oak-a", "2026-04"), ("oak-b", "2026-03")] {
            let running = try RunningProcess.start(
                Command(
                    Program.assay, ["run", "interest", "--entity", entity, "--period", period],
                    environment: ["ASSAY_HOME": home.path, "PATH": "/usr/bin:/bin"]), deadline: .seconds(60), outputLimit: 1 << 20)
            #expect(try home.assay("backup", copy).status == .exited(0))
            let runs = try json(copy, home, "runs")["runs"]?.array ?? []
            #expect(!runs.isEmpty)
            for run in runs where run["state"] == "succeeded" {
                #expect(try json(copy, home, "verify", run["run"]?.string ?? "")["verdict"] == "valid")
            }
            #expect(try running.wait().status == .exited(0))
        }
        #expect(try home.assay("backup", copy).status == .exited(0))
        #expect(try daemon.stop().status == .exited(0))

        // The home is lost; its copy takes its place.
        try Program.output("rm", ["-rf", home.path])
        try Program.output("mv", [copy, home.path])
        #expect(try home.json("status")["outcome"] == "ready")
        let runs = try home.json("runs")["runs"]?.array ?? []
        #expect(runs.count == 3)
        for run in runs {
            let id = try #require(run["run"]?.string)
            #expect(try home.json("verify", id)["verdict"] == "valid")
            #expect(try home.json("replay", id)["verdict"] == "identical")
        }
        try home.workspace.write("tenants/oak/capabilities/more.py", "MORE = 1\n")
        let commit = try home.workspace.commit("Go on")
        try home.reconcile()
        #expect(try home.run("oak-b", "2026-03")["commit"]?.string == commit)
        #expect(try Program.output("git", ["-C", home.path + "/mirror.git", "fsck", "--strict"]).isEmpty)
    }

    @Test("refuses a folder with other things in it, and a folder within the home")
    func refuses() throws {
        let home = try TestHome()
        try home.reconcile()
        #expect(try home.assay("backup", home.documents).errorText.contains("not an empty folder"))
        #expect(try home.assay("backup", home.path + "/copy").errorText.contains("within the home"))
        #expect(try home.assay("backup").status == .exited(2))
    }

    @Test("names a damaged object, leaves it out, and copies the rest")
    func damaged() throws {
        let home = try TestHome()
        try home.reconcile()
        let run = try home.run()
        let digest = try #require(run["outputs"]?.array?.first?["sha256"]?.string)
        try home.flipByte(in: home.object(digest))
        let result = try home.assay("backup", home.scratch.path + "/copy")
        #expect(result.status == .exited(1) && result.errorText.contains(digest))
        #expect(try home.assay("runs", "--home", home.scratch.path + "/copy").outputText.contains("succeeded"))
    }
}
