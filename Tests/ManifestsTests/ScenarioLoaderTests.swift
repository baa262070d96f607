import Foundation
import Model
import Testing

@testable import Manifests

@Suite("Reading scenarios")
struct ScenarioLoaderTests {
    private static let tests = "runbooks/nav-monthly/tests"

    /// The sample workspace with these files in the runbook's `tests/`.
    private static func load(_ files: [String: String]) throws -> ScenarioLoader.Result {
        var all = Samples.workspace
        for (path, text) in files { all["\(tests)/\(path)"] = text }
        return try ScenarioLoader.load("nav-monthly", from: MemorySource(all))
    }

    private static func scenarios(_ files: [String: String]) throws -> [Scenario] {
        guard case .loaded(let found) = try load(files) else { throw Unexpected(description: "\(try load(files))") }
        return found.scenarios
    }

    private static func problems(_ files: [String: String]) throws -> [String] {
        guard case .problems(let found) = try load(files) else { return [] }
        return found.map { "\($0.file.dropFirst(tests.count + 1)):\($0.line) \($0.message). \($0.remedy)" }
    }

    private struct Unexpected: Error, CustomStringConvertible { var description: String }

    private static let entity = "entity: {currency: GBP, jurisdiction: GB}\n"
    private static let config = "config: {feeRate: '0.015', quorum: 2}\n"

    @Test("a folder with documents and expected outputs needs no more than an entity, and shares what others need too")
    func folder() throws {
        let found = try Self.scenarios([
            "scenario.yaml": Self.entity + Self.config, "2026-03-late/documents/bank/b.xml": "", "2026-03-late/documents/bank/a.xml": "",
            "2026-03-late/documents/.DS_Store": "", "2026-03-late/expected/nav.json": "", "2026-03-late/README.md": "",
            "2026-Q1/scenario.yaml": "period: 2026-04\nentity: {currency: EUR, jurisdiction: LU, name: lux}\n", "2026-Q1/posted.csv": "",
            "_shared/anything.yaml": "a: b\n", "notes.txt": "",
        ])
        #expect(found.map(\.name) == ["2026-03-late", "2026-Q1"])
        #expect(found[0].documents == ["bank/a.xml", "bank/b.xml"] && found[0].outputs == ["nav.json"] && !found[0].hasPosted)
        #expect(found[0].spec.period == Period("2026-03") && found[0].chart.accounts.count == 2)
        #expect(found[0].spec.tenant.timeZone == "UTC" && found[0].spec.entity.name == "scenario")
        #expect(found[0].spec.opening == nil && found[0].spec.limits == .standard)
        #expect(found[1].spec.period == Period("2026-04") && found[1].spec.entity.currency == "EUR" && found[1].hasPosted)
        #expect(found[1].dataPlatform == nil)
    }

    @Test("a runbook without tests has no scenarios")
    func none() throws { #expect(try Self.scenarios([:]).isEmpty) }

    @Test("an own key replaces the shared one; accounts and chart replace each other")
    func replacing() throws {
        let found = try Self.scenarios([
            "scenario.yaml": Self.entity + Self.config + "chart: property\n", "data-platform.sql": "",
            "2026-01/scenario.yaml": "accounts: [{code: '1', name: Cash, type: asset}]\n", "2026-02/data-platform.sql": "",
            "2026-02/expected/x": "",
        ])
        #expect(found[0].chart.accounts.map(\.code) == ["1"])
        #expect(found[0].dataPlatform == Self.tests + "/data-platform.sql")
        #expect(found[1].chart.accounts.map(\.code) == ["1000", "4000"])
        #expect(found[1].dataPlatform == Self.tests + "/2026-02/data-platform.sql")
    }

    @Test(
        "what is wrong is named with its file, its line and a remedy",
        arguments: [
            (["one/expected/x": "", "scenario.yaml": entity + config], "one/scenario.yaml:0 The scenario has no period. Begin the folder's name"),
            (["2026-01/expected/x": "", "scenario.yaml": config], "2026-01/scenario.yaml:0 The scenario has no entity. Add 'entity'"),
            (["2026-01/expectd/x": "", "scenario.yaml": entity + config], "2026-01/expectd:0 A scenario has nothing that is called 'expectd'. Did you mean 'expected'?"),
            (["2026-01/scenario.yaml": entity + config + "perod: 2026-03\n"], "2026-01/scenario.yaml:3 The scenario has no key 'perod'. Did you mean 'period'?"),
            (["2026-01/scenario.yaml": entity + config + "period: 2026-13\n"], "2026-01/scenario.yaml:3 'period' must be a period"),
            (["2026-01/scenario.yaml": entity + config + "chart: propery\n"], "2026-01/scenario.yaml:3 There is no ChartOfAccounts 'propery'. Did you mean 'property'?"),
            (["2026-01/scenario.yaml": entity + config + "chart: property\naccounts: [{code: '1', name: C, type: asset}]\n"],
                "2026-01/scenario.yaml:4 'accounts' and 'chart' exclude each other"),
            (["2026-01/expected/x": "", "scenario.yaml": entity + "config: {feeRate: 3, quorum: 2}\n"], "scenario.yaml:2 'feeRate' must be string, not integer"),
            (["2026-01/expected/x": "", "scenario.yaml": entity], "2026-01/scenario.yaml:0 'config' lacks the key 'feeRate'"),
            (["2026-01/scenario.yaml": entity + config + "parameters: {mode: x}\n"], "2026-01/scenario.yaml:3 The runbook declares no parameter 'mode'. It takes none"),
            (["2026-01/scenario.yaml": entity + config + "opening: {'1000': '1.00', '4000': '-0.99'}\n"],
                "2026-01/scenario.yaml:3 The opening balances come to 0.01 GBP and not to nothing"),
            (["2026-01/scenario.yaml": entity + config + "opening:\n  '1000': '1.001'\n  '4000': '-1.00'\n"], "2026-01/scenario.yaml:4 1.001 is not an amount of GBP"),
            (["2026-01/scenario.yaml": entity + config + "opening:\n  '1000': '1.00'\n  '9': '-1.00'\n"], "2026-01/scenario.yaml:5 Account 9 is not in the chart"),
            (["2026-01/scenario.yaml": entity + config + "opening: {'1000': 1.00}\n"], "2026-01/scenario.yaml:3 '1000' in 'opening' must be an amount in quotes"),
            (["2026-01/scenario.yaml": entity + config + "tenants: [aldr]\n"], "2026-01/scenario.yaml:3 There is no tenant 'aldr'"),
            (["2026-01/scenario.yaml": entity + config + "fails: {message: no}\n", "2026-01/expected/x": ""],
                "2026-01/scenario.yaml:3 A run that fails gives no outputs and posts nothing"),
            (["2026-01/scenario.yaml": "a: &b c\n"], "2026-01/scenario.yaml:1 An anchor (&) stands here"),
            (["bad name/expected/x": "", "scenario.yaml": entity + config], "bad name:0 The name of a scenario must be"),
        ])
    func wrong(files: [String: String], expected: String) throws {
        let found = try Self.problems(files)
        #expect(found.count == 1 || found.contains { $0.hasPrefix(expected) })
        #expect(found.contains { $0.hasPrefix(expected) }, "\(found)")
    }

    @Test("what is wrong with the shared file is said once, however many scenarios there are")
    func once() throws {
        let files = Dictionary(uniqueKeysWithValues: (1...9).map { ("2026-0\($0)/expected/x", "") })
        #expect(try Self.problems(files.merging(["scenario.yaml": Self.entity + Self.config + "x: y\n"]) { $1 }).count == 1)
        #expect(try Self.problems(files.merging(["scenario.yaml": Self.entity + "config: {feeRate: 1, quorum: 2}\n"]) { $1 }).count == 1)
    }

    @Test("docs/scenarios.md names every key, and its example is one that the table accepts")
    func documented() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/scenarios.md"), encoding: .utf8)
        let example = try #require(text.split(separator: "```yaml\n").last?.split(separator: "```").first)
        var reader = ShapeReader(file: "scenario.yaml")
        let node = try YAMLDocument.parse(Array(example.utf8), file: "scenario.yaml")
        let read = try #require(reader.object(node, ScenarioTable.document, named: "The example")?.object)
        #expect(Set(read.keys) == Set(ScenarioTable.document.fields.map(\.name)))
        #expect(reader.problems.isEmpty)
    }

    @Test("a workspace's problems are those of all its runbooks, and a valid workspace has none")
    func workspace() throws {
        #expect(try ScenarioLoader.problems(in: MemorySource(Samples.workspace)).isEmpty)
        var files = Samples.workspace
        files["\(Self.tests)/2026-01/scenario.yaml"] = "x: y\n"
        #expect(try ScenarioLoader.problems(in: MemorySource(files)).map(\.file) == ["\(Self.tests)/2026-01/scenario.yaml"])
    }
}
