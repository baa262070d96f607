import CSQLite
import Glibc

/// What SQLite asks while it prepares and runs a query: may it do this, and is there time left?
final class QueryGuardian {
    /// Why a query was refused, in words; SQLite itself only says "not authorized".
    private(set) var refusal: String?
    /// Whether the query calls a date function.
    private(set) var usesDates = false
    private let deadline: Double
    /// Whether tables may be made and filled: of a file that nobody else has.
    private let building: Bool

    init(seconds: Int, building: Bool = false) {
        deadline = QueryGuardian.now() + Double(seconds)
        self.building = building
    }

    /// Functions that answer differently another time or on another host, or reach beyond the file.
    private static let refusedFunctions: Set<String> = [
        "random", "randomblob", "current_date", "current_time", "current_timestamp", "changes", "total_changes",
        "last_insert_rowid", "sqlite_version", "sqlite_source_id", "sqlite_offset", "sqlite_log",
        "sqlite_compileoption_get", "sqlite_compileoption_used", "load_extension", "fts3_tokenizer", "readfile",
        "writefile", "edit",
    ]
    private static let dateFunctions: Set<String> = [
        "date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff",
    ]

    /// Asks this object from now on; the caller keeps it alive as long as the connection works.
    func watch(_ handle: OpaquePointer) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_set_authorizer(
            handle,
            { context, action, first, second, _, _ in
                guard let context else { return SQLITE_DENY }
                let guardian = Unmanaged<QueryGuardian>.fromOpaque(context).takeUnretainedValue()
                return guardian.allows(action, first, second) ? SQLITE_OK : SQLITE_DENY
            }, context)
        // Every 10,000 steps of SQLite's machine: well under a millisecond.
        sqlite3_progress_handler(
            handle, 10_000,
            { context in
                guard let context else { return 1 }
                let guardian = Unmanaged<QueryGuardian>.fromOpaque(context).takeUnretainedValue()
                return QueryGuardian.now() > guardian.deadline ? 1 : 0
            }, context)
    }

    /// A list of what is allowed: whatever a later SQLite adds is refused until it is known.
    private func allows(_ action: Int32, _ first: UnsafePointer<CChar>?, _ second: UnsafePointer<CChar>?) -> Bool {
        switch action {
        case SQLITE_SELECT, SQLITE_READ, SQLITE_RECURSIVE: return true
        case SQLITE_CREATE_TABLE, SQLITE_CREATE_INDEX, SQLITE_CREATE_VIEW, SQLITE_REINDEX, SQLITE_DROP_TABLE, SQLITE_DROP_INDEX,
            SQLITE_DROP_VIEW, SQLITE_INSERT, SQLITE_UPDATE, SQLITE_DELETE, SQLITE_TRANSACTION, SQLITE_SAVEPOINT:
            if building { return true }
            refusal = "only reading is possible"
        case SQLITE_FUNCTION:
            let name = second.map { String(cString: $0).lowercased() } ?? ""
            if QueryGuardian.dateFunctions.contains(name) { usesDates = true }
            if !QueryGuardian.refusedFunctions.contains(name) { return true }
            refusal = "\(name) is not available: its answer does not depend on the data alone"
        case SQLITE_PRAGMA:
            refusal = "PRAGMA \(first.map { String(cString: $0) } ?? "") is not available"
        case SQLITE_ATTACH, SQLITE_DETACH:
            refusal = "other database files cannot be attached"
        default:
            refusal = building ? "a script only makes and fills tables, indexes and views" : "only reading is possible"
        }
        return false
    }

    private static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
