import Model
import Schedules
import TenantStore

/// Decides about every start that is due, exactly once, and writes each decision down before anyone acts on it.
///
/// The synchronous core of `Scheduler`. Each schedule is decided in a transaction of its own that first reads how far the
/// schedule has come, so that of two processes only one decides a start. What it remembers from tick to tick (compiled
/// schedules) can be lost at any time.
struct ScheduleBook: Sendable {
    /// At most so many decisions in one tick: the store and the others wait meanwhile.
    private static let most = 10 * ScheduleDecider.portion

    let tenant: String
    private var known: [String: Known]?
    /// Deployed, and cannot be followed.
    private var unusable: Set<String> = []

    private struct Known {
        let compiled: Compiled
        /// The next start; `nil` where there is none or it is not known yet.
        var next: Instant?
        var isFresh = true
    }

    /// A schedule that can be asked; shared, because it is large and every tick passes all of them.
    private final class Compiled: Sendable {
        /// As `ScheduleTerms.text`.
        let text: String
        let terms: ScheduleTerms
        let schedule: Schedule

        init(text: String) throws {
            self.text = text
            terms = try ScheduleTerms(text: text)
            schedule = try terms.schedule()
        }
    }

    init(tenant: String) { self.tenant = tenant }

    /// - Parameter reload: whether what is deployed may have changed since the last tick.
    mutating func tick(_ store: StoreDatabase, at time: ScheduleTime, reload: Bool) throws -> ScheduleTick {
        var tick = ScheduleTick()
        guard let commit = try store.appliedRevision()?.commit else { return tick }
        try store.settleFiringRuns(at: time.text)
        if reload || known == nil { known = try load(store, &tick) }
        var known = self.known ?? [:]
        let around = try Surroundings(store, time, commit)
        let busy = Set(try store.queuedFirings().map(\.key.schedule)).union(around.open.keys)
        let due = known.filter { name, item in
            item.isFresh || busy.contains(name) || item.next.map { $0 <= time.now } ?? false
        }
        for (name, item) in due.sorted(by: { $0.key < $1.key }) {
            var isUnfinished = true
            while isUnfinished, tick.decided.count < Self.most {
                isUnfinished = try store.transaction {
                    try visit(name, item.compiled, around, &tick)
                }
            }
            tick.isUnfinished = tick.isUnfinished || isUnfinished
            let handled = try store.progress(ofSchedule: name)?.handled ?? time.now
            known[name]?.next = item.compiled.schedule.next(after: handled)?.nominal
            known[name]?.isFresh = isUnfinished
        }
        if let handled = try store.newestHandled(), handled.seconds > time.now.seconds + SchedulePlanner.grace {
            tick.clockBehind = handled
        }
        let gone = reload ? try store.scheduleProgress().filter { $0.terms != nil } : []
        for progress in gone where known[progress.schedule] == nil && !unusable.contains(progress.schedule) {
            let isUnfinished = try store.transaction { try close(progress.schedule, around, &tick) }
            tick.isUnfinished = tick.isUnfinished || isUnfinished
        }
        self.known = known
        tick.next = known.values.compactMap(\.next).min()
        tick.open = try store.openFiringRuns()
        return tick
    }

    /// What the schedules of one tick share.
    private struct Surroundings {
        let store: StoreDatabase
        let time: ScheduleTime
        let commit: GitObjectID
        let suspensions: StandingSuspensions
        /// What is pending, or runs, by schedule.
        let open: [String: [FiringRun]]

        init(_ store: StoreDatabase, _ time: ScheduleTime, _ commit: GitObjectID) throws {
            self.store = store
            self.time = time
            self.commit = commit
            suspensions = try StandingSuspensions(store)
            open = Dictionary(grouping: try store.openFiringRuns(), by: \.key.firing.schedule)
        }
    }

    /// One that cannot be read or followed is left out and named; its starts are decided when it can be.
    private mutating func load(_ store: StoreDatabase, _ tick: inout ScheduleTick) throws -> [String: Known] {
        var found: [String: Known] = [:]
        unusable = []
        for deployed in try store.deployedSchedules(tenant: tenant) {
            let text = ScheduleTerms.text(of: deployed)
            if let same = known?[deployed.name], same.compiled.text == text {
                found[deployed.name] = same
                continue
            }
            do {
                found[deployed.name] = Known(compiled: try Compiled(text: text))
            } catch let error as any AssayError {
                unusable.insert(deployed.name)
                tick.problems.append((deployed.name, error))
            }
        }
        return found
    }

    private func visit(
        _ name: String, _ item: Compiled, _ around: Surroundings, _ tick: inout ScheduleTick
    ) throws -> Bool {
        let store = around.store, now = around.time.now
        guard let progress = try store.progress(ofSchedule: name) else {
            try store.begin(schedule: name, at: now, terms: item.text)
            return false
        }
        if progress.terms != item.text {
            // Up to now the terms counted that were seen last.
            if let old = try decider(name, progress, around), try old.advance(&tick) { return true }
            try store.setTerms(ofSchedule: name, to: item.text, from: now)
        }
        return try decider(name, item.terms, item.schedule, around).advance(&tick)
    }

    /// Takes a schedule that is gone from the repository to its end.
    private func close(_ name: String, _ around: Surroundings, _ tick: inout ScheduleTick) throws -> Bool {
        guard let progress = try around.store.progress(ofSchedule: name), progress.terms != nil else { return false }
        guard let old = try decider(name, progress, around) else {
            try around.store.setTerms(ofSchedule: name, to: nil, from: around.time.now)
            return false
        }
        if try old.advance(&tick) { return true }
        try old.close(&tick)
        return false
    }

    /// By the terms that were seen last; `nil` where there are none that this program understands.
    private func decider(_ name: String, _ progress: ScheduleProgress, _ around: Surroundings) throws -> ScheduleDecider? {
        guard let text = progress.terms, let terms = try? ScheduleTerms(text: text), let schedule = try? terms.schedule()
        else { return nil }
        return decider(name, terms, schedule, around)
    }

    private func decider(
        _ name: String, _ terms: ScheduleTerms, _ schedule: Schedule, _ around: Surroundings
    ) -> ScheduleDecider {
        ScheduleDecider(
            store: around.store, tenant: tenant, time: around.time, commit: around.commit, name: name, terms: terms,
            schedule: schedule, suspended: around.suspensions.obstacle(to: name, terms), open: around.open[name] ?? [])
    }

    /// Decides everything that is due of the schedules whose suspension is about to end: it was due while they were
    /// suspended, and so is skipped.
    func decideSuspended(_ names: [String], _ store: StoreDatabase, at time: ScheduleTime) throws {
        guard let commit = try store.appliedRevision()?.commit else { return }
        let around = try Surroundings(store, time, commit)
        for name in names {
            guard let progress = try store.progress(ofSchedule: name), let decider = try decider(name, progress, around),
                decider.suspended != nil
            else { continue }
            var tick = ScheduleTick()
            while try decider.decide(&tick) { tick = ScheduleTick() }
        }
    }
}
