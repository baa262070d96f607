import Foundation
import Model
import Schedules
import TenantStore

/// The moment at which something is decided: for the rules in whole seconds, for the record exactly.
struct ScheduleTime: Sendable, Hashable {
    var now: Instant
    /// RFC 3339, UTC, milliseconds.
    var text: String

    init(now: Instant, text: String) {
        self.now = now
        self.text = text
    }

    init(_ clock: HostClock) {
        let date = clock.date
        self.init(now: Instant(seconds: Int64(date.timeIntervalSince1970.rounded(.down))), text: HostClock.format(date))
    }
}

/// What one look at the schedules came to.
public struct ScheduleTick: Sendable {
    /// New decisions, as they were written down.
    public var decided: [FiringRecord] = []
    /// Queued starts that fire now.
    public var released: [FiringKey] = []
    /// What was given up: it could not be accepted in time.
    public var refused: [FiringRun] = []
    /// Everything that is pending or whose run has not ended, in the order of starts.
    public var open: [FiringRun] = []
    /// What waits to be accepted.
    public var pending: [FiringRun] { open.filter { $0.state == .pending } }
    /// Schedules that cannot be followed, and why.
    public var problems: [(schedule: String, error: any AssayError)] = []
    /// When the next start comes; `nil` where there is none.
    public var next: Instant?
    /// Whether more is due already: a long time away is decided in portions.
    public var isUnfinished = false
    /// Set where the clock is behind what was decided already; nothing starts until then.
    public var clockBehind: Instant?

    public init() {}
}
