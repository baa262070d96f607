import Model
import Schedules

// How far schedules are decided, and what was decided.
extension StoreDatabase {
    /// The deployed schedules with what their decisions depend on, sorted by name.
    public func deployedSchedules(tenant: String) throws -> [DeployedSchedule] {
        try connection.rows(
            """
            SELECT s.name, s.spec, c.spec, coalesce(json_extract(d.spec, '$.suspend'), 0) FROM resources s
            LEFT JOIN resources c ON c.kind = 'Calendar' AND c.tenant = '' AND c.name = json_extract(s.spec, '$.calendar')
            LEFT JOIN resources d
                ON d.kind = 'Deployment' AND d.tenant = s.tenant AND d.name = json_extract(s.spec, '$.deployment')
            WHERE s.kind = 'Schedule' AND s.tenant = ? ORDER BY s.name
            """, .text(tenant)
        ) { row in
            DeployedSchedule(
                name: row.text(0), spec: row.text(1), calendar: row.optionalText(2), isDeploymentSuspended: row.bool(3))
        }
    }

    /// Of every schedule that was ever seen, sorted by name.
    public func scheduleProgress() throws -> [ScheduleProgress] {
        try connection.rows(
            "SELECT schedule, first_seen, handled, terms FROM schedule_progress ORDER BY schedule", read: progress)
    }

    public func progress(ofSchedule name: String) throws -> ScheduleProgress? {
        try connection.row(
            "SELECT schedule, first_seen, handled, terms FROM schedule_progress WHERE schedule = ?", .text(name),
            read: progress)
    }

    /// The latest instant up to which a deployed schedule is decided.
    public func newestHandled() throws -> Instant? {
        let newest = try connection.row("SELECT max(handled) FROM schedule_progress WHERE terms IS NOT NULL") {
            $0.isNull(0) ? nil : Instant(seconds: $0.integer(0))
        }
        return newest ?? nil
    }

    /// Begins a schedule: starts after `instant` count.
    public func begin(schedule name: String, at instant: Instant, terms: String) throws {
        try connection.run(
            "INSERT INTO schedule_progress VALUES (?, ?, ?, ?)", .text(name), .integer(instant.seconds),
            .integer(instant.seconds), .text(terms))
    }

    /// Lets other terms (or none) count for starts after `instant`; what was decided stays decided.
    public func setTerms(ofSchedule name: String, to terms: String?, from instant: Instant) throws {
        try connection.run(
            "UPDATE schedule_progress SET terms = ?, handled = max(handled, ?) WHERE schedule = ?", .optional(terms),
            .integer(instant.seconds), .text(name))
    }

    /// Writes a decision down and moves the schedule's progress to it, together; one that was decided before is refused.
    ///
    /// - Parameter entities: where it fires, whom for.
    public func record(_ firing: FiringRecord, entities: [String]) throws {
        try transaction {
            try connection.run(
                "INSERT INTO firings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", .text(firing.key.schedule),
                .integer(firing.key.nominal.seconds), .text(firing.decision.rawValue), .text(firing.reason),
                .text(firing.message), .text(firing.period.description), .text(firing.deployment),
                .text(firing.commit.hex), .text(firing.decidedAt), .optional(firing.firedAt))
            try connection.run(
                "UPDATE schedule_progress SET handled = ? WHERE schedule = ?", .integer(firing.key.nominal.seconds),
                .text(firing.key.schedule))
            if firing.decision == .fired { try addRuns(firing.key, entities, at: firing.decidedAt) }
        }
    }

    /// Lets a queued start fire.
    public func release(_ key: FiringKey, entities: [String], at: String) throws {
        try transaction {
            try connection.run(
                "UPDATE firings SET decision = 'fired', fired_at = ? WHERE schedule = ? AND nominal = ?", .text(at),
                .text(key.schedule), .integer(key.nominal.seconds))
            try addRuns(key, entities, at: at)
        }
    }

    /// Gives a queued start up.
    public func drop(_ key: FiringKey, reason: String, message: String) throws {
        try connection.run(
            "UPDATE firings SET decision = 'skipped', reason = ?, message = ? WHERE schedule = ? AND nominal = ?",
            .text(reason), .text(message), .text(key.schedule), .integer(key.nominal.seconds))
    }

    private func addRuns(_ key: FiringKey, _ entities: [String], at: String) throws {
        for entity in entities {
            try connection.run(
                "INSERT INTO firing_runs (schedule, nominal, entity, at) VALUES (?, ?, ?, ?)", .text(key.schedule),
                .integer(key.nominal.seconds), .text(entity), .text(at))
        }
    }

    /// What of a schedule is under way.
    public func activity(ofSchedule name: String) throws -> Activity {
        let isRunning = try connection.row(
            "SELECT EXISTS (SELECT 1 FROM firing_runs WHERE schedule = ? AND state IN ('pending', 'accepted'))",
            .text(name)) { $0.bool(0) }
        let queued = try connection.row(
            "SELECT count(*) FROM firings WHERE schedule = ? AND decision = 'queued'", .text(name)) { $0.int(0) }
        return Activity(isRunning: isRunning ?? false, queued: queued ?? 0)
    }

    /// Every start that waits in a queue, oldest first.
    public func queuedFirings() throws -> [FiringRecord] {
        try selectFirings("decision = 'queued'", order: "schedule, nominal")
    }

    public func queuedFirings(ofSchedule name: String) throws -> [FiringRecord] {
        try selectFirings("schedule = ? AND decision = 'queued'", order: "nominal", .text(name))
    }

    public func firing(_ key: FiringKey) throws -> FiringRecord? {
        try selectFirings(
            "schedule = ? AND nominal = ?", order: "nominal", .text(key.schedule), .integer(key.nominal.seconds)
        ).first
    }

    /// The newest decisions, newest start first; of all schedules where `schedule` is `nil`.
    public func firings(schedule: String? = nil, limit: Int) throws -> [FiringRecord] {
        let order = "nominal DESC, schedule LIMIT \(max(0, limit))"
        guard let schedule else { return try selectFirings("TRUE", order: order) }
        return try selectFirings("schedule = ?", order: order, .text(schedule))
    }

    /// The newest start that was skipped, of any schedule.
    public func lastSkippedFiring() throws -> FiringRecord? {
        try selectFirings("decision = 'skipped'", order: "nominal DESC LIMIT 1").first
    }

    private func selectFirings(_ condition: String, order: String, _ values: SQLValue...) throws -> [FiringRecord] {
        try connection.statement(
            """
            SELECT schedule, nominal, decision, reason, message, period, deployment, commit_id, decided_at, fired_at
            FROM firings WHERE \(condition) ORDER BY \(order)
            """
        ).rows(values) { row in
            var record = FiringRecord(
                key: FiringKey(schedule: row.text(0), nominal: Instant(seconds: row.integer(1))),
                decision: try row.value(2) { FiringRecord.Decision(rawValue: $0) }, reason: row.text(3),
                message: row.text(4), period: try row.value(5) { Period($0) }, deployment: row.text(6),
                commit: try row.value(7) { GitObjectID(hex: $0) }, decidedAt: row.text(8))
            record.firedAt = row.optionalText(9)
            return record
        }
    }

    private func progress(_ row: Row) -> ScheduleProgress {
        ScheduleProgress(
            schedule: row.text(0), firstSeen: Instant(seconds: row.integer(1)),
            handled: Instant(seconds: row.integer(2)), terms: row.optionalText(3))
    }
}
