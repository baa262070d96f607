import Model

// What is to be said and has not arrived. Nothing here is history: the status reference and the store's own tables are.
extension StoreDatabase {
    /// Notes that the status is written down up to a mark, and what is to be said about it, all or nothing.
    ///
    /// - Parameter push: payload of the push that is due; `nil` where nothing is to be pushed.
    /// - Parameter hook: the commit and the payload that a hook is to be told; `nil` where nothing new is to be told.
    public func reported(
        upTo mark: Int64?, commit: GitObjectID, push: String?, hook: (commit: GitObjectID, payload: String)?, at: String
    ) throws {
        try transaction {
            if let mark { try connection.run("DELETE FROM report_marks WHERE id <= ?", .integer(mark)) }
            try connection.run(
                "INSERT INTO report_state VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET commit_id = excluded.commit_id",
                .text(commit.hex))
            if let push { try enqueue(.push, subject: "", payload: push, at: at) }
            if let hook { try enqueue(.hook, subject: hook.commit.hex, payload: hook.payload, at: at) }
        }
    }

    /// Replaces what waits about the same subject. The new item waits as long as the old one would have, so that a remote
    /// that is down is not asked more often because more happens here.
    private func enqueue(_ kind: OutboxItem.Kind, subject: String, payload: String, at: String) throws {
        let old = try selectItems(
            "kind = ? AND subject = ? AND delivered_at IS NULL", .text(kind.rawValue), .text(subject)
        ).first
        if let old { try connection.run("DELETE FROM outbox WHERE id = ?", .integer(old.id)) }
        try connection.run(
            """
            INSERT INTO outbox (kind, subject, payload, created_at, attempts, next_attempt, reason, error)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(kind.rawValue), .text(subject), .text(payload), .text(old?.createdAt ?? at),
            .int(old?.attempts ?? 0), .text(old?.nextAttempt ?? at), .optional(old?.reason), .optional(old?.error))
    }

    /// What waits, the earliest due first; of one kind where one is given.
    ///
    /// - Parameter due: gives only what is to be tried by `now`. What is to wait beyond `horizon`, longer than anything waits,
    ///   was put off by a clock that has been set back since: it is due as well.
    public func outbox(
        _ kind: OutboxItem.Kind? = nil, due: (now: String, horizon: String)? = nil, limit: Int = 1000
    ) throws -> [OutboxItem] {
        try selectItems(
            """
            delivered_at IS NULL AND (?1 IS NULL OR kind = ?1)
                AND (?2 IS NULL OR next_attempt <= ?2 OR next_attempt > ?3)
            ORDER BY next_attempt, id LIMIT ?4
            """, .optional(kind?.rawValue), .optional(due?.now), .optional(due?.horizon), .int(max(0, limit)))
    }

    /// The payload that was queued last, whether it has arrived or not.
    public func lastPayload(_ kind: OutboxItem.Kind) throws -> String? {
        try connection.row("SELECT payload FROM outbox WHERE kind = ? ORDER BY id DESC LIMIT 1", .text(kind.rawValue)) {
            $0.text(0)
        }
    }

    public func outboxDepth() throws -> OutboxDepth {
        try connection.row(
            """
            SELECT coalesce(sum(kind = 'push'), 0), coalesce(sum(kind = 'hook'), 0), min(created_at), min(next_attempt)
            FROM outbox WHERE delivered_at IS NULL
            """
        ) {
            OutboxDepth(pushes: $0.int(0), hooks: $0.int(1), oldest: $0.optionalText(2), next: $0.optionalText(3))
        } ?? OutboxDepth(pushes: 0, hooks: 0, oldest: nil, next: nil)
    }

    /// Notes that an item has arrived; one that replaced it on its way still waits.
    ///
    /// Of what has arrived only the newest of a kind is kept: it says what the outside knows.
    ///
    /// - Parameter witness: the head of the log that is held outside with it; noted where the log has grown since the last.
    public func delivered(_ item: OutboxItem, witness: LogWitness? = nil, at: String) throws {
        try transaction {
            if let witness, witness.size > (try largestWitness(of: witness.holder) ?? 0) { try addWitness(witness) }
            try connection.run(
                "UPDATE outbox SET delivered_at = ?, reason = NULL, error = NULL WHERE id = ?", .text(at), .integer(item.id))
            try connection.run(
                """
                DELETE FROM outbox WHERE kind = ?1 AND delivered_at IS NOT NULL
                    AND id < (SELECT max(id) FROM outbox WHERE kind = ?1 AND delivered_at IS NOT NULL)
                """, .text(item.kind.rawValue))
        }
    }

    /// Notes that an attempt failed, and when the next one may be made.
    public func postpone(_ item: OutboxItem, until next: String, reason: String, error: String) throws {
        try connection.run(
            "UPDATE outbox SET attempts = attempts + 1, next_attempt = ?, reason = ?, error = ? WHERE id = ?", .text(next),
            .text(reason), .text(error), .integer(item.id))
    }

    /// Forgets what waits of a kind that is no longer configured, and what has arrived: should it be configured again,
    /// what counts then is said anew.
    public func forget(_ kind: OutboxItem.Kind) throws {
        try connection.run("DELETE FROM outbox WHERE kind = ?", .text(kind.rawValue))
    }

    private func selectItems(_ condition: String, _ values: SQLValue...) throws -> [OutboxItem] {
        try connection.statement(
            "SELECT id, kind, subject, payload, created_at, attempts, next_attempt, reason, error FROM outbox WHERE \(condition)"
        ).rows(values) { row in
            OutboxItem(
                id: row.integer(0), kind: try row.value(1) { OutboxItem.Kind(rawValue: $0) }, subject: row.text(2),
                payload: row.text(3), createdAt: row.text(4), attempts: row.int(5), nextAttempt: row.text(6),
                reason: row.optionalText(7), error: row.optionalText(8))
        }
    }
}

extension TenantStore {
    public func reported(
        upTo mark: Int64?, commit: GitObjectID, push: String?, hook: (commit: GitObjectID, payload: String)?, at: String
    ) throws {
        try database.reported(upTo: mark, commit: commit, push: push, hook: hook, at: at)
    }
    public func outbox(
        _ kind: OutboxItem.Kind? = nil, due: (now: String, horizon: String)? = nil, limit: Int = 1000
    ) throws -> [OutboxItem] {
        try database.outbox(kind, due: due, limit: limit)
    }
    public func lastPayload(_ kind: OutboxItem.Kind) throws -> String? { try database.lastPayload(kind) }
    public func outboxDepth() throws -> OutboxDepth { try database.outboxDepth() }
    public func delivered(_ item: OutboxItem, witness: LogWitness? = nil, at: String) throws {
        try database.delivered(item, witness: witness, at: at)
    }
    public func postpone(_ item: OutboxItem, until next: String, reason: String, error: String) throws {
        try database.postpone(item, until: next, reason: reason, error: error)
    }
    public func forget(_ kind: OutboxItem.Kind) throws { try database.forget(kind) }
}
