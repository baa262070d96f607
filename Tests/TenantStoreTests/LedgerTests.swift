import Model
import Testing

@testable import TenantStore

@Suite struct LedgerTests {
    let folder: TemporaryFolder
    let store: StoreDatabase
    let march = period("2026-03")
    let april = period("2026-04")

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
    }

    private func carried(_ run: RunRow) -> [RunSpec.CarriedRun] {
        [RunSpec.CarriedRun(deployment: run.deployment, period: run.period, runKey: run.runKey)]
    }

    private func line(_ account: String, _ o: Int64, _ d: Int64, _ c: Int64, _ closing: Int64) -> TrialBalance.Line {
        TrialBalance.Line(account: account, opening: o, debit: d, credit: c, closing: closing)
    }

    @Test("Take-on is opening in the trial balance, but carried only into later periods")
    func takeOn() throws {
        try store.close(
            1, spec(march),
            [
                entry(1, "2026-02-28", 1000, debit: "1000", credit: "3000", opening: true),
                entry(2, "2026-03-10", 250), entry(3, "2026-03-31", -50),
            ])
        #expect(try store.openingBalances(entity: "alder-uk", before: march.start).isEmpty)
        #expect(
            try store.openingBalances(entity: "alder-uk", before: april.start).map { "\($0.account) \($0.minorUnits)" }
                == ["1000 1000", "1200 200", "3000 -1000", "4000 -200"])
        #expect(try store.openingBalances(entity: "other", before: april.start).isEmpty)
        let balance = try #require(try store.trialBalances(entity: "alder-uk", period: march).first)
        #expect(
            balance.lines == [
                line("1000", 1000, 0, 0, 1000), line("1200", 0, 250, 50, 200), line("3000", -1000, 0, 0, -1000),
                line("4000", 0, 50, 250, -200),
            ])
        #expect(try store.trialBalances(entity: "alder-uk", period: april).first?.lines.first?.opening == 1000)
        #expect(try store.trialBalances(entity: "other", period: march).isEmpty)
        #expect(try store.journal(entity: "alder-uk", period: march, includeReversed: false).count == 3)
        #expect(try store.journal(entity: "alder-uk", period: period("2026-02"), includeReversed: false).count == 1)
        #expect(try store.journal(entity: "alder-uk", period: april, includeReversed: false).isEmpty)
        #expect(try store.journal(entity: "alder-uk", period: period("2026-Q1"), includeReversed: false).count == 3)
    }

    @Test("A superseding run reverses the earlier entries and only the newest count")
    func supersession() throws {
        let first = try store.close(
            1, spec(march), [entry(1, "2026-03-10", 250), entry(2, "2026-02-28", 10, opening: true)])
        let second = try store.close(2, spec(march, variant: "b"), [entry(1, "2026-03-10", 300)], supersedes: first.id)
        let third = try store.close(
            3, spec(march, variant: "c"), [entry(1, "2026-03-10", 400)], supersedes: second.id)
        #expect(try store.run(first.id)?.supersededBy == second.id)
        #expect(third.supersedes == second.id)
        #expect(try store.effectiveRun(deployment: "nav", entity: "alder-uk", period: march)?.id == third.id)
        #expect(try store.effectiveRuns(entity: "alder-uk", period: march).map(\.id) == [third.id])
        let balance = try #require(try store.trialBalances(entity: "alder-uk", period: march).first)
        #expect(balance.lines == [line("1200", 0, 400, 0, 400), line("4000", 0, 0, 400, -400)])
        let all = try store.journal(entity: "alder-uk", period: march, includeReversed: true)
        #expect(all.count == 7)
        let receivable: Int64 = all.flatMap(\.entry.lines).filter { $0.account == "1200" }.map(\.minorUnits).reduce(0, +)
        #expect(receivable == 400)
        let reversal = try #require(all.first { $0.reverses == EntryReference(run: first.id, number: 1) })
        #expect(reversal.run == second.id && reversal.entry.number == 2)
        #expect(reversal.entry.description == "Reversal of Entry 1" && reversal.entry.date == date("2026-03-10"))
        #expect(reversal.entry.lines.map(\.minorUnits) == [-250, 250])
        let reversed = try #require(all.first { $0.run == first.id && $0.entry.number == 1 })
        #expect(reversed.reversedBy == EntryReference(run: second.id, number: 2) && !reversed.isEffective)
        #expect(try store.journal(entity: "alder-uk", period: march, includeReversed: false).map(\.run) == [third.id])
        #expect(try store.journal(entity: "alder-uk", period: nil, includeReversed: true).count == 7)
    }

    @Test("What was superseded may run again under its own key")
    func restored() throws {
        let first = try store.close(1, spec(march), [entry(1, "2026-03-10", 1)])
        let second = try store.close(2, spec(march, variant: "b"), [entry(1, "2026-03-10", 2)], supersedes: first.id)
        let third = try store.close(3, spec(march), [entry(1, "2026-03-10", 1)], supersedes: second.id)
        #expect(third.runKey == first.runKey && third.isEffective)
    }

    @Test("A stamp that names another superseded run than the ledger has is refused, and nothing is left")
    func supersessionChanged() throws {
        let first = try store.close(1, spec(march), [entry(1, "2026-03-10", 250)])
        let run = try store.accept(newRun(2, spec(march, variant: "b"))).run.id
        _ = try store.startAttempt(run: run, at: "t")
        #expect(throws: StoreError.supersessionChanged(run: run, expected: nil, actual: first.id)) {
            try store.finish(run: run, finished([entry(1, "2026-03-10", 1)]))
        }
        #expect(throws: StoreError.supersessionChanged(run: run, expected: runID(9), actual: first.id)) {
            try store.finish(run: run, finished([entry(1, "2026-03-10", 1)], supersedes: runID(9)))
        }
        #expect(try store.run(first.id)?.isEffective == true)
        #expect(try store.run(run)?.state == .running)
        #expect(try store.entries(run: run).isEmpty)
    }

    @Test("Unbalanced, empty and misnumbered entries are refused with the entry named")
    func invalidEntries() throws {
        let run = try store.accept(newRun(1, spec(march))).run.id
        _ = try store.startAttempt(run: run, at: "t")
        var unbalanced = entry(2, "2026-03-10", 100)
        unbalanced.lines[0].minorUnits = 101
        #expect(throws: StoreError.entryUnbalanced(run: run, number: 2, currency: gbp, difference: 1)) {
            try store.finish(run: run, finished([entry(1, "2026-03-10", 5), unbalanced]))
        }
        var mixed = entry(1, "2026-03-10", 100)
        mixed.lines[0].currency = Currency("EUR")!
        #expect(throws: StoreError.entryUnbalanced(run: run, number: 1, currency: Currency("EUR")!, difference: 100)) {
            try store.finish(run: run, finished([mixed]))
        }
        var empty = entry(1, "2026-03-10", 100)
        empty.lines = []
        for wrong in [empty, entry(2, "2026-03-10", 1), entry(1, "2026-03-10", 0), entry(1, "2026-03-10", .min + 1)] {
            if wrong.lines.first?.minorUnits == .min + 1 {
                var smallest = wrong
                smallest.lines[0].minorUnits = .min
                #expect(throws: StoreError.self) { try store.finish(run: run, finished([smallest])) }
            } else {
                #expect(throws: StoreError.self) { try store.finish(run: run, finished([wrong])) }
            }
        }
        #expect(try store.run(run)?.state == .running)
        #expect(try store.journal(entity: "alder-uk", period: nil, includeReversed: true).isEmpty)
        try store.finish(run: run, finished())
    }

    @Test("Sums beyond 64 bits are errors, never wrong numbers")
    func overflow() throws {
        let run = try store.accept(newRun(1, spec(march))).run.id
        _ = try store.startAttempt(run: run, at: "t")
        var huge = entry(1, "2026-03-10", .max)
        huge.lines.insert(huge.lines[0], at: 0)
        #expect(throws: StoreError.amountOverflow(place: "entry 1 of run \(run)")) {
            try store.finish(run: run, finished([huge]))
        }
        try store.finish(run: run, finished([entry(1, "2026-03-10", .max), entry(2, "2026-03-11", .max)]))
        #expect(throws: StoreError.amountOverflow(place: "the trial balance of alder-uk for 2026-03")) {
            try store.trialBalances(entity: "alder-uk", period: march)
        }
        #expect(throws: StoreError.amountOverflow(place: "the opening balances of alder-uk before 2026-04-01")) {
            try store.openingBalances(entity: "alder-uk", before: april.start)
        }
    }

    @Test("The closing balance is checked as well when opening and movement fit on their own")
    func closingOverflow() throws {
        let first = try store.close(1, spec(march), [entry(1, "2026-03-10", .max)])
        try store.close(2, spec(april, carried: carried(first)), [entry(1, "2026-04-10", 1)])
        #expect(throws: StoreError.amountOverflow(place: "the trial balance of alder-uk for 2026-04")) {
            try store.trialBalances(entity: "alder-uk", period: april)
        }
    }

    @Test("Later closes become stale when an earlier one is superseded, through the whole chain, until repeated in order")
    func stale() throws {
        let may = period("2026-05")
        let first = try store.close(1, spec(march), [entry(1, "2026-03-10", 1)])
        let second = try store.close(2, spec(april, carried: carried(first)), [entry(1, "2026-04-10", 1)])
        let third = try store.close(3, spec(may, carried: carried(second)), [entry(1, "2026-05-10", 1)])
        #expect(try store.staleRuns().isEmpty)
        #expect(try store.effectiveRuns(entity: "alder-uk", endingBefore: may.start).map(\.id) == [first.id, second.id])
        let again = try store.close(4, spec(march, variant: "b"), [entry(1, "2026-03-10", 2)], supersedes: first.id)
        #expect(try store.staleRuns().map(\.id) == [second.id, third.id])
        let april2 = try store.close(
            5, spec(april, carried: carried(again)), [entry(1, "2026-04-10", 1)], supersedes: second.id)
        #expect(try store.staleRuns().map(\.id) == [third.id])
        try store.close(6, spec(may, carried: carried(april2)), [entry(1, "2026-05-10", 1)], supersedes: third.id)
        #expect(try store.staleRuns().isEmpty)
    }

    @Test("A close is stale when an earlier period was posted to for the first time after it")
    func staleByLatePosting() throws {
        let later = try store.close(1, spec(april), [entry(1, "2026-04-10", 1)])
        try store.close(2, spec(march, entity: "other"), [entry(1, "2026-03-10", 1)])
        #expect(try store.staleRuns().isEmpty)
        try store.close(3, spec(march), [entry(1, "2026-03-10", 1)])
        #expect(try store.staleRuns().map(\.id) == [later.id])
    }

    @Test("A close is stale when the one it carried from is repeated with its key and comes to other balances")
    func staleByRepetition() throws {
        let first = try store.close(1, spec(march), [entry(1, "2026-03-10", 1)])
        let later = try store.close(2, spec(april, carried: carried(first)), [entry(1, "2026-04-10", 1)])
        let other = try store.close(3, spec(march, variant: "b"), [entry(1, "2026-03-10", 2)], supersedes: first.id)
        #expect(try store.staleRuns().map(\.id) == [later.id])
        // The first key again: the same balances, so nothing that carried them is wrong.
        let same = try store.close(4, spec(march), [entry(1, "2026-03-10", 1)], supersedes: other.id)
        #expect(same.runKey == first.runKey)
        #expect(try store.staleRuns().isEmpty)
        let again = try store.close(5, spec(march, variant: "b"), [entry(1, "2026-03-10", 2)], supersedes: same.id)
        // And with another answer of the data platform.
        try store.close(6, spec(march), [entry(1, "2026-03-10", 3)], supersedes: again.id)
        #expect(try store.staleRuns().map(\.id) == [later.id])
    }

    @Test("Currencies are kept apart")
    func currencies() throws {
        var euro = entry(2, "2026-03-10", 70)
        for index in euro.lines.indices { euro.lines[index].currency = Currency("EUR")! }
        try store.close(1, spec(march), [entry(1, "2026-03-10", 50), euro])
        let balances = try store.trialBalances(entity: "alder-uk", period: march)
        #expect(balances.map(\.currency.code) == ["EUR", "GBP"])
        #expect(balances.map { $0.lines.map(\.closing) } == [[70, -70], [50, -50]])
    }
}
