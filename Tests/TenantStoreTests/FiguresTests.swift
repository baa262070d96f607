import Foundation
import Model
import Testing

@testable import TenantStore

/// Figures that the design relies on; printed, and bounded generously because test machines are busy.
@Suite(.serialized) struct FiguresTests {
    @Test("One event is durable in milliseconds, and 100,000 journal lines give a trial balance at once")
    func figures() throws {
        let folder = try TemporaryFolder()
        let store = try StoreDatabase.create(atHome: folder.path)
        let clock = ContinuousClock()
        let run = try store.accept(newRun(1, spec(period("2026-03")))).run.id
        _ = try store.startAttempt(run: run, at: "t")
        let count = 200
        let appended = try clock.measure {
            for sequence in 1...count { try store.append(run: run, [event(sequence, completion: sequence)]) }
        }
        let entries = (1...50_000).map { number in
            entry(number, "2026-03-15", Int64(number), debit: "1\(number % 40)", credit: "4\(number % 40)")
        }
        let posted = try clock.measure { try store.finish(run: run, finished(entries)) }
        var lines = 0
        let balanced = try clock.measure {
            lines = try store.trialBalances(entity: "alder-uk", period: period("2026-03")).first?.lines.count ?? 0
        }
        let read = try clock.measure {
            _ = try store.journal(entity: "alder-uk", period: period("2026-03"), includeReversed: false)
        }
        print("an event durable \(appended / count), 100,000 lines posted \(posted), balance \(balanced), journal \(read)")
        #expect(lines == 80)
        #expect(balanced < .seconds(5))
    }
}
