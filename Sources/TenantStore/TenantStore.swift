import Model

/// Owns the connection to a home's store, so that blocking calls never occupy Swift's shared pool.
///
/// Every method is `StoreDatabase`'s of the same name; that class says what each does. Code that is already on
/// a thread of its own (the recorder of a run's history) opens a `StoreDatabase` there instead.
public actor TenantStore {
    private let queue = QueueExecutor(label: "assay.store")
    let database: StoreDatabase

    public nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private init(_ database: sending StoreDatabase) { self.database = database }

    /// Makes the store of a new home.
    public static func create(atHome home: String) throws -> TenantStore {
        TenantStore(try StoreDatabase.create(atHome: home))
    }

    /// Opens the store of a home, migrating it first (after a backup) unless it is opened for reading only.
    public static func open(atHome home: String, readOnly: Bool = false) throws -> TenantStore {
        TenantStore(try StoreDatabase.open(atHome: home, readOnly: readOnly))
    }

    /// Several calls without anything of this process in between.
    public func perform<T: Sendable>(_ body: @Sendable (StoreDatabase) throws -> T) throws -> T {
        try body(database)
    }

    /// Several reads of one unchanging state, whoever writes meanwhile.
    public func reading<T: Sendable>(_ body: @Sendable (StoreDatabase) throws -> T) throws -> T {
        try database.reading { try body(database) }
    }
}

// Deployed state.
extension TenantStore {
    public func resources(kind: ResourceKind? = nil, tenant: String? = nil) throws -> [Resource] {
        try database.resources(kind: kind, tenant: tenant)
    }
    public func resource(_ key: ResourceKey) throws -> Resource? { try database.resource(key) }
    public func appliedCommit(of key: ResourceKey) throws -> GitObjectID? { try database.appliedCommit(of: key) }
    public func referrers(to key: ResourceKey) throws -> [ResourceKey] { try database.referrers(to: key) }
    public func resources(atPaths paths: [String]) throws -> [Resource] { try database.resources(atPaths: paths) }
    public func resources(under folder: String) throws -> [Resource] { try database.resources(under: folder) }

    public func begin(plan: Plan, at: String) throws -> Int64 { try database.begin(plan: plan, at: at) }
    public func unfinishedPlan() throws -> UnfinishedPlan? { try database.unfinishedPlan() }
    public func apply(step: Int, of plan: Int64) throws { try database.apply(step: step, of: plan) }
    public func applyAll(of plan: Int64, status: ReconcileStatus?) throws {
        try database.applyAll(of: plan, status: status)
    }
    public func holds() throws -> [DeploymentHold] { try database.holds() }
    public func repairs(limit: Int) throws -> [RepairRecord] { try database.repairs(limit: limit) }
    public func finish(plan: Int64, status: PlanStatus, at: String) throws {
        try database.finish(plan: plan, status: status, at: at)
    }

    public func status() throws -> ReconcileStatus? { try database.status() }
    public func setStatus(_ status: ReconcileStatus) throws { try database.setStatus(status) }
    public func record(_ record: RevisionRecord) throws { try database.record(record) }
    public func revisions(limit: Int) throws -> [RevisionRecord] { try database.revisions(limit: limit) }
    public func firstSeen(_ commit: GitObjectID) throws -> String? { try database.firstSeen(commit) }

    public func setting(_ key: String) throws -> String? { try database.setting(key) }
    public func settingHistory(_ key: String) throws -> [SettingRecord] { try database.settingHistory(key) }
    public func set(_ key: String, to value: String, at: String) throws {
        try database.set(key, to: value, at: at)
    }
}

// Runs.
extension TenantStore {
    public func accept(_ run: NewRun) throws -> Acceptance { try database.accept(run) }
    public func startAttempt(run: String, at: String) throws -> Int { try database.startAttempt(run: run, at: at) }
    public func setWaiting(run: String) throws { try database.setWaiting(run: run) }
    public func cancel(run: String, at: String) throws { try database.cancel(run: run, at: at) }
    public func append(run: String, _ events: [Event]) throws { try database.append(run: run, events) }
    public func completeEvent(
        run: String, sequence: Int, response: ContentDigest, completion: Int, actor: String, at: String
    ) throws {
        try database.completeEvent(
            run: run, sequence: sequence, response: response, completion: completion, actor: actor, at: at)
    }
    public func events(run: String) throws -> [Event] { try database.events(run: run) }
    public func finish(run: String, _ finished: FinishedRun) throws { try database.finish(run: run, finished) }
    public func fail(run: String, _ failed: FailedRun) throws { try database.fail(run: run, failed) }
    public func markPublished(run: String) throws { try database.markPublished(run: run) }

    public func run(_ id: String) throws -> RunRow? { try database.run(id) }
    public func run(idempotencyKey: String) throws -> RunRow? { try database.run(idempotencyKey: idempotencyKey) }
    public func runs(_ filter: RunFilter = RunFilter(), limit: Int) throws -> [RunRow] {
        try database.runs(filter, limit: limit)
    }
    public func runs(idPrefix: String) throws -> [RunRow] { try database.runs(idPrefix: idPrefix) }
    public func unfinishedRuns() throws -> [RunRow] { try database.unfinishedRuns() }
    public func unpublishedRuns() throws -> [RunRow] { try database.unpublishedRuns() }
    public func earlierRuns(deployment: String, entity: String, period: Period) throws -> [RunRow] {
        try database.earlierRuns(deployment: deployment, entity: entity, period: period)
    }
    public func effectiveRun(deployment: String, entity: String, period: Period) throws -> RunRow? {
        try database.effectiveRun(deployment: deployment, entity: entity, period: period)
    }
    public func effectiveRuns(entity: String, period: Period) throws -> [RunRow] {
        try database.effectiveRuns(entity: entity, period: period)
    }
    public func effectiveRuns(entity: String, endingBefore date: CalendarDate) throws -> [RunRow] {
        try database.effectiveRuns(entity: entity, endingBefore: date)
    }
    public func staleRuns() throws -> [RunRow] { try database.staleRuns() }

    public func outputs(run: String) throws -> [Output] { try database.outputs(run: run) }
    public func entries(run: String) throws -> [PostedEntry] { try database.entries(run: run) }
    public func record(run: String) throws -> RunRecord? { try database.record(run: run) }
    public func stamp(run: String) throws -> StampRecord? { try database.stamp(run: run) }
    public func appendVerdict(run: String, envelope: [UInt8], at: String) throws {
        try database.appendVerdict(run: run, envelope: envelope, at: at)
    }
    public func verdicts(run: String) throws -> [VerdictRecord] { try database.verdicts(run: run) }
}

// The general ledger.
extension TenantStore {
    public func openingBalances(entity: String, before date: CalendarDate) throws -> [AccountBalance] {
        try database.openingBalances(entity: entity, before: date)
    }
    public func trialBalances(entity: String, period: Period) throws -> [TrialBalance] {
        try database.trialBalances(entity: entity, period: period)
    }
    public func journal(entity: String, period: Period?, includeReversed: Bool) throws -> [PostedEntry] {
        try database.journal(entity: entity, period: period, includeReversed: includeReversed)
    }
}

// Schedules, their starts, and what the host suspends.
extension TenantStore {
    public func appliedRevision() throws -> Revision? { try database.appliedRevision() }
    public func deployedSchedules(tenant: String) throws -> [DeployedSchedule] {
        try database.deployedSchedules(tenant: tenant)
    }
    public func scheduleProgress() throws -> [ScheduleProgress] { try database.scheduleProgress() }
    public func progress(ofSchedule name: String) throws -> ScheduleProgress? { try database.progress(ofSchedule: name) }
    public func firing(_ key: FiringKey) throws -> FiringRecord? { try database.firing(key) }
    public func firings(schedule: String? = nil, limit: Int) throws -> [FiringRecord] {
        try database.firings(schedule: schedule, limit: limit)
    }
    public func queuedFirings() throws -> [FiringRecord] { try database.queuedFirings() }
    public func lastSkippedFiring() throws -> FiringRecord? { try database.lastSkippedFiring() }

    public func accept(_ run: NewRun, for key: FiringRunKey) throws -> Acceptance { try database.accept(run, for: key) }
    public func postpone(_ key: FiringRunKey, reason: String, message: String, at: String) throws {
        try database.postpone(key, reason: reason, message: message, at: at)
    }
    public func refuse(_ key: FiringRunKey, reason: String, message: String, at: String) throws {
        try database.refuse(key, reason: reason, message: message, at: at)
    }
    public func settleFiringRuns(at: String) throws { try database.settleFiringRuns(at: at) }
    public func firingRun(_ key: FiringRunKey) throws -> FiringRun? { try database.firingRun(key) }
    public func firingRuns(of key: FiringKey) throws -> [FiringRun] { try database.firingRuns(of: key) }
    public func openFiringRuns() throws -> [FiringRun] { try database.openFiringRuns() }
    public func lastRefusedFiringRun() throws -> FiringRun? { try database.lastRefusedFiringRun() }

    public func suspension(of target: SuspensionTarget) throws -> Suspension? { try database.suspension(of: target) }
    public func suspensions() throws -> [SuspensionTarget: Suspension] { try database.suspensions() }
    public func suspensionHistory() throws -> [Suspension] { try database.suspensionHistory() }
    @discardableResult
    public func note(_ suspension: Suspension) throws -> Bool { try database.note(suspension) }
}
