import Model

/// What every entry must satisfy: the entity's accounts and currency, exact balance, and the period.
struct JournalRules {
    private let accounts: Set<String>
    private let currency: Currency
    private let period: Period

    init(_ spec: RunSpec) throws {
        guard let currency = Currency(spec.entitySpec.currency) else {
            throw ExecutorError.startInvalid(
                why: "the entity \(spec.entity) has the currency \(spec.entitySpec.currency), which is none")
        }
        self.currency = currency
        accounts = Set(spec.chart.accounts.map(\.code))
        period = spec.period
    }

    func entry(_ fields: inout Fields, number: Int, _ asked: GuestMessage.Asked) throws -> JournalEntry {
        let description = try fields.string("description")
        let opening = try fields.bool("opening")
        let date = try checked(date: try fields.string("date"), opening: opening, description)
        var lines: [JournalLine] = []
        var balance: Int64 = 0
        for value in try fields.array("lines") {
            let line = try line(value, description)
            let (sum, overflow) = balance.addingReportingOverflow(line.minorUnits)
            guard !overflow else { throw refusal(description, "its sum is larger than the ledger can hold") }
            balance = sum
            lines.append(line)
        }
        guard lines.count >= 2 else { throw refusal(description, "it has fewer than two lines") }
        guard balance == 0 else {
            throw refusal(
                description,
                "it is out of balance by \(Amount(minorUnits: balance, currency: currency).decimal) \(currency)")
        }
        return JournalEntry(
            number: number, date: date, description: description, opening: opening, lines: lines, file: asked.file,
            line: asked.line)
    }

    private func checked(date text: String, opening: Bool, _ description: String) throws -> CalendarDate {
        guard let date = CalendarDate(text) else { throw refusal(description, "\(excerpt(text, 20)) is not a date") }
        if opening {
            guard date == period.start.previousDay else {
                throw refusal(description, "a take-on entry is dated \(period.start.previousDay), not \(date)")
            }
        } else if date < period.start || date > period.end {
            throw refusal(description, "\(date) lies outside the period \(period)")
        }
        return date
    }

    private func line(_ value: JSONValue, _ description: String) throws -> JournalLine {
        var fields = try Fields(value, of: "a journal line")
        let account = try fields.string("account"), side = try fields.string("side")
        let text = try fields.string("amount"), code = try fields.string("currency")
        let memo = try fields.optionalString("memo")
        // Kept with the request, in the history.
        _ = try fields.optionalValue("lineage")
        try fields.finish()
        guard accounts.contains(account) else {
            throw refusal(description, "account \(excerpt(account, 50)) is not in the entity's chart")
        }
        guard code == currency.code else {
            throw refusal(description, "a line is in \(excerpt(code, 10)), and the entity keeps its ledger in \(currency)")
        }
        guard side == "debit" || side == "credit" else { throw ProtocolBreach(message: "a journal line has no side") }
        // Exactly one way to write an amount: the digests of two equal requests are equal.
        guard let amount = Amount(text, currency: currency), amount.decimal == text, amount.minorUnits > 0 else {
            throw refusal(description, "\(excerpt(text, 50)) is not an amount of \(currency) above zero")
        }
        return JournalLine(
            account: account, currency: currency, minorUnits: side == "debit" ? amount.minorUnits : -amount.minorUnits,
            memo: memo)
    }

    private func refusal(_ description: String, _ why: String) -> Tellings.Refusal {
        Tellings.Refusal(reason: "EntryRefused", message: "journal entry “\(excerpt(description, 100))” is refused: \(why)")
    }
}
