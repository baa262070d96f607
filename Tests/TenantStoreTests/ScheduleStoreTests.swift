import Foundation
import Model
import Schedules
import Testing

@testable import TenantStore

@Suite("Starts of schedules in the store")
struct ScheduleStoreTests {
    let folder: TemporaryFolder
    let store: StoreDatabase

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
        try store.begin(schedule: "close", at: Instant(seconds: 1_000), terms: "{}")
    }

    private func key(_ nominal: Int64, _ schedule: String = "close") -> FiringKey {
        FiringKey(schedule: schedule, nominal: Instant(seconds: nominal))
    }

    private func record(_ nominal: Int64, _ decision: FiringRecord.Decision, reason: String = "") -> FiringRecord {
        FiringRecord(
            key: key(nominal), decision: decision, reason: reason, message: "", period: period("2026-03"),
            deployment: "nav", commit: commit(7), decidedAt: "2026-04-01T08:00:00.000Z")
    }

    @Test("A start is decided once, whoever decides and however it is written")
    func once() throws {
        try store.record(record(2_000, .fired), entities: ["a", "b"])
        let other = try StoreDatabase.open(atHome: folder.path)
        for decision in [record(2_000, .fired), record(2_000, .queued), record(2_000, .skipped, reason: "Overlap")] {
            #expect(throws: StoreError.self) { try other.record(decision, entities: []) }
        }
        #expect(try other.progress(ofSchedule: "close")?.handled.seconds == 2_000)
        #expect(try other.firingRuns(of: key(2_000)).map(\.state) == [.pending, .pending])
    }

    @Test("The progress of a schedule only grows, and a decision that would take it back is not written")
    func progressGrows() throws {
        try store.record(record(2_000, .skipped, reason: "Suspended"), entities: [])
        #expect(throws: StoreError.self) { try store.record(record(1_500, .fired), entities: ["a"]) }
        #expect(try store.firing(key(1_500)) == nil)
        try store.setTerms(ofSchedule: "close", to: nil, from: Instant(seconds: 500))
        #expect(try store.progress(ofSchedule: "close")?.handled.seconds == 2_000)
        let stranger = try Connection(path: StoreDatabase.path(inHome: folder.path), mode: .readWrite)
        for sql in [
            "UPDATE schedule_progress SET handled = 1", "UPDATE schedule_progress SET first_seen = 1",
            "DELETE FROM schedule_progress", "INSERT OR REPLACE INTO schedule_progress VALUES ('close', 1, 1, NULL)",
        ] {
            #expect(throws: StoreError.self, "\(sql)") { try stranger.execute(sql) }
        }
    }

    @Test("Only a queued start takes a step, once; what an entity became only goes on")
    func steps() throws {
        try store.record(record(2_000, .queued), entities: [])
        try store.record(record(3_000, .queued), entities: [])
        try store.record(record(4_000, .skipped, reason: "Overlap"), entities: [])
        #expect(try store.activity(ofSchedule: "close") == Activity(isRunning: false, queued: 2))
        try store.release(key(2_000), entities: ["a", "b", "c"], at: "t1")
        try store.drop(key(3_000), reason: "ScheduleRemoved", message: "gone")
        #expect(try store.activity(ofSchedule: "close") == Activity(isRunning: true, queued: 0))
        #expect(throws: StoreError.self) { try store.release(key(2_000), entities: ["d"], at: "t2") }
        #expect(throws: StoreError.self) { try store.release(key(4_000), entities: ["a"], at: "t2") }

        let a = FiringRunKey(firing: key(2_000), entity: "a")
        let run = try store.accept(newRun(1, spec(period("2026-03"))), for: a).run
        #expect(try store.accept(newRun(2, spec(period("2026-04"))), for: a).run.id == run.id, "an entity gets one run")
        try store.refuse(a, reason: "Late", message: "", at: "t3")
        #expect(try store.firingRun(a)?.state == .accepted, "what has a run keeps it")
        let b = FiringRunKey(firing: key(2_000), entity: "b")
        try store.refuse(b, reason: "DeploymentUnknown", message: "", at: "t3")
        #expect(throws: StoreError.firingOver(key: "\(b.firing) b", reason: "DeploymentUnknown")) {
            try store.accept(newRun(3, spec(period("2026-03"), entity: "b")), for: b)
        }
        #expect(try store.run(runID(3)) == nil)
        let stranger = try Connection(path: StoreDatabase.path(inHome: folder.path), mode: .readWrite)
        for sql in [
            "UPDATE firing_runs SET state = 'pending', run = NULL", "UPDATE firing_runs SET entity = 'z'",
            "DELETE FROM firing_runs", "DELETE FROM firings", "UPDATE firings SET decision = 'queued', fired_at = NULL",
            "UPDATE firings SET period = '2020'", "INSERT INTO firing_runs (schedule, nominal, entity, at) VALUES ('close', 4000, 'a', 't')",
            "INSERT OR REPLACE INTO firings SELECT * FROM firings", "INSERT OR REPLACE INTO firing_runs SELECT * FROM firing_runs",
            "UPDATE firing_runs SET run = '\(runID(9))' WHERE entity = 'a'",
        ] {
            #expect(throws: StoreError.self, "\(sql)") { try stranger.execute(sql) }
        }
        _ = try store.startAttempt(run: run.id, at: "t")
        try store.finish(run: run.id, finished())
        try store.settleFiringRuns(at: "t4")
        #expect(try store.firingRuns(of: key(2_000)).map(\.state) == [.ended, .refused, .pending])
        try store.postpone(FiringRunKey(firing: key(2_000), entity: "c"), reason: "DocumentsUnreadable", message: "m", at: "t5")
        #expect(try store.openFiringRuns().map(\.reason) == ["DocumentsUnreadable"])
    }

    @Test("An idempotency key names tenant, schedule, instant and entity")
    func keys() {
        let keys = [
            FiringRunKey(firing: key(1), entity: "a").idempotencyKey(tenant: "t"),
            FiringRunKey(firing: key(1), entity: "b").idempotencyKey(tenant: "t"),
            FiringRunKey(firing: key(2), entity: "a").idempotencyKey(tenant: "t"),
            FiringRunKey(firing: key(1, "other"), entity: "a").idempotencyKey(tenant: "t"),
            FiringRunKey(firing: key(1), entity: "a").idempotencyKey(tenant: "u"),
        ]
        #expect(Set(keys).count == 5 && keys.allSatisfy { ContentDigest(hex: $0) != nil })
    }

    @Test("Suspensions are kept for ever; the newest counts, and saying so twice changes nothing")
    func suspensions() throws {
        func note(_ target: SuspensionTarget, _ isSuspended: Bool, _ by: String) throws -> Bool {
            try store.note(Suspension(target: target, isSuspended: isSuspended, by: by, reason: "audit", at: "t"))
        }
        #expect(try !note(.schedule("close"), false, "ada"), "there is nothing to resume")
        #expect(try note(.schedule("close"), true, "ada") && note(.deployment("close"), true, "bo"))
        #expect(try !note(.schedule("close"), true, "cy"))
        #expect(try store.suspension(of: .schedule("close"))?.by == "ada")
        #expect(try store.suspensions().count == 2)
        #expect(try note(.schedule("close"), false, "cy"))
        #expect(try store.suspension(of: .schedule("close")) == nil && store.suspension(of: .deployment("close")) != nil)
        #expect(try store.suspensionHistory().map(\.by) == ["ada", "bo", "cy"])
        #expect(throws: StoreError.self) { try store.connection.execute("DELETE FROM suspensions") }
        #expect(throws: StoreError.self) { try store.connection.execute("UPDATE suspensions SET reason = ''") }
    }
}
