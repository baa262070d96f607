import Digests
import Foundation
import Model
import Reconciler

extension Commands {
    static let test = CommandDefinition(
        name: "test", summary: "run the scenarios of a runbook in a working tree, offline",
        arguments: [ArgumentDefinition(name: "RUNBOOK_DIR", help: "the runbook's folder (default: here)", required: false)],
        options: [
            .value("scenario", "NAME", "only this scenario", repeatable: true),
            .flag("update", "write what the scenarios give as what they must give, after showing what changes"),
            .flag("yes", "write without asking"),
            .value("tenant", "NAME", "whose capabilities count (default: the tenant that deploys the runbook)"),
            .value("python", "FILE", "the interpreter (default: python3 on the PATH)"),
            .value("home", "DIR", "take the interpreter of this tenant home instead"),
            .json,
        ],
        details: "The check that a changed runbook must pass before it serves: every file compiles, each scenario of its tests/ gives what it\n"
            + "must, and a second execution with other hash seed, folder order, clock, time zone, locale, chance and addresses agrees byte\n"
            + "for byte. The first use copies the interpreter into a cache of yours; later ones take a second or two.",
        example: "assay test example-repo/workspace/runbooks/nav-monthly"
    ) { invocation in
        if invocation.has("home"), invocation.has("python") {
            throw UsageError(message: "--home and --python exclude each other", remedy: "Give one of them")
        }
        if invocation.has("yes"), !invocation.has("update") {
            throw UsageError(message: "--yes has no meaning without --update", remedy: "Leave it out")
        }
        let testing: Testing
        do {
            testing = try Testing(invocation)
            var report = try await testing.run()
            var written: [String] = []
            if invocation.has("update") {
                guard let paths = try testing.update(report) else { return .usage }
                written = paths
                // What was written is judged as it lies there now.
                if !written.isEmpty { report = try await testing.run() }
            }
            try testing.show(report, written)
            return report.passed ? .done : .failed
        } catch let error as WorkingTreeError {
            throw UsageError(message: error.message, remedy: error.remedy)
        }
    }
}

/// One `assay test`: what was asked for, and how it is shown.
private struct Testing {
    let invocation: Invocation
    let check: WorkingTreeCheck
    let interpreter: WorkingTreeCheck.Interpreter
    private var console: Console { Commands.console }

    init(_ invocation: Invocation) throws {
        self.invocation = invocation
        check = try WorkingTreeCheck(runbook: invocation.arguments.first ?? ".")
        if let home = invocation.value("home") {
            interpreter = .home(try HomeContext.open(TenantHome(home), readOnly: true))
        } else {
            let python = invocation.value("python").map { URL(fileURLWithPath: $0).standardizedFileURL.path }
            interpreter = .cached(folder: WorkingTreeCheck.cacheFolder(Commands.environment), python: python)
        }
    }

    func run() async throws -> RunbookReport {
        let console = console
        defer { console.endProgress() }
        return try await check.run(
            tenant: invocation.value("tenant"), only: Set(invocation.all("scenario")), interpreter: interpreter,
            progress: { console.progress($0) })
    }

    // MARK: --update

    /// Shows what would change and writes it when it may; the paths that were written, `nil` where it may not.
    func update(_ report: RunbookReport) throws -> [String]? {
        let update = try ScenarioUpdate(report.scenarios, in: check.workspace)
        guard !update.changes.isEmpty else { return [] }
        for change in update.changes {
            let mark = change.before == nil ? "+" : change.after == nil ? "-" : "~"
            console.message("\(mark) \(change.path)")
            change.excerpt.forEach { console.message("    " + painted($0)) }
        }
        guard try isAgreed(update.changes.count) else { return nil }
        try update.apply()
        return update.changes.map(\.path)
    }

    private func isAgreed(_ count: Int) throws -> Bool {
        if invocation.has("yes") { return true }
        guard console.interactive, isatty(STDIN_FILENO) == 1 else {
            throw UsageError(message: "--update asks before it writes, and there is no terminal to ask", remedy: "Nothing was written; add --yes")
        }
        console.progress("write \(count == 1 ? "this file" : "these \(count) files")? [y/N] ")
        let answer = readLine()?.lowercased() ?? ""
        if ["y", "yes"].contains(answer) { return true }
        console.message("nothing was written")
        return false
    }

    // MARK: Showing

    func show(_ report: RunbookReport, _ written: [String]) throws {
        if invocation.json { return try Commands.print(json: value(report, written)) }
        if !written.isEmpty { console.message("wrote \(written.count == 1 ? "1 file" : "\(written.count) files")") }
        report.problems.forEach { console.print(Commands.line(for: $0)) }
        report.scenarios.forEach(show)
        let files = report.files == 1 ? "1 file compiles" : "\(report.files) files compile"
        if !report.problems.isEmpty {
            console.message(report.problems.count == 1 ? "1 problem" : "\(report.problems.count) problems")
        } else if report.scenarios.isEmpty {
            console.print("\(report.runbook): \(files); there are no scenarios under runbooks/\(report.runbook)/tests/")
        } else {
            let failed = report.scenarios.count { !$0.passed }
            let result = failed == 0 ? console.paint("all pass", .green) : console.paint("\(failed) failed", .red)
            let count = report.scenarios.count == 1 ? "1 scenario" : "\(report.scenarios.count) scenarios"
            console.print("\(report.runbook): \(files), \(count), \(result)")
        }
    }

    private func show(_ scenario: ScenarioReport) {
        let time = console.paint("(\(scenario.milliseconds) ms)", .dim)
        guard !scenario.passed else { return console.print("\(console.paint("ok  ", .green))  \(scenario.scenario) \(time)") }
        console.print("\(console.paint("FAIL", .red))  \(scenario.scenario) \(time) \(scenario.reason)")
        let place = scenario.file.map { $0 + (scenario.line.map { ":\($0)" } ?? "") + ": " } ?? ""
        console.print("      \(console.paint(place, .bold))\(scenario.message)")
        scenario.excerpt.forEach { console.print("      " + painted($0)) }
    }

    private func painted(_ line: String) -> String {
        switch line.first {
        case "-": console.paint(line, .red)
        case "+": console.paint(line, .green)
        default: console.paint(line, .dim)
        }
    }

    private func value(_ report: RunbookReport, _ written: [String]) throws -> JSONValue {
        [
            "runbook": .string(report.runbook), "passed": .bool(report.passed), "files": .integer(Int64(report.files)),
            "problems": try JSONValue(encoding: report.problems),
            "written": .array(written.map { .string($0) }),
            "scenarios": .array(
                report.scenarios.map {
                    [
                        "scenario": .string($0.scenario), "passed": .bool($0.passed), "reason": .string($0.reason),
                        "message": .string($0.message), "file": $0.file.map { .string($0) } ?? .null,
                        "line": $0.line.map { .integer(Int64($0)) } ?? .null,
                        "causes": .array($0.causes.map { .string($0) }), "milliseconds": .integer(Int64($0.milliseconds)),
                    ]
                }),
        ]
    }
}
