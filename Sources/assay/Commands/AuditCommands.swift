import Foundation
import Model
import Reconciler
import TenantStore

extension Commands {
    static let verify = CommandDefinition(
        name: "verify", summary: "check a stamp: signatures and every digest it names, offline",
        arguments: [ArgumentDefinition(name: "RUN|FILE", help: "a run's id, or an output (its stamp beside it) or a stamp file")],
        options: [
            .home, .json, .value("trust", "FILE", "whom you trust, as an OpenSSH allowed_signers file of your own"),
            .flag("all", "list the checks that passed too"),
        ],
        details: "Without --trust the key comes from the home itself, and the verdict says 'self-asserted'.",
        example: "assay verify 3f2a9c --trust allowed_signers"
    ) { invocation in
        let context = try reading(invocation)
        let file = try stampFile(invocation.arguments[0])
        let run = try await RunSelection.run(file?.run ?? invocation.arguments[0], context)
        let trust = invocation.value("trust").map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        let result = try await Verifier(context, mirror: try context.mirror(), allowedSigners: trust)
            .verify(run, file: file)
        if invocation.json {
            try print(json: [
                "run": .string(result.run), "verdict": result.isValid ? "valid" : "invalid",
                "trust": result.trustGiven ? "given" : "self-asserted", "checks": try JSONValue(encoding: result.checks),
            ])
            return result.isValid ? .done : .failed
        }
        for check in result.checks where !check.passed || invocation.has("all") {
            let mark = check.passed ? console.paint("ok  ", .green) : console.paint("FAIL", .red)
            console.print("\(mark)  \(check.name): \(check.detail)")
        }
        let trusted = result.trustGiven ? "trust given" : "self-asserted"
        let passed = result.checks.count { $0.passed }
        console.print(
            "\(result.isValid ? console.paint("valid", .green) : console.paint("invalid", .red)) (\(trusted)): "
                + "run \(run.id.prefix(12)), \(passed) of \(result.checks.count) checks passed")
        return result.isValid ? .done : .failed
    }

    /// What was named as a file, not by the digits of a run.
    private static func stampFile(_ text: String) throws -> StampFile? {
        guard text.contains("/") || FileManager.default.fileExists(atPath: text) else { return nil }
        return try StampFile(URL(fileURLWithPath: text).standardizedFileURL.path)
    }

    static let replay = CommandDefinition(
        name: "replay", summary: "execute a run again from what was kept, and compare byte for byte",
        arguments: [ArgumentDefinition(name: "RUN", help: "a run's id, or enough of its first digits")],
        options: [
            .home, .json,
            .value("checkout", "DIR", "take the code from this working tree, which must hold exactly the stamped files"),
        ],
        details: "Needs only the home: mirror, objects and history. Exit 0: identical; 1: anything else. The verdict is recorded, signed.",
        example: "assay replay 3f2a9c"
    ) { invocation in
        let context = try HomeContext.open(try home(invocation), readOnly: false)
        let run = try await RunSelection.run(invocation.arguments[0], context)
        let checkout = invocation.value("checkout").map { URL(fileURLWithPath: $0).standardizedFileURL.path }
        let result = try await Replayer(context, mirror: try context.mirror()).replay(run, checkout: checkout)
        if invocation.json { try print(json: try json(result)) } else { show(result, run: run) }
        return result.verdict == .identical ? .done : .failed
    }

    private static func show(_ result: Replayer.Result, run: RunRow) {
        let what = "run \(run.id.prefix(12)) of \(run.entity) \(run.period) at commit \(run.commit.short)"
        let colour: Console.Colour = result.verdict == .identical ? .green : .red
        console.print("\(console.paint(result.verdict.rawValue, colour)): \(what), \(result.outputs.count) outputs")
        for output in result.outputs where output.expected != output.actual {
            console.print("  \(output.name): stamped \(output.expected?.short ?? "none"), now \(output.actual?.short ?? "none")")
        }
        if !result.message.isEmpty { console.print("  \(result.message)") }
        for difference in result.environmentDifferences { console.print("  host differs: \(difference)") }
    }

    private static func json(_ result: Replayer.Result) throws -> JSONValue {
        [
            "run": .string(result.run), "verdict": .string(result.verdict.rawValue),
            "outputs": .array(
                result.outputs.map {
                    ["name": .string($0.name), "expected": ($0.expected?.hex).json, "actual": ($0.actual?.hex).json]
                }),
            "divergence": try result.divergence.map { try JSONValue(encoding: $0) } ?? .null,
            "environment": [
                "same": .bool(result.environmentDifferences.isEmpty),
                "differences": .array(result.environmentDifferences.map { .string($0) }),
            ],
            "message": .string(result.message),
        ]
    }

    static let ledger = CommandDefinition(
        name: "ledger", summary: "the general ledger: trial balance, journal, export",
        arguments: [
            ArgumentDefinition(name: "WHAT", help: "what to show", choices: ["trial-balance", "journal", "export"])
        ],
        options: [
            .value("entity", "NAME", "the entity"), .value("period", "PERIOD", "the period (journal and export: default all)"),
            .value("format", "FORMAT", "for export", choices: LedgerExport.Format.allCases.map(\.rawValue)),
            .flag("all", "with journal: reversed entries and their reversals too (export always has them)"), .home, .json,
        ],
        example: "assay ledger trial-balance --entity alder-uk --period 2026-03"
    ) { invocation in
        guard let entity = invocation.value("entity") else {
            throw UsageError(message: "ledger needs --entity", remedy: "'assay get entities' lists them")
        }
        let ledger = try await Ledger.open(entity, try reading(invocation))
        let period = try invocation.value("period").map(period)
        switch invocation.arguments[0] {
        case "trial-balance":
            guard let period else {
                throw UsageError(message: "a trial balance needs --period", remedy: "Write --period 2026-03")
            }
            let balance = try await ledger.trialBalance(period)
            if invocation.json { try print(json: balance.json) } else { show(balance) }
        case "journal":
            let export = try await ledger.export(period, includeReversed: invocation.has("all"))
            if invocation.json { try print(json: export.json) } else { console.print(LedgerText.journal(export.entries, console)) }
        default:
            let format = LedgerExport.Format(rawValue: invocation.value("format") ?? "hledger") ?? .hledger
            let export = try await ledger.export(period, includeReversed: true)
            console.print(try export.text(invocation.json ? .json : format), terminator: "")
        }
        return .done
    }

    private static func show(_ balance: Ledger.Balance) {
        guard !balance.lines.isEmpty else {
            return console.message("nothing is posted for \(balance.entity) up to the end of \(balance.period)")
        }
        let rows = balance.lines.map { [$0.account, $0.name, $0.opening, $0.debit, $0.credit, $0.closing] }
        let total = ["", "total \(balance.currency)", "", balance.totalDebit, balance.totalCredit, ""]
        console.print(
            console.table(
                rows + [total], header: ["ACCOUNT", "NAME", "OPENING", "DEBIT", "CREDIT", "CLOSING"], right: [2, 3, 4, 5]))
        console.message("opening and closing balances: positive is debit, negative is credit")
    }
}

/// The journal for people: an entry a block.
enum LedgerText {
    static func journal(_ entries: [PostedEntry], _ console: Console) -> String {
        guard !entries.isEmpty else { return "no entries" }
        return entries.map { posted in
            var head = "\(posted.entry.date) \(posted.entry.description)  [\(posted.run.prefix(12))/\(posted.entry.number)]"
            if let file = posted.entry.file, let line = posted.entry.line { head += "  \(file):\(line)" }
            if let other = posted.reverses { head += "  reverses \(other.run.prefix(12))/\(other.number)" }
            if let other = posted.reversedBy { head += "  reversed by \(other.run.prefix(12))/\(other.number)" }
            let lines = posted.entry.lines.map { line in
                let amount = Amount(minorUnits: line.minorUnits.magnitudeAsInt, currency: line.currency).decimal
                let side = line.minorUnits < 0 ? "Cr" : "Dr"
                return "    \(side) \(line.account.padded(to: 8)) \(amount.leftPadded(to: 16)) \(line.currency)  \(line.memo ?? "")"
            }
            return ([console.paint(head, .bold)] + lines).joined(separator: "\n")
        }.joined(separator: "\n")
    }
}

extension Int64 {
    fileprivate var magnitudeAsInt: Int64 { self < 0 ? -self : self }
}
