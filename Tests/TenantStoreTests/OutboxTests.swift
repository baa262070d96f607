import Digests
import Foundation
import Model
import Testing

@testable import TenantStore

@Suite("Reports and the outbox") struct OutboxTests {
    let folder: TemporaryFolder
    let store: StoreDatabase

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
    }

    private func status(_ outcome: ReconcileStatus.Outcome, applied: Int, reason: String = "", at: String = "1") -> ReconcileStatus {
        ReconcileStatus(
            attempted: revision(2), applied: revision(applied), outcome: outcome, reason: reason, message: "said \(at)",
            problems: [], at: at)
    }

    /// Takes note of everything that changed; says whether anything had.
    private func drain() throws -> Bool {
        guard let marks = try store.reportMarks() else { return false }
        try store.reported(upTo: marks.last, commit: commit(1), push: nil, hook: nil, at: "2")
        return true
    }

    @Test("A status is marked when it says something else, not when it is said again")
    func statusMarks() throws {
        #expect(try !drain())
        for (status, isNews) in [
            (status(.ready, applied: 2), true), (status(.ready, applied: 2, at: "9"), false),
            (status(.stalled, applied: 2, reason: "ManifestInvalid"), true),
            (status(.stalled, applied: 2, reason: "ManifestInvalid", at: "9"), false),
            (status(.stalled, applied: 2, reason: "SignatureMissing"), true), (status(.ready, applied: 3), true),
        ] {
            try store.setStatus(status)
            #expect(try drain() == isNews, "\(status)")
        }
    }

    @Test("A run is marked when it waits or ends and when it is superseded, with what it is about")
    func runMarks() throws {
        let march = try spec(period("2026-03"))
        let run = try store.accept(newRun(1, march)).run
        _ = try store.startAttempt(run: run.id, at: "1")
        #expect(try !drain(), "what comes and goes in seconds is not told")
        try store.setWaiting(run: run.id)
        let subject = RunSubject(deployment: "nav", entity: "alder-uk", period: period("2026-03"))
        #expect(try store.reportMarks()?.runs == [subject])
        #expect(try drain())
        _ = try store.startAttempt(run: run.id, at: "2")
        try store.finish(run: run.id, finished())
        try store.markPublished(run: run.id)
        #expect(try store.reportMarks()?.runs == [subject])
        try store.close(2, try spec(period("2026-03"), variant: "b"), [entry(1, "2026-03-31", 100)], supersedes: run.id)
        #expect(try store.reportedRuns(subject).map(\.supersededBy) == [runID(2), nil])
        #expect(try store.reportedRuns(subject)[1].stamp == digest("stamp"))
        #expect(try store.lastEndedRuns(limit: 1).map(\.id) == [runID(2)])
        #expect(try store.reportedSubjects() == [subject])
    }

    @Test("A failed run is told by the word of its failure alone")
    func failure() throws {
        let run = try store.accept(newRun(1, try spec(period("2026-03")))).run
        try store.fail(
            run: run.id,
            FailedRun(
                mode: .hermetic, failure: RunFailure(reason: "RunbookFailed", message: "off by 12.04"), steps: [], logs: [],
                stamp: nil, finishedAt: "3"))
        let told = try store.reportedRuns(RunSubject(deployment: "nav", entity: "alder-uk", period: period("2026-03")))
        #expect(told.map(\.failure) == ["RunbookFailed"] && told[0].stamp == nil && told[0].finishedAt == "3")
    }

    @Test("What is marked while a report is written stays marked")
    func marksDuringReport() throws {
        try store.setStatus(status(.ready, applied: 2))
        let marks = try #require(try store.reportMarks())
        try store.setStatus(status(.stalled, applied: 2, reason: "ManifestInvalid"))
        try store.reported(upTo: marks.last, commit: commit(1), push: nil, hook: nil, at: "2")
        #expect(try store.reportMarks() != nil)
        #expect(try store.reportedCommit() == commit(1))
    }

    @Test("A deployment that is held, held for another reason and let go is marked each time")
    func holds() throws {
        let held = DeploymentHold(
            deployment: "nav", serving: commit(1), attempted: commit(2), reason: "ScenarioFailed", message: "m", since: "1")
        let text = String(decoding: try CanonicalJSON.encode(held), as: UTF8.self)
        for sql in [
            "INSERT INTO deployment_holds VALUES ('nav', '\(text)')",
            "UPDATE deployment_holds SET hold = '\(text.replacing("ScenarioFailed", with: "ScenarioMissing"))'",
            "DELETE FROM deployment_holds",
        ] {
            try store.connection.execute(sql)
            #expect(try drain(), "\(sql)")
        }
    }

    @Test("A newer push replaces one that waits and waits on in its place; one on its way does not count for it")
    func replacing() throws {
        try store.reported(upTo: nil, commit: commit(1), push: "first", hook: nil, at: "t1")
        let first = try #require(try store.outbox(.push).first)
        try store.postpone(first, until: "t5", reason: "RemoteUnreachable", error: "down")
        try store.reported(upTo: nil, commit: commit(2), push: "second", hook: nil, at: "t2")
        let second = try #require(try store.outbox(.push).first)
        #expect(try store.outbox().count == 1 && store.outbox(due: ("t4", "t9")) == [])
        #expect(try store.outbox(due: ("t1", "t4")) == [second], "what waits longer than anything does was put off by a wrong clock")
        #expect(second.payload == "second" && second.createdAt == "t1" && second.attempts == 1 && second.reason == "RemoteUnreachable")
        #expect(try store.outboxDepth() == OutboxDepth(pushes: 1, hooks: 0, oldest: "t1", next: "t5"))
        try store.delivered(first, at: "t6")
        #expect(try store.outbox() == [second])
        try store.delivered(second, at: "t7")
        #expect(try store.outbox() == [] && store.lastPayload(.push) == "second")
    }

    @Test("Hooks for different commits wait beside each other, each with its own turn; what arrived is known by its newest")
    func hooks() throws {
        for (seed, payload) in [(1, "a"), (2, "b"), (1, "c")] {
            try store.reported(upTo: nil, commit: commit(9), push: nil, hook: (commit(seed), payload), at: "t\(seed)")
        }
        #expect(try store.outbox(.hook, due: ("t9", "tz")).map(\.payload) == ["c", "b"])
        #expect(try store.lastPayload(.hook) == "c")
        for item in try store.outbox(.hook) { try store.delivered(item, at: "t9") }
        #expect(try store.lastPayload(.hook) == "c" && store.outboxDepth().oldest == nil)
        #expect(try store.connection.row("SELECT count(*) FROM outbox") { $0.int(0) } == 1)
        try store.forget(.hook)
        #expect(try store.lastPayload(.hook) == nil)
    }

    @Test("A store of the first version reports everything that it holds once it is migrated")
    func migration() throws {
        let other = try TemporaryFolder()
        let path = StoreDatabase.path(inHome: other.path)
        try Migrator(migrations: [Migration(version: 1, sql: Schema.version1)]).create(try Connection(path: path, mode: .create))
        let before = try Connection(path: path, mode: .readWrite)
        try before.execute("INSERT INTO reconcile_status VALUES (1, '{}')")
        try before.execute(
            """
            INSERT INTO runs (id, idempotency_key, run_key, spec, deployment, entity, period, period_start, period_end, commit_id,
                requested_at, requested_by, ledger_mark)
            VALUES ('\(runID(1))', 'k', 'r', '{}', 'nav', 'alder-uk', '2026-03', '2026-03-01', '2026-03-31', '\(hex(40, 1))', '1', 'me', 0);
            UPDATE runs SET state = 'cancelled', finished_at = '2'
            """)
        let store = try StoreDatabase.open(atHome: other.path)
        #expect(try store.reportMarks()?.runs == [RunSubject(deployment: "nav", entity: "alder-uk", period: period("2026-03"))])
    }
}
