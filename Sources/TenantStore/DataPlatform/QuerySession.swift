import CSQLite
import Glibc
import Model

/// One query on a connection of its own, guarded by an authoriser and a deadline.
final class QuerySession {
    private let handle: OpaquePointer
    private let limits: QueryLimits
    private let guardian: QueryGuardian

    init(path: String, limits: QueryLimits) throws {
        var opened: OpaquePointer?
        let code = sqlite3_open_v2(
            path, &opened, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard code == SQLITE_OK, let opened else {
            let detail = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close_v2(opened)
            throw StoreError.queryFailed(detail: "the data platform cannot be opened: \(detail)")
        }
        handle = opened
        self.limits = limits
        guardian = QueryGuardian(seconds: limits.seconds)
        sqlite3_busy_timeout(handle, Int32(clamping: limits.seconds * 1000))
        sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0)
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(clamping: max(limits.bytes, 1 << 16)))
        sqlite3_exec(handle, "PRAGMA query_only = ON; PRAGMA trusted_schema = OFF", nil, nil, nil)
        guardian.watch(handle)
    }

    deinit { sqlite3_close_v2(handle) }

    func answer(_ sql: String, _ parameters: [JSONValue]) throws -> JSONValue {
        // The guardian is reached through a raw pointer while SQLite works.
        try withExtendedLifetime(guardian) {
            let statement = try prepare(sql)
            defer { sqlite3_finalize(statement) }
            try refuseTimeOfDay(sql, parameters)
            try bind(parameters, to: statement)
            return try read(statement)
        }
    }

    private func prepare(_ sql: String) throws -> OpaquePointer {
        try sql.withCString { start in
            var statement: OpaquePointer?
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(handle, start, -1, 0, &statement, &tail)
            guard code == SQLITE_OK else { throw failure(code) }
            guard let statement else { throw StoreError.queryRefused(detail: "there is no statement in it") }
            guard sqlite3_stmt_readonly(statement) != 0, sqlite3_stmt_isexplain(statement) == 0,
                sqlite3_column_count(statement) > 0
            else {
                sqlite3_finalize(statement)
                throw StoreError.queryRefused(detail: "it is not a SELECT")
            }
            // Blanks, comments and semicolons may follow; anything else is a second statement.
            while let rest = tail, rest.pointee != 0 {
                var second: OpaquePointer?
                let code = sqlite3_prepare_v3(handle, rest, -1, 0, &second, &tail)
                if code == SQLITE_OK, second == nil { continue }
                sqlite3_finalize(second)
                sqlite3_finalize(statement)
                throw StoreError.queryRefused(detail: "it holds more than one statement")
            }
            return statement
        }
    }

    /// The authoriser sees that a date function is called, not with what.
    private func refuseTimeOfDay(_ sql: String, _ parameters: [JSONValue]) throws {
        guard guardian.usesDates else { return }
        let text = sql.lowercased()
        for word in ["now", "localtime"]
        where text.contains("'\(word)'") || parameters.contains(where: { $0.string?.lowercased() == word }) {
            throw StoreError.queryRefused(detail: "'\(word)' gives another answer next time")
        }
    }

    private func bind(_ parameters: [JSONValue], to statement: OpaquePointer) throws {
        let wanted = Int(sqlite3_bind_parameter_count(statement))
        guard wanted == parameters.count else {
            throw StoreError.queryFailed(detail: "it has \(wanted) placeholders and \(parameters.count) values came")
        }
        for (offset, parameter) in parameters.enumerated() {
            let index = Int32(offset + 1)
            let code: Int32
            switch parameter {
            case .null: code = sqlite3_bind_null(statement, index)
            case .bool(let value): code = sqlite3_bind_int64(statement, index, value ? 1 : 0)
            case .integer(let value): code = sqlite3_bind_int64(statement, index, value)
            case .string(let value):
                code = sqlite3_bind_text64(
                    statement, index, value, UInt64(value.utf8.count),
                    unsafeBitCast(-1, to: sqlite3_destructor_type.self), UInt8(SQLITE_UTF8))
            case .number, .array, .object:
                throw StoreError.queryFailed(detail: "value \(index) is neither null, boolean, integer nor string")
            }
            guard code == SQLITE_OK else { throw failure(code) }
        }
    }

    private func read(_ statement: OpaquePointer) throws -> JSONValue {
        let columns = (0..<sqlite3_column_count(statement)).map { column in
            sqlite3_column_name(statement, column).map { String(cString: $0) } ?? ""
        }
        var size = columns.reduce(0) { $0 + $1.utf8.count }
        var rows: [JSONValue] = []
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_DONE: return ["columns": .array(columns.map(JSONValue.string)), "rows": .array(rows)]
            case SQLITE_ROW: break
            case let code: throw failure(code)
            }
            guard rows.count < limits.rows else {
                throw StoreError.queryLimit(detail: "it has more than \(limits.rows) rows")
            }
            var row: [JSONValue] = []
            row.reserveCapacity(columns.count)
            for column in columns.indices {
                row.append(
                    try QueryValue.read(statement, Int32(column), place: "row \(rows.count + 1), \(columns[column])"))
                size += 8 + Int(sqlite3_column_bytes(statement, Int32(column)))
            }
            guard size <= limits.bytes else {
                throw StoreError.queryLimit(detail: "its answer is larger than \(limits.bytes) bytes")
            }
            rows.append(.array(row))
        }
    }

    private func failure(_ code: Int32) -> StoreError {
        // SQLite has several codes for what its authoriser refused.
        if let refusal = guardian.refusal { return .queryRefused(detail: refusal) }
        switch code & 0xff {
        case SQLITE_INTERRUPT:
            return .queryLimit(detail: "it took longer than \(limits.seconds) seconds")
        case SQLITE_TOOBIG:
            return .queryLimit(detail: "a value is larger than \(limits.bytes) bytes")
        case SQLITE_NOTADB:
            return .queryFailed(detail: "the data platform is not a SQLite file")
        default:
            let offset = sqlite3_error_offset(handle)
            let place = offset >= 0 ? " (at byte \(offset + 1))" : ""
            return .queryFailed(detail: String(cString: sqlite3_errmsg(handle)) + place)
        }
    }
}
