import Foundation
import Model
import Testing

@testable import Reconciler
@testable import Schedules
@testable import TenantStore

/// The whole of a host's scheduling but the runs themselves: decisions in a real store, acted on, interrupted, edited.
@Suite("Ten years of a hundred schedules in a store, across restarts, edits and suspensions")
struct StoreOracleTests {
    /// A host over ten years. What it finds is compared at once with the test's own reckoning, decisions later with the
    /// oracle.
    private struct Host {
        var world: StoreWorld
        var schedules: [String: SimulatedSchedule] = [:]
        var dice: Dice
        /// What is deployed, or is about to be found deployed, by the next tick.
        var edits: [String: SimulatedSchedule.Version?] = [:]
        var suspendedDeployments: Set<Int> = []
        var suspensions: Set<SuspensionTarget> = []
        /// Runs that are under way, and when they end.
        var running: [(run: String, key: FiringRunKey, ends: Instant)] = []
        var next: Instant?
        var counts: [String: Int] = [:]

        init(seed: UInt64, start: Instant) throws {
            dice = Dice(seed: seed)
            world = try StoreWorld(now: start)
            for index in 0..<100 { try deploy("s\(index)", StoreWorld.deployments > 0 ? index % StoreWorld.deployments : 0) }
        }

        // MARK: - What people do

        mutating func deploy(_ name: String, _ deployment: Int) throws {
            var (named, calendar) = RandomSchedule.spec(&dice)
            // Frequent starts tell nothing new and cost most of the time; some are kept.
            while try Self.isFrequent(named["cron"] as? String ?? ""), !dice.chance(12) {
                (named, calendar) = RandomSchedule.spec(&dice)
            }
            named["deployment"] = "d\(deployment)"
            // Read again after each restart.
            if let holidays = calendar?["holidays"] as? [Any] { calendar?["holidays"] = Array(holidays.prefix(12)) }
            var changes: [Change] = []
            if let calendar {
                named["calendar"] = name
                let resource = try StoreWorld.resource(.calendar, name, Self.json(calendar))
                changes.append(Change(action: .update, key: resource.key, resource: resource))
            }
            let resource = try StoreWorld.resource(.schedule, name, Self.json(named))
            changes.append(Change(action: .update, key: resource.key, resource: resource))
            try world.apply(changes)
            let decode = { (value: Any) in try JSONSerialization.data(withJSONObject: value) }
            let schedule = try Schedule(
                JSONDecoder().decode(ScheduleSpec.self, from: decode(named)),
                calendar: calendar.map { try JSONDecoder().decode(CalendarSpec.self, from: decode($0)) })
            edits[name] = .some(
                SimulatedSchedule.Version(
                    spec: named, calendar: calendar, schedule: schedule,
                    isDeploymentSuspended: suspendedDeployments.contains(deployment), created: world.now))
            if schedules[name] == nil {
                schedules[name] = SimulatedSchedule(name: name, deployment: deployment, handled: world.now)
            }
        }

        /// More than fifty times a year.
        private static func isFrequent(_ cron: String) throws -> Bool {
            let cron = try CronExpression(cron)
            guard var last = CalendarDate("2010-01-01").flatMap({ LocalTime($0, hour: 0, minute: 0) }) else { return false }
            for _ in 0..<50 {
                guard let next = cron.next(after: last), next.description < "2011" else { return false }
                last = next
            }
            return true
        }

        mutating func undeploy(_ name: String) throws {
            try world.apply([
                Change(action: .delete, key: .init(.schedule, tenant: StoreWorld.tenant, name: name), resource: nil)
            ])
            edits[name] = .some(nil)
        }

        /// The manifest of a deployment says `suspend`, or no longer does: other terms for each of its schedules.
        mutating func toggle(_ deployment: Int) throws {
            let isSuspended = suspendedDeployments.remove(deployment) == nil
            if isSuspended { suspendedDeployments.insert(deployment) }
            let resource = try StoreWorld.deployment(deployment, isSuspended: isSuspended)
            try world.apply([Change(action: .update, key: resource.key, resource: resource)])
            for (name, item) in schedules where item.deployment == deployment {
                guard var version = edits[name] ?? (item.isDeployed ? item.version : nil) else { continue }
                version.isDeploymentSuspended = isSuspended
                version.ended = nil
                version.calls = []
                version.decisions = []
                edits[name] = .some(version)
            }
        }

        mutating func suspend(_ target: SuspensionTarget) throws {
            let new = Suspension(target: target, isSuspended: true, by: "ada", reason: "r", at: world.time.text)
            #expect(try world.store.note(new) == suspensions.insert(target).inserted)
        }

        /// What came due meanwhile must be decided as suspended before anything may start again.
        mutating func resume(_ target: SuspensionTarget) throws {
            let ended = try HostSuspensions.resume(
                target, by: "bo", reason: "", tenant: StoreWorld.tenant, at: world.time, world.store)
            #expect((ended != nil) == suspensions.contains(target))
            guard ended != nil else { return }
            for (name, item) in schedules where target == .schedule(name) || target == .deployment("d\(item.deployment)") {
                guard item.isDeployed else { continue }
                let found = try world.store.firings(schedule: name, limit: 1_000_000)
                    .filter { $0.key.nominal > item.handled }.sorted { $0.key < $1.key }
                item.decided(found, world.now, isSuspended: true)
                count(found)
            }
            suspensions.remove(target)
        }

        private func isSuspended(_ item: SimulatedSchedule) -> Bool {
            suspensions.contains(.schedule(item.name)) || suspensions.contains(.deployment("d\(item.deployment)"))
        }

        // MARK: - What the host does

        mutating func tick(reload: Bool, acts: Bool = true) throws {
            endRuns()
            var result: ScheduleTick
            repeat {
                result = try world.tick(reload: reload)
                counts["ticks", default: 0] += 1
                try compare(result, reload: reload)
            } while result.isUnfinished
            next = result.next
            if dice.chance(100) { try world.reopen() }
            if acts { try act(on: result.pending) }
        }

        private mutating func endRuns() {
            let over = running.filter { $0.ends <= world.now }
            running.removeAll { $0.ends <= world.now }
            for item in over {
                #expect(throws: Never.self) { try world.end(item.run) }
                schedules[item.key.firing.schedule]?.close(item.key)
            }
        }

        private mutating func compare(_ result: ScheduleTick, reload: Bool) throws {
            let now = world.now
            let decided = Dictionary(grouping: result.decided, by: \.key.schedule)
            var refused: Set<FiringRunKey> = [], released: Set<FiringKey> = []
            for name in schedules.keys.sorted() {
                guard let item = schedules[name] else { continue }
                let edit = reload ? edits[name] : nil
                if item.isDeployed {
                    refused.formUnion(item.giveUp(now))
                    released.formUnion(item.release(now, isSuspended: isSuspended(item)))
                    item.decided(decided[name] ?? [], now, isSuspended: isSuspended(item))
                } else {
                    try #require(decided[name] == nil, "\(name) is not deployed")
                }
                if let edit, !result.isUnfinished {
                    if edit == nil {
                        refused.formUnion(item.postponed)
                        item.postponed.forEach { item.close($0) }
                        item.queued = []
                    }
                    item.begin(edit, now)
                    edits[name] = nil
                    if edit != nil {
                        refused.formUnion(item.giveUp(now))
                        released.formUnion(item.release(now, isSuspended: isSuspended(item)))
                    }
                }
            }
            try #require(Set(result.refused.map(\.key)) == refused, "given up at \(now)")
            try #require(Set(result.released) == released, "released at \(now)")
            count(result.decided)
            counts["released", default: 0] += released.count
            counts["given up", default: 0] += refused.count
        }

        /// Accepts, postpones or refuses what is pending; sometimes the process ends in between.
        private mutating func act(on pending: [FiringRun]) throws {
            for entry in pending {
                guard let item = schedules[entry.key.firing.schedule] else { continue }
                switch dice.roll(1...40) {
                case 1: return try world.reopen()
                case 2...4 where item.isDeployed:
                    try world.store.postpone(entry.key, reason: "DocumentsUnreadable", message: "m", at: world.time.text)
                    item.postponed.insert(entry.key)
                case 5:
                    try world.store.refuse(entry.key, reason: "RunbookMissing", message: "m", at: world.time.text)
                    item.close(entry.key)
                    counts["refused", default: 0] += 1
                default:
                    let run = try world.accept(entry.key, deployment: entry.deployment, period: entry.period)
                    // Whoever asks again, after a crash or in a race, gets the same run.
                    if dice.chance(100) {
                        try world.reopen()
                        #expect(try world.accept(entry.key, deployment: entry.deployment, period: entry.period).id == run.id)
                    }
                    item.postponed.remove(entry.key)
                    let length = Int64(dice.pick([60, 60, 3_600, 200_000]))
                    running.append((run.id, entry.key, world.now.later(length)))
                    counts["runs", default: 0] += 1
                }
            }
        }

        private mutating func count(_ records: [FiringRecord]) {
            for record in records { counts[Oracle.Verdict(record).word, default: 0] += 1 }
        }

        // MARK: - Ten years

        mutating func live(until end: Instant) throws {
            try tick(reload: true)
            while world.now < end {
                if dice.chance(50) {
                    // Away: an hour, or a season.
                    world.now = world.now.later(Int64(dice.pick([1, 24, 24, 120, 1_920])) * 3_600)
                    try world.reopen()
                } else {
                    // Woken by the next start, a run's end, or a person.
                    let ends = dice.chance(3) ? running.map(\.ends).min() : nil
                    let soon = [next, ends, world.now.later(5 * 86_400)].compactMap { $0 }.min() ?? end
                    world.now = max(world.now, soon).later(Int64(dice.pick([0, 0, 0, 1, 5, 59, 60, 61, 3_600])))
                }
                world.now = min(world.now, end)
                let isEdited = dice.chance(25)
                if isEdited { try meddle() }
                try tick(reload: isEdited || dice.chance(5), acts: !dice.chance(15))
                if dice.chance(60) { try stepBack() }
            }
            try tick(reload: true)
        }

        private mutating func meddle() throws {
            let name = "s\(dice.roll(0...99))", deployment = dice.roll(0...StoreWorld.deployments - 1)
            guard let item = schedules[name] else { return }
            let exists = edits[name].map { $0 != nil } ?? item.isDeployed
            switch dice.roll(1...8) {
            case 1, 2, 3: try deploy(name, item.deployment)
            case 4 where exists: try undeploy(name)
            case 5: try toggle(suspendedDeployments.min() ?? deployment)
            case 6: try suspend(dice.chance(3) ? .deployment("d\(deployment)") : .schedule(name))
            default:
                // All that is suspended is resumed sooner or later.
                for target in suspensions.sorted() where !dice.chance(4) { try resume(target) }
            }
        }

        /// The clock is set back for a while: nothing may be decided again.
        private mutating func stepBack() throws {
            let before = world.now
            world.now = before.later(-Int64(dice.roll(1...200_000)))
            let decided = try world.tick(reload: false)
            #expect(decided.decided.isEmpty)
            // What was waiting or late may go on, by the clock as it is now.
            try compare(decided, reload: false)
            world.now = before
        }

        private static func json(_ value: [String: Any]) throws -> JSONValue {
            try JSONDecoder().decode(JSONValue.self, from: JSONSerialization.data(withJSONObject: value))
        }
    }

    @Test(
        "Every start is decided once and as the oracle says; every entity of one that fires gets exactly one run or a reason",
        .enabled(if: Oracle.isInstalled, "croniter is not in .venv-test: run 'make test'"))
    func agrees() throws {
        let seed = Dice.seed("ten years in a store")
        let decade = try (Instant("2009-06-01T00:00:00Z"), Instant("2019-06-01T00:00:00Z"))
        var host = try Host(seed: seed, start: decade.0)
        defer { host.world.remove() }
        try host.live(until: decade.1)

        var questions: [[String: Any]] = [], asked: [(String, SimulatedSchedule.Version)] = []
        for (name, item) in host.schedules.sorted(by: { $0.key < $1.key }) {
            for version in item.versions {
                let ended = version.ended ?? item.handled
                var question: [String: Any] = [
                    "spec": version.spec, "created": version.created.seconds, "ended": ended.seconds, "calls": version.calls,
                    "first": version.created.description.prefix(10), "last": max(ended, version.created).description.prefix(10),
                ]
                question["calendar"] = version.calendar
                questions.append(question)
                asked.append((name, version))
            }
        }
        let answers = try Oracle.ask(questions)
        try #require(answers.count == asked.count)
        for ((name, version), answer) in zip(asked, answers) {
            let about = "seed \(seed), \(name) from \(version.created): \(version.spec)"
            try #require(version.decisions.joined().map(\.nominal) == answer.starts, "\(about)")
            for (index, (found, expected)) in zip(version.decisions, answer.decisions).enumerated() {
                try #require(found == expected, "\(about), call \(version.calls[index])")
            }
        }
        try exactlyOnce(host)
        print("\(asked.count) versions: \(host.counts.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))")
        let words: Set = ["fire", "queue", "Overlap", "MissedWindow", "CatchUpLimit", "Frozen", "Suspended", "released", "given up"]
        #expect(Set(host.counts.keys).isSuperset(of: words) && host.counts["runs"] ?? 0 > 1_000)
    }

    /// From the store alone: as many runs as accepted entities, each for its own.
    private func exactlyOnce(_ host: Host) throws {
        let connection = host.world.store.connection
        func number(_ sql: String) throws -> Int { try connection.row(sql) { $0.int(0) } ?? -1 }
        #expect(try number("SELECT count(*) FROM runs") == host.counts["runs"])
        #expect(try number("SELECT count(DISTINCT run) FROM firing_runs WHERE run IS NOT NULL") == host.counts["runs"])
        #expect(try number("SELECT count(*) FROM firing_runs WHERE run IS NOT NULL") == host.counts["runs"])
        let fired = (host.counts["fire"] ?? 0) + (host.counts["released"] ?? 0)
        #expect(try number("SELECT count(*) FROM firings WHERE decision = 'fired'") == fired)
        #expect(try number("SELECT count(*) FROM firings f WHERE decision = 'fired' AND NOT EXISTS (SELECT 1 FROM firing_runs r WHERE r.schedule = f.schedule AND r.nominal = f.nominal)") == 0)
        #expect(try number("SELECT count(*) FROM firings WHERE decision = 'skipped' AND (reason = '' OR message = '')") == 0)
    }
}
