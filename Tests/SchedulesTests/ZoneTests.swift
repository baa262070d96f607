import Model
import Testing

@testable import Schedules

@Suite("Gaps and folds of time zones")
struct ZoneTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var zone: String
        var cron: String
        var after: String
        var starts: [String]
    }

    /// Worked out by hand from the zones' rules.
    static let cases = [
        Case(
            testDescription: "London's spring: 01:30 does not exist", zone: "Europe/London", cron: "30 1 * * *",
            after: "2026-03-28T00:00:00Z",
            starts: ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"]),
        Case(
            testDescription: "London's autumn: 01:30 comes twice", zone: "Europe/London", cron: "30 1 * * *",
            after: "2026-10-24T00:00:00Z",
            starts: ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]),
        Case(
            testDescription: "London's gap: several times in it are one start", zone: "Europe/London",
            cron: "*/15 0-2 * * *", after: "2026-03-29T00:40:00Z",
            starts: [
                "2026-03-29T00:45:00Z", "2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:30:00Z",
            ]),
        Case(
            testDescription: "London's fold: nothing starts in the second pass", zone: "Europe/London",
            cron: "*/30 * * * *", after: "2026-10-25T00:00:00Z",
            starts: ["2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z", "2026-10-25T02:30:00Z"]),
        Case(
            testDescription: "London's fold, asked within the second pass", zone: "Europe/London",
            cron: "*/10 * * * *", after: "2026-10-25T01:25:00Z",
            starts: ["2026-10-25T02:00:00Z", "2026-10-25T02:10:00Z"]),
        Case(
            testDescription: "New York's spring", zone: "America/New_York", cron: "30 2 * * *",
            after: "2026-03-07T12:00:00Z", starts: ["2026-03-08T07:00:00Z", "2026-03-09T06:30:00Z"]),
        Case(
            testDescription: "New York's autumn", zone: "America/New_York", cron: "30 1 * * *",
            after: "2026-10-31T12:00:00Z", starts: ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"]),
        Case(
            testDescription: "Lord Howe's gap of half an hour", zone: "Australia/Lord_Howe", cron: "15 2 * * *",
            after: "2026-10-02T20:00:00Z", starts: ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"]),
        Case(
            testDescription: "Lord Howe's fold of half an hour", zone: "Australia/Lord_Howe", cron: "45 1 * * *",
            after: "2026-04-03T20:00:00Z", starts: ["2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"]),
        Case(
            testDescription: "Lord Howe's minutes around its fold", zone: "Australia/Lord_Howe", cron: "*/15 1-2 * * *",
            after: "2026-04-04T14:30:00Z",
            starts: ["2026-04-04T14:45:00Z", "2026-04-04T15:30:00Z", "2026-04-04T15:45:00Z"]),
        Case(
            testDescription: "the day that Apia skipped", zone: "Pacific/Apia", cron: "0 7 * * *",
            after: "2011-12-29T00:00:00Z",
            starts: ["2011-12-29T17:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T17:00:00Z"]),
        Case(
            testDescription: "a month's start for the day that Apia skipped", zone: "Pacific/Apia", cron: "0 7 30 * *",
            after: "2011-12-01T00:00:00Z", starts: ["2011-12-30T10:00:00Z", "2012-01-29T17:00:00Z"]),
        Case(
            testDescription: "midnight that does not exist in Sao Paulo", zone: "America/Sao_Paulo", cron: "@daily",
            after: "2018-11-03T12:00:00Z", starts: ["2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"]),
        Case(
            testDescription: "UTC has neither", zone: "UTC", cron: "30 1 * * *", after: "2026-03-28T12:00:00Z",
            starts: ["2026-03-29T01:30:00Z", "2026-03-30T01:30:00Z"]),
    ]

    @Test("The rule holds", arguments: cases)
    func rule(_ example: Case) throws {
        let schedule = try Sample.schedule(["cron": example.cron, "timeZone": example.zone])
        #expect(try schedule.starts(after: example.after, example.starts.count) == example.starts)
    }

    @Test("A start in a gap is for the day on the wall, not for the day after the gap")
    func periodInGap() throws {
        let schedule = try Sample.schedule(["cron": "0 7 30 * *", "timeZone": "Pacific/Apia", "period": "current-month"])
        #expect(try schedule.next(after: Instant("2011-12-29T00:00:00Z"))?.period.description == "2011-12")
    }

    @Test(
        "Asked at any second around a change, the next start is the first of the list that is later",
        arguments: ["Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia"])
    func anySecond(zone: String) throws {
        let schedule = try Sample.schedule(["cron": "*/7 * * * *", "timeZone": zone])
        let changes = ["2011-12-30T10:00:00Z", "2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z", "2026-11-01T06:00:00Z", "2026-04-04T15:00:00Z", "2026-10-03T15:30:00Z"]
        for change in changes {
            let middle = try Instant(change)
            let starts = try schedule.starts(after: middle.later(-9_000).description, 60).map { try Instant($0) }
            for offset in stride(from: Int64(-9_000), to: 9_000, by: 97) {
                let instant = middle.later(offset)
                guard let expected = starts.first(where: { $0 > instant }) else { continue }
                #expect(schedule.next(after: instant)?.nominal == expected, "\(zone) \(instant)")
            }
        }
    }

    @Test("The search backwards finds what the search forwards found")
    func backwards() throws {
        for zone in ["Europe/London", "Pacific/Apia", "Australia/Lord_Howe"] {
            let schedule = try Sample.schedule(["cron": "*/45 */5 * * *", "timeZone": zone])
            let starts = try schedule.starts(after: "2011-12-20T00:00:00Z", 3_000).map { try Instant($0) }
            for (earlier, later) in zip(starts, starts.dropFirst()) {
                let wall = schedule.firstWall(notBefore: Int(later.seconds))
                #expect(schedule.last(beforeWall: wall, floor: 0)?.nominal == Int(earlier.seconds))
            }
        }
    }

    @Test("Instants far outside the calendar are answered")
    func extremes() throws {
        let schedule = try Sample.schedule()
        #expect(schedule.next(after: Instant(seconds: .max)) == nil)
        #expect(schedule.next(after: Instant(seconds: .min))?.nominal.description.hasPrefix("1901-") == true)
        #expect(throws: ScheduleError.unknownZone("Mars/Phobos")) { try Sample.schedule(["timeZone": "Mars/Phobos"]) }
    }
}
