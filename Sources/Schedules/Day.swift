import Model

/// A day of the proleptic Gregorian calendar as a number: 0 is 1970-01-01.
struct Day: Hashable, Comparable, Sendable {
    var number: Int

    static let first = Day(Month(year: 1901, month: 1), 1)
    /// The last day whose periods have a name.
    static let last = Day(Month(year: 9998, month: 12), 31)

    init(number: Int) { self.number = number }
    init(_ month: Month, _ dayOfMonth: Int) { number = month.firstDayNumber + dayOfMonth - 1 }
    init(_ date: CalendarDate) { self.init(Month(year: date.year, month: date.month), date.day) }

    /// Month and day of the month; arithmetic over eras of 400 years, with March as the first month.
    var parts: (month: Month, day: Int) {
        let shifted = number + 719_468
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let march = (5 * dayOfYear + 2) / 153
        let month = march < 10 ? march + 3 : march - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (Month(year: year, month: month), dayOfYear - (153 * march + 2) / 5 + 1)
    }

    /// `nil` outside the years that a `CalendarDate` knows.
    var date: CalendarDate? {
        let (month, day) = parts
        return CalendarDate(year: month.year, month: month.month, day: day)
    }

    static func < (a: Day, b: Day) -> Bool { a.number < b.number }
    static func + (day: Day, count: Int) -> Day { Day(number: day.number + count) }
    static func - (day: Day, count: Int) -> Day { Day(number: day.number - count) }
}

/// A month of a year as a number: twelve for each year.
struct Month: Hashable, Sendable {
    var index: Int

    init(index: Int) { self.index = index }
    init(year: Int, month: Int) { index = year * 12 + month - 1 }

    var year: Int { index.flooredQuotient(12) }
    /// 1 to 12.
    var month: Int { index - year * 12 + 1 }
    var length: Int { CalendarDate.daysIn(month: month, of: year) }

    var firstDayNumber: Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted.flooredQuotient(400)
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// Day of the week of the first day; Sunday is 0.
    var firstWeekday: Int {
        let number = firstDayNumber + 4  // 1970-01-01 was a Thursday
        return number - number.flooredQuotient(7) * 7
    }
}

extension Int {
    /// Division that rounds down, for numbers before the epoch too; the divisor is positive.
    func flooredQuotient(_ divisor: Int) -> Int {
        self >= 0 ? self / divisor : (self - divisor + 1) / divisor
    }
}
