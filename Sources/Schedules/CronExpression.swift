import Model

/// Minutes of local time, said by five cron fields or by a word such as `@monthly`.
///
/// Local time here is a clock on the wall without a zone: `Schedule` says what a zone makes of it. Where both the day
/// of the month and the day of the week are restricted, a day that fits either counts, as in Vixie cron; a field that
/// contains `*` (such as `*/2`) does not count as restricted.
public struct CronExpression: Sendable, Hashable {
    /// As it was written.
    public let text: String
    /// Minutes of the day, ascending; never empty.
    let minutes: [Int]
    let days: CronDays

    /// The words and what they stand for.
    public static let words = [
        "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *", "@quarterly": "0 0 1 1,4,7,10 *", "@monthly": "0 0 1 * *",
        "@weekly": "0 0 * * 0", "@daily": "0 0 * * *", "@hourly": "0 * * * *",
    ]

    /// Throws `malformed`, or `neverStarts` for days that no year has, such as 30 February.
    public init(_ text: String) throws(ScheduleError) {
        self.text = text
        let fields = try CronExpression.fields(of: text)
        let minutesOfHour = fields[0].values
        minutes = fields[1].values.flatMap { hour in minutesOfHour.map { hour * 60 + $0 } }
        days = CronDays(dayOfMonth: fields[2], month: fields[3].bits, dayOfWeek: fields[4])
        guard days.first(onOrAfter: Day(number: 0)) != nil else { throw .neverStarts(cron: text) }
    }

    /// Whether the text is of the grammar; it may still name days that never come.
    @Sendable public static func isWellFormed(_ text: String) -> Bool { (try? fields(of: text)) != nil }

    /// Whether it names days of the month or of the week, rather than every day of its months.
    public var namesDays: Bool { days.namesDays }

    /// The first of its minutes that is later than `time`; `nil` after the year 9998.
    public func next(after time: LocalTime) -> LocalTime? {
        let start = LocalTime(day: time.day, minute: time.minute) + 1
        guard let day = days.first(onOrAfter: start.day) else { return nil }
        let index = day == start.day ? minutes.firstIndex(notLess: start.minute) : 0
        if index < minutes.count { return LocalTime(day: day, minute: minutes[index]).ifNamed }
        return days.first(onOrAfter: day + 1).flatMap { LocalTime(day: $0, minute: minutes[0]).ifNamed }
    }

    private static func fields(of text: String) throws(ScheduleError) -> [CronDays.Field] {
        guard !text.hasPrefix("@") else {
            guard let fields = words[text] else { throw .malformed(cron: text, what: "there is no such word") }
            return try self.fields(of: fields)
        }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 5 else { throw .malformed(cron: text, what: "it has not five fields") }
        var fields: [CronDays.Field] = []
        for (field, part) in zip(CronField.all, parts) {
            guard let bits = field.bits(of: part) else {
                let range = "\(field.range.lowerBound) to \(field.range.upperBound)"
                throw .malformed(cron: text, what: "\(field.name) is not made of numbers from \(range)")
            }
            fields.append(CronDays.Field(bits: bits, isRestricted: !part.utf8.contains(UInt8(ascii: "*"))))
        }
        return fields
    }
}

extension [Int] {
    /// The index of the first element that is not less; the count where all are. The elements ascend.
    func firstIndex(notLess value: Int) -> Int {
        var low = 0, high = count
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < value { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
