/// Some days of each month, as bits: bit 0 is the first.
///
/// Searches step by months, so that they end soon even for days that hardly ever come.
protocol DaySet: Sendable {
    func days(of month: Month) -> UInt32
}

/// The calendar repeats after 400 years, to the day of the week.
private let monthsOfTheCalendar = 400 * 12

extension DaySet {
    func contains(_ day: Day) -> Bool {
        let (month, dayOfMonth) = day.parts
        return days(of: month) & (1 << UInt32(dayOfMonth - 1)) != 0
    }

    /// The first of these days that is not before `day`; `nil` where there is none in 400 years.
    func first(onOrAfter day: Day) -> Day? {
        var (month, dayOfMonth) = day.parts
        var bits = days(of: month) & (UInt32.max << UInt32(dayOfMonth - 1))
        let end = month.index + monthsOfTheCalendar
        while bits == 0 {
            month.index += 1
            guard month.index <= end else { return nil }
            bits = days(of: month)
        }
        return Day(month, bits.trailingZeroBitCount + 1)
    }

    /// The last of these days that is not after `day`; `nil` where there is none in 400 years.
    func last(onOrBefore day: Day) -> Day? {
        var (month, dayOfMonth) = day.parts
        var bits = days(of: month) & (UInt32.max >> UInt32(32 - dayOfMonth))
        let end = month.index - monthsOfTheCalendar
        while bits == 0 {
            month.index -= 1
            guard month.index >= end else { return nil }
            bits = days(of: month)
        }
        return Day(month, 32 - bits.leadingZeroBitCount)
    }
}

extension Month {
    /// One bit for each day of this month.
    var allDays: UInt32 { UInt32.max >> UInt32(32 - length) }

    /// The days of this month that fall on these days of the week (bit 0 is Sunday).
    func days(on weekdays: UInt64) -> UInt32 {
        let first = UInt64(firstWeekday)
        let week = (weekdays >> first | weekdays << (7 - first)) & 0x7f
        let weeks = week | week << 7 | week << 14 | week << 21 | week << 28
        return UInt32(truncatingIfNeeded: weeks) & allDays
    }
}
