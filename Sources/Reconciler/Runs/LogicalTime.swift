import Foundation
import Model

/// The instant that a run takes for *now*: the last second of its period in the tenant's zone.
enum LogicalTime {
    /// RFC 3339 with the zone's offset at that instant, such as `2026-03-31T23:59:59+01:00`; `nil` for an unknown zone.
    static func end(of period: Period, zone identifier: String) -> String? {
        guard let zone = TimeZone(identifier: identifier) else { return nil }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let end = period.end
        let parts = DateComponents(
            year: end.year, month: end.month, day: end.day, hour: 23, minute: 59, second: 59)
        guard let date = calendar.date(from: parts) else { return nil }
        let minutes = zone.secondsFromGMT(for: date) / 60
        let offset = minutes == 0 ? "Z" : (minutes < 0 ? "-" : "+") + two(abs(minutes) / 60) + ":" + two(abs(minutes) % 60)
        return "\(end)T23:59:59\(offset)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : String(value) }
}
