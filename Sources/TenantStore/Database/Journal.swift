import Model

// Reading what was posted.
extension StoreDatabase {
    /// What one run posted, in posting order: reversals first.
    public func entries(run: String) throws -> [PostedEntry] {
        try selectEntries("e.run = ?", includeReversed: true, order: "e.id", .text(run))
    }

    /// The journal of an entity by date, or of those entries that belong to a period.
    ///
    /// To a period belongs what is dated in it, and the take-on entries (dated the day before) of runs within it.
    /// Without `includeReversed`, reversed entries and their reversals are both left out.
    public func journal(entity: String, period: Period?, includeReversed: Bool) throws -> [PostedEntry] {
        guard let period else {
            return try selectEntries("e.entity = ?", includeReversed: includeReversed, .text(entity))
        }
        return try selectEntries(
            """
            e.entity = ?1 AND (e.date BETWEEN ?2 AND ?3
                OR (e.opening AND e.date < ?2 AND r.period_start >= ?2 AND r.period_end <= ?3))
            """, includeReversed: includeReversed, .text(entity), .text(period.start.description),
            .text(period.end.description))
    }

    private func selectEntries(
        _ condition: String, includeReversed: Bool, order: String = "e.date, e.id", _ values: SQLValue...
    ) throws -> [PostedEntry] {
        let standing = includeReversed ? "TRUE" : "e.reverses_run IS NULL AND r.superseded_by IS NULL"
        // Journal lines exist only for runs that succeeded: they are committed with that state or not at all.
        let from = """
            FROM journal_entries e JOIN runs r ON r.id = e.run
            WHERE (\(condition)) AND \(standing)
            """
        return try connection.snapshotUnlessInTransaction {
            var lines = try lines(from, values)
            return try connection.statement(
                """
                SELECT e.id, e.run, e.number, e.entity, r.period, e.date, e.description, e.opening, e.file, e.line,
                    e.reverses_run, e.reverses_number, b.run, b.number
                FROM journal_entries e JOIN runs r ON r.id = e.run
                    LEFT JOIN journal_entries b ON b.reverses_run = e.run AND b.reverses_number = e.number
                WHERE (\(condition)) AND \(standing) ORDER BY \(order)
                """
            ).rows(values) { row in try postedEntry(row, lines: lines.removeValue(forKey: row.integer(0)) ?? []) }
        }
    }

    /// The lines of the selected entries by entry: one pass instead of a query for each.
    private func lines(_ from: String, _ values: [SQLValue]) throws -> [Int64: [JournalLine]] {
        var lines: [Int64: [JournalLine]] = [:]
        _ = try connection.statement(
            """
            SELECT entry, account, currency, minor_units, memo FROM journal_lines
            WHERE entry IN (SELECT e.id \(from)) ORDER BY entry, ordinal
            """
        ).rows(values) { row in
            lines[row.integer(0), default: []].append(
                JournalLine(
                    account: row.text(1), currency: try row.value(2) { Currency($0) }, minorUnits: row.integer(3),
                    memo: row.optionalText(4)))
        }
        return lines
    }

    private func postedEntry(_ row: Row, lines: [JournalLine]) throws -> PostedEntry {
        let entry = JournalEntry(
            number: row.int(2), date: try row.value(5) { CalendarDate($0) }, description: row.text(6),
            opening: row.bool(7), lines: lines, file: row.optionalText(8), line: row.optionalInt(9))
        return PostedEntry(
            run: row.text(1), entity: row.text(3), period: try row.value(4) { Period($0) }, entry: entry,
            reverses: reference(row, 10), reversedBy: reference(row, 12))
    }

    private func reference(_ row: Row, _ column: Int32) -> EntryReference? {
        row.isNull(column) ? nil : EntryReference(run: row.text(column), number: row.int(column + 1))
    }
}
