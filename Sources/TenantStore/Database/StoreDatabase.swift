import Digests
import Glibc
import Model

/// The store of one tenant home: what is deployed, every run with its history, and the ledger.
///
/// The synchronous core of `TenantStore`: each call blocks until SQLite has answered, and what it wrote is durable when
/// it returns. Not Sendable: it stays where it was made. Several may be open at once, in one process or in many; SQLite
/// lets one of them write at a time, and readers go on meanwhile.
public final class StoreDatabase {
    let connection: Connection
    /// The plan that was read last (see `Plans`).
    var lastPlan: (id: Int64, plan: Plan)?
    /// What the deployed state was last compared with (see `Repairs`).
    var comparison: (commit: GitObjectID, changesByOthers: Int64)?

    private init(_ connection: Connection) { self.connection = connection }

    public static func path(inHome home: String) -> String { home + "/state.db" }

    /// Makes the store of a new home; refuses when there is one.
    public static func create(atHome home: String) throws -> StoreDatabase {
        let connection = try Connection(path: path(inHome: home), mode: .create)
        try configure(connection)
        try Migrator.current.create(connection)
        try FileSystem.sync(path: home)
        return StoreDatabase(connection)
    }

    /// Opens the store of a home, bringing it up to date first.
    ///
    /// With `readOnly` nothing is ever written, so that a command can look while a daemon works.
    public static func open(atHome home: String, readOnly: Bool = false) throws -> StoreDatabase {
        try open(atHome: home, readOnly: readOnly, migrator: .current)
    }

    static func open(atHome home: String, readOnly: Bool, migrator: Migrator) throws -> StoreDatabase {
        let path = path(inHome: home)
        guard access(path, F_OK) == 0 else { throw StoreError.storeMissing(path: path) }
        let connection = try Connection(path: path, mode: readOnly ? .readOnly : .readWrite)
        try migrator.migrate(connection)
        try configure(connection)
        return StoreDatabase(connection)
    }

    /// Writes a complete copy of the store as it is at this moment, on disk when it returns. Nobody is kept waiting.
    public func snapshot(to path: String) throws {
        // SQLite would refuse to write over what an interrupted attempt left.
        for suffix in ["", "-journal", "-wal", "-shm"] { unlink(path + suffix) }
        if connection.isReadOnly { try connection.execute("PRAGMA query_only = OFF") }
        try connection.run("VACUUM INTO ?", .text(path))
        try FileSystem.sync(path: path)
    }

    private static func configure(_ connection: Connection) throws {
        try connection.execute(
            """
            PRAGMA synchronous = FULL;
            PRAGMA foreign_keys = ON;
            PRAGMA recursive_triggers = ON;
            PRAGMA trusted_schema = OFF;
            """)
        if connection.isReadOnly { try connection.execute("PRAGMA query_only = ON") }
    }

    /// Everything in `body` happens, or nothing of it. Inside another one it is a part of that.
    public func transaction<T>(_ body: () throws -> T) throws -> T { try connection.transaction(body) }
}

/// Values kept as JSON text in one column.
enum JSONColumn {
    static func text(_ value: some Encodable) throws -> String {
        String(decoding: try CanonicalJSON.encode(value), as: UTF8.self)
    }

    static func text(_ value: JSONValue) throws -> String { try CanonicalJSON.string(value) }

    static func value(_ text: String) throws -> JSONValue {
        try CanonicalJSON.parse(Array(text.utf8), maximumDepth: CanonicalJSON.maximumEncodedDepth)
    }

    static func value<T: Decodable>(_ type: T.Type, _ text: String) throws -> T { try value(text).decode(type) }
}
