import Digests
import Model

// What a run leaves: all of it in one transaction, or nothing.
extension StoreDatabase {
    /// Ends a run as succeeded: outputs, entries, record and stamp, and the reversal of the run it supersedes.
    ///
    /// The effective run for the same deployment, entity and period is the one superseded. The stamp was signed before,
    /// so `finished.supersedes` says what it claims, and a ledger that has moved on meanwhile refuses it.
    public func finish(run: String, _ finished: FinishedRun) throws {
        try JournalCheck.check(finished.entries, run: run)
        try transaction {
            let row = try knownRun(run)
            guard row.state == .running else {
                throw StoreError.runStateUnsuitable(id: run, state: row.state, wanted: "finished")
            }
            let earlier = try effectiveRun(deployment: row.deployment, entity: row.entity, period: row.period)
            guard earlier?.id == finished.supersedes else {
                throw StoreError.supersessionChanged(run: run, expected: finished.supersedes, actual: earlier?.id)
            }
            if let earlier {
                try reverse(earlier, by: row, numberedFrom: finished.entries.count + 1)
                try connection.run(
                    "UPDATE runs SET superseded_by = ? WHERE id = ?", .text(run), .text(earlier.id))
            }
            for entry in finished.entries { try post(entry, run: row, reverses: nil) }
            try insert(finished.outputs, run: run)
            try insertRecord(
                run: run, steps: finished.steps, logs: finished.logs, stamp: finished.stamp, at: finished.finishedAt)
            try connection.run(
                "UPDATE runs SET state = 'succeeded', mode = ?, finished_at = ?, supersedes = ? WHERE id = ?",
                .text(finished.mode.rawValue), .text(finished.finishedAt), .optional(earlier?.id), .text(run))
        }
    }

    /// Ends a run as failed: a record and its stamp, without outputs and entries.
    public func fail(run: String, _ failed: FailedRun) throws {
        let failure = try JSONColumn.text(failed.failure)
        try transaction {
            _ = try unfinished(run, wanted: "failed")
            try insertRecord(
                run: run, steps: failed.steps, logs: failed.logs, stamp: failed.stamp, at: failed.finishedAt)
            try connection.run(
                "UPDATE runs SET state = 'failed', mode = ?, finished_at = ?, failure = ? WHERE id = ?",
                .text(failed.mode.rawValue), .text(failed.finishedAt), .text(failure), .text(run))
        }
    }

    public func outputs(run: String) throws -> [Output] {
        try connection.rows(
            "SELECT name, sha256, size, media_type FROM outputs WHERE run = ? ORDER BY name", .text(run)
        ) {
            Output(name: $0.text(0), sha256: try $0.digest(1), size: $0.integer(2), mediaType: $0.text(3))
        }
    }

    /// Steps and logs of a run that has ended.
    public func record(run: String) throws -> RunRecord? {
        try connection.row("SELECT steps, logs FROM run_records WHERE run = ?", .text(run)) {
            RunRecord(steps: try JSONColumn.value($0.text(0)), logs: try JSONColumn.value($0.text(1)))
        }
    }

    public func stamp(run: String) throws -> StampRecord? {
        try connection.row("SELECT envelope_sha256, signature FROM stamps WHERE run = ?", .text(run)) {
            StampRecord(envelopeSHA256: try $0.digest(0), signature: $0.blob(1))
        }
    }

    /// Keeps a replay's signed verdict; there may be any number for a run.
    public func appendVerdict(run: String, envelope: [UInt8], at: String) throws {
        try transaction {
            _ = try knownRun(run)
            try connection.run(
                "INSERT INTO verdicts (run, envelope, at) VALUES (?, ?, ?)", .text(run), .blob(envelope), .text(at))
            try appendLeaf(.verdict, subject: run, digest: SHA256.digest(envelope), at: at)
        }
    }

    /// The verdicts on a run, oldest first.
    public func verdicts(run: String) throws -> [VerdictRecord] {
        try connection.rows("SELECT run, envelope, at FROM verdicts WHERE run = ? ORDER BY id", .text(run)) {
            VerdictRecord(run: $0.text(0), envelope: $0.blob(1), at: $0.text(2))
        }
    }

    /// Takes back what the earlier run posted itself: the same lines with the other sign, on the same dates.
    private func reverse(_ earlier: RunRow, by run: RunRow, numberedFrom first: Int) throws {
        let own = try entries(run: earlier.id).filter { $0.reverses == nil }
        for (offset, posted) in own.enumerated() {
            var entry = posted.entry
            entry.number = first + offset
            entry.description = "Reversal of \(posted.entry.description)"
            for index in entry.lines.indices { entry.lines[index].minorUnits.negate() }
            try post(entry, run: run, reverses: EntryReference(run: earlier.id, number: posted.entry.number))
        }
    }

    private func post(_ entry: JournalEntry, run: RunRow, reverses: EntryReference?) throws {
        try connection.run(
            """
            INSERT INTO journal_entries (run, number, entity, date, description, opening, file, line, reverses_run,
                reverses_number) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            .text(run.id), .int(entry.number), .text(run.entity), .text(entry.date.description),
            .text(entry.description), .bool(entry.opening), .optional(entry.file), .optional(entry.line),
            .optional(reverses?.run), .optional(reverses?.number))
        let id = connection.lastInsertedRow
        let insert = try connection.statement("INSERT INTO journal_lines VALUES (?, ?, ?, ?, ?, ?)")
        for (index, line) in entry.lines.enumerated() {
            try insert.run([
                .integer(id), .int(index + 1), .text(line.account), .text(line.currency.code),
                .integer(line.minorUnits), .optional(line.memo),
            ])
        }
    }

    private func insert(_ outputs: [Output], run: String) throws {
        for output in outputs {
            try connection.run(
                "INSERT INTO outputs VALUES (?, ?, ?, ?, ?)", .text(run), .text(output.name), .text(output.sha256.hex),
                .integer(output.size), .text(output.mediaType))
        }
    }

    private func insertRecord(
        run: String, steps: JSONValue, logs: JSONValue, stamp: StampRecord?, at: String
    ) throws {
        try connection.run(
            "INSERT INTO run_records VALUES (?, ?, ?)", .text(run), .text(try JSONColumn.text(steps)),
            .text(try JSONColumn.text(logs)))
        guard let stamp else { return }
        try connection.run(
            "INSERT INTO stamps VALUES (?, ?, ?)", .text(run), .text(stamp.envelopeSHA256.hex),
            .blob(stamp.signature))
        try appendLeaf(.stamp, subject: run, digest: stamp.envelopeSHA256, at: at)
    }
}

/// What an entry must satisfy before the ledger takes it; the file's own triggers check the balance again.
enum JournalCheck {
    static func check(_ entries: [JournalEntry], run: String) throws {
        for (index, entry) in entries.enumerated() {
            func invalid(_ detail: String) -> StoreError {
                .entryInvalid(run: run, number: entry.number, detail: detail)
            }
            guard entry.number == index + 1 else { throw invalid("its number should be \(index + 1)") }
            guard !entry.lines.isEmpty else { throw invalid("it has no lines") }
            var sums: [Currency: Int64] = [:]
            for line in entry.lines {
                // The smallest number has no counterpart, so it could not be reversed.
                guard line.minorUnits != 0, line.minorUnits != .min else {
                    throw invalid("the amount of account \(line.account) is \(line.minorUnits)")
                }
                let (sum, overflow) = sums[line.currency, default: 0].addingReportingOverflow(line.minorUnits)
                guard !overflow else { throw StoreError.amountOverflow(place: "entry \(entry.number) of run \(run)") }
                sums[line.currency] = sum
            }
            for (currency, sum) in sums.sorted(by: { $0.key.code < $1.key.code }) where sum != 0 {
                throw StoreError.entryUnbalanced(run: run, number: entry.number, currency: currency, difference: sum)
            }
        }
    }
}
