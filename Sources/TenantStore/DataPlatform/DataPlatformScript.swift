import CSQLite
import Glibc
import Model

/// Makes a SQLite file from a script: the data platform of a scenario.
///
/// The script comes out of a repository, so it is as little trusted as a query: it makes and fills tables, indexes and
/// views of that one file. Attaching others, pragmas, triggers, modules and what changes from day to day are refused.
public enum DataPlatformScript {
    /// Where and why a script ends.
    public struct Failure: Error, Hashable, Sendable {
        /// One-based.
        public var line: Int
        public var message: String
    }

    /// Pages of 4 KiB: 64 MiB.
    private static let pages = 16_384

    /// - Parameter path: a file that does not exist yet.
    /// - Throws: `Failure` for the script, `StoreError` for the file.
    public static func run(_ script: [UInt8], into path: String, seconds: Int = 10) throws {
        if let nul = script.firstIndex(of: 0) { throw Failure(line: line(of: nul, in: script), message: "it holds a NUL") }
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        defer { sqlite3_close_v2(opened) }
        guard code == SQLITE_OK, let opened else {
            throw StoreError.database(code: code, detail: opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory", sql: "open \(path)")
        }
        // Lost with the host: it is made anew each time.
        sqlite3_exec(opened, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY", nil, nil, nil)
        sqlite3_exec(opened, "PRAGMA max_page_count = \(pages); PRAGMA trusted_schema = OFF", nil, nil, nil)
        sqlite3_limit(opened, SQLITE_LIMIT_ATTACHED, 0)
        let guardian = QueryGuardian(seconds: seconds, building: true)
        guardian.watch(opened)
        try withExtendedLifetime(guardian) { try execute(script, on: opened, guardian, seconds: seconds) }
    }

    private static func execute(
        _ script: [UInt8], on handle: OpaquePointer, _ guardian: QueryGuardian, seconds: Int
    ) throws {
        let text = script.map { CChar(bitPattern: $0) } + [0]
        try text.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            var next: UnsafePointer<CChar>? = start
            while let at = next, at.pointee != 0 {
                var statement: OpaquePointer?
                var code = sqlite3_prepare_v3(handle, at, -1, 0, &statement, &next)
                // Only blanks and comments were left.
                if code == SQLITE_OK, statement == nil { continue }
                defer { sqlite3_finalize(statement) }
                if code == SQLITE_OK {
                    repeat { code = sqlite3_step(statement) } while code == SQLITE_ROW
                }
                guard code == SQLITE_DONE else {
                    let words = script[(at - start)...].firstIndex { !isBlank($0) } ?? at - start
                    let message = guardian.refusal
                        ?? (code & 0xff == SQLITE_INTERRUPT ? "it took longer than \(seconds) s" : String(cString: sqlite3_errmsg(handle)))
                    throw Failure(line: line(of: words, in: script), message: message)
                }
            }
        }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0a, 0x0d].contains(byte) }
    private static func line(of offset: Int, in script: [UInt8]) -> Int { 1 + script[..<offset].count { $0 == 0x0a } }
}
