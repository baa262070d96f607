import Model

/// The business days of a calendar: every day but its weekend and its holidays.
struct BusinessDays: DaySet {
    private static let weekdays = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]

    /// Bit 0 is Sunday.
    private let weekdays: UInt64
    private let holidays: [Month: UInt32]

    init(_ calendar: CalendarSpec) throws(ScheduleError) {
        var weekend: UInt64 = 0
        for word in calendar.weekend {
            guard let index = BusinessDays.weekdays.firstIndex(of: word) else {
                throw .unknownWord(field: "weekend", word)
            }
            weekend |= 1 << UInt64(index)
        }
        guard weekend != 0x7f else { throw .noBusinessDay }
        weekdays = ~weekend & 0x7f
        var holidays: [Month: UInt32] = [:]
        for holiday in calendar.holidays {
            let month = Month(year: holiday.date.year, month: holiday.date.month)
            holidays[month, default: 0] |= 1 << UInt32(holiday.date.day - 1)
        }
        self.holidays = holidays
    }

    func days(of month: Month) -> UInt32 {
        month.days(on: weekdays) & ~(holidays[month] ?? 0)
    }
}

/// One business day of each month that cron names: the N-th, or the N-th from the end.
struct OrdinalBusinessDays: DaySet {
    let cron: CronDays
    let business: BusinessDays
    /// Not 0; -1 is the last. A month with fewer business days has none.
    let ordinal: Int

    func days(of month: Month) -> UInt32 {
        guard cron.contains(month: month) else { return 0 }
        var bits = business.days(of: month)
        let skipped = ordinal > 0 ? ordinal - 1 : bits.nonzeroBitCount + ordinal
        guard skipped >= 0 else { return 0 }
        for _ in 0..<skipped { bits &= bits &- 1 }
        return bits & ~(bits &- 1)
    }
}
