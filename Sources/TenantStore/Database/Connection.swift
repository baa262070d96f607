import CSQLite
import Glibc

/// One connection to a SQLite file, with its prepared statements.
///
/// Confined: whoever made it uses it from one thread at a time (an actor on its own queue, or the thread of one run).
/// It is therefore not Sendable, and SQLite's own mutexes are off.
final class Connection {
    enum Mode { case create, readWrite, readOnly }

    let path: String
    let isReadOnly: Bool
    private let handle: OpaquePointer
    private var statements: [String: Statement] = [:]

    init(path: String, mode: Mode) throws {
        self.path = path
        isReadOnly = mode == .readOnly
        let flags =
            switch mode {
            case .create: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .readWrite: SQLITE_OPEN_READWRITE
            case .readOnly: SQLITE_OPEN_READONLY
            }
        var opened: OpaquePointer?
        let name = mode == .readOnly ? Self.readOnlyName(path) : path
        let options = flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI
        let code = sqlite3_open_v2(name, &opened, options, nil)
        guard code == SQLITE_OK, let opened else {
            let detail = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StoreError.database(code: code, detail: detail, sql: "open \(path)")
        }
        handle = opened
        sqlite3_busy_timeout(handle, 10_000)
    }

    /// A store on a file system that is mounted for reading only has no writer, and SQLite must not try to make the files
    /// beside it that let several processes share a store. A copy with such a file unmerged cannot be read so. Where merely
    /// this user may not write, another may be writing: then SQLite's own locks decide.
    private static func readOnlyName(_ path: String) -> String {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        var wal = stat()
        let unmerged = stat(path + "-wal", &wal) == 0 && wal.st_size > 0
        guard access(folder, W_OK) != 0, errno == EROFS, !unmerged else { return path }
        let escaped = path.utf8.map { byte -> String in
            let plain = (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
            return plain || byte == 0x2f ? String(UnicodeScalar(byte)) : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "file:" + escaped.joined() + "?immutable=1"
    }

    deinit {
        statements.removeAll()
        // Waits for statements that still live elsewhere, so the order of release does not matter.
        sqlite3_close_v2(handle)
    }

    /// Runs SQL of our own that has no values and no rows; several statements are allowed.
    func execute(_ sql: String) throws {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw failure(code, sql) }
    }

    /// A prepared statement, kept for the next use of the same SQL.
    func statement(_ sql: String) throws -> Statement {
        if let kept = statements[sql], !kept.isBusy { return kept }
        let made = try Statement(handle: handle, sql: sql)
        statements[sql] = made
        return made
    }

    /// Runs one statement for its effect; returns the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: SQLValue...) throws -> Int {
        try statement(sql).run(values)
        return Int(sqlite3_changes64(handle))
    }

    /// All rows of a query, each turned into a value at once.
    func rows<T>(_ sql: String, _ values: SQLValue..., read: (Row) throws -> T) throws -> [T] {
        try statement(sql).rows(values, read: read)
    }

    /// The first row of a query, if there is one.
    func row<T>(_ sql: String, _ values: SQLValue..., read: (Row) throws -> T) throws -> T? {
        try statement(sql).firstRow(values, read: read)
    }

    var lastInsertedRow: Int64 { sqlite3_last_insert_rowid(handle) }

    /// Everything in `body` happens, or nothing of it.
    ///
    /// `IMMEDIATE`, because a transaction that reads first and writes later cannot wait for another writer:
    /// SQLite refuses it at once when its snapshot is no longer the newest. Inside another transaction it is a part of it.
    func transaction<T>(_ body: () throws -> T) throws -> T {
        guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
        try execute("BEGIN IMMEDIATE")
        do {
            let result = try body()
            try execute("COMMIT")
            return result
        } catch {
            // Some errors (disk full, I/O) have rolled back already; then there is nothing to undo.
            if sqlite3_get_autocommit(handle) == 0 { try? execute("ROLLBACK") }
            throw error
        }
    }

    /// Several reads of one unchanging state; inside a transaction they have that already.
    func snapshotUnlessInTransaction<T>(_ body: () throws -> T) throws -> T {
        guard sqlite3_get_autocommit(handle) != 0 else { return try body() }
        try execute("BEGIN DEFERRED")
        defer { try? execute("ROLLBACK") }
        return try body()
    }

    private func failure(_ code: Int32, _ sql: String) -> StoreError {
        .database(code: code, detail: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }
}
