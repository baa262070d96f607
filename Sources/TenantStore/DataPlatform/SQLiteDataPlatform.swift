import Glibc
import Model

/// How much one query may read and how long it may take.
public struct QueryLimits: Hashable, Sendable {
    public var rows: Int
    /// Bytes of all names and values together.
    public var bytes: Int
    public var seconds: Int

    public init(rows: Int = 1_000_000, bytes: Int = 64 << 20, seconds: Int = 60) {
        self.rows = rows
        self.bytes = bytes
        self.seconds = seconds
    }
}

/// The tenant's data platform as a SQLite file that runbooks query and nobody here writes.
///
/// One statement, reading only: `SELECT` or `WITH … SELECT`. Attaching other files, pragmas and loading code are
/// refused, and so is what would answer differently next time: `random`, `randomblob`, `current_date` and its like, and the time
/// values `now` and `localtime`. The order of rows without `ORDER BY`, and date functions without any argument, are the
/// author's to avoid; a run's history holds the answer as it was in any case.
public struct SQLiteDataPlatform: Sendable {
    public let path: String
    public let limits: QueryLimits

    public init(path: String, limits: QueryLimits = QueryLimits()) {
        self.path = path
        self.limits = limits
    }

    /// Answers `{"columns": [name], "rows": [[value]]}` in the form of the guest protocol ("Values of a query").
    ///
    /// Blocks until it has answered. Every query opens the file anew, so the value can be used from any thread.
    public func query(_ sql: String, parameters: [JSONValue]) throws -> JSONValue {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError.dataPlatformMissing(path: path)
        }
        return try QuerySession(path: path, limits: limits).answer(sql, parameters)
    }
}
