import Model
import Testing

@testable import Schedules

@Suite("Cron expressions")
struct CronExpressionTests {
    private func next(_ cron: String, after text: String = "2026-01-01 00:00") throws -> String? {
        let date = try #require(CalendarDate(String(text.prefix(10))))
        let time = text.suffix(5).split(separator: ":").compactMap { Int($0) }
        let start = try #require(LocalTime(date, hour: time[0], minute: time[1]))
        return try CronExpression(cron).next(after: start)?.description
    }

    @Test(
        "The next time is found",
        arguments: [
            ("0 7 5 * *", "2026-01-05 07:00"), ("* * * * *", "2026-01-01 00:01"), ("0 0 1 1 *", "2027-01-01 00:00"),
            ("*/20 * * * *", "2026-01-01 00:20"), ("5/15 * * * *", "2026-01-01 00:05"),
            ("0 6,18 * JAN-mar mon-FRI", "2026-01-01 06:00"), ("0 0 * * 7", "2026-01-04 00:00"),
            ("0 0 * * sun", "2026-01-04 00:00"), ("0 0 * * 5-7", "2026-01-02 00:00"),
            ("0 0 29 2 *", "2028-02-29 00:00"), ("59 23 31 12 *", "2026-12-31 23:59"),
            ("0 0 13 * 5", "2026-01-02 00:00"), ("0 0 */2 * 1", "2026-01-05 00:00"),
            ("0 0 31 4,6,9,11 1", "2026-04-06 00:00"), ("0 0 29 2 */6", "2032-02-29 00:00"),
            ("@yearly", "2027-01-01 00:00"), ("@annually", "2027-01-01 00:00"), ("@quarterly", "2026-04-01 00:00"),
            ("@monthly", "2026-02-01 00:00"), ("@weekly", "2026-01-04 00:00"), ("@daily", "2026-01-02 00:00"),
            ("@hourly", "2026-01-01 01:00"),
        ])
    func nextTime(cron: String, expected: String) throws {
        #expect(try next(cron) == expected)
    }

    @Test("A leap day that must be a Sunday is found across the year 2100")
    func rareDay() throws {
        #expect(try next("0 0 29 2 */6", after: "2088-03-01 00:00") == "2116-02-29 00:00")
    }

    @Test(
        "Days that no year has are refused",
        arguments: ["0 0 30 2 *", "0 0 31 2,4,6,9,11 *", "0 0 30-31 feb *", "0 0 31 4 */2"])
    func never(cron: String) throws {
        #expect(CronExpression.isWellFormed(cron))
        let error = #expect(throws: ScheduleError.self) { try CronExpression(cron) }
        #expect(error == .neverStarts(cron: cron))
        #expect(error?.message == "The cron expression '\(cron)' never fires: no year has such a day")
    }

    @Test(
        "What is malformed is refused, and the field is named",
        arguments: [
            ("", "it has not five fields"), ("* * * *", "it has not five fields"),
            ("0 0 1 1 * *", "it has not five fields"), ("0  7 1 * *", "it has not five fields"),
            ("60 0 * * *", "the minute"), ("0 24 * * *", "the hour"), ("0 0 0 * *", "the day of the month"),
            ("0 0 1 13 *", "the month"), ("0 0 * * 8", "the day of the week"), ("5-1 * * * *", "the minute"),
            ("*/0 * * * *", "the minute"), ("1,,2 * * * *", "the minute"), ("-1 * * * *", "the minute"),
            ("1-2-3 * * * *", "the minute"), ("*/5/5 * * * *", "the minute"), ("+1 * * * *", "the minute"),
            ("0 0 * janx *", "the month"), ("0 0 ? * *", "the day of the month"), ("@reboot", "no such word"),
            ("@Daily", "no such word"), ("\u{0661} * * * *", "the minute"), ("* * * * *\n", "the day of the week"),
        ])
    func malformed(cron: String, part: String) throws {
        #expect(!CronExpression.isWellFormed(cron))
        let error = #expect(throws: ScheduleError.self) { try CronExpression(cron) }
        #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }

    @Test("The next time is the one that trying every minute finds")
    func againstEveryMinute() throws {
        let seed = Dice.seed("every minute")
        var dice = Dice(seed: seed)
        for _ in 0..<20 {
            let cron = RandomSchedule.cron(&dice, everyMonth: true)
            let expression = try CronExpression(cron)
            let fields = zip(CronField.all, cron.split(separator: " ")).map {
                CronDays.Field(bits: $0.bits(of: $1) ?? 0, isRestricted: !$1.contains("*"))
            }
            var time = LocalTime(day: Day(number: dice.roll(0...40_000)), minute: dice.roll(0...1_439))
            let found = expression.next(after: time)
            let limit = time + 60 * 24 * 14
            repeat { time = time + 1 } while !matches(fields, time) && time < limit
            #expect(time < limit ? found == time : found ?? limit >= limit, "\(cron), seed \(seed)")
        }
    }

    /// The definition, written without the search's means.
    private func matches(_ fields: [CronDays.Field], _ time: LocalTime) -> Bool {
        func has(_ index: Int, _ value: Int) -> Bool { fields[index].bits >> UInt64(value) & 1 == 1 }
        guard has(0, time.minute % 60), has(1, time.minute / 60) else { return false }
        let (month, day) = time.day.parts
        let weekday = (time.day.number + 4 + 7 * 100_000) % 7
        let byMonth = has(2, day), byWeek = has(4, weekday) || weekday == 0 && has(4, 7)
        let isEither = fields[2].isRestricted && fields[4].isRestricted
        return has(3, month.month) && (isEither ? byMonth || byWeek : byMonth && byWeek)
    }

    @Test("Hostile expressions are judged quickly, and the search for rare days ends")
    func pathological() throws {
        let long = Array(repeating: "0-59/1", count: 20_000).joined(separator: ",")
        let clock = ContinuousClock()
        let reading = clock.measure {
            #expect((try? CronExpression("\(long) * * * *"))?.minutes.count == 1_440)
            #expect(!CronExpression.isWellFormed(String(repeating: ",", count: 100_000) + " * * * *"))
            #expect(!CronExpression.isWellFormed(String(repeating: "* ", count: 100_000)))
            #expect(!CronExpression.isWellFormed(String(repeating: "9", count: 100_000) + " * * * *"))
        }
        #expect(reading < .seconds(5))
        let searching = clock.measure {
            for month in 1...12 { _ = try? CronExpression("0 0 31 \(month) */6").next(after: .init(day: .first, minute: 0)) }
            for _ in 0..<10 { #expect((try? CronExpression("0 0 30 2 *")) == nil) }
        }
        #expect(searching < .seconds(5))
        #expect(try CronExpression("* * * * *").next(after: LocalTime(day: .last, minute: 1_439)) == nil)
    }

    @Test("A day's number and its date are each other's inverse for 240 years")
    func days() throws {
        var previous = Day.first - 1
        for number in Day.first.number..<Day.first.number + 366 * 240 {
            let day = Day(number: number)
            let (month, dayOfMonth) = day.parts
            try #require(Day(month, dayOfMonth) == day && previous.number + 1 == number)
            if dayOfMonth == 1 { try #require(previous.parts.day == previous.parts.month.length) }
            previous = day
        }
        #expect(Day(number: 0).date == CalendarDate("1970-01-01") && Day(number: 20_454).date == CalendarDate("2026-01-01"))
    }
}
