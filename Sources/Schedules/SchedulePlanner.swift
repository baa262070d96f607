import Model

/// Decides what becomes of every start that is due; the same arguments give the same decisions.
///
/// The caller records each decision, in order, before it acts on the next, and passes the last one's nominal instant
/// as `handled` from then on. That instant only grows, so no start is decided twice: not after a restart, an edit of
/// the schedule, or a step back of the clock.
public enum SchedulePlanner {
    /// A start noticed so many seconds late is still on time; a later one was missed.
    public static let grace: Int64 = 60
    /// More starts than this never wait for one run.
    public static let longestQueue = 100

    /// Decisions for the starts later than `handled` and not later than `now`, oldest first.
    ///
    /// - Parameters:
    ///   - handled: nominal instant of the last decision, or when the schedule was first seen.
    ///   - activity: what is under way, with what earlier decisions began.
    ///   - isSuspended: whether the host suspends it; the manifest may as well.
    ///   - most: at most so many decisions; where there are as many, ask again.
    public static func decide(
        _ schedule: Schedule, handled: Instant, activity: Activity, isSuspended: Bool = false, now: Instant,
        most: Int = 1_000
    ) -> [Decision] {
        guard handled < now else { return [] }
        let now = Int(clamping: now.seconds)
        var pass = Pass(
            schedule: schedule, now: now, isSuspended: isSuspended || schedule.isSuspended, activity: activity)
        var decisions: [Decision] = []
        var last = Int(clamping: handled.seconds)
        while decisions.count < most, let start = schedule.next(after: last), start.nominal <= now,
            let firing = schedule.firing(start)
        {
            decisions.append(pass.decide(start, firing))
            last = start.nominal
        }
        return decisions
    }

    private struct Pass {
        let schedule: Schedule
        let now: Int
        let isSuspended: Bool
        var activity: Activity
        /// Asked once, and only when something was missed.
        lazy var oldestMadeUp = oldest()

        mutating func decide(_ start: Schedule.Start, _ firing: Firing) -> Decision {
            if let reason = reasonToSkip(start) { return .skip(firing, reason) }
            let isMadeUp = isMissed(start.nominal)
            guard activity.isBusy, schedule.overlap != .allow else {
                activity.isRunning = true
                return .fire(firing)
            }
            // `skip` is about a start at its time. One that is made up was chosen already, and waits.
            guard schedule.overlap == .queue || isMadeUp, activity.queued < longestQueue else {
                return .skip(firing, .overlap)
            }
            activity.queued += 1
            return .queue(firing)
        }

        private mutating func reasonToSkip(_ start: Schedule.Start) -> SkipReason? {
            if let reason = schedule.bounds.reasonToSkip(start) { return reason }
            if isSuspended { return .suspended }
            guard isMissed(start.nominal) else { return nil }
            if start.nominal < windowStart { return .missedWindow }
            return start.nominal < oldestMadeUp ? .catchUpLimit : nil
        }

        private func isMissed(_ nominal: Int) -> Bool { nominal < now - Int(grace) }
        private var windowStart: Int { now - schedule.catchUp.windowHours * 3_600 }

        /// The oldest missed start that is made up, found from the newest backwards.
        private func oldest() -> Int {
            var wall = schedule.firstWall(notBefore: now - Int(grace))
            var left = schedule.catchUp.limit
            var oldest = Int.max
            while left > 0, let start = schedule.last(beforeWall: wall, floor: windowStart) {
                wall = start.wall
                switch schedule.bounds.obstacle(on: start.wall.day) {
                case .beforeStart: return oldest
                case .afterEnd(let end): wall = LocalTime(day: end + 1, minute: 0)
                case .frozen(let freeze): wall = LocalTime(day: freeze.from, minute: 0)
                case nil:
                    oldest = start.nominal
                    left -= 1
                }
            }
            return oldest
        }
    }
}
