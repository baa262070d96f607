import CSQLite
import Digests
import Model

/// One value of a query's answer, in a form that keeps it exactly (see `docs/guest-protocol.md`).
enum QueryValue {
    static func read(_ statement: OpaquePointer, _ column: Int32, place: String) throws -> JSONValue {
        switch sqlite3_column_type(statement, column) {
        case SQLITE_INTEGER:
            let value = sqlite3_column_int64(statement, column)
            // Beyond that a JSON reader may round.
            let exact = value.magnitude <= CanonicalJSON.largestInteger.magnitude
            return exact ? .integer(value) : ["integer": .string(String(value))]
        case SQLITE_FLOAT:
            let value = sqlite3_column_double(statement, column)
            guard value.isFinite else { throw StoreError.queryFailed(detail: "\(place) is not a finite number") }
            return ["real": .string(value.description)]
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(statement, column) else { return "" }
            let length = Int(sqlite3_column_bytes(statement, column))
            guard let text = String(validating: UnsafeBufferPointer(start: start, count: length), as: UTF8.self) else {
                throw StoreError.queryFailed(detail: "\(place) is not valid UTF-8")
            }
            return .string(text)
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(statement, column) else { return ["blob": ""] }
            let length = Int(sqlite3_column_bytes(statement, column))
            return ["blob": .string(base64(UnsafeRawBufferPointer(start: start, count: length)))]
        default:
            return .null
        }
    }

    /// RFC 4648, with padding.
    static func base64(_ bytes: UnsafeRawBufferPointer) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let count = min(3, bytes.count - start)
            var group = UInt32(0)
            for offset in 0..<3 { group = group << 8 | (offset < count ? UInt32(bytes[start + offset]) : 0) }
            for digit in 0..<4 {
                let value = Int(group >> (18 - 6 * UInt32(digit)) & 63)
                text.append(digit <= count ? alphabet[value] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
