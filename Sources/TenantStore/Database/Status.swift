import Model

// Where reconciliation stands, which revisions were seen, and settings with their history.
extension StoreDatabase {
    /// The last status that was set; `nil` before the first reconcile.
    public func status() throws -> ReconcileStatus? {
        try connection.row("SELECT status FROM reconcile_status") {
            try JSONColumn.value(ReconcileStatus.self, $0.text(0))
        }
    }

    public func setStatus(_ status: ReconcileStatus) throws {
        // Before it: a crash in between reports once too often, never once too few.
        if try !status.saysTheSame(as: self.status()) { try markStatus() }
        try connection.run(
            "INSERT INTO reconcile_status VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET status = excluded.status",
            .text(try JSONColumn.text(status)))
    }

    /// Adds to the list of revisions; a commit may stand there several times, with what became of it each time.
    public func record(_ record: RevisionRecord) throws {
        try connection.run(
            """
            INSERT INTO revisions (commit_id, revision, first_seen, outcome, changes, reason, message)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """, .text(record.revision.commit.hex), .text(try JSONColumn.text(record.revision)), .text(record.firstSeen),
            .text(record.outcome.rawValue), .int(record.changes), .text(record.reason), .text(record.message))
    }

    /// Adds several, all or none.
    public func record(_ records: [RevisionRecord]) throws {
        try transaction { for record in records { try self.record(record) } }
    }

    /// The newest records, newest first.
    public func revisions(limit: Int) throws -> [RevisionRecord] {
        try selectRevisions("true ORDER BY id DESC LIMIT ?", .int(max(0, limit)))
    }

    /// The newest record of each commit, the commit that was seen last first.
    public func latestRevisions(limit: Int) throws -> [RevisionRecord] {
        try selectRevisions(
            "id IN (SELECT max(id) FROM revisions GROUP BY commit_id) ORDER BY id DESC LIMIT ?", .int(max(0, limit)))
    }

    /// Everything that became of one commit, oldest first.
    public func revisions(of commit: GitObjectID) throws -> [RevisionRecord] {
        try selectRevisions("commit_id = ? ORDER BY id", .text(commit.hex))
    }

    /// Whether a commit was ever applied here.
    public func wasApplied(_ commit: GitObjectID) throws -> Bool {
        try selectRevisions(
            "commit_id = ? AND outcome = 'ready' AND reason = '' LIMIT 1", .text(commit.hex)).first != nil
    }

    private func selectRevisions(_ condition: String, _ values: SQLValue...) throws -> [RevisionRecord] {
        try connection.statement(
            "SELECT revision, first_seen, outcome, changes, reason, message FROM revisions WHERE \(condition)"
        ).rows(values) { row in
            RevisionRecord(
                revision: try JSONColumn.value(Revision.self, row.text(0)), firstSeen: row.text(1),
                outcome: try row.value(2) { ReconcileStatus.Outcome(rawValue: $0) }, changes: row.int(3),
                reason: row.text(4), message: row.text(5))
        }
    }

    /// When this host first saw a commit.
    public func firstSeen(_ commit: GitObjectID) throws -> String? {
        try connection.row(
            "SELECT first_seen FROM revisions WHERE commit_id = ? ORDER BY id LIMIT 1", .text(commit.hex)
        ) { $0.text(0) }
    }

    public func setting(_ key: String) throws -> String? {
        try connection.row("SELECT value FROM settings WHERE key = ? ORDER BY id DESC LIMIT 1", .text(key)) {
            $0.text(0)
        }
    }

    /// Every value that a setting has had, oldest first.
    public func settingHistory(_ key: String) throws -> [SettingRecord] {
        try connection.rows("SELECT value, at FROM settings WHERE key = ? ORDER BY id", .text(key)) {
            SettingRecord(value: $0.text(0), at: $0.text(1))
        }
    }

    public func set(_ key: String, to value: String, at: String) throws {
        try connection.run(
            "INSERT INTO settings (key, value, at) VALUES (?, ?, ?)", .text(key), .text(value), .text(at))
    }
}
