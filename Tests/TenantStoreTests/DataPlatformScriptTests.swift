import Foundation
import Model
import Testing

@testable import TenantStore

@Suite("The data platform of a scenario")
struct DataPlatformScriptTests {
    /// Runs a script into a file of its own and gives the answer to a query.
    private func answer(_ script: String, _ sql: String = "SELECT * FROM t ORDER BY 1") throws -> JSONValue? {
        let folder = FileManager.default.temporaryDirectory.appending(path: "script-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let path = folder.path + "/platform.db"
        try DataPlatformScript.run(Array(script.utf8), into: path)
        return try SQLiteDataPlatform(path: path).query(sql, parameters: [])["rows"]
    }

    @Test("a script makes and fills tables, indexes and views, and queries see them")
    func builds() throws {
        let rows = try answer(
            """
            -- a comment
            CREATE TABLE u (a TEXT PRIMARY KEY, b INTEGER CHECK (b > 0)) WITHOUT ROWID;
            BEGIN; INSERT INTO u VALUES ('x', 1), ('y', 2); UPDATE u SET b = b * 10; DELETE FROM u WHERE a = 'y'; COMMIT;
            CREATE INDEX i ON u (b); CREATE VIEW t AS SELECT upper(a) AS a, b FROM u;
            ;; -- nothing more
            """)
        #expect(rows == [["X", 10]])
        #expect(try answer("CREATE TABLE t (a);") == [])
    }

    @Test(
        "what reaches beyond its own file, or changes from day to day, is refused with its line",
        arguments: [
            ("CREATE TABLE t (a);\nATTACH '/tmp/other.db' AS o;", 2, "attached"), ("PRAGMA journal_mode = WAL;", 1, "PRAGMA"),
            ("CREATE TABLE t (a);\n\nINSERT INTO t VALUES (random());", 3, "random"), ("VACUUM INTO '/tmp/copy.db';", 1, "attached"),
            ("SELECT load_extension('/tmp/x.so');", 1, "load_extension"), ("CREATE VIRTUAL TABLE t USING fts5(a);", 1, "tables, indexes and views"),
            ("CREATE TABLE t (a); CREATE TRIGGER r AFTER INSERT ON t BEGIN DELETE FROM t; END;", 1, "tables, indexes and views"),
            ("CREATE TABLE t (a);\nINSERT INTO missing VALUES (1);", 2, "no such table"), ("CREATE TABEL t (a);", 1, "syntax"),
            ("CREATE TABLE t (a CHECK (a > 1));\nINSERT INTO t VALUES (1);", 2, "constraint"), ("SELECT 1;\u{0}", 1, "NUL"),
            ("CREATE TABLE t (a);\nSELECT writefile('/tmp/x', 'y');", 2, "writefile"),
        ])
    func refused(script: String, line: Int, words: String) throws {
        let failure = #expect(throws: DataPlatformScript.Failure.self) { try answer(script) }
        #expect(failure?.line == line && failure?.message.contains(words) == true, "\(String(describing: failure))")
    }

    @Test("a script that never ends, or fills the disk, is stopped")
    func bounded() throws {
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n;"
        let path = FileManager.default.temporaryDirectory.path + "/script-\(UUID().uuidString).db"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let slow = #expect(throws: DataPlatformScript.Failure.self) { try DataPlatformScript.run(Array(endless.utf8), into: path, seconds: 1) }
        #expect(slow?.message.contains("longer than 1 s") == true)
        let large = "CREATE TABLE t (a); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 100) INSERT INTO t SELECT zeroblob(1000000) FROM n;"
        let full = #expect(throws: DataPlatformScript.Failure.self) { try DataPlatformScript.run(Array(large.utf8), into: path) }
        #expect(full?.message.contains("full") == true, "\(String(describing: full))")
    }
}
