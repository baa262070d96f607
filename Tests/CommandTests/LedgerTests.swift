import Foundation
import ChildProcess
import Digests
import Model
import Testing

@Suite("The ledger of the example's close")
struct LedgerTests {
    /// The example workspace in a home, closed for both periods.
    private static func closedExample() throws -> (home: ExampleHome, entities: [String]) {
        let home = try ExampleHome()
        for period in ["2026-03", "2026-04"] {
            let result = try home.assay("run", "nav-monthly", "--all-entities", "--period", period)
            guard result.status == .exited(0) else { throw Program.Failed(description: result.outputText + result.errorText) }
        }
        return (home, ["alder-uk", "alder-jersey", "alder-lux"])
    }

    @Test("hledger accepts the exported journal strictly, and its balances equal the trial balance")
    func hledger() throws {
        let hledger = try #require(ToolLocator.find("hledger"), "hledger is not installed: run 'make test'")
        let (home, entities) = try Self.closedExample()
        for entity in entities {
            let file = home.scratch.path + "/\(entity).journal"
            let export = try home.assay("ledger", "export", "--entity", entity, "--format", "hledger")
            try Data(export.standardOutput).write(to: URL(fileURLWithPath: file))
            try Program.output(hledger, ["-f", file, "check", "-s"], environment: ["LANG": "C.UTF-8"])
            let csv = try Program.output(
                hledger, ["-f", file, "balance", "--flat", "-O", "csv", "-N", "-E"], environment: ["LANG": "C.UTF-8"])
            var theirs: [String: String] = [:]
            for line in csv.split(separator: "\n").dropFirst() {
                let cells = line.split(separator: ",").map { $0.trimmingCharacters(in: ["\""]) }
                theirs[String(cells[0].prefix(4))] = cells[1].split(separator: " ").first.map(String.init)
            }
            let balance = try home.json("ledger", "trial-balance", "--entity", entity, "--period", "2026-04")
            let ours = balance["lines"]?.array ?? []
            #expect(ours.count > 30)
            for line in ours {
                let (account, closing) = (line["account"]?.string ?? "", line["closing"]?.string ?? "")
                #expect(theirs[account] == closing || (theirs[account] == "0" && closing == "0.00"), "\(entity) \(account)")
            }
            #expect(balance["totalDebit"] == balance["totalCredit"])
        }
    }

    @Test("April's stamp names the stamp of March that it carried from")
    func carried() throws {
        let (home, entities) = try Self.closedExample()
        for entity in entities {
            let runs = try home.json("runs", "--entity", entity)["runs"]?.array ?? []
            let march = try #require(runs.first { $0["period"] == "2026-03" }?["run"]?.string)
            let april = try #require(runs.first { $0["period"] == "2026-04" }?["run"]?.string)
            let stamp = try home.json("show", march)["stamp"]
            let statement = try home.json("show", april, "--stamp")
            let dependencies = statement["predicate"]?["buildDefinition"]?["resolvedDependencies"]?.array ?? []
            let carried = try #require(dependencies.first { $0["name"] == "carried:nav-monthly/2026-03" })
            #expect(carried["digest"]?["sha256"] == stamp)
        }
    }

    @Test("all formats are written; beancount's and CSV's lines are as many as the journal's")
    func formats() throws {
        let (home, _) = try Self.closedExample()
        let entries = try home.json("ledger", "journal", "--entity", "alder-lux", "--all")["entries"]?.array ?? []
        let lines = entries.reduce(0) { $0 + ($1["lines"]?.array?.count ?? 0) }
        let csv = try home.assay("ledger", "export", "--entity", "alder-lux", "--format", "csv").outputText
        #expect(csv.split(separator: "\n").count == lines + 1)
        let beancount = try home.assay("ledger", "export", "--entity", "alder-lux", "--format", "beancount").outputText
        #expect(beancount.split(separator: "\n").count { $0.hasSuffix(" EUR") } == lines)
    }
}

/// A home of the example workspace, with its documents: what `make demo` builds, without the story.
final class ExampleHome: Sendable {
    let scratch: Scratch
    let path: String

    init() throws {
        scratch = try Scratch()
        path = scratch.path + "/home"
        let example = Program.root + "/example-repo"
        let (checkout, bare) = (scratch.path + "/checkout", scratch.path + "/workspace.git")
        try Program.output("git", ["init", "-q", "--bare", "-b", "main", bare])
        try Program.output("cp", ["-a", example + "/workspace", checkout])
        let git = ["-C", checkout, "-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "commit.gpgsign=false"]
        try Program.output("git", git + ["init", "-q", "-b", "main"])
        try Program.output("git", git + ["add", "-A"])
        try Program.output("git", git + ["commit", "-q", "-m", "Workspace"])
        try Program.output("git", git + ["push", "-q", bare, "main"])
        let load = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2], encoding='utf-8').read())"
        try Program.output("python3", ["-c", load, scratch.path + "/platform.db", example + "/data-platform.sql"])
        try Program.output(
            Program.assay,
            ["init", path, "--repo", bare, "--tenant", "alder", "--documents", example + "/documents", "--data-platform",
                scratch.path + "/platform.db"])
        try Program.output(Program.assay, ["reconcile", "--home", path])
    }

    @discardableResult
    func assay(_ arguments: String...) throws -> ProcessResult {
        try Program.run(Program.assay, arguments, environment: ["ASSAY_HOME": path])
    }

    func json(_ arguments: String...) throws -> JSONValue {
        let result = try Program.run(Program.assay, arguments + ["--json"], environment: ["ASSAY_HOME": path])
        return try CanonicalJSON.parse(Array(result.outputText.trimmingCharacters(in: .newlines).utf8))
    }
}
