import Digests
import Foundation
import Model
import Testing

@Suite("The deployed state stays what the commit says")
struct StateTests {
    /// Changes the store as somebody with a shell would.
    private func tamper(_ home: TestHome, _ sql: String) throws {
        try Program.output(
            "python3", ["-c", "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.executescript(sys.argv[2]); c.commit()",
                home.path + "/state.db", sql])
    }

    private func names(_ home: TestHome, _ kind: String) throws -> [String] {
        try (home.json("get", kind)[kind]?.array ?? []).compactMap { $0["name"]?.string }
    }

    private func entity(_ name: String) -> String {
        SmallWorkspace.manifest("Entity", name, "displayName: \(name)\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small")
    }

    private func deployment(_ extra: String = "", entities: String = "oak-a, oak-b") -> String {
        SmallWorkspace.manifest(
            "Deployment", "interest",
            "runbook: interest\nentities:\n  names: [\(entities)]\nconfig:\n  income_account: \"4000\"" + (extra.isEmpty ? "" : "\n" + extra))
    }

    @Test("what is missing, differs or is foreign is repaired, and each repair is recorded with what it found")
    func drift() throws {
        let home = try TestHome()
        try home.reconcile()
        #expect(try home.json("get", "repairs")["repairs"] == [])
        try tamper(
            home,
            """
            UPDATE resources SET spec = replace(spec, 'GBP', 'EUR') WHERE kind = 'Entity' AND name = 'oak-a';
            DELETE FROM resources WHERE kind = 'Entity' AND name = 'oak-b';
            INSERT INTO resources SELECT kind, tenant, 'foreign', path, spec, digest, applied_commit FROM resources
                WHERE kind = 'Deployment' AND name = 'interest';
            """)
        #expect(try names(home, "deployments") == ["foreign", "interest"])
        let result = try home.assay("reconcile")
        #expect(result.status == .exited(0) && result.errorText.contains("repaired"))
        #expect(try names(home, "deployments") == ["interest"] && names(home, "entities") == ["oak-a", "oak-b"])
        let repairs = try home.json("get", "repairs")["repairs"]?.array ?? []
        let told = repairs.map { "\($0["action"]?.string ?? "") \($0["name"]?.string ?? "") \($0["fields"]?.array?.compactMap(\.string) ?? [])" }
        #expect(Set(told) == [#"create oak-b []"#, #"update oak-a ["currency"]"#, #"delete foreign []"#])
        let kept = try Program.output(
            "python3", ["-c", "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(\"SELECT found FROM repairs WHERE name = 'oak-a'\").fetchone()[0])", home.path + "/state.db"])
        #expect(kept.contains("EUR"))
        #expect(try home.run()["state"] == "succeeded")
    }

    @Test("drift is repaired while the remote is away and while a newer commit stalls")
    func driftMeanwhile() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.workspace.write("tenants/oak/entities/oak-a.yaml", "nonsense")
        try home.workspace.commit("Break it")
        #expect(try home.assay("reconcile").status == .exited(1))
        try tamper(home, "DELETE FROM resources WHERE name = 'oak-b'")
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try names(home, "entities") == ["oak-a", "oak-b"])
        #expect(try home.json("status")["reason"] == "ManifestInvalid")
        try FileManager.default.moveItem(atPath: home.workspace.bare, toPath: home.workspace.bare + ".away")
        try tamper(home, "DELETE FROM resources WHERE name = 'oak-b'")
        #expect(try home.assay("reconcile").status == .exited(75))
        #expect(try names(home, "entities") == ["oak-a", "oak-b"])
    }

    @Test("killed in the middle of a repair, the next start finishes it once", arguments: ["reconcile.plan-written", "reconcile.changes-applied"])
    func crash(point: String) throws {
        let home = try TestHome()
        try home.reconcile()
        try tamper(home, "DELETE FROM resources WHERE name = 'oak-b'")
        #expect(try home.assay("reconcile", environment: ["ASSAY_FAULT_POINT": point]).status == .signalled(9))
        try home.reconcile()
        #expect(try names(home, "entities") == ["oak-a", "oak-b"])
        #expect(try home.json("get", "repairs")["repairs"]?.array?.count == 1)
        #expect(try home.json("status")["outcome"] == "ready")
    }

    @Test("a commit that would delete everything, or too much at once, is refused, and config.yaml can allow it")
    func prune() throws {
        let home = try TestHome()
        try home.reconcile()
        for path in ["entities/oak-a.yaml", "entities/oak-b.yaml", "deployments/interest.yaml"] {
            try FileManager.default.removeItem(atPath: home.workspace.checkout + "/tenants/oak/" + path)
        }
        try home.workspace.commit("Delete everything")
        let refused = try home.assay("reconcile")
        #expect(refused.status == .exited(1) && refused.outputText.contains("allowEmpty"))
        #expect(try home.json("status")["reason"] == "PruneRefused")
        #expect(try names(home, "deployments") == ["interest"])

        try home.workspace.write("tenants/oak/entities/oak-c.yaml", entity("oak-c"))
        try home.workspace.commit("Keep one")
        try configure(home, "prune: {maximum: 2}")
        #expect(try home.assay("reconcile").outputText.contains("prune: {maximum: 3}"))
        #expect(try home.json("status")["reason"] == "PruneLimitExceeded")
        try configure(home, "prune: {maximum: 3}")
        try home.reconcile()
        #expect(try names(home, "entities") == ["oak-c"])
        try FileManager.default.removeItem(atPath: home.workspace.checkout + "/tenants/oak/entities/oak-c.yaml")
        try home.workspace.commit("Delete the last")
        #expect(try home.assay("reconcile").status == .exited(1))
        try configure(home, "prune: {allowEmpty: true}")
        try home.reconcile()
        #expect(try names(home, "entities") == [])
    }

    private func configure(_ home: TestHome, _ line: String) throws {
        let file = home.path + "/config.yaml"
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n").filter { !$0.hasPrefix("prune:") }
        try (lines.joined(separator: "\n") + "\n" + line + "\n").write(toFile: file, atomically: true, encoding: .utf8)
    }

    @Test("a deployment with unfinished runs is deleted only after Git has confirmed it")
    func deletion() throws {
        let home = try TestHome()
        try home.reconcile()
        // A run that is stopped for good where it was accepted: queued, and nobody takes it up meanwhile.
        let killed = try home.assay(
            ["run", "interest", "--entity", "oak-a", "--period", "2026-03"], environment: ["ASSAY_FAULT_POINT": "run.accepted"])
        #expect(killed.status == .signalled(9))
        let file = home.workspace.checkout + "/tenants/oak/deployments/interest.yaml"
        try FileManager.default.removeItem(atPath: file)
        try home.workspace.commit("Delete the deployment")
        let refused = try home.assay("reconcile")
        #expect(refused.status == .exited(1) && refused.outputText.contains("deletion: confirmed"))
        #expect(try home.json("status")["reason"] == "DeletionUnconfirmed" && names(home, "deployments") == ["interest"])
        try home.workspace.write("tenants/oak/deployments/interest.yaml", deployment("deletion: confirmed"))
        try home.workspace.commit("Confirm the deletion")
        try home.reconcile()
        try FileManager.default.removeItem(atPath: file)
        try home.workspace.commit("Delete it now")
        try home.reconcile()
        #expect(try names(home, "deployments") == [])
    }

    @Test("a revert rolls back, and a pin keeps the code of an earlier commit whatever is merged since")
    func rollback() throws {
        let home = try TestHome()
        try home.reconcile()
        let first = try #require(try home.json("status")["applied"]?["commit"]?.string)
        let before = try home.run()
        try home.workspace.write(
            "runbooks/interest/interest.py",
            SmallWorkspace.runbook.replacingOccurrences(of: #""rates": len(list(rates)),"#, with: #""rates": 99,"#))
        try home.workspace.commit("Change the output")
        try home.reconcile()
        let changed = try home.run()
        #expect(changed["outputs"] != before["outputs"])

        // Pinned: the same code as at first, configured by the newest commit.
        try home.workspace.write("tenants/oak/deployments/interest.yaml", deployment("source: {commit: \(first)}"))
        let pin = try home.workspace.commit("Pin it")
        try home.reconcile()
        let pinned = try home.run()
        #expect(digests(pinned) == digests(before) && pinned["commit"]?.string == first)
        let id = try #require(pinned["run"]?.string)
        let statement = try home.assay("show", id, "--stamp").outputText
        #expect(statement.contains(pin) && statement.contains("manifests"))
        #expect(try home.json("verify", id)["verdict"] == "valid")
        #expect(try home.json("replay", id)["verdict"] == "identical")

        // Reverted: everything as at first.
        try home.workspace.git("revert", "--no-edit", "HEAD", "HEAD~1")
        try home.workspace.git("push", "-q", "origin", "main")
        try home.reconcile()
        let reverted = try home.run()
        #expect(digests(reverted) == digests(before) && reverted["commit"]?.string != first)
        #expect(try home.json("get", "revisions")["revisions"]?.array?.count == 5)
    }

    private func digests(_ run: JSONValue) -> [JSONValue?] { (run["outputs"]?.array ?? []).map { $0["sha256"] } }

    @Test("a pin to what never was the branch's tip, or to code that the configuration does not fit, is refused")
    func wrongPin() throws {
        let home = try TestHome()
        try home.reconcile()
        let first = try #require(try home.json("status")["applied"]?["commit"]?.string)
        try home.workspace.git("checkout", "-q", "-b", "side")
        try home.workspace.git("commit", "-q", "--allow-empty", "-m", "Beside")
        let side = try home.workspace.git("rev-parse", "HEAD").trimmingCharacters(in: .whitespacesAndNewlines)
        try home.workspace.git("checkout", "-q", "main")
        try home.workspace.git("merge", "-q", "--no-ff", "-m", "Merge pull request #7 from ada/side", "side")
        for commit in [side, String(repeating: "f", count: 40)] {
            try home.workspace.write("tenants/oak/deployments/interest.yaml", deployment("source: {commit: \(commit)}"))
            try home.workspace.commit("Pin to \(commit)")
            #expect(try home.assay("reconcile").outputText.contains("was never the tip of this branch"))
        }
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            deployment("source: {commit: \(first)}").replacingOccurrences(of: "income_account: \"4000\"", with: "other: \"1\""))
        try home.workspace.commit("Another configuration")
        #expect(try home.assay("reconcile").outputText.contains("income_account"))
        #expect(try home.json("status")["applied"]?["commit"]?.string == first)
        try home.workspace.write("tenants/oak/deployments/interest.yaml", deployment())
        try home.workspace.commit("No pin")
        try home.reconcile()
        let merged = try #require(
            try home.json("get", "revisions")["revisions"]?.array?.first { $0["pullRequest"] == 7 })
        #expect(merged["outcome"] == "ready" && merged["reason"] == "Superseded")
        let commit = try #require(merged["revision"]?["commit"]?.string)
        let shown = try home.json("show", "revision", commit)
        #expect(shown["revision"]?["parents"]?.array?.count == 2)
        #expect(try home.assay("show", "revision", commit).outputText.contains("pull request #7"))
    }

    @Test("a deployment runs for an entity and period only after what it depends on has closed them")
    func dependency() throws {
        let home = try TestHome()
        try home.workspace.write(
            "tenants/oak/deployments/report.yaml",
            SmallWorkspace.manifest(
                "Deployment", "report",
                "runbook: interest\nentities:\n  names: [oak-a, oak-b]\nconfig:\n  income_account: \"4000\"\ndependsOn: [interest]"))
        try home.workspace.commit("A report that depends on the close")
        try home.reconcile()
        let early = try home.assay("run", "report", "--entity", "oak-a", "--period", "2026-03")
        #expect(early.status == .exited(75) && early.errorText.contains("assay run interest --entity oak-a --period 2026-03"))
        try home.run()
        #expect(try home.json("run", "report", "--entity", "oak-a", "--period", "2026-03")["state"] == "succeeded")
        // What it depends on may not go while it is there.
        try FileManager.default.removeItem(atPath: home.workspace.checkout + "/tenants/oak/deployments/interest.yaml")
        try home.workspace.commit("Delete the close")
        #expect(try home.assay("reconcile").outputText.contains("There is no Deployment 'interest'"))
    }

    @Test("every revision is listed once, with what became of it, and the last word is the newest")
    func revisions() throws {
        let home = try TestHome()
        try home.reconcile()
        try home.workspace.write("tenants/oak/entities/oak-c.yaml", "nonsense")
        let broken = try home.workspace.commit("Break it (#12)")
        #expect(try home.assay("reconcile").status == .exited(1))
        #expect(try home.assay("reconcile").status == .exited(1))
        try home.workspace.write("tenants/oak/entities/oak-c.yaml", entity("oak-c"))
        let fixed = try home.workspace.commit("Fix it")
        try home.reconcile()
        let list = try home.json("get", "revisions")["revisions"]?.array ?? []
        #expect(list.count == 3 && Set(list.compactMap { $0["revision"]?["commit"]?.string }).count == 3)
        let shown = try home.json("show", "revision", broken)
        #expect(shown["pullRequest"] == 12)
        #expect(shown["history"]?.array?.map { $0["reason"] } == ["", "ManifestInvalid", "Superseded"])
        let last = try home.json("show", "revision", fixed)
        #expect(last["changed"]?.array?.map { $0["name"] } == ["oak-c"] && last["outcome"] == "ready")
        #expect(try home.assay("show", "revision", "0000").status == .exited(1))
    }
}
