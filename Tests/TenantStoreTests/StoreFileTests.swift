import Digests
import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct StoreFileTests {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private var path: String { StoreDatabase.path(inHome: folder.path) }

    @Test("A missing store, a second creation and a foreign file are refused by name")
    func refusals() throws {
        #expect(throws: StoreError.storeMissing(path: path)) { try StoreDatabase.open(atHome: folder.path) }
        try Data("not a database at all, only text of some length".utf8).write(to: URL(filePath: path))
        #expect(throws: StoreError.notAStore(path: path)) { try StoreDatabase.open(atHome: folder.path) }
        try FileManager.default.removeItem(atPath: path)
        let foreign = try Connection(path: path, mode: .create)
        try foreign.execute("CREATE TABLE t (a)")
        #expect(throws: StoreError.notAStore(path: path)) { try StoreDatabase.open(atHome: folder.path) }
        #expect(throws: StoreError.storeExists(path: path)) { try StoreDatabase.create(atHome: folder.path) }
    }

    @Test("A creation that was interrupted before its commit can be repeated")
    func interruptedCreation() throws {
        let connection = try Connection(path: path, mode: .create)
        try connection.execute("PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; CREATE TABLE runs (a)")
        try connection.execute("ROLLBACK")
        _ = try StoreDatabase.create(atHome: folder.path)
        _ = try StoreDatabase.open(atHome: folder.path)
        #expect(throws: StoreError.storeExists(path: path)) { try StoreDatabase.create(atHome: folder.path) }
    }

    @Test("A newer store is refused with both versions, for reading too")
    func newer() throws {
        _ = try StoreDatabase.create(atHome: folder.path)
        try Connection(path: path, mode: .readWrite).execute("PRAGMA user_version = 99")
        let expected = StoreError.newerStore(path: path, found: 99, supported: Migrator.current.latest)
        #expect(throws: expected) { try StoreDatabase.open(atHome: folder.path) }
        #expect(throws: expected) { try StoreDatabase.open(atHome: folder.path, readOnly: true) }
        #expect(expected.message.contains("99") && expected.message.contains("up to \(Migrator.current.latest)"))
    }

    @Test("Before a migration a backup is made that opens and holds everything")
    func backup() throws {
        let store = try StoreDatabase.create(atHome: folder.path)
        try store.set("interpreter", to: "a", at: "1")
        let newest = Migrator.current.latest
        let next = Migrator(
            migrations: Migrator.current.migrations + [
                Migration(version: newest + 1, sql: "CREATE TABLE later (a) STRICT_TYPO")
            ])
        #expect(throws: StoreError.self) {
            try StoreDatabase.open(atHome: folder.path, readOnly: false, migrator: next)
        }
        #expect(try store.setting("interpreter") == "a", "a failed migration leaves the store as it was")
        let good = Migrator(
            migrations: Migrator.current.migrations + [
                Migration(version: newest + 1, sql: "CREATE TABLE later (a TEXT) STRICT")
            ])
        #expect(throws: StoreError.migrationNeeded(path: path, found: newest, supported: newest + 1)) {
            try StoreDatabase.open(atHome: folder.path, readOnly: true, migrator: good)
        }
        let migrated = try StoreDatabase.open(atHome: folder.path, readOnly: false, migrator: good)
        #expect(try migrated.setting("interpreter") == "a")
        let copy = try TemporaryFolder()
        try FileManager.default.copyItem(atPath: path + ".v\(newest).backup", toPath: StoreDatabase.path(inHome: copy.path))
        #expect(try StoreDatabase.open(atHome: copy.path).setting("interpreter") == "a")
        // The older program now finds a newer store.
        #expect(throws: StoreError.newerStore(path: path, found: newest + 1, supported: newest)) {
            try StoreDatabase.open(atHome: folder.path)
        }
    }

    @Test("A store of version 1 is brought up to date and keeps what it held")
    func fromVersion1() throws {
        let connection = try Connection(path: path, mode: .create)
        try Migrator(migrations: [Migration(version: 1, sql: Schema.version1)]).create(connection)
        try connection.run(
            "INSERT INTO settings (key, value, at) VALUES ('k', 'v', 't'); ")
        try connection.run(
            "INSERT INTO plans (plan, created_at, steps, status, finished_at) VALUES ('{}', 't', 0, 'applied', 't')")
        let store = try StoreDatabase.open(atHome: folder.path)
        #expect(try store.setting("k") == "v")
        #expect(FileManager.default.fileExists(atPath: path + ".v1.backup"))
        let version = try store.connection.row("PRAGMA user_version") { $0.int(0) }
        #expect(version == Migrator.current.latest)
    }

    @Test("A reader sees the last committed state beside a writer and cannot write")
    func readOnly() throws {
        let writer = try StoreDatabase.create(atHome: folder.path)
        let reader = try StoreDatabase.open(atHome: folder.path, readOnly: true)
        try writer.transaction {
            try writer.connection.run("INSERT INTO settings (key, value, at) VALUES ('k', 'v', 't')")
            #expect(try reader.setting("k") == nil)
        }
        #expect(try reader.setting("k") == "v")
        #expect(throws: StoreError.self) { try reader.set("k", to: "w", at: "t") }
        #expect(try reader.setting("k") == "v")
    }

    @Test("A transaction that is dropped in the middle leaves nothing")
    func droppedTransaction() throws {
        let store = try StoreDatabase.create(atHome: folder.path)
        do {
            let dying = try Connection(path: path, mode: .readWrite)
            try dying.execute("BEGIN IMMEDIATE")
            try dying.run("INSERT INTO settings (key, value, at) VALUES ('k', 'v', 't')")
        }
        #expect(try store.setting("k") == nil)
        try store.set("k", to: "w", at: "t")
        #expect(try store.setting("k") == "w")
    }

    @Test("An error names code and SQL but no values")
    func hiddenValues() throws {
        let store = try StoreDatabase.create(atHome: folder.path)
        #expect {
            try store.connection.run("INSERT INTO settings (id, key, value, at) VALUES (1, ?, ?, NULL)", .text("s"), .text("hush"))
        } throws: { error in
            guard case StoreError.database(let code, let detail, _)? = error as? StoreError else { return false }
            return code == 1299 && detail.contains("settings.at") && !"\(error)".contains("hush")
        }
    }

    @Test("Text and bytes survive binding: empty, with NUL, and large")
    func values() throws {
        let store = try StoreDatabase.create(atHome: folder.path)
        for text in ["", "a\0b", "é\u{301}", String(repeating: "x", count: 3_000_000)] {
            try store.set("k", to: text, at: "t")
            let back = try #require(try store.setting("k"))
            #expect(back.utf8.elementsEqual(text.utf8))
        }
        let empty = try store.connection.row("SELECT typeof(?)", .blob([])) { $0.text(0) }
        #expect(empty == "blob")
    }

    @Test("The actor answers like the database it owns")
    func actor() async throws {
        let store = try TenantStore.create(atHome: folder.path)
        try await store.set("k", to: "v", at: "t")
        #expect(try await store.setting("k") == "v")
        let both = try await store.perform { database in try [database.setting("k"), database.setting("x")] }
        #expect(both == ["v", nil])
        let reader = try TenantStore.open(atHome: folder.path, readOnly: true)
        #expect(try await reader.setting("k") == "v")
    }
}
