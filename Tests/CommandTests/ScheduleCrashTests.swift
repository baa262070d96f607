import ChildProcess
import Foundation
import Model
import Testing

@Suite("A daemon that is killed between a start's decision and its end")
struct ScheduleCrashTests {
    /// Each point, with the cron, what else the manifest says, and how often it is passed before.
    static let points = [
        "schedule.decided", "schedule.accepted", "schedule.accepted:2", "run.before-commit", "run.committed",
        "schedule.run-ended", "schedule.settled:2",
    ]

    @Test("makes exactly one run for each entity of the start", arguments: points)
    func once(point: String) async throws {
        let home = try TestHome()
        try ScheduleSample.deploy(to: home, cron: ScheduleSample.cron(minutesAgo: [20]))
        try await recovers(home, from: point, says: ": 2 succeeded")
        let firings = try ScheduleSample.firings(home)
        #expect(firings.count == 1 && firings.first?["decision"] == "fired")
        let runs = try home.json("runs")["runs"]?.array ?? []
        let named = firings.first?["entities"]?.array?.compactMap { $0["run"]?.string } ?? []
        #expect(runs.count == 2 && Set(named) == Set(runs.compactMap { $0["run"]?.string }))
        #expect(runs.allSatisfy { $0["state"] == "succeeded" })
    }

    @Test("lets a queued start fire once")
    func released() async throws {
        let home = try TestHome()
        try ScheduleSample.deploy(
            to: home, cron: ScheduleSample.cron(minutesAgo: [30, 20]), more: "overlap: queue", entities: ["oak-a"])
        try await recovers(home, from: "schedule.released", says: ": 1 succeeded")
        let firings = try ScheduleSample.firings(home)
        #expect(firings.map { $0["decision"] } == ["fired", "fired"])
        #expect(firings.allSatisfy { $0["entities"]?.array?.first?["state"] == "ended" })
    }

    @Test("refuses once what can never run")
    func refused() async throws {
        let home = try TestHome()
        let path = "runbooks/interest/runbook.md"
        let text = try String(contentsOfFile: home.workspace.checkout + "/" + path, encoding: .utf8)
        try home.workspace.write(path, text.replacingOccurrences(of: "ACTIVE", with: "DRAFT"))
        try ScheduleSample.deploy(to: home, cron: ScheduleSample.cron(minutesAgo: [20]))
        try home.reconcile()
        try await ScheduleSample.see(home, minutesAgo: 40)
        let killed = try RunningDaemon(home, environment: ["ASSAY_FAULT_POINT": "schedule.refused:2"], isReady: false)
        #expect(try killed.process.wait().status == .signalled(9))
        let entities = try ScheduleSample.firings(home).first?["entities"]?.array ?? []
        #expect(entities.map { $0["state"] } == ["refused", "refused"] && entities.allSatisfy { $0["reason"] == "RunbookMissing" })
        let next = try RunningDaemon(home)
        try next.manager.wait(for: "STATUS=ready")
        #expect(try next.stop().status == .exited(0))
        #expect(try home.json("runs")["runs"] == [])
    }

    private func recovers(_ home: TestHome, from point: String, says text: String) async throws {
        try home.reconcile()
        try await ScheduleSample.see(home, minutesAgo: 40)
        let killed = try RunningDaemon(home, environment: ["ASSAY_FAULT_POINT": point], isReady: false)
        #expect(try killed.process.wait().status == .signalled(9), "the point \(point) was not reached")
        let next = try RunningDaemon(home)
        try waitUntilOver(home, next, text)
        #expect(try next.stop().status == .exited(0))
    }

    /// The daemon says what became of a start when its last entity is over; that may have been before it was killed.
    private func waitUntilOver(_ home: TestHome, _ daemon: RunningDaemon, _ text: String) throws {
        try daemon.manager.wait(for: "STATUS=ready")
        func isOver() throws -> Bool {
            try ScheduleSample.firings(home).allSatisfy { firing in
                firing["decision"] == "fired" && (firing["entities"]?.array ?? []).allSatisfy { $0["state"] == "ended" }
            }
        }
        while try !isOver() { try daemon.manager.wait(for: "STATUS=") }
    }
}
