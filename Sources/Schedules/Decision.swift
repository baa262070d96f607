import Model

/// A start of a schedule: with the schedule's key, `nominal` identifies it for ever.
public struct Firing: Sendable, Hashable {
    /// The instant at which it should start.
    public let nominal: Instant
    public let period: Period
}

/// What becomes of one start.
public enum Decision: Sendable, Hashable {
    case fire(Firing)
    case skip(Firing, SkipReason)
    /// Starts when the run before has finished.
    case queue(Firing)

    public var firing: Firing {
        switch self {
        case .fire(let firing), .queue(let firing), .skip(let firing, _): firing
        }
    }
}

/// Why a start does not happen.
public enum SkipReason: Sendable, Hashable, CustomStringConvertible {
    /// The run before is not finished, or too many wait.
    case overlap
    /// Missed, and older than the catch-up window.
    case missedWindow
    /// Missed, and newer ones use up the catch-up limit.
    case catchUpLimit
    /// A freeze covers the day; the text is the freeze's reason.
    case frozen(String)
    case suspended
    /// Before the schedule's first day or after its last.
    case outsideStartEnd

    /// Stable word for machines.
    public var word: String {
        switch self {
        case .overlap: "Overlap"
        case .missedWindow: "MissedWindow"
        case .catchUpLimit: "CatchUpLimit"
        case .frozen: "Frozen"
        case .suspended: "Suspended"
        case .outsideStartEnd: "OutsideStartEnd"
        }
    }

    /// One sentence for people.
    public var description: String {
        switch self {
        case .overlap: "The run before was not finished"
        case .missedWindow: "It was missed, and is older than the catch-up window"
        case .catchUpLimit: "It was missed, and newer missed starts use up the catch-up limit"
        case .frozen(let reason): "Starts are frozen: \(reason)"
        case .suspended: "The schedule is suspended"
        case .outsideStartEnd: "The schedule has not started yet or has ended"
        }
    }
}

/// What of a schedule is under way.
public struct Activity: Sendable, Hashable {
    public var isRunning: Bool
    /// Starts that wait for the run before.
    public var queued: Int

    public init(isRunning: Bool, queued: Int = 0) {
        self.isRunning = isRunning
        self.queued = queued
    }

    public static let idle = Activity(isRunning: false)

    var isBusy: Bool { isRunning || queued > 0 }
}
