import Foundation
import Model

@testable import Schedules

/// Builds specifications from JSON, with the defaults that manifests have.
enum Sample {
    static func spec(_ changes: [String: Any] = [:]) throws -> ScheduleSpec {
        let all: [String: Any] = [
            "deployment": "nav", "cron": "0 7 5 * *", "timeZone": "Europe/London", "period": "previous-month",
            "roll": "following", "overlap": "skip", "catchUp": ["windowHours": 24, "limit": 1], "freeze": [Any](),
            "suspend": false,
        ].merging(changes) { $1 }
        return try JSONDecoder().decode(ScheduleSpec.self, from: JSONSerialization.data(withJSONObject: all))
    }

    static func calendar(
        weekend: [String] = ["saturday", "sunday"], holidays: [String] = []
    ) throws -> CalendarSpec {
        let all: [String: Any] = ["weekend": weekend, "holidays": holidays.map { ["date": $0, "name": "Holiday"] }]
        return try JSONDecoder().decode(CalendarSpec.self, from: JSONSerialization.data(withJSONObject: all))
    }

    static func schedule(_ changes: [String: Any] = [:], calendar: CalendarSpec? = nil) throws -> Schedule {
        try Schedule(spec(changes), calendar: calendar)
    }
}

extension Instant {
    /// From RFC 3339 in UTC, such as `2026-03-05T07:00:00Z`.
    init(_ text: String) throws {
        self.init(seconds: Int64(try Date(text, strategy: .iso8601).timeIntervalSince1970))
    }

    func later(_ seconds: Int64) -> Instant { Instant(seconds: self.seconds + seconds) }
}

extension Schedule {
    /// The first starts later than the instant, as text.
    func starts(after text: String, _ count: Int) throws -> [String] {
        var instant = try Instant(text)
        var found: [String] = []
        while found.count < count, let firing = next(after: instant) {
            found.append(firing.nominal.description)
            instant = firing.nominal
        }
        return found
    }
}

/// Repeatable random numbers (SplitMix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
    mutating func chance(_ oneIn: Int) -> Bool { roll(1...oneIn) == 1 }
    mutating func pick<T>(_ items: [T]) -> T { items[roll(0...items.count - 1)] }

    /// From `ASSAY_SEED`, or another for each run; printed, so that a failure can be repeated.
    static func seed(_ what: String) -> UInt64 {
        let seed = ProcessInfo.processInfo.environment["ASSAY_SEED"].flatMap { UInt64($0) } ?? .random(in: 0...999_999)
        print("\(what): ASSAY_SEED=\(seed)")
        return seed
    }
}
