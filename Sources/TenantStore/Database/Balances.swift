import CSQLite
import Model

// Balances. Sums are exact: SQLite adds integers as integers and reports an overflow instead of rounding.
extension StoreDatabase {
    /// What each account brings into a run of a period that starts on `date`; accounts at zero are left out.
    ///
    /// Chosen by the period of the run that posted, not by the date of the entry: a take-on entry is dated before its
    /// period, and must not count as carried when that period runs again.
    public func openingBalances(entity: String, before date: CalendarDate) throws -> [AccountBalance] {
        try namingOverflow("the opening balances of \(entity) before \(date)") {
            try connection.rows(
                """
                SELECT l.account, l.currency, sum(l.minor_units) FROM effective_entries e
                JOIN journal_lines l ON l.entry = e.id WHERE e.entity = ? AND e.period_end < ?
                GROUP BY l.account, l.currency HAVING sum(l.minor_units) <> 0 ORDER BY l.account, l.currency
                """, .text(entity), .text(date.description)
            ) {
                AccountBalance(
                    account: $0.text(0), currency: try $0.value(1) { Currency($0) }, minorUnits: $0.integer(2))
            }
        }
    }

    /// One trial balance for each currency of the entity's ledger, sorted by currency.
    ///
    /// By date: what is dated before the period is opening, take-on entries included; what is dated in it is movement.
    /// Accounts without opening and movement are left out.
    public func trialBalances(entity: String, period: Period) throws -> [TrialBalance] {
        let place = "the trial balance of \(entity) for \(period)"
        let lines = try namingOverflow(place) {
            try connection.rows(
                """
                SELECT l.currency, l.account,
                    sum(CASE WHEN e.date < ?2 THEN l.minor_units ELSE 0 END) AS brought,
                    sum(CASE WHEN e.date >= ?2 AND l.minor_units > 0 THEN l.minor_units ELSE 0 END) AS debit,
                    sum(CASE WHEN e.date >= ?2 AND l.minor_units < 0 THEN -l.minor_units ELSE 0 END) AS credit
                FROM effective_entries e JOIN journal_lines l ON l.entry = e.id
                WHERE e.entity = ?1 AND e.date <= ?3 GROUP BY l.currency, l.account
                HAVING brought <> 0 OR debit <> 0 OR credit <> 0 ORDER BY l.currency, l.account
                """, .text(entity), .text(period.start.description), .text(period.end.description)
            ) { row in (try row.value(0) { Currency($0) }, try trialLine(row, place)) }
        }
        var balances: [TrialBalance] = []
        for (currency, line) in lines {
            if balances.last?.currency != currency { balances.append(TrialBalance(currency: currency, lines: [])) }
            balances[balances.count - 1].lines.append(line)
        }
        return balances
    }

    private func trialLine(_ row: Row, _ place: String) throws -> TrialBalance.Line {
        let (opening, debit, credit) = (row.integer(2), row.integer(3), row.integer(4))
        // Debit and credit are not negative, so their difference cannot overflow; adding the opening can.
        let (closing, overflow) = opening.addingReportingOverflow(debit - credit)
        guard !overflow else { throw StoreError.amountOverflow(place: place) }
        return TrialBalance.Line(
            account: row.text(1), opening: opening, debit: debit, credit: credit, closing: closing)
    }

    private func namingOverflow<T>(_ place: String, _ body: () throws -> T) throws -> T {
        do {
            return try body()
        } catch StoreError.database(SQLITE_ERROR, "integer overflow", _) {
            throw StoreError.amountOverflow(place: place)
        }
    }
}
