import Foundation
import Model

@testable import Schedules

/// A cron expression, and the schedule that is made of it.
///
/// The first line of the input is the expression; each letter of the second chooses something about the schedule.
enum CronPromises {
    @Sendable static func check(_ input: [UInt8]) throws {
        let lines = input.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
        guard let text = String(validating: lines[0], as: UTF8.self) else { return }
        guard let cron = try expression(text) else { return }
        try ascends(cron)
        var choices = Choices(lines.count > 1 ? lines[1] : [])
        try follow(text, &choices)
    }

    /// `nil` where it is refused, with a good reason.
    private static func expression(_ text: String) throws -> CronExpression? {
        let result = Result { () throws(ScheduleError) in try CronExpression(text) }
        var isOfTheGrammar = true
        if case .failure(let error) = result {
            try BrokenPromise.check(error)
            if case .neverStarts = error {} else { isOfTheGrammar = false }
        }
        try promise(CronExpression.isWellFormed(text) == isOfTheGrammar, "\(text) is judged in two ways")
        return try? result.get()
    }

    /// Local times come in order, and every one of them is named by the expression.
    private static func ascends(_ cron: CronExpression) throws {
        let reference = try CronReference(cron.text)
        var time = LocalTime(day: Day(Month(year: 2023, month: 12), 30), minute: 17)
        for _ in 0..<50 {
            guard let next = cron.next(after: time) else { return }
            try promise(next > time, "\(cron.text): \(next) does not come after \(time)")
            guard let date = next.day.date else { throw BrokenPromise(description: "\(cron.text): \(next) has no date") }
            try promise(
                reference.names(date, hour: next.minute / 60, minute: next.minute % 60), "\(cron.text) does not name \(next)")
            time = next
        }
    }

    private static func follow(_ text: String, _ choices: inout Choices) throws {
        let (spec, calendar) = try choices.schedule(text)
        let schedule: Schedule
        do throws(ScheduleError) {
            schedule = try Schedule(spec, calendar: calendar)
        } catch {
            return try BrokenPromise.check(error)
        }
        let about = "\(text), \(spec)"
        let first = choices.instant()
        var starts: [Schedule.Start] = []
        var last = first
        while starts.count < 50, let start = schedule.next(after: last) {
            try promise(start.nominal > last, "\(about): \(start) does not come after \(last)")
            try promise(schedule.firing(start) != nil, "\(about): \(start) has no period")
            starts.append(start)
            last = start.nominal
        }
        try goesBack(schedule, starts, about)
        try decides(schedule, from: first, to: last, starts, about)
    }

    /// Backwards from the last start, the same ones come in the opposite order.
    private static func goesBack(_ schedule: Schedule, _ starts: [Schedule.Start], _ about: String) throws {
        guard let first = starts.first, let last = starts.last else { return }
        var wall = schedule.firstWall(notBefore: last.nominal + 1)
        for expected in starts.reversed() {
            let found = schedule.last(beforeWall: wall, floor: first.nominal)
            try promise(
                found?.nominal == expected.nominal && found?.wall == expected.wall,
                "\(about): before \(wall) comes \(String(describing: found)), not \(expected)")
            wall = expected.wall
        }
        let before = schedule.last(beforeWall: wall, floor: first.nominal)
        try promise(before == nil, "\(about): \(String(describing: before)) comes before the first start")
    }

    /// Decided at once or a few at a time, every start is decided once.
    private static func decides(
        _ schedule: Schedule, from first: Int, to last: Int, _ starts: [Schedule.Start], _ about: String
    ) throws {
        let now = Instant(seconds: Int64(last) + 1)
        var handled = Instant(seconds: Int64(first))
        var decided: [Int64] = []
        while true {
            let some = SchedulePlanner.decide(schedule, handled: handled, activity: .idle, now: now, most: 7)
            decided += some.map(\.firing.nominal.seconds)
            guard some.count == 7, let latest = some.last else { break }
            handled = latest.firing.nominal
        }
        try promise(decided == starts.map { Int64($0.nominal) }, "\(about): decided \(decided), not \(starts)")
    }

    /// What the letters of a line choose, one after the other; nothing left chooses the first of everything.
    private struct Choices {
        private var letters: ArraySlice<UInt8>

        init(_ letters: ArraySlice<UInt8>) { self.letters = letters }

        mutating func pick<T>(_ from: [T]) -> T { from[Int(letters.popFirst() ?? UInt8(ascii: "A")) % from.count] }

        /// From 1899 to 10000, so that both ends of the years that periods have are met.
        mutating func instant() -> Int {
            let years = pick([1899, 1900, 1901, 1911, 1930, 1967, 2011, 2024, 2026, 2037, 2999, 9997, 9998, 10_000])
            return (years - 1970) * 31_556_952 + Int(letters.popFirst() ?? 0) * 86_400 + Int(letters.popFirst() ?? 0) * 337
        }

        mutating func schedule(_ cron: String) throws -> (ScheduleSpec, CalendarSpec?) {
            // A skipped day, half an hour of summer time, a change at midnight, and the offsets that are largest.
            let zone = pick([
                "Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati",
                "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Monrovia", "Asia/Manila", "Antarctica/Troll", "UTC", "Etc/GMT+12",
            ])
            let calendar = pick([nil, CalendarSpec.weekends, .holidays, .oneDay, .never])
            var spec: JSONValue.Members = [
                "deployment": "nav", "cron": .string(cron), "timeZone": .string(zone), "suspend": false,
                "period": .string(pick(PeriodExpression.allCases).rawValue), "overlap": "allow", "freeze": [],
                "roll": .string(pick(["following", "preceding", "none"])), "catchUp": ["windowHours": 24, "limit": 3],
            ]
            let day = pick([nil, 1, 5, -1, -23, 23, 0])
            if let day { spec["businessDay"] = .integer(Int64(day)) }
            return (try JSONValue.object(spec).decode(ScheduleSpec.self), calendar)
        }
    }
}
