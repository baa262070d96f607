import Digests
import Model
import TenantStore

/// Writes the general ledger in the formats of other programs, so that they can check it.
public struct LedgerExport: Sendable {
    public enum Format: String, CaseIterable, Sendable { case hledger, beancount, csv, json }

    let entity: String
    let chart: ChartSpec
    private let accounts: [String: ChartSpec.Account]
    public let entries: [PostedEntry]

    public init(entity: String, chart: ChartSpec, entries: [PostedEntry]) {
        self.entity = entity
        self.chart = chart
        self.entries = entries
        accounts = Dictionary(chart.accounts.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })
    }

    public func text(_ format: Format) throws -> String {
        switch format {
        case .hledger: hledger
        case .beancount: beancount
        case .csv: csv
        case .json: try CanonicalJSON.string(json) + "\n"
        }
    }

    private var currencies: [Currency] {
        Set(entries.flatMap(\.entry.lines).map(\.currency)).sorted { $0.code < $1.code }
    }

    /// Accounts and commodities are declared, so that `hledger check -s` has something to hold against.
    private var hledger: String {
        var text = "; general ledger of \(entity), exported by assay\n\n"
        for currency in currencies {
            text += "commodity \(Amount(minorUnits: 0, currency: currency).decimal.replacingZeroUnits) \(currency)\n"
        }
        let types = ["asset": "A", "liability": "L", "equity": "E", "income": "R", "expense": "X"]
        for account in chart.accounts {
            text += "account \(Self.hledgerName(account))  ; type: \(types[account.type] ?? "A")\n"
        }
        for posted in entries {
            text += "\n\(posted.entry.date) (\(posted.run.prefix(12))/\(posted.entry.number)) \(plain(title(posted)))\n"
            for line in posted.entry.lines {
                text += "    \(name(line.account))  \(amount(line)) \(line.currency)\n"
            }
        }
        return text
    }

    private var beancount: String {
        let roots = [
            "asset": "Assets", "liability": "Liabilities", "equity": "Equity", "income": "Income", "expense": "Expenses",
        ]
        func name(_ code: String) -> String {
            let type = accounts[code]?.type ?? "asset"
            return "\(roots[type] ?? "Assets"):A\(code)"
        }
        var text = "; general ledger of \(entity), exported by assay\n\n"
        let first = entries.map(\.entry.date).min()
        if let first {
            for account in chart.accounts { text += "\(first) open \(name(account.code))\n" }
        }
        for posted in entries {
            text += "\n\(posted.entry.date) * \"\(plain(title(posted)).withoutQuotes)\"\n"
            for line in posted.entry.lines { text += "  \(name(line.account))  \(amount(line)) \(line.currency)\n" }
        }
        return text
    }

    private var csv: String {
        var text = "run,entry,date,description,account,account_name,debit,credit,currency,reverses,reversed_by\n"
        for posted in entries {
            for line in posted.entry.lines {
                let value = Amount(minorUnits: line.minorUnits, currency: line.currency).decimal
                let fields: [String] = [
                    posted.run, String(posted.entry.number), posted.entry.date.description, posted.entry.description,
                    line.account, accounts[line.account]?.name ?? "",
                    line.minorUnits > 0 ? value : "", line.minorUnits < 0 ? String(value.dropFirst()) : "",
                    line.currency.code, Self.text(posted.reverses), Self.text(posted.reversedBy),
                ]
                text += fields.map(\.csvField).joined(separator: ",") + "\n"
            }
        }
        return text
    }

    private static func text(_ reference: EntryReference?) -> String {
        reference.map { "\($0.run)/\($0.number)" } ?? ""
    }

    public var json: JSONValue {
        [
            "entity": .string(entity),
            "entries": .array(entries.map(Self.value)),
        ]
    }

    static func value(_ posted: PostedEntry) -> JSONValue {
        func reference(_ reference: EntryReference?) -> JSONValue {
            reference.map { ["run": .string($0.run), "number": .integer(Int64($0.number))] } ?? .null
        }
        return [
            "run": .string(posted.run), "number": .integer(Int64(posted.entry.number)),
            "period": .string(posted.period.description), "date": .string(posted.entry.date.description),
            "description": .string(posted.entry.description), "opening": .bool(posted.entry.opening),
            "file": posted.entry.file.map { .string($0) } ?? .null,
            "line": posted.entry.line.map { .integer(Int64($0)) } ?? .null,
            "reverses": reference(posted.reverses), "reversedBy": reference(posted.reversedBy),
            "lines": .array(
                posted.entry.lines.map { line in
                    let magnitude = Amount(minorUnits: abs(line.minorUnits), currency: line.currency).decimal
                    return [
                        "account": .string(line.account), "side": line.minorUnits < 0 ? "credit" : "debit",
                        "amount": .string(magnitude), "currency": .string(line.currency.code),
                        "memo": line.memo.map { .string($0) } ?? .null,
                    ]
                }),
        ]
    }

    /// The name under which an account appears in a hledger journal.
    public static func hledgerName(_ account: ChartSpec.Account) -> String {
        "\(account.code) \(account.name.collapsed)"
    }

    private func name(_ code: String) -> String {
        accounts[code].map(Self.hledgerName) ?? code
    }

    private func amount(_ line: JournalLine) -> String {
        Amount(minorUnits: line.minorUnits, currency: line.currency).decimal
    }

    private func title(_ posted: PostedEntry) -> String { posted.entry.description }

    /// `;` begins a comment, `|` splits a payee and a newline ends the line.
    private func plain(_ text: String) -> String {
        String(text.map { ";|\n\r".contains($0) ? " " : $0 }).collapsed
    }
}

extension String {
    /// Runs of blanks as one: two blanks end an account's name in hledger.
    fileprivate var collapsed: String {
        split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" }).joined(separator: " ")
    }
    fileprivate var withoutQuotes: String { String(map { $0 == "\"" || $0 == "\\" ? "'" : $0 }) }
    /// hledger's commodity directive needs a decimal mark: `1000.00`.
    fileprivate var replacingZeroUnits: String { contains(".") ? "1000" + dropFirst() : "1000." }
    fileprivate var csvField: String {
        contains(where: { ",\"\n\r".contains($0) })
            ? "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\"" : self
    }
}
