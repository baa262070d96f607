import ChildProcess
import Digests
import Foundation
import Model

/// A tenant home of the small workspace, with its documents and data platform.
///
/// The interpreter closure takes seconds to make and is the same for all, so it is made once and homes are copies.
final class TestHome: Sendable {
    let scratch: Scratch
    let path: String
    let documents: String
    let workspace: SmallWorkspace

    /// Without `runs` it shares the folders of its objects, the interpreter's among them, with the template: linking
    /// thousands of files takes most of the time.
    init(runbook: String = SmallWorkspace.runbook, runs: Bool = true) throws {
        scratch = try Scratch()
        let template = try Template.shared.get()
        path = scratch.path + "/home"
        documents = scratch.path + "/documents"
        workspace = try SmallWorkspace(in: scratch.path, runbook: runbook)
        try Program.output("cp", ["-a", template.path + "/documents", documents])
        try Program.output("cp", ["-a", template.path + "/platform.db", scratch.path + "/platform.db"])
        try Program.output("mkdir", [path])
        for name in try FileManager.default.contentsOfDirectory(atPath: template.path + "/home") {
            // Objects are never written to again, so homes can share them; `flipByte` takes its own copy first.
            let shared = name == "objects" || name == "trees"
            let source = template.path + "/home/" + name, place = path + "/" + name
            if shared, !runs {
                try FileManager.default.createSymbolicLink(atPath: place, withDestinationPath: source)
            } else {
                try Program.output("cp", [shared ? "-al" : "-a", source, place])
            }
        }
        try rewriteConfiguration(from: template.path)
    }

    /// Everything in `config.yaml` that lies in the template's folder, in ours.
    private func rewriteConfiguration(from template: String) throws {
        let file = path + "/config.yaml"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let ours = text.components(separatedBy: template).joined(separator: scratch.path)
        try ours.write(toFile: file, atomically: true, encoding: .utf8)
    }

    @discardableResult
    func assay(_ arguments: String..., environment: [String: String] = [:]) throws -> ProcessResult {
        try assay(arguments, environment: environment)
    }

    func assay(_ arguments: [String], environment: [String: String] = [:]) throws -> ProcessResult {
        try Program.run(
            Program.assay, arguments, in: scratch.path, environment: ["ASSAY_HOME": path].merging(environment) { $1 })
    }

    /// Runs a command that must succeed, and reads its JSON.
    @discardableResult
    func json(_ arguments: String...) throws -> JSONValue {
        let result = try assay(arguments + ["--json"])
        guard result.status == .exited(0) else {
            throw Program.Failed(
                description: "assay \(arguments.joined(separator: " ")): \(result.status)\n\(result.outputText)\(result.errorText)")
        }
        return try CanonicalJSON.parse(Array(result.outputText.trimmingCharacters(in: .newlines).utf8))
    }

    func reconcile() throws { try json("reconcile") }

    @discardableResult
    func run(_ entity: String = "oak-a", _ period: String = "2026-03") throws -> JSONValue {
        try json("run", "interest", "--entity", entity, "--period", period)
    }

    /// Path of an object by its digest.
    func object(_ digest: String) -> String { "\(path)/objects/\(digest.prefix(2))/\(digest.dropFirst(2))" }

    /// Changes one bit in the middle of a file, whatever its mode.
    func flipByte(in file: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count / 2] ^= 1
        // A file of its own: the original is shared by hard links.
        try FileManager.default.removeItem(atPath: file)
        try bytes.write(to: URL(fileURLWithPath: file))
    }
}

/// The home that all others are copies of.
enum Template {
    static let shared: Result<Scratch, any Error> = Result {
        let scratch = try make()
        // A static value is never released: its folder would stay behind every test run.
        atexit { if case .success(let scratch) = Template.shared { scratch.remove() } }
        return scratch
    }

    private static func make() throws -> Scratch {
        let scratch = try Scratch()
        let workspace = try SmallWorkspace(in: scratch.path)
        try documents(in: scratch.path + "/documents")
        let sql = "CREATE TABLE rates (name TEXT, rate INTEGER); INSERT INTO rates VALUES ('base', 4), ('margin', 2);"
        try Program.output(
            "python3", ["-c", "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])",
                scratch.path + "/platform.db", sql])
        try Program.output(
            Program.assay,
            ["init", scratch.path + "/home", "--repo", workspace.bare, "--tenant", "oak", "--documents",
                scratch.path + "/documents", "--data-platform", scratch.path + "/platform.db"])
        try Program.output(Program.assay, ["interpreter", "update", "--home", scratch.path + "/home"])
        return scratch
    }

    static let statements: [(entity: String, period: String, csv: String)] = [
        ("oak-a", "2026-03", "reference,kind,amount\nM1,interest,800.00\nM2,fee,12.00\nM3,interest,404.11\n"),
        ("oak-a", "2026-04", "reference,kind,amount\nA1,interest,10.05\n"),
        ("oak-b", "2026-03", "reference,kind,amount\nB1,interest,1.01\n"),
    ]

    static func documents(in folder: String) throws {
        for statement in statements {
            let place = "\(folder)/\(statement.entity)/\(statement.period)/bank"
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
            try statement.csv.write(toFile: place + "/statement.csv", atomically: true, encoding: .utf8)
        }
    }
}
