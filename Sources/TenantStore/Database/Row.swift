import CSQLite
import Model

/// The current row of a statement; valid only inside the closure that it is handed to.
struct Row {
    let pointer: OpaquePointer
    let sql: String

    func isNull(_ column: Int32) -> Bool { sqlite3_column_type(pointer, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(pointer, column) }
    func int(_ column: Int32) -> Int { Int(integer(column)) }
    func bool(_ column: Int32) -> Bool { integer(column) != 0 }

    func text(_ column: Int32) -> String {
        guard let start = sqlite3_column_text(pointer, column) else { return "" }
        let length = Int(sqlite3_column_bytes(pointer, column))
        return String(decoding: UnsafeBufferPointer(start: start, count: length), as: UTF8.self)
    }

    func blob(_ column: Int32) -> [UInt8] {
        guard let start = sqlite3_column_blob(pointer, column) else { return [] }
        return [UInt8](UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column))))
    }

    func optionalText(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }
    func optionalInt(_ column: Int32) -> Int? { isNull(column) ? nil : int(column) }

    /// A text column that must read as a value of the model; anything else is damage, and is named.
    func value<T>(_ column: Int32, _ make: (String) -> T?) throws -> T {
        let text = text(column)
        guard let value = make(text) else { throw damaged("not a \(T.self): \(text.prefix(80))") }
        return value
    }

    func optionalValue<T>(_ column: Int32, _ make: (String) -> T?) throws -> T? {
        isNull(column) ? nil : try value(column, make)
    }

    func digest(_ column: Int32) throws -> ContentDigest { try value(column) { ContentDigest(hex: $0) } }
    func optionalDigest(_ column: Int32) throws -> ContentDigest? { isNull(column) ? nil : try digest(column) }

    private func damaged(_ detail: String) -> StoreError {
        .damagedRow(query: sql, detail: detail)
    }
}
