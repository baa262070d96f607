@testable import Model

/// Another reading of a cron expression that was accepted: written to be obvious, not fast.
struct CronReference {
    private let fields: [String]

    init(_ text: String) throws {
        let words = [
            "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@quarterly": "0 0 1 1,4,7,10 *", "@monthly": "0 0 1 * *",
            "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@hourly": "0 * * * *",
        ]
        fields = (words[text] ?? text).split(separator: " ").map { $0.lowercased() }
        try promise(fields.count == 5, "an expression of \(fields.count) fields was accepted: \(text)")
    }

    func names(_ date: CalendarDate, hour: Int, minute: Int) -> Bool {
        let weekday = CronReference.weekday(date)
        let byMonthDay = has(2, date.day, 1...31, [])
        let byWeekday = has(4, weekday, 0...6, CronReference.days) || (weekday == 0 && has(4, 7, 0...6, CronReference.days))
        let isEither = !fields[2].contains("*") && !fields[4].contains("*")
        return has(0, minute, 0...59, []) && has(1, hour, 0...23, []) && has(3, date.month, 1...12, CronReference.months)
            && (isEither ? byMonthDay || byWeekday : byMonthDay && byWeekday)
    }

    private static let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    private static let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

    private func has(_ field: Int, _ value: Int, _ range: ClosedRange<Int>, _ words: [String]) -> Bool {
        fields[field].split(separator: ",").contains { part in
            let halves = part.split(separator: "/")
            let step = halves.count > 1 ? Int(halves[1]) ?? 1 : 1
            let ends = halves[0].split(separator: "-").map { end in
                words.firstIndex(of: String(end)).map { $0 + range.lowerBound } ?? Int(end) ?? -1
            }
            let low = halves[0] == "*" ? range.lowerBound : ends[0]
            let high = halves[0] == "*" ? range.upperBound : ends.count > 1 ? ends[1] : halves.count > 1 ? range.upperBound : low
            return value >= low && value <= max(low, high) && (value - low) % step == 0
        }
    }

    /// Zeller's congruence; Sunday is 0.
    private static func weekday(_ date: CalendarDate) -> Int {
        let (year, month) = date.month < 3 ? (date.year - 1, date.month + 12) : (date.year, date.month)
        return (date.day + 13 * (month + 1) / 5 + year + year / 4 - year / 100 + year / 400 + 6) % 7
    }
}

extension JSONValue {
    typealias Members = [String: JSONValue]
}

extension CalendarSpec {
    static let weekends = CalendarSpec(weekend: ["saturday", "sunday"], holidays: [])
    static let holidays = CalendarSpec(weekend: ["friday", "saturday"], holidays: days(of: 2026...2027, months: 3...9))
    /// Business is done on Wednesdays alone.
    static let oneDay = CalendarSpec(
        weekend: ["sunday", "monday", "tuesday", "thursday", "friday", "saturday"], holidays: [])
    /// What a manifest cannot say, and what must be refused all the same.
    static let never = CalendarSpec(
        weekend: ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"], holidays: [])

    private static func days(of years: ClosedRange<Int>, months: ClosedRange<Int>) -> [Holiday] {
        years.flatMap { year in
            months.flatMap { month in
                (1...30).compactMap { CalendarDate(year: year, month: month, day: $0) }.map { Holiday(date: $0, name: "closed") }
            }
        }
    }
}
