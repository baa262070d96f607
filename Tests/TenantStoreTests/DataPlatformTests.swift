import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct DataPlatformTests {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/platform.sqlite"
        try Connection(path: path, mode: .create).execute(
            """
            CREATE TABLE rates (name TEXT, rate TEXT, days INTEGER, share REAL, note BLOB);
            INSERT INTO rates VALUES ('base', '5.25', 365, 0.1, x'00ff10'), ('margin', NULL, 9007199254740993, 1.5e300, x'');
            CREATE VIEW changing AS SELECT random() AS n;
            """)
    }

    private func query(_ sql: String, _ parameters: [JSONValue] = [], limits: QueryLimits = QueryLimits()) throws -> JSONValue {
        try SQLiteDataPlatform(path: path, limits: limits).query(sql, parameters: parameters)
    }

    @Test("Values keep their exact form")
    func values() throws {
        #expect(
            try query("SELECT * FROM rates ORDER BY name") == [
                "columns": ["name", "rate", "days", "share", "note"],
                "rows": [
                    ["base", "5.25", 365, ["real": "0.1"], ["blob": "AP8Q"]],
                    ["margin", nil, ["integer": "9007199254740993"], ["real": "1.5e+300"], ["blob": ""]],
                ],
            ])
        #expect(try query("SELECT -9223372036854775808 AS a")["rows"] == [[["integer": "-9223372036854775808"]]])
        #expect(try query("SELECT name FROM rates WHERE FALSE")["rows"] == [])
        #expect(try query("SELECT x'0102' AS a, x'01' AS b")["rows"] == [[["blob": "AQI="], ["blob": "AQ=="]]])
    }

    @Test("Parameters of every kind are bound, and their number is checked")
    func parameters() throws {
        let answer = try query("SELECT ?, ?, ?, ?, ?", [nil, true, 42, "it's; DROP", "a\0b"])
        #expect(answer["rows"] == [[nil, 1, 42, "it's; DROP", "a\0b"]])
        #expect(throws: StoreError.queryFailed(detail: "it has 1 placeholders and 0 values came")) {
            try query("SELECT ?")
        }
        #expect(throws: StoreError.queryFailed(detail: "value 1 is neither null, boolean, integer nor string")) {
            try query("SELECT ?", [.number(0.1)])
        }
    }

    @Test(
        "Whatever does more than read is refused",
        arguments: [
            "INSERT INTO rates VALUES ('x', 'y', 1, 1, NULL)", "DELETE FROM rates", "DROP TABLE rates",
            "UPDATE rates SET name = 'x' RETURNING name", "ATTACH '/etc/passwd' AS other", "PRAGMA writable_schema = ON",
            "PRAGMA table_info(rates)", "SELECT load_extension('x')", "BEGIN", "VACUUM INTO '/nonexistent/x'",
            "SELECT 1; SELECT 2", "SELECT 1; DELETE FROM rates", "EXPLAIN SELECT 1", "", "-- nothing", ";",
            "CREATE TEMP TABLE t (a)", "WITH x AS (SELECT 1) DELETE FROM rates", "SELECT * FROM pragma_database_list",
        ])
    func readingOnly(sql: String) throws {
        #expect {
            try query(sql)
        } throws: { error in
            if case StoreError.queryRefused? = error as? StoreError { return true }
            return false
        }
        #expect(try query("SELECT count(*) FROM rates")["rows"] == [[2]])
    }

    @Test(
        "What would answer differently next time is refused",
        arguments: [
            "SELECT random()", "SELECT randomblob(4)", "SELECT CURRENT_TIMESTAMP", "SELECT current_date",
            "SELECT CURRENT_TIME", "SELECT n FROM changing", "SELECT date('now')", "SELECT strftime('%s', 'NOW')",
            "SELECT datetime('2026-01-01', 'localtime')", "SELECT * FROM rates ORDER BY random()",
        ])
    func deterministic(sql: String) throws {
        #expect {
            try query(sql)
        } throws: { error in
            if case StoreError.queryRefused? = error as? StoreError { return true }
            return false
        }
    }

    @Test("Dates that depend on the data alone, and trailing blanks and comments, are fine")
    func allowed() throws {
        #expect(try query("SELECT date('2026-01-31', '+1 day') ; -- done\n ;")["rows"] == [["2026-02-01"]])
        #expect(try query("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) SELECT sum(i) FROM n")["rows"] == [[6]])
        #expect(throws: StoreError.self) { try query("SELECT date(?)", ["now"]) }
        #expect(try query("SELECT 'now'")["rows"] == [["now"]])
    }

    @Test("Rows, bytes and time are bounded")
    func limits() throws {
        let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT"
        #expect(throws: StoreError.queryLimit(detail: "it has more than 10 rows")) {
            try query("\(endless) i FROM n", limits: QueryLimits(rows: 10))
        }
        #expect(throws: StoreError.queryLimit(detail: "its answer is larger than 100000 bytes")) {
            try query("\(endless) printf('%.1000c', 'x') FROM n", limits: QueryLimits(bytes: 100_000))
        }
        #expect(throws: StoreError.queryLimit(detail: "a value is larger than 100000 bytes")) {
            try query("SELECT zeroblob(200000)", limits: QueryLimits(bytes: 100_000))
        }
        #expect(throws: StoreError.queryLimit(detail: "it took longer than 0 seconds")) {
            try query("\(endless) sum(i) FROM n", limits: QueryLimits(seconds: 0))
        }
    }

    @Test("Missing files, missing tables, bad syntax and bad text say what is wrong")
    func clearErrors() throws {
        let absent = folder.path + "/absent"
        #expect(throws: StoreError.dataPlatformMissing(path: absent)) {
            try SQLiteDataPlatform(path: absent).query("SELECT 1", parameters: [])
        }
        #expect(throws: StoreError.queryFailed(detail: "no such table: rate")) {
            try query("SELECT * FROM rate")
        }
        #expect(throws: StoreError.queryFailed(detail: "near \"FORM\": syntax error (at byte 10)")) {
            try query("SELECT * FORM rates")
        }
        #expect(throws: StoreError.queryFailed(detail: "row 1, a is not valid UTF-8")) {
            try query("SELECT CAST(x'ff' AS TEXT) AS a")
        }
        #expect(throws: StoreError.queryFailed(detail: "row 1, a is not a finite number")) { try query("SELECT 9e999 AS a") }
        let text = folder.path + "/text"
        try Data(String(repeating: "not a database ", count: 100).utf8).write(to: URL(filePath: text))
        #expect(throws: StoreError.queryFailed(detail: "the data platform is not a SQLite file")) {
            try SQLiteDataPlatform(path: text).query("SELECT * FROM t", parameters: [])
        }
    }
}
