import Foundation

/// The clock on the wall of one time zone, and the rule for the times that it skips or shows twice.
///
/// A local time that the clock skips stands for the first instant after the gap; one that it shows twice stands for
/// the first of the two. So every local time has exactly one instant, and later local times never have earlier ones.
struct LocalClock: Sendable {
    private let zone: TimeZone

    /// Wider than any distance from UTC that a zone ever had.
    private static let reach = 16 * 3_600

    init(_ identifier: String) throws(ScheduleError) {
        guard let zone = TimeZone(identifier: identifier) else { throw .unknownZone(identifier) }
        self.zone = zone
    }

    /// Seconds since 1970 in UTC of what the wall shows.
    func instant(ofWall wall: Int) -> Int {
        let before = offset(at: wall - Self.reach)
        let after = offset(at: wall + Self.reach)
        if before == after { return wall - before }
        let change = change(from: before, in: wall - Self.reach, wall + Self.reach)
        let next = offset(at: change)
        if wall - before < change { return wall - before }
        return max(change, wall - next)
    }

    /// The least local time whose instant is later than this one, in seconds on the wall.
    func firstWall(after instant: Int) -> Int {
        let shown = instant + offset(at: instant)
        let first = self.instant(ofWall: shown)
        guard first < instant else { return shown + 1 }
        // Shown for the second time: what the clock shows until it has caught up is over already.
        let before = shown - first
        let change = change(from: before, in: first, instant)
        return change + before
    }

    private func offset(at instant: Int) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(instant)))
    }

    /// The first second whose distance from UTC is another than `before`, which holds at `low` and not at `high`.
    private func change(from before: Int, in low: Int, _ high: Int) -> Int {
        var low = low, high = high
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if offset(at: middle) == before { low = middle } else { high = middle }
        }
        return high
    }
}
