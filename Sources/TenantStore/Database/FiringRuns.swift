import Model
import Schedules

// What the entities of fired starts became.
extension StoreDatabase {
    /// Accepts a run for one entity of a start, and says so in the start, together.
    ///
    /// What has its run already gives that one, whoever was first.
    public func accept(_ new: NewRun, for key: FiringRunKey) throws -> Acceptance {
        try transaction {
            guard let entry = try firingRun(key) else { throw StoreError.firingUnknown(key: "\(key.firing) \(key.entity)") }
            if let id = entry.run { return Acceptance(run: try knownRun(id), isNew: false) }
            guard entry.state == .pending else {
                throw StoreError.firingOver(key: "\(key.firing) \(key.entity)", reason: entry.reason)
            }
            let acceptance = try accept(new)
            try connection.statement(
                """
                UPDATE firing_runs SET state = 'accepted', run = ?, reason = '', message = '', at = ?
                WHERE schedule = ? AND nominal = ? AND entity = ?
                """
            ).run([.text(acceptance.run.id), .text(new.requestedAt)] + key.columns)
            return acceptance
        }
    }

    /// Notes why an entity still has no run; the same again changes nothing.
    public func postpone(_ key: FiringRunKey, reason: String, message: String, at: String) throws {
        try connection.statement(
            """
            UPDATE firing_runs SET reason = ?1, message = ?2, at = ?3
            WHERE schedule = ?4 AND nominal = ?5 AND entity = ?6 AND state = 'pending' AND (reason, message) <> (?1, ?2)
            """
        ).run([.text(reason), .text(message), .text(at)] + key.columns)
    }

    /// Notes that an entity gets no run, and why; one that has a run keeps it.
    public func refuse(_ key: FiringRunKey, reason: String, message: String, at: String) throws {
        try connection.statement(
            """
            UPDATE firing_runs SET state = 'refused', reason = ?, message = ?, at = ?
            WHERE schedule = ? AND nominal = ? AND entity = ? AND state = 'pending'
            """
        ).run([.text(reason), .text(message), .text(at)] + key.columns)
    }

    /// Notes of all accepted entities whose run has ended that it has.
    public func settleFiringRuns(at: String) throws {
        try connection.run(
            """
            UPDATE firing_runs SET state = 'ended', at = ? WHERE state = 'accepted'
                AND (SELECT state FROM runs WHERE id = firing_runs.run) IN ('succeeded', 'failed', 'cancelled')
            """, .text(at))
    }

    public func firingRun(_ key: FiringRunKey) throws -> FiringRun? {
        try selectFiringRuns("f.schedule = ? AND f.nominal = ? AND f.entity = ?", key.columns).first
    }

    /// The entities of one start, sorted.
    public func firingRuns(of key: FiringKey) throws -> [FiringRun] {
        try selectFiringRuns("f.schedule = ? AND f.nominal = ?", [.text(key.schedule), .integer(key.nominal.seconds)])
    }

    /// Everything that is pending or whose run has not ended, in the order of starts.
    public func openFiringRuns() throws -> [FiringRun] { try selectFiringRuns("f.state IN ('pending', 'accepted')", []) }

    /// The newest start of which an entity was refused.
    public func lastRefusedFiringRun() throws -> FiringRun? {
        try selectFiringRuns(
            "f.state = 'refused' AND f.nominal = (SELECT max(nominal) FROM firing_runs WHERE state = 'refused')", []
        ).first
    }

    private func selectFiringRuns(_ condition: String, _ values: [SQLValue]) throws -> [FiringRun] {
        try connection.statement(
            """
            SELECT f.schedule, f.nominal, f.entity, p.deployment, p.period, f.state, f.run, r.state, f.reason, f.message, f.at
            FROM firing_runs f JOIN firings p ON p.schedule = f.schedule AND p.nominal = f.nominal
                LEFT JOIN runs r ON r.id = f.run
            WHERE \(condition) ORDER BY f.nominal, f.schedule, f.entity
            """
        ).rows(values) { row in
            FiringRun(
                key: FiringRunKey(
                    firing: FiringKey(schedule: row.text(0), nominal: Instant(seconds: row.integer(1))),
                    entity: row.text(2)),
                deployment: row.text(3), period: try row.value(4) { Period($0) },
                state: try row.value(5) { FiringRun.State(rawValue: $0) }, run: row.optionalText(6),
                runState: try row.optionalValue(7) { RunState(rawValue: $0) }, reason: row.text(8),
                message: row.text(9), at: row.text(10))
        }
    }
}

extension FiringRunKey {
    fileprivate var columns: [SQLValue] {
        [.text(firing.schedule), .integer(firing.nominal.seconds), .text(entity)]
    }
}
