import Model
import Testing

@testable import Schedules

@Suite("What becomes of starts")
struct PlannerTests {
    /// Each day at 07:00 UTC unless changed.
    private func decide(
        _ changes: [String: Any] = [:], handled: String = "2026-03-01T07:00:00Z", now: String,
        activity: Activity = .idle, isSuspended: Bool = false, most: Int = 1_000
    ) throws -> [String] {
        let schedule = try Sample.schedule(
            ["cron": "0 7 * * *", "timeZone": "UTC"].merging(changes) { $1 })
        return try SchedulePlanner.decide(
            schedule, handled: Instant(handled), activity: activity, isSuspended: isSuspended, now: Instant(now),
            most: most
        ).map(text)
    }

    /// Such as `02 fire`, by the day of the month.
    private func text(_ decision: Decision) -> String {
        let day = decision.firing.nominal.description.dropFirst(8).prefix(2)
        switch decision {
        case .fire: return "\(day) fire"
        case .queue: return "\(day) queue"
        case .skip(_, let reason): return "\(day) \(reason.word)"
        }
    }

    @Test("Nothing is decided before the time, and the start fires at its time and for its period")
    func onTime() throws {
        #expect(try decide(now: "2026-03-02T06:59:59Z") == [])
        #expect(try decide(now: "2026-03-02T07:00:00Z") == ["02 fire"])
        let schedule = try Sample.schedule()
        let due = try SchedulePlanner.decide(
            schedule, handled: Instant("2026-04-05T00:00:00Z"), activity: .idle, now: Instant("2026-04-05T06:00:00Z"))
        #expect(due.map(\.firing.nominal.description) == ["2026-04-05T06:00:00Z"])
        #expect(due.map(\.firing.period.description) == ["2026-03"])
    }

    @Test("A start within the grace is on time even where nothing is made up; a second later it was missed")
    func grace() throws {
        let none = ["catchUp": ["windowHours": 0, "limit": 0]]
        #expect(try decide(none, now: "2026-03-02T07:01:00Z") == ["02 fire"])
        #expect(try decide(none, now: "2026-03-02T07:01:01Z") == ["02 MissedWindow"])
        let noLimit = ["catchUp": ["windowHours": 24, "limit": 0]]
        #expect(try decide(noLimit, now: "2026-03-02T07:01:01Z") == ["02 CatchUpLimit"])
    }

    @Test("Of missed starts the newest within the window are made up, one after the other")
    func catchUp() throws {
        #expect(
            try decide(["catchUp": ["windowHours": 100, "limit": 2]], now: "2026-03-08T12:00:00Z") == [
                "02 MissedWindow", "03 MissedWindow", "04 MissedWindow", "05 CatchUpLimit", "06 CatchUpLimit",
                "07 fire", "08 queue",
            ])
        #expect(try decide(now: "2026-03-03T12:00:00Z") == ["02 MissedWindow", "03 fire"])
        #expect(
            try decide(["overlap": "allow", "catchUp": ["windowHours": 100, "limit": 2]], now: "2026-03-03T12:00:00Z")
                == ["02 fire", "03 fire"])
    }

    @Test("A start whose run before is not finished is skipped, waits or starts, as the schedule says")
    func overlap() throws {
        let now = "2026-03-02T07:00:01Z"
        let running = Activity(isRunning: true)
        #expect(try decide(["overlap": "skip"], now: now, activity: running) == ["02 Overlap"])
        #expect(try decide(["overlap": "queue"], now: now, activity: running) == ["02 queue"])
        #expect(try decide(["overlap": "allow"], now: now, activity: running) == ["02 fire"])
        let waiting = Activity(isRunning: false, queued: 1)
        #expect(try decide(["overlap": "queue"], now: now, activity: waiting) == ["02 queue"])
        let full = Activity(isRunning: true, queued: SchedulePlanner.longestQueue)
        #expect(try decide(["overlap": "queue"], now: now, activity: full) == ["02 Overlap"])
    }

    @Test("Suspension, freezes, and the first and last day keep starts from happening, and do not use up the limit")
    func obstacles() throws {
        let now = "2026-03-05T07:00:01Z"
        #expect(try decide(["suspend": true], now: "2026-03-02T07:00:01Z") == ["02 Suspended"])
        #expect(try decide(now: "2026-03-02T07:00:01Z", isSuspended: true) == ["02 Suspended"])
        let freezes = [
            ["from": "2026-03-04", "to": "2026-03-04", "reason": "Audit"],
            ["from": "2026-02-01", "to": "2026-03-02", "reason": "Migration"],
        ]
        let wide: [String: Any] = ["catchUp": ["windowHours": 200, "limit": 1], "freeze": freezes]
        #expect(try decide(wide, now: now) == ["02 Frozen", "03 fire", "04 Frozen", "05 Overlap"])
        #expect(try decide(wide.merging(["start": "2026-03-04"]) { $1 }, now: now)
            == ["02 OutsideStartEnd", "03 OutsideStartEnd", "04 Frozen", "05 fire"])
        #expect(try decide(wide.merging(["end": "2026-03-03"]) { $1 }, now: now)
            == ["02 Frozen", "03 fire", "04 OutsideStartEnd", "05 OutsideStartEnd"])
        let schedule = try Sample.schedule(["cron": "0 7 * * *", "timeZone": "UTC", "freeze": freezes])
        let decisions = try SchedulePlanner.decide(
            schedule, handled: Instant("2026-03-01T07:00:00Z"), activity: .idle, now: Instant("2026-03-02T07:00:00Z"))
        guard case .skip(_, .frozen("Migration"))? = decisions.first else {
            Issue.record("\(decisions)")
            return
        }
    }

    @Test("A clock that steps back decides nothing again")
    func clockBack() throws {
        #expect(try decide(handled: "2026-03-05T07:00:00Z", now: "2026-03-02T07:00:00Z") == [])
        #expect(try decide(handled: "2026-03-05T07:00:00Z", now: "2026-03-05T07:00:00Z") == [])
    }

    @Test("Asked in portions, the decisions are the same")
    func portions() throws {
        let schedule = try Sample.schedule(
            ["cron": "*/10 * * * *", "overlap": "queue", "catchUp": ["windowHours": 3, "limit": 5]])
        let start = try Instant("2026-03-28T12:00:00Z"), now = start.later(86_400)
        let whole = SchedulePlanner.decide(schedule, handled: start, activity: .idle, now: now)
        var handled = start, activity = Activity.idle, parts: [Decision] = []
        while true {
            let some = SchedulePlanner.decide(schedule, handled: handled, activity: activity, now: now, most: 3)
            for decision in some {
                if case .fire = decision { activity.isRunning = true }
                if case .queue = decision { activity.queued += 1 }
            }
            parts += some
            handled = some.last?.firing.nominal ?? handled
            if some.count < 3 { break }
        }
        #expect(parts == whole && whole.count == 144)
    }

    @Test("A century of missed minutes is decided in portions that each take moments")
    func century() throws {
        let freezes = (0..<500).map { index -> [String: Any] in
            let year = 2_000 + index / 12, month = index % 12 + 1
            let name = "\(year)-\(month < 10 ? "0" : "")\(month)"
            return ["from": name + "-01", "to": name + "-28", "reason": "Busy"]
        }
        let schedule = try Sample.schedule(
            ["cron": "* * * * *", "catchUp": ["windowHours": 8_784, "limit": 100], "freeze": freezes])
        let before = ContinuousClock.now
        let decisions = try SchedulePlanner.decide(
            schedule, handled: Instant("1930-01-01T00:00:00Z"), activity: .idle, now: Instant("2030-01-01T00:00:00Z"))
        #expect(decisions.count == 1_000)
        #expect(ContinuousClock.now - before < .seconds(5))
    }

    @Test("An instant is written as RFC 3339 and read back from its seconds")
    func instants() throws {
        #expect(try Instant("2026-03-05T07:00:09Z").description == "2026-03-05T07:00:09Z")
        #expect(Instant(seconds: -1).description == "1969-12-31T23:59:59Z")
        #expect(Instant(seconds: .max).description == String(Int64.max))
    }
}
