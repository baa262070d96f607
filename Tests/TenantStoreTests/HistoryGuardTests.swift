import Model
import Testing

@testable import TenantStore

/// The file itself refuses to change history, whoever asks.
@Suite struct HistoryGuardTests {
    let folder: TemporaryFolder
    let store: StoreDatabase

    init() throws {
        folder = try TemporaryFolder()
        store = try StoreDatabase.create(atHome: folder.path)
        let first = try store.accept(newRun(1, spec(period("2026-03")))).run.id
        _ = try store.startAttempt(run: first, at: "t")
        try store.append(run: first, [event(1), event(2, completion: nil, response: nil)])
        try store.finish(
            run: first,
            finished(
                [entry(1, "2026-03-01", 5)],
                outputs: [Output(name: "o", sha256: digest("o"), size: 1, mediaType: "text/plain")]))
        let carried = RunSpec.CarriedRun(deployment: "nav", period: period("2026-03"), runKey: digest("x"))
        try store.close(
            2, spec(period("2026-03"), variant: "b", carried: [carried]), [entry(1, "2026-03-01", 6)],
            supersedes: first)
        try store.appendVerdict(run: first, envelope: [1], at: "t")
        try store.record(RevisionRecord(revision: revision(1), firstSeen: "t", outcome: .ready, changes: 0))
        try store.set("k", to: "v", at: "t")
    }

    static let tables = [
        "revisions", "settings", "attempts", "carried_from", "outputs", "run_records", "stamps", "verdicts",
        "journal_entries", "journal_lines", "events", "runs",
    ]

    /// A connection as another tool would open it: without our pragmas.
    private func stranger() throws -> Connection {
        try Connection(path: StoreDatabase.path(inHome: folder.path), mode: .readWrite)
    }

    private func dump(_ table: String) throws -> String {
        let columns = try columns(of: table).map { "quote(\($0))" }.joined(separator: "||','||")
        return try store.connection.rows("SELECT \(columns) FROM \(table) ORDER BY 1") { $0.text(0) }.joined()
    }

    private func columns(of table: String) throws -> [String] {
        try store.connection.rows("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) }
    }

    @Test("Rows of history can be neither changed, deleted nor replaced", arguments: tables)
    func fixed(table: String) throws {
        let before = try dump(table)
        #expect(!before.isEmpty, "the table has rows to protect")
        let stranger = try stranger()
        let columns = try columns(of: table)
        #expect(throws: StoreError.self) { try stranger.execute("DELETE FROM \(table)") }
        for column in columns where !(table == "runs" && column == "published") {
            #expect(throws: StoreError.self, "\(table).\(column)") {
                try stranger.execute("UPDATE \(table) SET \(column) = \(column)")
            }
            #expect(throws: StoreError.self, "\(table).\(column)") {
                try stranger.execute("UPDATE OR REPLACE \(table) SET \(column) = 'x'")
            }
        }
        let list = columns.joined(separator: ", ")
        #expect(throws: StoreError.self) {
            try stranger.execute("INSERT OR REPLACE INTO \(table) (\(list)) SELECT \(list) FROM \(table)")
        }
        #expect(try dump(table) == before)
    }

    @Test("Nothing can be added to a run that has ended")
    func ended() throws {
        let stranger = try stranger()
        let run = runID(1)
        for sql in [
            "INSERT INTO events SELECT run, 99, kind, request, request_sha256, NULL, NULL, actor, recorded_at, file, line FROM events LIMIT 1",
            "INSERT INTO outputs VALUES ('\(run)', 'more', 'x', 1, 't')",
            "INSERT INTO journal_entries (run, number, entity, date, description, opening) VALUES ('\(run)', 99, 'e', 'd', 'x', 0)",
            "INSERT INTO journal_lines VALUES (1, 99, '1000', 'GBP', 5, NULL)",
            "UPDATE runs SET published = 1; UPDATE runs SET published = 0",
        ] {
            #expect(throws: StoreError.self, "\(sql)") { try stranger.execute(sql) }
        }
    }

    @Test("A run whose entries do not balance cannot succeed, even for a hand on the database")
    func unbalanced() throws {
        let run = try store.accept(newRun(5, spec(period("2026-04")))).run.id
        _ = try store.startAttempt(run: run, at: "t")
        let stranger = try stranger()
        try stranger.execute(
            """
            INSERT INTO journal_entries (id, run, number, entity, date, description, opening)
                VALUES (900, '\(run)', 1, 'alder-uk', '2026-04-01', 'x', 0);
            INSERT INTO journal_lines VALUES (900, 1, '1000', 'GBP', 5, NULL);
            """)
        #expect(throws: StoreError.self) { try stranger.execute("UPDATE runs SET state = 'succeeded' WHERE id = '\(run)'") }
        // Lines of a run that never succeeds count nowhere.
        let balance = try store.trialBalances(entity: "alder-uk", period: period("2026-04")).first
        #expect(balance?.lines.map(\.account) == ["1200", "4000"])
    }

    @Test("A plan keeps its text, and a finished one does not change")
    func plans() throws {
        let id = try store.begin(plan: Plan(from: nil, to: revision(1), changes: []), at: "t")
        let stranger = try stranger()
        #expect(throws: StoreError.self) { try stranger.execute("UPDATE plans SET plan = '{}'") }
        #expect(throws: StoreError.self) { try stranger.execute("DELETE FROM plans") }
        try store.finish(plan: id, status: .applied, at: "t")
        #expect(throws: StoreError.self) { try stranger.execute("UPDATE plans SET status = 'open'") }
        #expect(throws: StoreError.self) { try stranger.execute("REPLACE INTO plans SELECT * FROM plans") }
    }
}
