import Glibc
import Model

/// One numbered step from a version of the store to the next.
struct Migration {
    var version: Int
    var sql: String
}

/// Brings a store file to the version that this program knows, forward only.
///
/// Before an existing store is changed, a backup of it is made beside it. A newer store is refused: a program that does
/// not know its tables could only damage it.
struct Migrator {
    /// `ASSY` in ASCII: tells a store from any other SQLite file.
    static let applicationID: Int64 = 0x4153_5359
    static let current = Migrator(migrations: [
        Migration(version: 1, sql: Schema.version1), Migration(version: 2, sql: Schema.version2),
    ])

    let migrations: [Migration]
    var latest: Int { migrations.last?.version ?? 0 }

    /// Makes the tables in a new file; refuses a file that already holds any.
    func create(_ connection: Connection) throws {
        try connection.execute("PRAGMA journal_mode = WAL")
        try connection.transaction {
            let tables = try connection.row("SELECT count(*) FROM sqlite_master") { $0.int(0) } ?? 0
            guard tables == 0 else { throw StoreError.storeExists(path: connection.path) }
            try connection.execute("PRAGMA application_id = \(Migrator.applicationID)")
            try apply(from: 0, connection)
        }
    }

    /// Brings an existing store up to date; returns the backup's path when one had to be made.
    @discardableResult
    func migrate(_ connection: Connection) throws -> String? {
        let found = try version(of: connection)
        if found == latest { return nil }
        guard !connection.isReadOnly else {
            throw StoreError.migrationNeeded(path: connection.path, found: found, supported: latest)
        }
        let backup = try backUp(connection, version: found)
        try connection.transaction {
            // Another process may have been first while this one waited for the lock.
            try apply(from: try version(of: connection), connection)
        }
        return backup
    }

    /// The version of a file that is a store and not newer than this program.
    private func version(of connection: Connection) throws -> Int {
        let application: Int64?
        do {
            application = try connection.row("PRAGMA application_id") { $0.integer(0) }
        } catch StoreError.database(let code, _, _) where code & 0xff == 26 {  // SQLITE_NOTADB
            throw StoreError.notAStore(path: connection.path)
        }
        guard application == Migrator.applicationID else { throw StoreError.notAStore(path: connection.path) }
        let found = try connection.row("PRAGMA user_version") { $0.int(0) } ?? 0
        guard found <= latest else {
            throw StoreError.newerStore(path: connection.path, found: found, supported: latest)
        }
        return found
    }

    private func apply(from version: Int, _ connection: Connection) throws {
        for migration in migrations where migration.version > version {
            try connection.execute(migration.sql)
            try connection.execute("PRAGMA user_version = \(migration.version)")
        }
    }

    /// A complete copy beside the store, on disk before the migration starts.
    private func backUp(_ connection: Connection, version: Int) throws -> String {
        let backup = "\(connection.path).v\(version).backup"
        let partial = backup + ".partial"
        // Left by an interrupted attempt; SQLite would refuse to write over it.
        unlink(partial)
        try connection.run("VACUUM INTO ?", .text(partial))
        try FileSystem.sync(path: partial)
        try FileSystem.rename(partial, to: backup)
        return backup
    }
}
