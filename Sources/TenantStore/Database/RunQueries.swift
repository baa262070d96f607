import Model

// Reading runs.
extension StoreDatabase {
    public func run(_ id: String) throws -> RunRow? { try selectRuns("id = ?", .text(id)).first }

    public func run(idempotencyKey: String) throws -> RunRow? {
        try selectRuns("idempotency_key = ?", .text(idempotencyKey)).first
    }

    /// The newest runs, newest first. Chosen by the database: a row holds its whole spec, and there may be very many.
    public func runs(_ filter: RunFilter = RunFilter(), limit: Int) throws -> [RunRow] {
        try selectRuns(
            """
            (?1 IS NULL OR deployment = ?1) AND (?2 IS NULL OR entity = ?2) AND (?3 IS NULL OR period = ?3)
                AND (?4 IS NULL OR state = ?4)
            """, order: "position DESC LIMIT ?5", .optional(filter.deployment), .optional(filter.entity),
            .optional(filter.period?.description), .optional(filter.state?.rawValue), .int(max(0, limit)))
    }

    /// The runs whose ids start so, as a person types them.
    public func runs(idPrefix: String) throws -> [RunRow] {
        // Ids are hexadecimal, and every digit sorts before `g`.
        try selectRuns("id >= ?1 AND id < ?1 || 'g'", .text(idPrefix))
    }

    /// Runs that a start-up has to take up again, in the order in which they were accepted.
    public func unfinishedRuns() throws -> [RunRow] { try selectRuns("state IN ('queued', 'running')") }

    /// Names of the deployments that have runs which have not ended: queued, running or waiting.
    public func deploymentsWithUnfinishedRuns() throws -> Set<String> {
        Set(
            try connection.rows(
                "SELECT DISTINCT deployment FROM runs WHERE state IN ('queued', 'running', 'waiting')"
            ) { $0.text(0) })
    }

    /// Succeeded runs whose outputs are not laid out yet.
    public func unpublishedRuns() throws -> [RunRow] { try selectRuns("state = 'succeeded' AND NOT published") }

    /// Every run for the same deployment, entity and period, failed ones too, in the order of acceptance.
    public func earlierRuns(deployment: String, entity: String, period: Period) throws -> [RunRow] {
        try selectRuns(
            "entity = ? AND period = ? AND deployment = ?", .text(entity), .text(period.description),
            .text(deployment))
    }

    /// The run whose entries count for this deployment, entity and period.
    public func effectiveRun(deployment: String, entity: String, period: Period) throws -> RunRow? {
        try selectRuns(
            "deployment = ? AND entity = ? AND period = ? AND state = 'succeeded' AND superseded_by IS NULL",
            .text(deployment), .text(entity), .text(period.description)
        ).first
    }

    public func effectiveRuns(entity: String, period: Period) throws -> [RunRow] {
        try selectRuns(
            "entity = ? AND period = ? AND state = 'succeeded' AND superseded_by IS NULL", .text(entity),
            .text(period.description))
    }

    /// The runs whose closing balances a run of a period that starts on `date` carries forward, oldest period first.
    public func effectiveRuns(entity: String, endingBefore date: CalendarDate) throws -> [RunRow] {
        try selectRuns(
            "entity = ? AND period_end < ? AND state = 'succeeded' AND superseded_by IS NULL",
            order: "period_start, period_end, deployment", .text(entity), .text(date.description))
    }

    /// Effective runs whose opening balances no longer are what the ledger says, oldest period first.
    ///
    /// A run is stale when a close that it carried from is no longer effective or is stale itself, and when an earlier
    /// period of its entity was posted to after its opening balances were frozen: by a run it did not carry from, or by a
    /// repetition of one that it did which came to other balances (a run key does not cover the answers to queries).
    public func staleRuns() throws -> [RunRow] {
        try selectRuns(
            """
            id IN (
                WITH RECURSIVE standing (id, position, entity, starts, ends, mark, last) AS MATERIALIZED (
                    SELECT id, position, entity, period_start, period_end, ledger_mark, (
                        SELECT p.id FROM journal_entries p WHERE p.run = r.id AND p.reverses_run IS NULL
                        ORDER BY p.number DESC LIMIT 1)
                    FROM effective_runs r
                ), stale (id) AS (
                    SELECT r.id FROM effective_runs r JOIN carried_from c ON c.run = r.id WHERE NOT EXISTS (
                        SELECT 1 FROM effective_runs e WHERE e.run_key = c.run_key)
                    UNION
                    SELECT r.id FROM standing r
                        JOIN standing x ON x.entity = r.entity AND x.ends < r.starts AND x.last > r.mark
                        JOIN runs k ON k.id = x.id
                    WHERE NOT EXISTS (
                        SELECT 1 FROM carried_from c JOIN runs a ON a.id = (
                            SELECT id FROM runs WHERE run_key = c.run_key AND state = 'succeeded' AND position < r.position
                            ORDER BY position DESC LIMIT 1)
                        WHERE c.run = r.id AND c.run_key = k.run_key
                            AND NOT EXISTS (\(posted("x.id")) EXCEPT \(posted("a.id")))
                            AND NOT EXISTS (\(posted("a.id")) EXCEPT \(posted("x.id"))))
                    UNION
                    SELECT r.id FROM stale s JOIN runs x ON x.id = s.id JOIN carried_from c ON c.run_key = x.run_key
                        JOIN effective_runs r ON r.id = c.run
                )
                SELECT id FROM stale)
            """, order: "period_start, period_end, deployment, entity")
    }

    /// What a run posted itself, by account.
    private func posted(_ run: String) -> String {
        """
        SELECT l.account, l.currency, sum(l.minor_units) FROM journal_entries e JOIN journal_lines l ON l.entry = e.id
        WHERE e.run = \(run) AND e.reverses_run IS NULL GROUP BY l.account, l.currency
        """
    }

    func selectRuns(_ condition: String, order: String = "position", _ values: SQLValue...) throws -> [RunRow] {
        try connection.statement(
            """
            SELECT id, idempotency_key, run_key, spec, deployment, entity, period, commit_id, state, mode, requested_at,
                requested_by, started_at, finished_at, (SELECT count(*) FROM attempts WHERE run = id), failure,
                supersedes, superseded_by, (SELECT envelope_sha256 FROM stamps WHERE run = id), published
            FROM runs WHERE \(condition) ORDER BY \(order)
            """
        ).rows(values, read: runRow)
    }

    private func runRow(_ row: Row) throws -> RunRow {
        RunRow(
            id: row.text(0), idempotencyKey: row.text(1), runKey: try row.digest(2), spec: row.text(3),
            deployment: row.text(4), entity: row.text(5), period: try row.value(6) { Period($0) },
            commit: try row.value(7) { GitObjectID(hex: $0) }, state: try row.value(8) { RunState(rawValue: $0) },
            mode: try row.optionalValue(9) { RunMode(rawValue: $0) }, requestedAt: row.text(10),
            requestedBy: row.text(11), startedAt: row.optionalText(12), finishedAt: row.optionalText(13),
            attempts: row.int(14),
            failure: try row.optionalText(15).map { try JSONColumn.value(RunFailure.self, $0) },
            supersedes: row.optionalText(16), supersededBy: row.optionalText(17),
            stampSHA256: try row.optionalDigest(18), published: row.bool(19))
    }
}
