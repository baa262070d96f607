import Model
func pending() -> StoreError { .storeMissing(path: "") }
extension StoreError {
    public var reason: String { "" }
    public var message: String { "" }
    public var remedy: String { "" }
}
public final class StoreDatabase {
    init() {}
    public static func create(atHome home: String) throws -> StoreDatabase { throw pending() }
    public static func open(atHome home: String, readOnly: Bool = false) throws -> StoreDatabase { throw pending() }
}
extension StoreDatabase {
    public func resources(kind: ResourceKind? = nil, tenant: String? = nil) throws -> [Resource] { throw pending() }
    public func resource(_ key: ResourceKey) throws -> Resource? { throw pending() }
    public func appliedCommit(of key: ResourceKey) throws -> GitObjectID? { throw pending() }
    public func referrers(to key: ResourceKey) throws -> [ResourceKey] { throw pending() }
    public func resources(atPaths paths: [String]) throws -> [Resource] { throw pending() }
    public func resources(under folder: String) throws -> [Resource] { throw pending() }
    public func begin(plan: Plan, at: String) throws -> Int64 { throw pending() }
    public func unfinishedPlan() throws -> UnfinishedPlan? { throw pending() }
    public func apply(step: Int, of plan: Int64) throws { throw pending() }
    public func applyAll(of plan: Int64) throws { throw pending() }
    public func finish(plan: Int64, status: PlanStatus, at: String) throws { throw pending() }
    public func status() throws -> ReconcileStatus? { throw pending() }
    public func setStatus(_ status: ReconcileStatus) throws { throw pending() }
    public func record(_ record: RevisionRecord) throws { throw pending() }
    public func revisions(limit: Int) throws -> [RevisionRecord] { throw pending() }
    public func firstSeen(_ commit: GitObjectID) throws -> String? { throw pending() }
    public func setting(_ key: String) throws -> String? { throw pending() }
    public func settingHistory(_ key: String) throws -> [SettingRecord] { throw pending() }
    public func set(_ key: String, to value: String, at: String) throws { throw pending() }
    public func accept(_ run: NewRun) throws -> Acceptance { throw pending() }
    public func startAttempt(run: String, at: String) throws -> Int { throw pending() }
    public func setWaiting(run: String) throws { throw pending() }
    public func cancel(run: String, at: String) throws { throw pending() }
    public func append(run: String, _ events: [Event]) throws { throw pending() }
    public func completeEvent(
        run: String, sequence: Int, response: ContentDigest, completion: Int, actor: String, at: String
    ) throws { throw pending() }
    public func events(run: String) throws -> [Event] { throw pending() }
    public func finish(run: String, _ finished: FinishedRun) throws { throw pending() }
    public func fail(run: String, _ failed: FailedRun) throws { throw pending() }
    public func markPublished(run: String) throws { throw pending() }
    public func run(_ id: String) throws -> RunRow? { throw pending() }
    public func run(idempotencyKey: String) throws -> RunRow? { throw pending() }
    public func runs(limit: Int) throws -> [RunRow] { throw pending() }
    public func runs(idPrefix: String) throws -> [RunRow] { throw pending() }
    public func unfinishedRuns() throws -> [RunRow] { throw pending() }
    public func unpublishedRuns() throws -> [RunRow] { throw pending() }
    public func earlierRuns(deployment: String, entity: String, period: Period) throws -> [RunRow] { throw pending() }
    public func effectiveRun(deployment: String, entity: String, period: Period) throws -> RunRow? { throw pending() }
    public func effectiveRuns(entity: String, period: Period) throws -> [RunRow] { throw pending() }
    public func effectiveRuns(entity: String, endingBefore date: CalendarDate) throws -> [RunRow] { throw pending() }
    public func staleRuns() throws -> [RunRow] { throw pending() }
    public func outputs(run: String) throws -> [Output] { throw pending() }
    public func entries(run: String) throws -> [PostedEntry] { throw pending() }
    public func record(run: String) throws -> RunRecord? { throw pending() }
    public func stamp(run: String) throws -> StampRecord? { throw pending() }
    public func appendVerdict(run: String, envelope: [UInt8], at: String) throws { throw pending() }
    public func verdicts(run: String) throws -> [VerdictRecord] { throw pending() }
    public func openingBalances(entity: String, before date: CalendarDate) throws -> [AccountBalance] { throw pending() }
    public func trialBalances(entity: String, period: Period) throws -> [TrialBalance] { throw pending() }
    public func journal(entity: String, period: Period?, includeReversed: Bool) throws -> [PostedEntry] { throw pending() }
}
/// A file of a tree that is to be stored.
public struct TreeSource: Sendable {
    public enum Content: Sendable {
        case bytes([UInt8])
        /// A regular file to copy from.
        case file(String)
    }
    public var path: String
    public var executable: Bool
    public var content: Content
    public init(path: String, executable: Bool, content: Content) {
        self.path = path
        self.executable = executable
        self.content = content
    }
}
public struct StoredTreeEntry: Hashable, Sendable {
    public var path: String
    public var executable: Bool
    public var digest: ContentDigest
}
public struct ObjectStore: Sendable {
    /// The folder that holds the objects: `<home>/objects`.
    public let directory: String
    public init(directory: String) { self.directory = directory }
    public func put(_ bytes: [UInt8]) throws -> ContentDigest { throw pending() }
    public func putMany(_ contents: [[UInt8]]) throws -> [ContentDigest] { throw pending() }
    public func putFile(at path: String) throws -> (digest: ContentDigest, size: Int64) { throw pending() }
    public func get(_ digest: ContentDigest) throws -> [UInt8] { throw pending() }
    public func contains(_ digest: ContentDigest) -> Bool { false }
    public func path(of digest: ContentDigest) -> String { "" }
    public func size(of digest: ContentDigest) throws -> Int64 { throw pending() }
    public func verify(_ digest: ContentDigest) throws { throw pending() }
    public func putTree(_ files: [TreeSource]) throws -> ContentDigest { throw pending() }
    public func treeEntries(_ tree: ContentDigest) throws -> [StoredTreeEntry] { throw pending() }
    /// All that is wrong, by name; throws `treeDamaged`.
    public func verifyTree(_ tree: ContentDigest) throws { throw pending() }
    public func materialise(tree: ContentDigest, into directory: String) throws { throw pending() }
    public func verifyMaterialised(tree: ContentDigest, at directory: String) throws { throw pending() }
}
public final class HomeLock: Sendable {
    public struct Holder: Hashable, Sendable, Codable {
        public var pid: Int32
        public var command: String
        /// RFC 3339, UTC.
        public var since: String
    }
    init() {}
    public static func acquire(home: String, command: String, since: String) throws -> HomeLock { throw pending() }
    /// Who holds the lock now, if anyone does.
    public static func holder(home: String) throws -> Holder? { throw pending() }
    public func release() {}
}
public struct QueryLimits: Hashable, Sendable {
    public var rows: Int
    public var bytes: Int
    public var seconds: Int
    public init(rows: Int = 1_000_000, bytes: Int = 64 << 20, seconds: Int = 60) {
        self.rows = rows
        self.bytes = bytes
        self.seconds = seconds
    }
}
public struct SQLiteDataPlatform: Sendable {
    public let path: String
    public let limits: QueryLimits
    public init(path: String, limits: QueryLimits = QueryLimits()) {
        self.path = path
        self.limits = limits
    }
    /// `{columns, rows}` as in the guest protocol.
    public func query(_ sql: String, parameters: [JSONValue]) throws -> JSONValue { throw pending() }
}
