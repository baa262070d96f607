import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct RunTests {
    let folder: TemporaryFolder
    let store: StoreDatabase
    let march = period("2026-03")

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
    }

    @Test("The same request twice gives one run; so does another request for the same thing")
    func acceptedOnce() throws {
        let first = try store.accept(newRun(1, spec(march), key: "k"))
        #expect(first.isNew)
        #expect(first.run.state == .queued)
        #expect(first.run.attempts == 0)
        let again = try store.accept(newRun(2, spec(march, variant: "b"), key: "k"))
        #expect(!again.isNew && again.run == first.run)
        let equal = try store.accept(newRun(3, spec(march), key: "other"))
        #expect(!equal.isNew && equal.run == first.run)
        #expect(try store.runs(limit: 10).count == 1)
        #expect(first.run.runKey == digest(first.run.spec))
    }

    @Test("After a failed run the same key may run again, but its idempotency key stays used")
    func afterFailure() throws {
        let first = try store.accept(newRun(1, spec(march), key: "k")).run
        _ = try store.startAttempt(run: first.id, at: "t")
        try store.fail(
            run: first.id,
            FailedRun(
                mode: .hermetic, failure: RunFailure(reason: "RunbookFailed", message: "unmatched line", line: 4),
                steps: [], logs: ["a"], stamp: StampRecord(envelopeSHA256: digest("s"), signature: []), finishedAt: "t"))
        let failed = try #require(try store.run(first.id))
        #expect(failed.state == .failed && failed.failure?.message == "unmatched line" && failed.stampSHA256 != nil)
        #expect(try store.accept(newRun(2, spec(march), key: "k")).run.id == first.id)
        let second = try store.accept(newRun(3, spec(march), key: "k2"))
        #expect(second.isNew)
        #expect(try store.earlierRuns(deployment: "nav", entity: "alder-uk", period: march).map(\.state) == [.failed, .queued])
        #expect(try store.outputs(run: first.id).isEmpty)
        #expect(try store.record(run: first.id)?.logs == ["a"])
    }

    @Test("Two connections that accept at once agree on one run")
    func concurrentAccept() async throws {
        let home = folder.path
        for round in 0..<20 {
            let wanted = try spec(march, variant: "round \(round)")
            let ids = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
                for worker in 0..<4 {
                    group.addTask {
                        let store = try TenantStore.open(atHome: home)
                        let accepted = try await store.accept(
                            newRun(round * 10 + worker + 1, wanted, key: "k\(round)-\(worker)"))
                        return (accepted.run.id, accepted.isNew)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(Set(ids.map(\.0)).count == 1)
            #expect(ids.filter(\.1).count == 1)
        }
        #expect(try store.runs(limit: 100).count == 20)
    }

    @Test("A run goes from queued over attempts to succeeded and is then fixed")
    func lifecycle() throws {
        let run = try store.accept(newRun(1, spec(march))).run.id
        #expect(try store.startAttempt(run: run, at: "t1") == 1)
        try store.setWaiting(run: run)
        #expect(try store.unfinishedRuns().isEmpty)
        #expect(try store.startAttempt(run: run, at: "t2") == 2)
        #expect(try store.unfinishedRuns().map(\.id) == [run])
        let outputs = [Output(name: "nav.json", sha256: digest("x"), size: 1, mediaType: "application/json")]
        try store.finish(run: run, finished([entry(1, "2026-03-31", 100)], outputs: outputs))
        let row = try #require(try store.run(run))
        #expect(row.isEffective && row.startedAt == "t1" && row.attempts == 2 && row.mode == .hermetic)
        #expect(try store.outputs(run: run) == outputs)
        #expect(try store.stamp(run: run)?.signature == [1, 2, 3])
        #expect(try store.unpublishedRuns().map(\.id) == [run])
        try store.markPublished(run: run)
        try store.markPublished(run: run)
        #expect(try store.unpublishedRuns().isEmpty)
        #expect(throws: StoreError.runStateUnsuitable(id: run, state: .succeeded, wanted: "started")) {
            try store.startAttempt(run: run, at: "t")
        }
        #expect(throws: StoreError.runStateUnsuitable(id: run, state: .succeeded, wanted: "given events")) {
            try store.append(run: run, [event(1)])
        }
        #expect(throws: StoreError.self) { try store.cancel(run: run, at: "t") }
        #expect(try store.runs(idPrefix: "00").map(\.id) == [run])
        #expect(try store.runs(idPrefix: "1").isEmpty)
    }

    @Test("Unknown runs and malformed ids are named")
    func unknown() throws {
        #expect(throws: StoreError.runUnknown(id: "none")) { try store.startAttempt(run: "none", at: "t") }
        #expect(throws: StoreError.runUnknown(id: "none")) { try store.append(run: "none", [event(1)]) }
        var wrong = newRun(1, try spec(march))
        wrong.id = "1; DROP TABLE runs"
        #expect(throws: StoreError.runIdentifierInvalid(id: wrong.id)) { try store.accept(wrong) }
        #expect(try store.events(run: "none").isEmpty)
    }

    @Test("Events come back as appended, without gaps, and a pending one is completed once")
    func history() throws {
        let run = try store.accept(newRun(1, spec(march))).run.id
        #expect(throws: StoreError.runStateUnsuitable(id: run, state: .queued, wanted: "given events")) {
            try store.append(run: run, [event(1)])
        }
        _ = try store.startAttempt(run: run, at: "t")
        let pending = event(2, completion: nil, response: nil)
        try store.append(run: run, [event(1), pending])
        #expect(throws: StoreError.eventOutOfSequence(run: run, sequence: 4, expected: 3)) {
            try store.append(run: run, [event(4)])
        }
        #expect(throws: StoreError.eventOutOfSequence(run: run, sequence: 5, expected: 4)) {
            try store.append(run: run, [event(3, completion: 3), event(5)])
        }
        #expect(try store.events(run: run) == [event(1), pending], "a refused append leaves nothing")
        try store.setWaiting(run: run)
        let next = try StoreDatabase.open(atHome: folder.path)
        try next.completeEvent(
            run: run, sequence: 2, response: digest("yes"), completion: 2, actor: "ada", at: "later")
        let done = try #require(try store.events(run: run).last)
        #expect(done.completion == 2 && done.responseSHA256 == digest("yes") && done.actor == "ada")
        #expect(throws: StoreError.eventComplete(run: run, sequence: 2)) {
            try store.completeEvent(run: run, sequence: 2, response: digest("no"), completion: 3, actor: "x", at: "t")
        }
        #expect(throws: StoreError.eventUnknown(run: run, sequence: 9)) {
            try store.completeEvent(run: run, sequence: 9, response: digest("no"), completion: 3, actor: "x", at: "t")
        }
        // The same rank twice would make the order of answers ambiguous.
        #expect(throws: StoreError.self) { try store.append(run: run, [event(3, completion: 2)]) }
    }

    @Test("Verdicts are kept in order, also of one run many times")
    func verdicts() throws {
        let run = try store.close(1, spec(march), []).id
        try store.appendVerdict(run: run, envelope: [1], at: "a")
        try store.appendVerdict(run: run, envelope: [], at: "b")
        #expect(try store.verdicts(run: run).map(\.envelope) == [[1], []])
        #expect(throws: StoreError.runUnknown(id: "none")) { try store.appendVerdict(run: "none", envelope: [], at: "") }
    }
}
