import ChildProcess
import Foundation
import Model
import Reconciler
import Schedules
import Synchronization
import TenantStore
import Testing

@testable import assay

@Suite("Schedules on a host")
struct ScheduleTests {
    /// A home that saw its schedule 40 minutes ago and missed one start since.
    private func missed(cron: String? = nil, more: String = "", entities: [String] = ["oak-a", "oak-b"]) async throws -> TestHome {
        let home = try TestHome()
        try ScheduleSample.deploy(
            to: home, cron: cron ?? ScheduleSample.cron(minutesAgo: [20]), more: more, entities: entities)
        try home.reconcile()
        try await ScheduleSample.see(home, minutesAgo: 40)
        return home
    }

    @Test("a start becomes one run for each entity, with the decision, its times and who asked on record")
    func fires() async throws {
        let home = try await missed()
        let daemon = try RunningDaemon(home)
        try daemon.manager.wait(for: ": 2 succeeded")
        #expect(try daemon.stop().status == .exited(0))
        let firings = try ScheduleSample.firings(home)
        #expect(firings.count == 1)
        let firing = try #require(firings.first)
        #expect(firing["decision"] == "fired" && firing["period"]?.string == ScheduleSample.period)
        #expect(firing["commit"] == (try home.json("status"))["applied"]?["commit"])
        let runs = try home.json("runs")["runs"]?.array ?? []
        let entities = firing["entities"]?.array ?? []
        #expect(entities.map { $0["state"] } == ["ended", "ended"])
        #expect(Set(entities.compactMap { $0["run"]?.string }) == Set(runs.compactMap { $0["run"]?.string }) && runs.count == 2)
        let shown = try home.json("show", try #require(runs.first?["run"]?.string))
        #expect(shown["state"] == "succeeded")
        // Another start of the daemon finds nothing to do.
        let again = try RunningDaemon(home)
        try again.manager.wait(for: "STATUS=ready")
        #expect(try again.stop().status == .exited(0))
        #expect(try ScheduleSample.firings(home) == firings)
    }

    @Test("documents that are not there yet are waited for, and the reason is on record meanwhile")
    func postponed() async throws {
        let home = try await missed(entities: ["oak-a"])
        let away = home.documents + ".away"
        try FileManager.default.moveItem(atPath: home.documents, toPath: away)
        let daemon = try RunningDaemon(home)
        let log = try waitForPending(home, daemon)
        #expect(log.contains("DocumentsUnreadable"))
        #expect(try home.assay("status").outputText.contains("pending"))
        try FileManager.default.moveItem(atPath: away, toPath: home.documents)
        try daemon.manager.wait(for: ": 1 succeeded")
        #expect(try daemon.stop().status == .exited(0))
        #expect(try ScheduleSample.firings(home).first?["entities"]?.array?.first?["reason"] == "")
    }

    /// A first attempt has been made once the daemon has nothing in flight and its store says why.
    private func waitForPending(_ home: TestHome, _ daemon: RunningDaemon) throws -> String {
        // Each message is about a change of the daemon's state; the last one before it waits is about the attempt.
        try daemon.manager.wait(for: "postponed")
        return try home.assay("get", "firings").outputText
    }

    @Test("what can never run is refused with its reason, and status says so")
    func refused() async throws {
        let home = try await missed(entities: ["oak-a"])
        try home.workspace.write(
            "runbooks/interest/runbook.md",
            try String(contentsOfFile: home.workspace.checkout + "/runbooks/interest/runbook.md", encoding: .utf8)
                .replacingOccurrences(of: "ACTIVE", with: "RETIRED"))
        try home.workspace.commit("Retire")
        try home.reconcile()
        let daemon = try RunningDaemon(home)
        try daemon.manager.wait(for: ": 1 refused")
        #expect(try daemon.stop().status == .exited(0))
        let entry = try #require(try ScheduleSample.firings(home).first?["entities"]?.array?.first)
        #expect(entry["state"] == "refused" && entry["reason"] == "RunbookMissing" && entry["run"] == .null)
        #expect(try home.assay("status").outputText.contains("refused"))
        #expect(try home.json("status")["schedules"]?["lastRefused"]?["reason"] == "RunbookMissing")
    }

    @Test("starts that queue go one after the other")
    func queued() async throws {
        let home = try await missed(cron: ScheduleSample.cron(minutesAgo: [30, 20]), more: "overlap: queue", entities: ["oak-a"])
        let daemon = try RunningDaemon(home)
        // The second start asks for the same month from the same documents: the run that exists.
        for _ in 0..<2 { try daemon.manager.wait(for: ": 1 succeeded") }
        #expect(try daemon.stop().status == .exited(0))
        let firings = try ScheduleSample.firings(home)
        #expect(firings.map { $0["decision"] } == ["fired", "fired"])
        #expect(firings.first?["firedAt"] != firings.first?["decidedAt"] && firings.last?["firedAt"] == firings.last?["decidedAt"])
        #expect(try home.json("runs")["runs"]?.array?.count == 1)
    }

    @Test("a start is decided when its minute has come and never before, after the clock was set as well")
    func onTime() async throws {
        let home = try TestHome()
        try ScheduleSample.deploy(to: home, cron: "* * * * *")
        try home.reconcile()
        // A clock that a test can set: it shows the host's time and some seconds more.
        let ahead = Mutex(0.0)
        let clock = HostClock { Date().addingTimeInterval(ahead.withLock { $0 }) }
        /// Sets the clock to a second before the next minute that was not decided yet.
        @Sendable func set(after nominal: Int64) {
            ahead.withLock { $0 = Double(nominal + 60) - 1 - Date().timeIntervalSince1970 }
        }
        let context = try HomeContext.open(TenantHome(home.path), readOnly: false, clock: clock)
        _ = try await Scheduler(context).tick()
        set(after: Int64(Date().timeIntervalSince1970) / 60 * 60)
        let core = DaemonCore(
            home: HeldHome(context), log: DaemonLog(tenant: "oak"), manager: ServiceManager(environment: [:]))
        let (stream, continuation) = AsyncStream.makeStream(of: FiringRecord.self)
        core.events.observe { if case .decided(let records) = $0 { records.forEach { continuation.yield($0) } } }
        let ticker = ScheduleTicker(core, worker: RunWorker(core))
        let loop = Task { await ticker.run() }
        core.ready.open()
        var found: [FiringRecord] = []
        for await record in stream {
            found.append(record)
            guard found.count < 3 else { break }
            set(after: record.key.nominal.seconds)
            await ticker.wake()
        }
        core.stopping.open()
        await ticker.wake()
        await loop.value
        for record in found {
            let decided = try Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(record.decidedAt)
            let late = decided.timeIntervalSince1970 - Double(record.key.nominal.seconds)
            // How late is measured by the benchmark: here others may keep the machine busy.
            #expect(late >= 0, "\(record.key) was decided \(-late) s early")
            #expect(record.decision == .fired || record.reason == "Overlap")
        }
        #expect(Set(found.map(\.key)).count == 3)
    }
}
