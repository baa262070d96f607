import Foundation
import Model
import Testing

@testable import Schedules

@Suite("Ten years of a hundred schedules, across restarts")
struct OracleTests {
    /// One call of the planner: what it was asked.
    private struct Call {
        var now: Instant
        var handled: Instant
        var activity: Activity
        var most: Int

        var json: [String: Any] {
            [
                "now": now.seconds, "handled": handled.seconds, "isRunning": activity.isRunning,
                "queued": activity.queued, "most": most,
            ]
        }
    }

    /// A host that is up and down for ten years; all it keeps is the last nominal instant and what is under way.
    private struct Host {
        let schedule: Schedule
        var now: Instant
        var handled: Instant
        var activity = Activity.idle
        var finishes = Instant(seconds: 0)
        var calls: [Call] = []
        var decisions: [[Decision]] = []

        init(_ schedule: Schedule, created: Instant) {
            self.schedule = schedule
            now = created
            handled = created
        }

        mutating func run(until end: Instant, _ dice: inout Dice) {
            while now < end {
                let day: Int64 = 86_400
                let down = now.later(day * Int64(dice.roll(1...400)))
                while let next = schedule.next(after: handled)?.nominal, next < down, next < end {
                    now = max(now, next.later(Int64(dice.pick([0, 0, 0, 1, 5, 59, 60, 61, 3_600]))))
                    decide(&dice)
                    if dice.chance(50) { step(back: Int64(dice.roll(1...200_000)), &dice) }
                }
                now = max(now, down).later(dice.pick([30, 3_600, day, 5 * day, 40 * day, 300 * day]))
                if now < end { decide(&dice) }
            }
            now = end
            decide(&dice)
        }

        /// The clock is set back for a while: nothing may be decided again.
        private mutating func step(back seconds: Int64, _ dice: inout Dice) {
            let before = now
            now = now.later(-seconds)
            decide(&dice)
            now = before
        }

        private mutating func decide(_ dice: inout Dice) {
            while true {
                finish(&dice)
                let call = Call(now: now, handled: handled, activity: activity, most: dice.pick([1, 2, 7, 1_000]))
                let decided = SchedulePlanner.decide(
                    schedule, handled: handled, activity: activity, now: now, most: call.most)
                calls.append(call)
                decisions.append(decided)
                for decision in decided {
                    if case .fire = decision {
                        activity.isRunning = true
                        finishes = now.later(Int64(dice.pick([60, 3_600, 200_000])))
                    }
                    if case .queue = decision { activity.queued += 1 }
                }
                handled = decided.last?.firing.nominal ?? handled
                if decided.count < call.most { return }
            }
        }

        private mutating func finish(_ dice: inout Dice) {
            guard finishes <= now else { return }
            activity.isRunning = activity.queued > 0
            guard activity.isRunning else { return }
            activity.queued -= 1
            finishes = now.later(Int64(dice.pick([60, 3_600, 200_000])))
        }
    }

    @Test(
        "Every start is decided exactly once, and as another implementation decides it",
        .enabled(if: Oracle.isInstalled, "croniter is not in .venv-test: run 'make test'"))
    func agrees() throws {
        let seed = Dice.seed("ten years")
        var dice = Dice(seed: seed)
        var hosts: [Host] = []
        var questions: [[String: Any]] = []
        let decade = try (Instant("2009-06-01T00:00:00Z"), Instant("2019-06-01T00:00:00Z"))
        while hosts.count < 100 {
            let (spec, calendar) = RandomSchedule.spec(&dice)
            let decode = { (value: Any) in try JSONSerialization.data(withJSONObject: value) }
            let schedule = try Schedule(
                JSONDecoder().decode(ScheduleSpec.self, from: decode(spec)),
                calendar: calendar.map { try JSONDecoder().decode(CalendarSpec.self, from: decode($0)) })
            let created = decade.0.later(Int64(dice.roll(0...10_000_000)))
            var host = Host(schedule, created: created)
            host.run(until: decade.1, &dice)
            hosts.append(host)
            var question: [String: Any] = [
                "spec": spec, "first": "2009-06-01", "last": "2019-06-01", "created": created.seconds,
                "ended": decade.1.seconds, "calls": host.calls.map(\.json),
            ]
            question["calendar"] = calendar
            questions.append(question)
        }
        let answers = try Oracle.ask(questions)
        try #require(answers.count == hosts.count)
        var count = 0, words: [String: Int] = [:]
        for (index, (host, answer)) in zip(hosts, answers).enumerated() {
            let about = "seed \(seed), schedule \(index): \(questions[index]["spec"] ?? "")"
            let nominals = host.decisions.joined().map(\.firing.nominal.seconds)
            count += nominals.count
            try #require(nominals == answer.starts, "\(about)")
            for (number, (decisions, expected)) in zip(host.decisions, answer.decisions).enumerated() {
                let found = decisions.map { Oracle.Verdict($0) }
                try #require(found == expected, "\(about), call \(host.calls[number])")
                for verdict in found { words[verdict.word, default: 0] += 1 }
            }
        }
        print("\(count) starts: \(words.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        #expect(count > 5_000 && Set(words.keys).isSuperset(of: ["fire", "queue", "MissedWindow", "CatchUpLimit", "Frozen"]))
    }
}

/// `oracle.py`, run by the interpreter of `.venv-test`.
enum Oracle {
    struct Verdict: Decodable, Equatable {
        var nominal: Int64
        var word: String
        var period: String

        init(nominal: Int64, word: String, period: String) {
            self.nominal = nominal
            self.word = word
            self.period = period
        }

        init(_ decision: Decision) {
            nominal = decision.firing.nominal.seconds
            period = decision.firing.period.description
            switch decision {
            case .fire: word = "fire"
            case .queue: word = "queue"
            case .skip(_, let reason): word = reason.word
            }
        }

        init(from decoder: any Decoder) throws {
            var items = try decoder.unkeyedContainer()
            nominal = try items.decode(Int64.self)
            word = try items.decode(String.self)
            period = try items.decode(String.self)
        }
    }

    struct Answer: Decodable {
        var starts: [Int64]
        var decisions: [[Verdict]]
    }

    private struct Failed: Error {
        var text: String
    }

    private static let tests = URL(filePath: #filePath).deletingLastPathComponent()
    private static let python = tests.deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: ".venv-test/bin/python3")

    static let isInstalled: Bool = (try? run(["-c", "import croniter, tzdata"], input: Data())) != nil

    static func ask(_ schedules: [[String: Any]]) throws -> [Answer] {
        let input = try JSONSerialization.data(withJSONObject: ["schedules": schedules])
        return try JSONDecoder().decode(
            [Answer].self, from: run([tests.appending(path: "oracle.py").path], input: input))
    }

    private static func run(_ arguments: [String], input: Data) throws -> Data {
        let folder = FileManager.default.temporaryDirectory.appending(path: "assay-oracle-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for name in ["input", "errors"] { try (name == "input" ? input : Data()).write(to: folder.appending(path: name)) }
        let process = Process()
        process.executableURL = python
        process.arguments = arguments
        process.environment = ["PYTHONTZPATH": ""]  // zones of the pinned package, not of this host
        let output = Pipe()
        process.standardInput = try FileHandle(forReadingFrom: folder.appending(path: "input"))
        process.standardOutput = output
        process.standardError = try FileHandle(forWritingTo: folder.appending(path: "errors"))
        try process.run()
        let bytes = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(text: try String(contentsOf: folder.appending(path: "errors"), encoding: .utf8))
        }
        return bytes
    }
}
