import Digests
import Model

// From acceptance to the end of a run, without what it leaves (`RunCompletion`).
extension StoreDatabase {
    /// Accepts a run once.
    ///
    /// An idempotency key that was used gives its run, whatever became of it. An equal run key gives the run that
    /// stands (queued, running, waiting, or succeeded and not superseded); after a failed one it makes a new run.
    public func accept(_ new: NewRun) throws -> Acceptance {
        guard new.id.utf8.count == 32,
            new.id.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { throw StoreError.runIdentifierInvalid(id: new.id) }
        let spec = try CanonicalJSON.encode(new.spec)
        let key = SHA256.digest(spec)
        return try transaction {
            if let existing = try run(idempotencyKey: new.idempotencyKey) ?? liveRun(key) {
                return Acceptance(run: existing, isNew: false)
            }
            try insert(new, spec: String(decoding: spec, as: UTF8.self), key: key)
            return Acceptance(run: try knownRun(new.id), isNew: true)
        }
    }

    /// Starts the next attempt of a run; returns its one-based number.
    public func startAttempt(run: String, at: String) throws -> Int {
        try transaction {
            let number = try unfinished(run, wanted: "started").attempts + 1
            try connection.run("INSERT INTO attempts VALUES (?, ?, ?)", .text(run), .int(number), .text(at))
            try connection.run(
                "UPDATE runs SET state = 'running', started_at = coalesce(started_at, ?) WHERE id = ?", .text(at),
                .text(run))
            return number
        }
    }

    /// Says that a run waits for an answer that may take days.
    public func setWaiting(run: String) throws {
        try transaction {
            let row = try knownRun(run)
            guard row.state == .running || row.state == .waiting else {
                throw StoreError.runStateUnsuitable(id: run, state: row.state, wanted: "set waiting")
            }
            try connection.run("UPDATE runs SET state = 'waiting' WHERE id = ?", .text(run))
        }
    }

    /// Ends a run that nobody wants any more; it leaves its history and nothing else.
    public func cancel(run: String, at: String) throws {
        try transaction {
            _ = try unfinished(run, wanted: "cancelled")
            try connection.run(
                "UPDATE runs SET state = 'cancelled', finished_at = ? WHERE id = ?", .text(at), .text(run))
        }
    }

    /// Notes that the outputs of a succeeded run lie where people find them; doing so twice changes nothing.
    public func markPublished(run: String) throws {
        try transaction {
            let row = try knownRun(run)
            guard row.state == .succeeded else {
                throw StoreError.runStateUnsuitable(id: run, state: row.state, wanted: "published")
            }
            try connection.run("UPDATE runs SET published = 1 WHERE id = ?", .text(run))
        }
    }

    func knownRun(_ id: String) throws -> RunRow {
        guard let row = try run(id) else { throw StoreError.runUnknown(id: id) }
        return row
    }

    /// The run, provided that it has not ended.
    func unfinished(_ id: String, wanted: String) throws -> RunRow {
        let row = try knownRun(id)
        switch row.state {
        case .queued, .running, .waiting: return row
        case .succeeded, .failed, .cancelled:
            throw StoreError.runStateUnsuitable(id: id, state: row.state, wanted: wanted)
        }
    }

    private func liveRun(_ key: ContentDigest) throws -> RunRow? {
        try selectRuns(
            """
            run_key = ? AND (state IN ('queued', 'running', 'waiting')
                OR (state = 'succeeded' AND superseded_by IS NULL))
            """, .text(key.hex)
        ).first
    }

    private func insert(_ new: NewRun, spec: String, key: ContentDigest) throws {
        try connection.run(
            """
            INSERT INTO runs (id, idempotency_key, run_key, spec, deployment, entity, period, period_start, period_end,
                commit_id, requested_at, requested_by, ledger_mark)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT coalesce(max(id), 0) FROM journal_entries))
            """,
            .text(new.id), .text(new.idempotencyKey), .text(key.hex), .text(spec), .text(new.spec.deployment),
            .text(new.spec.entity), .text(new.spec.period.description), .text(new.spec.period.start.description),
            .text(new.spec.period.end.description), .text(new.spec.commit.hex), .text(new.requestedAt),
            .text(new.requestedBy))
        for carried in new.spec.carriedFrom {
            try connection.run(
                "INSERT INTO carried_from VALUES (?, ?, ?, ?)", .text(new.id), .text(carried.deployment),
                .text(carried.period.description), .text(carried.runKey.hex))
        }
    }
}
