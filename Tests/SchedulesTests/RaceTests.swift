import Foundation
import Model
import Synchronization
import Testing

@testable import Reconciler
@testable import Schedules
@testable import TenantStore

@Suite("Two processes decide at the same time")
struct RaceTests {
    /// Each with a connection and a memory of its own, as two daemons that a mistake lets loose on one home.
    @Test("every start is decided once, and every entity of it gets one run")
    func race() throws {
        let start = try Instant("2026-01-01T00:00:00Z")
        var world = try StoreWorld(now: start)
        defer { world.remove() }
        var changes: [Change] = []
        for index in 0..<4 {
            let spec: JSONValue = [
                "deployment": .string("d\(index)"), "cron": "*/5 * * * *", "timeZone": "UTC", "period": "previous-month",
                "roll": "following", "overlap": "allow", "catchUp": ["windowHours": 24, "limit": 100], "freeze": [], "suspend": false,
            ]
            let resource = try StoreWorld.resource(.schedule, "s\(index)", spec)
            changes.append(Change(action: .create, key: resource.key, resource: resource))
        }
        try world.apply(changes)
        _ = try world.tick(reload: true)

        let folder = world.folder.path
        let errors = Errors()
        let group = DispatchGroup()
        for _ in 0..<2 {
            group.enter()
            Thread.detachNewThread {
                defer { group.leave() }
                do { try Self.live(folder, from: start) } catch { errors.add("\(error)") }
            }
        }
        group.wait()
        #expect(errors.all == [])
        let connection = world.store.connection
        func number(_ sql: String) throws -> Int { try connection.row(sql) { $0.int(0) } ?? -1 }
        // Forty starts of each schedule; every second deployment has two entities.
        #expect(try number("SELECT count(*) FROM firings WHERE decision = 'fired'") == 160)
        #expect(try number("SELECT count(*) FROM firing_runs WHERE run IS NOT NULL") == 240)
        #expect(try number("SELECT count(DISTINCT run) FROM firing_runs") == 240)
        #expect(try number("SELECT count(*) FROM runs") == 240)
    }

    private static func live(_ folder: String, from start: Instant) throws {
        let store = try StoreDatabase.open(atHome: folder)
        try store.connection.execute("PRAGMA synchronous = OFF")
        var book = ScheduleBook(tenant: StoreWorld.tenant)
        for step in 1...40 {
            let now = start.later(Int64(step) * 300)
            let tick = try book.tick(store, at: ScheduleTime(now: now, text: now.description), reload: step == 1)
            for entry in tick.pending {
                _ = try StoreWorld.accept(entry.key, deployment: entry.deployment, period: entry.period, store, at: now.description)
            }
        }
    }

    private final class Errors: Sendable {
        private let texts = Mutex<[String]>([])
        func add(_ text: String) { texts.withLock { $0.append(text) } }
        var all: [String] { texts.withLock { $0 } }
    }
}
