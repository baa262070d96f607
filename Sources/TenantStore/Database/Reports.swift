import Model

// What of the store is told to the outside, and what of it changed. The marks are set where it changes.
extension StoreDatabase {
    /// What changed since the last call of `reported`; `nil` where nothing did.
    public func reportMarks() throws -> ReportMarks? {
        try connection.snapshotUnlessInTransaction {
            let marks = try connection.row("SELECT max(id), sum(deployment IS NULL) FROM report_marks") {
                $0.isNull(0) ? nil : (last: $0.integer(0), statuses: $0.int(1))
            }
            guard let marks, let marks else { return nil }
            let runs = try connection.rows(
                "SELECT DISTINCT deployment, entity, period FROM report_marks WHERE deployment IS NOT NULL", read: subject)
            return ReportMarks(last: marks.last, status: marks.statuses > 0, runs: Set(runs))
        }
    }

    func markStatus() throws { try connection.run("INSERT INTO report_marks (deployment) VALUES (NULL)") }

    /// The commit of the status that was written last.
    public func reportedCommit() throws -> GitObjectID? {
        try connection.row("SELECT commit_id FROM report_state") { try $0.value(0) { GitObjectID(hex: $0) } }
    }

    /// Everything that has runs to be told.
    public func reportedSubjects() throws -> Set<RunSubject> {
        Set(
            try connection.rows(
                "SELECT DISTINCT deployment, entity, period FROM runs WHERE state NOT IN ('queued', 'running')", read: subject))
    }

    /// The runs of one subject that wait or have ended, in the order of acceptance.
    public func reportedRuns(_ subject: RunSubject) throws -> [ReportedRun] {
        try selectReported(
            "entity = ? AND period = ? AND deployment = ? AND state NOT IN ('queued', 'running') ORDER BY position",
            .text(subject.entity), .text(subject.period.description), .text(subject.deployment))
    }

    /// The runs that ended last, newest first.
    public func lastEndedRuns(limit: Int) throws -> [ReportedRun] {
        try selectReported(
            "finished_at IS NOT NULL ORDER BY finished_at DESC, position DESC LIMIT ?", .int(max(0, limit)))
    }

    private func selectReported(_ condition: String, _ values: SQLValue...) throws -> [ReportedRun] {
        try connection.statement(
            """
            SELECT id, deployment, entity, period, state, mode, commit_id, finished_at,
                json_extract(failure, '$.reason'), supersedes, superseded_by,
                (SELECT envelope_sha256 FROM stamps WHERE run = id)
            FROM runs WHERE \(condition)
            """
        ).rows(values) { row in
            ReportedRun(
                id: row.text(0),
                subject: RunSubject(
                    deployment: row.text(1), entity: row.text(2), period: try row.value(3) { Period($0) }),
                state: try row.value(4) { RunState(rawValue: $0) },
                mode: try row.optionalValue(5) { RunMode(rawValue: $0) },
                commit: try row.value(6) { GitObjectID(hex: $0) }, finishedAt: row.optionalText(7),
                failure: row.optionalText(8), supersedes: row.optionalText(9), supersededBy: row.optionalText(10),
                stamp: try row.optionalDigest(11))
        }
    }

    private func subject(_ row: Row) throws -> RunSubject {
        RunSubject(deployment: row.text(0), entity: row.text(1), period: try row.value(2) { Period($0) })
    }
}

extension ReconcileStatus {
    /// Whether nothing differs of what is told to the outside: not the time, not the message.
    func saysTheSame(as other: ReconcileStatus?) -> Bool {
        outcome == other?.outcome && reason == other?.reason && applied?.commit == other?.applied?.commit
            && attempted?.commit == other?.attempted?.commit
    }
}

extension TenantStore {
    public func reportMarks() throws -> ReportMarks? { try database.reportMarks() }
    public func reportedCommit() throws -> GitObjectID? { try database.reportedCommit() }
}
