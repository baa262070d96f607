import Digests
import Model
import TenantStore

/// Compares what a run posted, and what it took back, with its stamped history and the run it superseded.
struct LedgerVerifier {
    let context: HomeContext
    let stamp: StampReader
    let run: RunRow

    func check() async -> Verification.Check {
        do {
            let posted = try await context.store.entries(run: run.id)
            let own = posted.filter { $0.reverses == nil }.sorted { $0.entry.number < $1.entry.number }
            let reversals = posted.filter { $0.reverses != nil }.sorted { $0.entry.number < $1.entry.number }
            if let stranger = posted.first(where: { $0.entity != run.entity }) {
                return failed("entry \(stranger.entry.number) is posted to \(stranger.entity)")
            }
            if let problem = try compare(own) { return failed(problem) }
            if let problem = try await compare(reversals, after: own.count) { return failed(problem) }
            return .init("ledger", true, "\(own.count) entries as posted, \(reversals.count) reversals")
        } catch {
            return failed((error as? any AssayError)?.message ?? "\(error)")
        }
    }

    private func failed(_ why: String) -> Verification.Check { .init("ledger", false, why) }

    /// Every entry is what the stamped history says was posted, in every line. A failed run posts nothing.
    private func compare(_ entries: [PostedEntry]) throws -> String? {
        let (_, events) = try HistoryDocument.decode(try context.objects.get(try stamp.sha256("history")))
        let posts = stamp.failed ? [] : events.filter { $0.kind == "journal.post" }
        guard posts.count == entries.count else {
            return "\(entries.count) entries are posted, the history holds \(posts.count)"
        }
        for (index, (post, posted)) in zip(posts, entries).enumerated() {
            let told = try CanonicalJSON.parse(Array(post.request.utf8))
            guard posted.entry.number == index + 1, posted.entry.file == post.file, posted.entry.line == post.line,
                Self.same(told, posted.entry)
            else { return "entry \(posted.entry.number) is not what event \(post.sequence) posted" }
        }
        return nil
    }

    /// What was taken back is exactly what the superseded run had posted: the journal shows both for ever.
    private func compare(_ reversals: [PostedEntry], after count: Int) async throws -> String? {
        var expected: [PostedEntry] = []
        if let earlier = stamp.supersedes {
            expected = try await context.store.entries(run: earlier).filter { $0.reverses == nil }
        }
        guard reversals.count == expected.count else {
            return "\(reversals.count) entries are reversed, the superseded run had posted \(expected.count)"
        }
        for (index, (reversal, original)) in zip(reversals, expected).enumerated() {
            var wanted = original.entry
            wanted.number = count + 1 + index
            wanted.description = "Reversal of \(original.entry.description)"
            for line in wanted.lines.indices { wanted.lines[line].minorUnits.negate() }
            let reference = EntryReference(run: original.run, number: original.entry.number)
            guard reversal.entry == wanted, reversal.reverses == reference else {
                return "entry \(reversal.entry.number) does not take back entry \(original.entry.number) of run \(original.run)"
            }
        }
        return nil
    }

    /// Whether a told `journal.post` is the entry that the ledger holds.
    private static func same(_ told: JSONValue, _ entry: JournalEntry) -> Bool {
        guard told["date"]?.string == entry.date.description, told["description"]?.string == entry.description,
            (told["opening"]?.bool ?? false) == entry.opening, let lines = told["lines"]?.array,
            lines.count == entry.lines.count
        else { return false }
        return zip(lines, entry.lines).allSatisfy { told, line in
            guard let text = told["amount"]?.string, let amount = Amount(text, currency: line.currency) else { return false }
            let signed = told["side"]?.string == "credit" ? -amount.minorUnits : amount.minorUnits
            return told["account"]?.string == line.account && told["currency"]?.string == line.currency.code
                && signed == line.minorUnits && told["memo"]?.string == line.memo
        }
    }
}
