import Foundation
import Model
import Testing

@testable import Reconciler
@testable import Schedules
@testable import TenantStore

/// What a test knows of one schedule by its own reckoning: what is under way, what waits, and what it asked the oracle.
final class SimulatedSchedule {
    /// The schedule between two edits: what the oracle is asked about.
    struct Version {
        var spec: [String: Any]
        var calendar: [String: Any]?
        var schedule: Schedule
        var isDeploymentSuspended: Bool
        /// Starts after this count.
        var created: Instant
        var ended: Instant?
        var calls: [[String: Any]] = []
        var decisions: [[Oracle.Verdict]] = []
    }

    let name: String
    let deployment: Int
    var versions: [Version] = []
    var handled: Instant
    /// Entities of fired starts that are pending or whose run has not ended.
    var open: [FiringKey: Set<String>] = [:]
    /// When each fired start was fired.
    var firedAt: [FiringKey: Instant] = [:]
    var queued: [FiringKey] = []
    var postponed: Set<FiringRunKey> = []
    var isDeployed = false
    /// The first start after `handled`, by the engine alone; `nil` where there is none.
    private(set) var next: Instant?

    init(name: String, deployment: Int, handled: Instant) {
        self.name = name
        self.deployment = deployment
        self.handled = handled
    }

    var version: Version { versions[versions.count - 1] }
    var entities: [String] { StoreWorld.entities(of: deployment) }
    var activity: Activity { Activity(isRunning: !open.isEmpty, queued: queued.count) }

    // MARK: - What must happen in a tick

    /// What could not be accepted in time: until the next start, or the end of the catch-up window.
    func giveUp(_ now: Instant) -> Set<FiringRunKey> {
        let schedule = version.schedule
        let window = Int64((version.spec["catchUp"] as? [String: Int])?["windowHours"] ?? 0) * 3_600
        let late = postponed.filter { key in
            let nominal = key.firing.nominal
            let next = schedule.next(after: max(nominal, firedAt[key.firing] ?? nominal))?.nominal
            return min(next ?? nominal.later(max(window, 60)), nominal.later(max(window, 60))) <= now
        }
        late.forEach { close($0) }
        return late
    }

    func release(_ now: Instant, isSuspended: Bool) -> [FiringKey] {
        guard !isSuspended, !version.isDeploymentSuspended, version.spec["suspend"] as? Bool != true else { return [] }
        var released: [FiringKey] = []
        while let first = queued.first, version.schedule.overlap == .allow || open.isEmpty {
            queued.removeFirst()
            fire(first, now)
            released.append(first)
        }
        return released
    }

    func fire(_ key: FiringKey, _ now: Instant) {
        open[key] = Set(entities)
        firedAt[key] = now
    }

    /// An entity of a start is over.
    func close(_ key: FiringRunKey) {
        postponed.remove(key)
        open[key.firing]?.remove(key.entity)
        if open[key.firing]?.isEmpty == true { open[key.firing] = nil }
    }

    /// Takes over what was decided, and notes it for the oracle.
    func decided(_ records: [FiringRecord], _ now: Instant, isSuspended: Bool) {
        guard !records.isEmpty else {
            // The oracle need not be asked whether nothing is due: the engine says so, and it knows the engine.
            #expect(next.map { $0 > now } ?? true, "\(name) did not start at \(next?.description ?? "")")
            return
        }
        let call: [String: Any] = [
            "now": now.seconds, "handled": handled.seconds, "isRunning": activity.isRunning, "queued": activity.queued,
            "most": records.count >= 10_000 ? records.count : 1_000_000, "isSuspended": isSuspended || version.isDeploymentSuspended,
        ]
        versions[versions.count - 1].calls.append(call)
        versions[versions.count - 1].decisions.append(records.map(Oracle.Verdict.init))
        for record in records {
            switch record.decision {
            case .fired: fire(record.key, now)
            case .queued: queued.append(record.key)
            case .skipped: break
            }
        }
        handled = records.last?.key.nominal ?? handled
        next = version.schedule.next(after: handled)?.nominal
    }

    /// Other terms count from now on, or none.
    func begin(_ next: Version?, _ now: Instant) {
        handled = max(handled, now)
        if !versions.isEmpty, version.ended == nil { versions[versions.count - 1].ended = handled }
        if var next {
            next.created = handled
            versions.append(next)
        }
        isDeployed = next != nil
        self.next = next?.schedule.next(after: handled)?.nominal
    }
}

extension Oracle.Verdict {
    init(_ record: FiringRecord) {
        let words: [FiringRecord.Decision: String] = [.fired: "fire", .queued: "queue", .skipped: record.reason]
        self.init(nominal: record.key.nominal.seconds, word: words[record.decision] ?? "", period: record.period.description)
    }
}
