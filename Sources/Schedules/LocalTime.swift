import Model

/// A minute that a clock on the wall shows, without a time zone.
public struct LocalTime: Hashable, Comparable, Sendable, CustomStringConvertible {
    let day: Day
    /// Minutes since midnight.
    let minute: Int

    init(day: Day, minute: Int) {
        self.day = day
        self.minute = minute
    }

    /// `nil` unless the hour is 0 to 23 and the minute 0 to 59.
    public init?(_ date: CalendarDate, hour: Int, minute: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        self.init(day: Day(date), minute: hour * 60 + minute)
    }

    /// `2026-03-05 07:00`.
    public var description: String {
        let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(day.date?.description ?? "?") \(padded(minute / 60)):\(padded(minute % 60))"
    }

    /// Seconds from 1970-01-01 00:00 on the same wall.
    var seconds: Int { (day.number * 1_440 + minute) * 60 }

    /// The first minute that does not start before these seconds.
    init(roundingUp seconds: Int) {
        let minutes = (seconds + 59).flooredQuotient(60)
        self.init(minutes: minutes)
    }

    private init(minutes: Int) {
        let day = minutes.flooredQuotient(1_440)
        self.init(day: Day(number: day), minute: minutes - day * 1_440)
    }

    /// Itself, where its day has a name.
    var ifNamed: LocalTime? { day >= .first && day <= .last ? self : nil }

    static func + (time: LocalTime, minutes: Int) -> LocalTime {
        LocalTime(minutes: time.day.number * 1_440 + time.minute + minutes)
    }

    public static func < (a: Self, b: Self) -> Bool { (a.day.number, a.minute) < (b.day.number, b.minute) }
}
