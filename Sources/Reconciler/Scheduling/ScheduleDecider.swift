import Foundation
import Model
import Schedules
import TenantStore

/// Takes one schedule from what was decided to what is due, under given terms. Its caller holds a transaction.
struct ScheduleDecider {
    /// At most so many decisions in one transaction.
    static let portion = 1_000

    let store: StoreDatabase
    let tenant: String
    let time: ScheduleTime
    let commit: GitObjectID
    let name: String
    let terms: ScheduleTerms
    let schedule: Schedule
    /// Why nothing may start; `nil` where it may.
    let suspended: String?
    /// What of the schedule is pending, or runs.
    let open: [FiringRun]

    /// Gives up what is too late, lets what waits go on, decides what is due: in this order, so that a start finds the
    /// one before it over.
    /// - Returns: whether there may be more to decide.
    func advance(_ tick: inout ScheduleTick) throws -> Bool {
        try giveUp(&tick)
        try release(&tick)
        return try decide(&tick)
    }

    // MARK: - Deciding

    func decide(_ tick: inout ScheduleTick) throws -> Bool {
        guard let progress = try store.progress(ofSchedule: name) else { return false }
        let decisions = SchedulePlanner.decide(
            schedule, handled: progress.handled, activity: try store.activity(ofSchedule: name),
            isSuspended: suspended != nil, now: time.now, most: Self.portion)
        guard !decisions.isEmpty else { return false }
        let fires = decisions.contains { if case .fire = $0 { true } else { false } }
        let entities = fires ? try entities() : .selected([])
        for decision in decisions {
            let record = record(decision, entities)
            try store.record(record, entities: entities.names)
            tick.decided.append(record)
        }
        return decisions.count == Self.portion
    }

    private func record(_ decision: Decision, _ entities: Selection) -> FiringRecord {
        func record(_ decision: FiringRecord.Decision, _ firing: Firing, _ reason: String, _ message: String) -> FiringRecord {
            FiringRecord(
                key: FiringKey(schedule: name, nominal: firing.nominal), decision: decision, reason: reason,
                message: message, period: firing.period, deployment: terms.spec.deployment, commit: commit,
                decidedAt: time.text)
        }
        switch (decision, entities) {
        case (.queue(let firing), _): return record(.queued, firing, "", "")
        case (.fire(let firing), .selected): return record(.fired, firing, "", "")
        case (.fire(let firing), .impossible(let error)): return record(.skipped, firing, error.reason, error.description)
        case (.skip(let firing, let reason), _):
            return record(.skipped, firing, reason.word, reason == .suspended ? suspended ?? reason.description : reason.description)
        }
    }

    /// Whom a start is for.
    private enum Selection {
        case selected([String])
        case impossible(any AssayError)

        var names: [String] { if case .selected(let names) = self { names } else { [] } }
    }

    /// The entities that the deployment selects now.
    private func entities() throws -> Selection {
        do {
            let deployment = try Deployed.deployment(terms.spec.deployment, tenant: tenant, store: store)
            return .selected(try Deployed.selectedEntities(deployment, tenant: tenant, store: store))
        } catch let error as RunError {
            return .impossible(error)
        }
    }

    // MARK: - Going on

    /// The oldest that waits starts when the one before is over; where starts never wait, all of them.
    private func release(_ tick: inout ScheduleTick) throws {
        guard suspended == nil else { return }
        for waiting in try store.queuedFirings(ofSchedule: name) {
            let isRunning = try store.activity(ofSchedule: name).isRunning
            guard schedule.overlap == .allow || !isRunning else { return }
            switch try entities() {
            case .selected(let entities):
                try store.release(waiting.key, entities: entities, at: time.text)
                tick.released.append(waiting.key)
            case .impossible(let error):
                try store.drop(waiting.key, reason: error.reason, message: error.description)
            }
        }
    }

    /// What could not be accepted waits until the schedule's next start or the end of the catch-up window.
    private func giveUp(_ tick: inout ScheduleTick) throws {
        for entry in open where entry.isPostponed {
            guard let end = try deadline(of: entry.key.firing), end <= time.now else { continue }
            let message = "It was given up at \(end), when \(end == windowEnd(entry.key.firing) ? "the catch-up window ended" : "the next start came"): \(entry.message)"
            try store.refuse(entry.key, reason: entry.reason, message: message, at: time.text)
            tick.refused.append(try store.firingRun(entry.key) ?? entry)
        }
    }

    /// The instant from which a start is not tried again.
    func deadline(of key: FiringKey) throws -> Instant? {
        guard let firedAt = try store.firing(key)?.firedAt, let fired = Instant(rfc3339: firedAt) else { return nil }
        let next = schedule.next(after: max(key.nominal, fired))?.nominal
        return min(next ?? windowEnd(key), windowEnd(key))
    }

    private func windowEnd(_ key: FiringKey) -> Instant {
        let window = max(Int64(terms.spec.catchUp.windowHours) * 3_600, SchedulePlanner.grace)
        return Instant(seconds: key.nominal.seconds + window)
    }

    // MARK: - An end

    /// The schedule is not deployed any more: what waits is given up, what was fired is still tried once.
    func close(_ tick: inout ScheduleTick) throws {
        let message = "The schedule is not in the repository any more"
        for waiting in try store.queuedFirings(ofSchedule: name) {
            try store.drop(waiting.key, reason: "ScheduleRemoved", message: message)
        }
        for entry in open where entry.isPostponed {
            try store.refuse(entry.key, reason: entry.reason, message: "\(message): \(entry.message)", at: time.text)
            tick.refused.append(try store.firingRun(entry.key) ?? entry)
        }
        try store.setTerms(ofSchedule: name, to: nil, from: time.now)
    }
}

extension FiringRun {
    /// Tried at least once, and not accepted yet.
    var isPostponed: Bool { state == .pending && !reason.isEmpty }
}

extension Instant {
    /// The whole second of a time as `HostClock` writes it.
    init?(rfc3339 text: String) {
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: text.contains("."))
        guard let date = try? format.parse(text) else { return nil }
        self.init(seconds: Int64(date.timeIntervalSince1970.rounded(.down)))
    }
}
