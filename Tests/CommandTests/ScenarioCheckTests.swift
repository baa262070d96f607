import Digests
import Foundation
import GitStore
import Model
import Testing

@testable import Reconciler

/// The check that a pass asks for, at a real commit of a real home.
@Suite("The check of a changed runbook at a commit")
struct ScenarioCheckTests {
    /// A home that has applied the small workspace, with these files in the runbook's `tests/` merged after that.
    private struct Deployed {
        let home: TestHome
        let context: HomeContext
        let mirror: Mirror

        init(_ files: [String: String] = [:], runbook: String = SmallWorkspace.runbook) async throws {
            home = try TestHome(runbook: runbook)
            try home.reconcile()
            context = try HomeContext.open(TenantHome(home.path), readOnly: false)
            mirror = try context.mirror()
            try merge(files)
        }

        func merge(_ files: [String: String]) throws {
            for (path, text) in files { try home.workspace.write(path.hasPrefix("runbooks") || path.contains("/capabilities/") || path.hasPrefix("policies") ? path : "runbooks/interest/tests/" + path, text) }
            try home.workspace.commit("Change")
        }

        /// What the check says of the newest commit.
        func verdict() async throws -> PromotionVerdict {
            let commit = try await mirror.fetch().tip
            var code: [CodeTree] = []
            for path in ["runbooks/interest", "capabilities", "tenants/oak/capabilities"] {
                if let tree = try await mirror.treeDigest(commit, path: path) { code.append(tree) }
            }
            return try await ScenarioCheck(context, mirror: mirror).check(runbook: "interest", at: commit, code: code)
        }

        /// Everything in the home that a run would change: names of objects, outputs, scratch, and what the store lists.
        func traces() throws -> [String] {
            var found: [String] = []
            for folder in ["objects", "outputs", "work"] {
                found += (FileManager.default.subpaths(atPath: home.path + "/" + folder) ?? []).filter { !$0.contains("/") || folder == "objects" }
                    .map { folder + "/" + $0 }.sorted()
            }
            for words in [["runs"], ["ledger", "journal", "--entity", "oak-a", "--period", "2026-03"]] {
                found.append(try home.assay(words + ["--json"]).outputText)
            }
            return found
        }
    }

    private static let expected = [
        "2026-03-plain/documents/bank/statement.csv": ScenarioWorkspace.statement, "scenario.yaml": ScenarioWorkspace.shared,
        "data-platform.sql": ScenarioWorkspace.rates,
        "2026-03-plain/expected/interest.json": #"{"cash":"1204.11","entity":"oak-t","period":"2026-03","rates":2,"total":"1204.11"}"#,
        "2026-03-plain/expected/lines.csv": "reference,amount\nM1,800.00\nM3,404.11\n",
    ]

    @Test("it passes what its scenarios expect, and leaves nothing behind in objects, runs, ledger and outputs")
    func passes() async throws {
        let deployed = try await Deployed(Self.expected)
        let before = try deployed.traces()
        #expect(try await deployed.verdict() == PromotionVerdict(passed: true, scenarios: 1))
        #expect(try deployed.traces() == before)
    }

    @Test("the same content gets the same verdict in a working tree and at a commit")
    func agrees() async throws {
        let deployed = try await Deployed(Self.expected)
        try deployed.merge(["tenants/oak/capabilities/rules.py": "def is_interest(row):\n    return row[\"reference\"].str() == \"M1\"\n"])
        let verdict = try await deployed.verdict()
        #expect(!verdict.passed && verdict.reason == "ScenarioFailed" && verdict.scenarios == 1)
        #expect(verdict.message.hasPrefix("Scenario '2026-03-plain': output 'interest.json' at /cash must be \"1204.11\" and is \"800.00\""), "\(verdict)")
        #expect(verdict.file == "runbooks/interest/interest.py" && verdict.line == 9)

        let folder = deployed.home.workspace.checkout + "/runbooks/interest"
        let result = try Program.run(Program.assay, ["test", folder, "--home", deployed.home.path])
        #expect(result.status == .exited(1) && result.outputText.contains("output 'interest.json' at /cash must be \"1204.11\" and is \"800.00\""))
    }

    @Test("a runbook that two executions disagree about fails with the difference and its cause")
    func determinism() async throws {
        let runbook = ScenarioWorkspace.bare("import uuid\noutput(\"id.json\", {\"id\": str(uuid.uuid4())})")
        let deployed = try await Deployed(["scenario.yaml": ScenarioWorkspace.shared, "2026-03/expected/id.json": "{}"], runbook: runbook)
        let verdict = try await deployed.verdict()
        #expect(!verdict.passed && verdict.reason == "DeterminismCheckFailed")
        #expect(verdict.message.hasPrefix("Scenario '2026-03': output 'id.json' at /id is "), "\(verdict)")
        #expect(verdict.message.hasSuffix("It depends on the chance: derive what you need from the inputs instead of drawing it"))
        #expect(verdict.file == "runbooks/interest/interest.py" && verdict.line == 6)
    }

    @Test("a runbook without scenarios passes; a syntax error never does, however late it would be reached")
    func withoutScenarios() async throws {
        let deployed = try await Deployed()
        #expect(try await deployed.verdict() == PromotionVerdict(passed: true, scenarios: 0))
        try deployed.merge(["tenants/oak/capabilities/late.py": "def used_in_december():\n    retrun 1\n"])
        let broken = try await deployed.verdict()
        #expect(!broken.passed && broken.reason == "ScenarioFailed" && broken.scenarios == 0)
        #expect(broken.file == "tenants/oak/capabilities/late.py" && broken.line == 2 && broken.message.contains("does not compile"))
    }

    @Test("a merge whose scenario fails holds its deployment alone: the version before serves, and the fix is taken at once")
    func merged() async throws {
        let deployed = try await Deployed(Self.expected)
        try deployed.home.reconcile()
        #expect(try deployed.home.json("status")["held"] == [])
        let first = try deployed.home.run()
        try deployed.merge(["runbooks/interest/interest.py": SmallWorkspace.runbook.replacing("output(\"interest.json\"", with: "output(\"other.json\"")])
        let refused = try deployed.home.assay("reconcile")
        #expect(refused.status == .exited(1) && refused.errorText.contains("ScenarioFailed"), "\(refused.errorText)")
        let held = try #require(try deployed.home.json("status")["held"]?.array?.first)
        #expect(held["deployment"] == "interest" && held["reason"] == "ScenarioFailed" && held["serving"] == first["commit"])
        #expect(
            held["message"]?.string?.hasPrefix("runbooks/interest/interest.py:9: Scenario '2026-03-plain': output 'other.json' is not expected: ") == true,
            "\(held)")
        #expect(try deployed.home.run("oak-b")["commit"] == first["commit"])

        try deployed.merge(["runbooks/interest/interest.py": SmallWorkspace.runbook + "# reviewed\n"])
        try deployed.home.reconcile()
        #expect(try deployed.home.json("status")["held"] == [])
    }

    @Test("a policy that requires scenarios holds from the commit after it, also what passed without any; loosened, it lets go")
    func required() async throws {
        let deployed = try await Deployed()
        try deployed.merge(["policies/more.yaml": SmallWorkspace.manifest("Policy", "more", "scenarios: required")])
        try deployed.home.reconcile()
        try deployed.merge(["runbooks/interest/interest.py": SmallWorkspace.runbook + "# changed\n"])
        #expect(try deployed.home.assay("reconcile").status == .exited(1))
        let held = try #require(try deployed.home.json("status")["held"]?.array?.first)
        #expect(held["reason"] == "ScenarioMissing" && held["message"]?.string?.contains("Policy 'more' requires scenarios") == true)
        try deployed.merge(["policies/more.yaml": SmallWorkspace.manifest("Policy", "more", "scenarios: optional")])
        _ = try deployed.home.assay("reconcile")
        try deployed.merge([:])
        try deployed.home.reconcile()
        #expect(try deployed.home.json("status")["held"] == [])
    }

    @Test("a scenario that cannot be read fails with its file and line; one for another tenant is not ours")
    func unreadable() async throws {
        let deployed = try await Deployed(Self.expected.merging(["2026-04/scenario.yaml": "fails: {}\nperod: x\n"]) { $1 })
        let verdict = try await deployed.verdict()
        #expect(!verdict.passed && verdict.reason == "ScenarioFailed")
        #expect(verdict.file == "runbooks/interest/tests/2026-04/scenario.yaml" && verdict.line == 2)
        try deployed.merge([
            "2026-04/scenario.yaml": "tenants: [elm]\n",
            "runbooks/../tenants/elm/tenant.yaml": try String(contentsOfFile: deployed.home.workspace.checkout + "/tenants/oak/tenant.yaml", encoding: .utf8)
                .replacing("name: oak", with: "name: elm"),
        ])
        #expect(try await deployed.verdict() == PromotionVerdict(passed: true, scenarios: 1))
    }

    @Test("a run in the same home is as it was, and so is its replay")
    func besideRuns() async throws {
        let deployed = try await Deployed(Self.expected)
        let run = try #require(try deployed.home.run()["run"]?.string)
        #expect(try await deployed.verdict().passed)
        #expect(try deployed.home.json("replay", run)["verdict"] == "identical")
    }
}
