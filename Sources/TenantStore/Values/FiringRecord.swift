import Model
import Schedules

/// Names one start of a schedule, for ever.
public struct FiringKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var schedule: String
    public var nominal: Instant

    public init(schedule: String, nominal: Instant) {
        self.schedule = schedule
        self.nominal = nominal
    }

    /// `nav-close 2026-04-05T06:00:00Z`.
    public var description: String { "\(schedule) \(nominal)" }

    public static func < (a: Self, b: Self) -> Bool { (a.nominal, a.schedule) < (b.nominal, b.schedule) }
}

/// What was decided about one start.
public struct FiringRecord: Hashable, Sendable {
    public enum Decision: String, Sendable, Codable { case fired, queued, skipped }

    public var key: FiringKey
    public var decision: Decision
    /// Stable PascalCase where it was skipped; otherwise empty.
    public var reason: String
    /// The reason for people; may be empty.
    public var message: String
    public var period: Period
    public var deployment: String
    /// The applied commit at the decision.
    public var commit: GitObjectID
    /// RFC 3339, UTC, milliseconds.
    public var decidedAt: String
    /// Later than `decidedAt` where the start waited in the queue.
    public var firedAt: String?

    public init(
        key: FiringKey, decision: Decision, reason: String = "", message: String = "", period: Period,
        deployment: String, commit: GitObjectID, decidedAt: String
    ) {
        self.key = key
        self.decision = decision
        self.reason = reason
        self.message = message
        self.period = period
        self.deployment = deployment
        self.commit = commit
        self.decidedAt = decidedAt
        firedAt = decision == .fired ? decidedAt : nil
    }
}
