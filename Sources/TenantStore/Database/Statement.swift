import CSQLite

/// A value bound to a `?` or read from a column.
enum SQLValue {
    case null
    case integer(Int64)
    case text(String)
    case blob([UInt8])

    static func int(_ value: Int) -> SQLValue { .integer(Int64(value)) }
    static func bool(_ value: Bool) -> SQLValue { .integer(value ? 1 : 0) }
    static func optional(_ value: String?) -> SQLValue { value.map(SQLValue.text) ?? .null }
    static func optional(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
}

/// A prepared statement: owns its pointer, throws in `init`, finalises in `deinit`.
final class Statement {
    private let pointer: OpaquePointer
    private let handle: OpaquePointer
    let sql: String
    /// While its rows are being read it must not be handed out again.
    private(set) var isBusy = false

    init(handle: OpaquePointer, sql: String) throws {
        var made: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard code == SQLITE_OK, let made else {
            throw StoreError.database(code: code, detail: String(cString: sqlite3_errmsg(handle)), sql: sql)
        }
        pointer = made
        self.handle = handle
        self.sql = sql
    }

    deinit { sqlite3_finalize(pointer) }

    func run(_ values: [SQLValue]) throws {
        try begin(values)
        defer { end() }
        while try step() {}
    }

    func rows<T>(_ values: [SQLValue], read: (Row) throws -> T) throws -> [T] {
        try begin(values)
        defer { end() }
        var result: [T] = []
        while try step() { result.append(try read(Row(pointer: pointer, sql: sql))) }
        return result
    }

    func firstRow<T>(_ values: [SQLValue], read: (Row) throws -> T) throws -> T? {
        try begin(values)
        defer { end() }
        return try step() ? try read(Row(pointer: pointer, sql: sql)) : nil
    }

    private func begin(_ values: [SQLValue]) throws {
        precondition(!isBusy, "a statement is used twice at once")
        isBusy = true
        do {
            precondition(Int(sqlite3_bind_parameter_count(pointer)) == values.count, "values do not fit: \(sql)")
            for (index, value) in values.enumerated() { try bind(value, at: Int32(index + 1)) }
        } catch {
            end()
            throw error
        }
    }

    private func end() {
        // The code of a reset repeats the error of the step, which has been thrown already.
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
        isBusy = false
    }

    private func step() throws -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw failure(code)
        }
    }

    private func bind(_ value: SQLValue, at index: Int32) throws {
        let code =
            switch value {
            case .null: sqlite3_bind_null(pointer, index)
            case .integer(let number): sqlite3_bind_int64(pointer, index, number)
            case .text(let text): bind(text: text, at: index)
            case .blob(let bytes):
                bytes.withUnsafeBytes {
                    sqlite3_bind_blob64(pointer, index, $0.baseAddress ?? emptyBlob, UInt64($0.count), transient)
                }
            }
        guard code == SQLITE_OK else { throw failure(code) }
    }

    private func bind(text: String, at index: Int32) -> Int32 {
        var text = text
        // By length, so that a text with a NUL in it is kept whole.
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text64(
                    pointer, index, $0.baseAddress ?? emptyText, UInt64($0.count), transient, UInt8(SQLITE_UTF8))
            }
        }
    }

    private func failure(_ code: Int32) -> StoreError {
        .database(code: code, detail: String(cString: sqlite3_errmsg(handle)), sql: sql)
    }
}

/// SQLite copies the bytes before the call returns (`SQLITE_TRANSIENT`, a macro that Swift does not import).
private var transient: sqlite3_destructor_type { unsafeBitCast(-1, to: sqlite3_destructor_type.self) }
/// A null pointer would bind NULL: an empty value needs an address, which is never read.
private var emptyText: UnsafePointer<CChar>? { UnsafePointer(bitPattern: 1) }
private var emptyBlob: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 1) }
