/// The days that the last three fields of a cron expression name.
struct CronDays: DaySet, Hashable {
    struct Field: Sendable, Hashable {
        var bits: UInt64
        /// Whether it is written without `*`.
        var isRestricted: Bool

        var values: [Int] { (0..<64).filter { bits & (1 << UInt64($0)) != 0 } }
    }

    private let dayOfMonth: UInt32
    private let months: UInt64
    private let weekdays: UInt64
    private let isEither: Bool

    init(dayOfMonth: Field, month: UInt64, dayOfWeek: Field) {
        self.dayOfMonth = UInt32(truncatingIfNeeded: dayOfMonth.bits >> 1)
        months = month
        weekdays = (dayOfWeek.bits | dayOfWeek.bits >> 7) & 0x7f
        isEither = dayOfMonth.isRestricted && dayOfWeek.isRestricted
    }

    func contains(month: Month) -> Bool { months & (1 << UInt64(month.month)) != 0 }

    var namesDays: Bool { dayOfMonth != UInt32.max >> 1 || weekdays != 0x7f }

    func days(of month: Month) -> UInt32 {
        guard contains(month: month) else { return 0 }
        let byWeek = month.days(on: weekdays)
        return (isEither ? dayOfMonth | byWeek : dayOfMonth & byWeek) & month.allDays
    }
}
