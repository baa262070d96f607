import Digests
import Model
import Schedules

/// Names what one entity has to do with a start: at most one run, for ever.
public struct FiringRunKey: Hashable, Sendable {
    public var firing: FiringKey
    public var entity: String

    public init(firing: FiringKey, entity: String) {
        self.firing = firing
        self.entity = entity
    }

    /// Whoever asks for this run gives this key, and so gets the same run.
    public func idempotencyKey(tenant: String) -> String {
        // Names hold neither spaces nor line ends, so that no two keys have one text.
        let text = "schedule \(tenant) \(firing.schedule) \(firing.nominal.seconds) \(entity)"
        return SHA256.digest(Array(text.utf8)).hex
    }
}

/// What an entity of a fired start became.
public struct FiringRun: Hashable, Sendable {
    public enum State: String, Sendable, Codable {
        /// Not accepted yet; `reason` says why where it was tried.
        case pending
        /// A run that has not ended.
        case accepted
        case ended
        /// There will be no run; `reason` says why.
        case refused
    }

    public var key: FiringRunKey
    public var deployment: String
    public var period: Period
    public var state: State
    public var run: String?
    /// State of the run, where there is one.
    public var runState: RunState?
    public var reason: String
    public var message: String
    /// RFC 3339, UTC: when this last changed.
    public var at: String

    public var isOpen: Bool { state == .pending || state == .accepted }
}
