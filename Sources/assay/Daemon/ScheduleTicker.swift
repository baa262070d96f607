import Foundation
import Model
import Reconciler
import TenantStore

/// Has starts decided at their time, and hands those that fire to the run worker.
///
/// It sleeps until the next start on the clock on the wall, until something changes, and never longer than half a minute,
/// so that a clock that was set is noticed whatever the timer made of it.
actor ScheduleTicker {
    static let name = "schedules"
    private static let longestSleep: TimeInterval = 30
    private static let longestRetry = Duration.seconds(300)

    private struct Retry {
        var backoff = Backoff()
        var at = Date.distantPast
    }

    private let core: DaemonCore
    private let worker: RunWorker
    private let scheduler: Scheduler
    private let clock: HostClock
    private let bell = Bell()
    /// What the worker has and has not answered yet.
    private var handed: Set<FiringRunKey> = []
    private var retries: [FiringRunKey: Retry] = [:]
    /// Starts that were not over at the last look.
    private var open: Set<FiringKey> = []
    /// What was logged already and still holds.
    private var problems: [String: String] = [:]

    init(_ core: DaemonCore, worker: RunWorker) {
        self.core = core
        self.worker = worker
        let context = core.home.context
        scheduler = Scheduler(context)
        clock = context.clock
    }

    func wake() { bell.ring() }

    /// Returns when it was told to stop.
    func run() async {
        core.events.observe { event in Task { await self.take(event) } }
        await core.ready.wait()
        var backoff = Backoff(), reload = true
        while !core.stopping.isOpen {
            core.pulse.expect(Self.name, within: .seconds(600))
            var wakeUp = clock.date.addingTimeInterval(Self.longestSleep)
            do {
                wakeUp = min(wakeUp, try await tick(reload: reload))
                backoff.reset()
            } catch {
                core.log.error("schedules-failed", error)
                wakeUp = clock.date.addingTimeInterval(backoff.next(upTo: .seconds(30)) / .seconds(1))
            }
            core.pulse.expect(Self.name, within: .seconds(120))
            // The clock of the home, which need not be that of the host's timers.
            let wasRung = await bell.wait(until: Date().addingTimeInterval(wakeUp.timeIntervalSince(clock.date)))
            // A start that comes due needs nothing read anew; everything else may.
            reload = wasRung || clock.date >= lastReload.addingTimeInterval(Self.longestSleep)
        }
        core.pulse.rest(Self.name)
    }

    private var lastReload = Date.distantPast

    /// - Returns: when to look again.
    private func tick(reload: Bool) async throws -> Date {
        if reload { lastReload = clock.date }
        let tick = try await scheduler.tick(reload: reload)
        log(tick, reloaded: reload)
        try await showWhatEnded(tick)
        let now = clock.date
        let pending = Set(tick.pending.map(\.key))
        retries = retries.filter { pending.contains($0.key) }
        let due = tick.pending.map(\.key).filter { !handed.contains($0) && (retries[$0]?.at ?? .distantPast) <= now }
        if !due.isEmpty {
            handed.formUnion(due)
            await worker.submit(due)
        }
        if !tick.decided.isEmpty { core.events.send(.decided(tick.decided)) }
        if !tick.released.isEmpty { core.events.send(.released(tick.released)) }
        if tick.isUnfinished { return now }
        let retry = retries.filter { !handed.contains($0.key) }.values.map(\.at).min()
        let next = tick.next.map { Date(timeIntervalSince1970: TimeInterval($0.seconds)) }
        return [retry, next].compactMap { $0 }.min() ?? .distantFuture
    }

    // MARK: - What happens elsewhere

    private func take(_ event: DaemonEvent) {
        switch event {
        case .attempted(let key, let result):
            handed.remove(key)
            if case .postponed = result { postpone(key) } else { retries[key] = nil }
        case .attemptFailed(let key, _):
            handed.remove(key)
            postpone(key)
        case .passed(_, let plan) where plan != nil: retries = [:]
        // Another deployment of the entity may have waited for it.
        case .runLeft(let run) where run.state == .succeeded: retries = retries.filter { $0.key.entity != run.entity }
        case .commanded, .reloaded: retries = [:]
        default: return
        }
        bell.ring()
    }

    private func postpone(_ key: FiringRunKey) {
        var retry = retries[key] ?? Retry()
        retry.at = clock.date.addingTimeInterval(retry.backoff.next(upTo: Self.longestRetry) / .seconds(1))
        retries[key] = retry
    }

    // MARK: - Saying so

    private func showWhatEnded(_ tick: ScheduleTick) async throws {
        let open = Set(tick.open.map(\.key.firing))
        for key in self.open.subtracting(open).sorted() {
            let entries = try await core.home.context.store.firingRuns(of: key)
            let states = Dictionary(grouping: entries) { $0.runState?.rawValue ?? $0.state.rawValue }
            let counts = states.sorted { $0.key < $1.key }.map { "\($0.value.count) \($0.key)" }.joined(separator: ", ")
            core.log.write("start-over", DaemonLog.fields(key).merging(states.mapValues { .integer(Int64($0.count)) }) { $1 })
            core.status.update { $0.lastStart = "\(key): \(counts)" }
        }
        self.open = open
    }

    /// Each decision a line; where a long time away is made up for, a line for many.
    private func log(_ tick: ScheduleTick, reloaded: Bool) {
        if tick.decided.count <= 50 {
            for record in tick.decided { log(record) }
        } else {
            let counts = Dictionary(grouping: tick.decided) { $0.reason.isEmpty ? $0.decision.rawValue : $0.reason }
            core.log.write("starts-decided", counts.mapValues { .integer(Int64($0.count)) })
        }
        for key in tick.released { core.log.write("start-released", DaemonLog.fields(key)) }
        for entry in tick.refused {
            core.log.write(
                "start-given-up",
                DaemonLog.fields(entry.key.firing).merging([
                    "entity": .string(entry.key.entity), "reason": .string(entry.reason), "message": .string(entry.message),
                ]) { $1 }, level: "error")
        }
        note("clock", tick.clockBehind.map { "everything up to \($0) was decided while the clock was ahead: nothing starts until then" })
        guard reloaded else { return }
        for (schedule, error) in tick.problems { note(schedule, "schedule '\(schedule)' cannot be followed: \(error.description)") }
        let fine = problems.keys.filter { key in key != "clock" && !tick.problems.contains { $0.schedule == key } }
        for key in fine { problems[key] = nil }
    }

    private func log(_ record: FiringRecord) {
        var fields = DaemonLog.fields(record.key)
        fields["decision"] = .string(record.decision.rawValue)
        fields["period"] = .string(record.period.description)
        fields["deployment"] = .string(record.deployment)
        fields["commit"] = .string(record.commit.hex)
        if !record.reason.isEmpty { fields["reason"] = .string(record.reason) }
        if !record.message.isEmpty { fields["message"] = .string(record.message) }
        core.log.write("start-decided", fields)
    }

    /// Once for as long as it holds.
    private func note(_ about: String, _ problem: String?) {
        guard problems[about] != problem else { return }
        problems[about] = problem
        if let problem { core.log.write("schedules-problem", ["message": .string(problem)], level: "error") }
    }
}
