import ChildProcess
import Digests
import Foundation
import Model

/// The small workspace in a folder of its own, with scenarios for its runbook, tested with the interpreter of the
/// template home.
struct ScenarioWorkspace {
    let scratch: Scratch
    let root: String
    var runbook: String { root + "/runbooks/interest" }

    init(runbook: String = SmallWorkspace.runbook, _ files: [String: String] = [:]) throws {
        scratch = try Scratch()
        root = scratch.path + "/workspace"
        for (path, text) in SmallWorkspace.files(runbook: runbook) { try write(path, text) }
        try write("runbooks/interest/tests/scenario.yaml", Self.shared)
        for (path, text) in files { try write(path.hasPrefix("runbooks") || path.hasPrefix("tenants") ? path : "runbooks/interest/tests/" + path, text) }
    }

    static let shared = "entity: {currency: GBP, jurisdiction: GB, name: oak-t}\nconfig: {income_account: \"4000\"}\n"
    static let statement = "reference,kind,amount\nM1,interest,800.00\nM2,fee,12.00\nM3,interest,404.11\n"
    static let rates = "CREATE TABLE rates (name TEXT, rate INTEGER);\nINSERT INTO rates VALUES ('base', 4), ('margin', 2);\n"

    /// What the small runbook needs for one scenario.
    static let march = ["2026-03-plain/documents/bank/statement.csv": statement, "data-platform.sql": rates]

    /// A runbook that reads nothing, so that a scenario needs only an entity.
    static func bare(_ body: String) -> String {
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }.joined(separator: "\n")
        return "from runbook import Money, Run, journal, output\n\n\ndef close(run: Run) -> None:\n\(lines)\n"
    }

    func write(_ path: String, _ text: String) throws {
        let url = URL(fileURLWithPath: root + "/" + path)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: runbook + "/tests/" + path, encoding: .utf8) }

    func test(_ arguments: String..., home: Bool = true, environment: [String: String] = [:]) throws -> ProcessResult {
        let interpreter = home ? ["--home", try Template.shared.get().path + "/home"] : []
        return try Program.run(Program.assay, ["test", runbook] + interpreter + arguments, in: scratch.path, environment: environment)
    }

    /// The report as JSON, whether it passed or not.
    func report(_ arguments: String..., home: Bool = true) throws -> JSONValue {
        let interpreter = home ? ["--home", try Template.shared.get().path + "/home"] : []
        let result = try Program.run(Program.assay, ["test", runbook, "--json"] + interpreter + arguments, in: scratch.path)
        guard [.exited(0), .exited(1)].contains(result.status), !result.outputText.isEmpty else {
            throw Program.Failed(description: "\(result.status)\n\(result.outputText)\(result.errorText)")
        }
        return try CanonicalJSON.parse(Array(result.outputText.trimmingCharacters(in: .newlines).utf8))
    }

    /// The one scenario of a report.
    func only() throws -> JSONValue {
        let report = try report()
        guard let scenario = report["scenarios"]?.array?.first else { throw Program.Failed(description: "no scenario: \(report)") }
        return scenario
    }
}
