import Model
import Schedules

/// How far the starts of a schedule are decided.
public struct ScheduleProgress: Hashable, Sendable {
    public var schedule: String
    public var firstSeen: Instant
    /// Nominal instant of the last decision, or when an edit took effect; only grows.
    public var handled: Instant
    /// What its decisions depend on, as last seen; `nil` while it is not deployed.
    public var terms: String?
}

/// A schedule as it is deployed, with all that its decisions depend on: canonical JSON, not decoded.
public struct DeployedSchedule: Hashable, Sendable {
    public var name: String
    public var spec: String
    /// The calendar that it names, if any.
    public var calendar: String?
    /// Whether the manifest of its deployment says `suspend`.
    public var isDeploymentSuspended: Bool
}
