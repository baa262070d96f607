import Model

// The history of a run: appended durably before the guest sees an answer, and never changed.
extension StoreDatabase {
    /// Appends events in one durable transaction; sequence numbers go on without gaps.
    public func append(run: String, _ events: [Event]) throws {
        guard !events.isEmpty else { return }
        try transaction {
            try requireHistoryOpen(run)
            var last = try connection.row(
                "SELECT coalesce(max(sequence), 0) FROM events WHERE run = ?", .text(run)) { $0.int(0) } ?? 0
            let insert = try connection.statement("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
            for event in events {
                guard event.sequence == last + 1 else {
                    throw StoreError.eventOutOfSequence(run: run, sequence: event.sequence, expected: last + 1)
                }
                last = event.sequence
                try insert.run([
                    .text(run), .int(event.sequence), .text(event.kind), .text(event.request),
                    .text(event.requestSHA256.hex), .optional(event.responseSHA256?.hex), .optional(event.completion),
                    .text(event.actor), .text(event.recordedAt), .optional(event.file), .optional(event.line),
                ])
            }
        }
    }

    /// Adds the answer to a call that was recorded without one; possible once.
    public func completeEvent(
        run: String, sequence: Int, response: ContentDigest, completion: Int, actor: String, at: String
    ) throws {
        try transaction {
            try requireHistoryOpen(run)
            let open = try connection.row(
                "SELECT completion IS NULL AND response_sha256 IS NULL FROM events WHERE run = ? AND sequence = ?",
                .text(run), .int(sequence)) { $0.bool(0) }
            guard let open else { throw StoreError.eventUnknown(run: run, sequence: sequence) }
            guard open else { throw StoreError.eventComplete(run: run, sequence: sequence) }
            try connection.run(
                """
                UPDATE events SET response_sha256 = ?, completion = ?, actor = ?, recorded_at = ?
                WHERE run = ? AND sequence = ?
                """, .text(response.hex), .int(completion), .text(actor), .text(at), .text(run), .int(sequence))
        }
    }

    /// The whole history of a run, in the order in which the guest asked.
    public func events(run: String) throws -> [Event] {
        try connection.rows(
            """
            SELECT sequence, kind, request, request_sha256, response_sha256, completion, actor, recorded_at, file, line
            FROM events WHERE run = ? ORDER BY sequence
            """, .text(run)
        ) { row in
            Event(
                sequence: row.int(0), kind: row.text(1), request: row.text(2), requestSHA256: try row.digest(3),
                responseSHA256: try row.optionalDigest(4), completion: row.optionalInt(5), actor: row.text(6),
                recordedAt: row.text(7), file: row.optionalText(8), line: row.optionalInt(9))
        }
    }

    /// One cheap look at the state: this sits between the guest and every answer.
    private func requireHistoryOpen(_ run: String) throws {
        let state = try connection.row("SELECT state FROM runs WHERE id = ?", .text(run)) {
            try $0.value(0) { RunState(rawValue: $0) }
        }
        guard let state else { throw StoreError.runUnknown(id: run) }
        guard state == .running || state == .waiting else {
            throw StoreError.runStateUnsuitable(id: run, state: state, wanted: "given events")
        }
    }
}
