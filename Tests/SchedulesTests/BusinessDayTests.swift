import Model
import Testing

@testable import Schedules

@Suite("Business days and periods")
struct BusinessDayTests {
    /// 2026: Good Friday 3 April, Easter Monday 6 April, Christmas on a Friday, its substitute on Monday 28.
    private func london() throws -> CalendarSpec {
        try Sample.calendar(holidays: ["2026-01-01", "2026-04-03", "2026-04-06", "2026-12-25", "2026-12-28"])
    }

    private func starts(_ changes: [String: Any], after: String, _ count: Int) throws -> [String] {
        let schedule = try Sample.schedule(
            changes.merging(["timeZone": "UTC"]) { old, _ in old }, calendar: try london())
        return try schedule.starts(after: after, count).map { String($0.prefix(10)) }
    }

    @Test("A start on a holiday rolls to the next or the previous business day, or stays")
    func roll() throws {
        let start = "2026-04-01T12:00:00Z"
        let cron = ["cron": "0 7 3 * *"]
        #expect(try starts(cron, after: start, 2) == ["2026-04-07", "2026-05-04"])
        #expect(
            try starts(cron.merging(["roll": "preceding"]) { $1 }, after: start, 2) == ["2026-04-02", "2026-05-01"])
        #expect(try starts(cron.merging(["roll": "none"]) { $1 }, after: start, 1) == ["2026-04-03"])
    }

    @Test("Days that roll to one day are one start, for the nearest of them")
    func together() throws {
        let daily: [String: Any] = ["cron": "0 7 * * *", "timeZone": "UTC", "period": "current-month"]
        let following = try Sample.schedule(daily, calendar: try london())
        #expect(
            try following.starts(after: "2026-04-02T12:00:00Z", 3).map { $0.prefix(10) }
                == ["2026-04-07", "2026-04-08", "2026-04-09"])
        // Saturday 31 January and Sunday 1 February move to Monday 2 February, which is named itself.
        #expect(try following.next(after: Instant("2026-01-30T12:00:00Z"))?.period.description == "2026-02")
        // Without Monday being named, the nearest is Sunday's month; moved back, Saturday's.
        let ends = try Sample.schedule(daily.merging(["cron": "0 7 31,1 * *"]) { $1 }, calendar: try london())
        #expect(try ends.next(after: Instant("2026-01-30T12:00:00Z"))?.period.description == "2026-02")
        let back = daily.merging(["cron": "0 7 31,1 * *", "roll": "preceding"]) { $1 }
        let first = try Sample.schedule(back, calendar: try london()).next(after: Instant("2026-01-20T12:00:00Z"))
        #expect(first?.nominal.description == "2026-01-30T07:00:00Z" && first?.period.description == "2026-01")
    }

    @Test("A month's end that rolls into the next month is still for its own month")
    func periodOfRolled() throws {
        let schedule = try Sample.schedule(
            ["cron": "0 18 31 1 *", "timeZone": "UTC", "period": "current-month"], calendar: try london())
        let firing = try schedule.next(after: Instant("2026-01-01T00:00:00Z"))
        #expect(firing?.nominal.description == "2026-02-02T18:00:00Z" && firing?.period.description == "2026-01")
    }

    @Test("Each time of a day that rolled starts, in order")
    func timesOfRolled() throws {
        let schedule = try Sample.schedule(
            ["cron": "0 7,18 * * 6,0,1", "timeZone": "UTC"], calendar: try london())
        #expect(
            try schedule.starts(after: "2026-01-09T00:00:00Z", 3) == [
                "2026-01-12T07:00:00Z", "2026-01-12T18:00:00Z", "2026-01-19T07:00:00Z",
            ])
    }

    @Test("The fifth business day, the last, and one that only long months have")
    func ordinals() throws {
        let cron: [String: Any] = ["cron": "0 7 * * *"]
        let ordinal = { (day: Int) in cron.merging(["businessDay": day]) { $1 } }
        let start = "2026-01-01T00:00:00Z"
        #expect(try starts(ordinal(5), after: start, 4) == ["2026-01-08", "2026-02-06", "2026-03-06", "2026-04-09"])
        #expect(try starts(ordinal(1), after: start, 1) == ["2026-01-02"])
        #expect(try starts(ordinal(-1), after: "2026-12-01T00:00:00Z", 1) == ["2026-12-31"])
        #expect(try starts(ordinal(-4), after: "2026-12-01T00:00:00Z", 1) == ["2026-12-24"])
        #expect(try starts(ordinal(23), after: start, 2) == ["2026-07-31", "2027-03-31"])
        let quarters = ordinal(2).merging(["cron": "0 7 * 1,4 *"]) { $1 }
        #expect(try starts(quarters, after: start, 2) == ["2026-01-05", "2026-04-02"])
    }

    @Test("What cannot be meant is refused with its reason")
    func refused() throws {
        let calendar = try london()
        func error(_ changes: [String: Any], _ calendar: CalendarSpec?) throws -> ScheduleError? {
            do { _ = try Schedule(Sample.spec(changes), calendar: calendar) } catch let error as ScheduleError { return error }
            return nil
        }
        let cron: [String: Any] = ["cron": "0 7 * * *"]
        let with = { (more: [String: Any]) in cron.merging(more) { $1 } }
        #expect(try error(with(["businessDay": 5]), nil) == .calendarMissing)
        #expect(try error(with(["businessDay": 0]), calendar) == .businessDayOutOfRange(0))
        #expect(try error(with(["businessDay": Int.min + 1]), calendar) == .businessDayOutOfRange(.min + 1))
        #expect(try error(["businessDay": 5], calendar) == .daysNamedTwice(cron: "0 7 5 * *"))
        let week = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
        #expect(try error([:], Sample.calendar(weekend: week)) == .noBusinessDay)
        let short = try Sample.calendar(weekend: Array(week.dropFirst()))
        #expect(try error(with(["businessDay": 6]), short) == .noBusinessDay)
        #expect(try error(with(["start": "2026-02-01", "end": "2026-01-31"]), nil)?.message.contains("2026-01-31") == true)
        #expect(try error(["period": "next-month"], nil) == .unknownPeriod("next-month"))
        #expect(try error(["roll": "sideways"], nil) == .unknownWord(field: "roll", "sideways"))
        let freeze = ["from": "2026-02-01", "to": "2026-01-01", "reason": "x"]
        #expect(try error(["freeze": [freeze]], nil)?.reason == "ScheduleInvalid")
    }

    @Test(
        "The period is seen from the day",
        arguments: [
            ("current-month", "2026-03"), ("previous-month", "2026-02"), ("current-quarter", "2026-Q1"),
            ("previous-quarter", "2025-Q4"), ("current-year", "2026"), ("previous-year", "2025"),
        ])
    func periods(word: String, expected: String) throws {
        let date = try #require(CalendarDate("2026-03-31"))
        #expect(PeriodExpression(rawValue: word)?.period(on: date)?.description == expected)
    }

    @Test("A calendar of fifty years of holidays in a row is crossed quickly")
    func longClosure() throws {
        var day = Day(try #require(CalendarDate("2026-01-01")))
        var holidays: [String] = []
        for _ in 0..<18_262 {
            holidays.append(day.date?.description ?? "")
            day = day + 1
        }
        let schedule = try Sample.schedule(
            ["cron": "* * * * *", "timeZone": "UTC"], calendar: Sample.calendar(weekend: [], holidays: holidays))
        let before = ContinuousClock.now
        #expect(
            try schedule.starts(after: "2025-12-31T23:58:00Z", 2) == ["2025-12-31T23:59:00Z", "2076-01-01T00:00:00Z"])
        #expect(ContinuousClock.now - before < .seconds(5))
    }
}
