import ChildProcess
import Foundation
import Model
import Reconciler
import Testing

@Suite("Suspending, resuming, and looking at schedules")
struct ScheduleCommandTests {
    private func home(cron: String = "30 7 5 * *", more: String = "") throws -> TestHome {
        let home = try TestHome()
        try ScheduleSample.deploy(to: home, cron: cron, more: more)
        try home.reconcile()
        return home
    }

    @Test("a suspended deployment runs nothing until it is resumed; who, when and why are said")
    func deployment() throws {
        let home = try home()
        let suspended = try home.json("suspend", "interest", "--reason", "waiting for the audit")
        #expect(suspended["target"] == "deployment/interest" && suspended["changed"] == true)
        let refused = try home.assay("run", "interest", "--entity", "oak-a", "--period", "2026-03")
        #expect(refused.status == .exited(75))
        for word in ["waiting for the audit", NSUserName(), "assay resume deployment/interest"] {
            #expect(refused.errorText.contains(word), "\(word) in \(refused.errorText)")
        }
        // Saying so twice changes nothing, not even the reason.
        #expect(try home.assay("suspend", "interest", "--reason", "again").outputText.contains("waiting for the audit"))
        #expect(try home.assay("get", "deployments").outputText.contains("waiting for the audit"))
        #expect(try home.assay("get", "schedules").errorText.contains("waiting for the audit"))
        #expect(try home.assay("status").outputText.contains("deployment/interest"))
        let resumed = try home.assay("resume", "deployment/interest")
        #expect(resumed.status == .exited(0) && resumed.outputText.contains("waiting for the audit"))
        #expect(try home.assay("resume", "interest").outputText.contains("not suspended"))
        #expect(try home.run()["state"] == "succeeded")
    }

    @Test("a name that is both is refused with both, an unknown one with the nearest; no reason is a usage error")
    func names() throws {
        let home = try TestHome()
        try home.workspace.write(
            "tenants/oak/schedules/interest.yaml",
            SmallWorkspace.manifest(
                "Schedule", "interest", "deployment: interest\ncron: '@monthly'\ntimeZone: UTC\nperiod: previous-month"))
        try home.workspace.commit("Same name")
        try home.reconcile()
        let both = try home.assay("suspend", "interest", "--reason", "r")
        #expect(both.status == .exited(1))
        #expect(both.errorText.contains("deployment/interest") && both.errorText.contains("schedule/interest"))
        #expect(try home.assay("suspend", "schedule/interest", "--reason", "r").status == .exited(0))
        let unknown = try home.assay("suspend", "intrest", "--reason", "r")
        #expect(unknown.status == .exited(1) && unknown.errorText.contains("Did you mean 'interest'"))
        #expect(try home.assay("suspend", "schedule/interest").status == .exited(2))
        #expect(try home.assay("get", "deployments", "--limit", "3").status == .exited(2))
    }

    @Test("starts that come due while a schedule is suspended are skipped and recorded, also when nobody looked meanwhile")
    func skipped() async throws {
        let home = try home(cron: ScheduleSample.cron(minutesAgo: [20]))
        try await ScheduleSample.see(home, minutesAgo: 40)
        #expect(try home.assay("suspend", "close", "--reason", "audit").status == .exited(0))
        #expect(try home.assay("resume", "close").status == .exited(0))
        let tick = try await ScheduleSample.see(home, minutesAgo: 0)
        #expect(tick.decided.isEmpty && tick.pending.isEmpty)
        let firing = try #require(try ScheduleSample.firings(home).first)
        #expect(firing["decision"] == "skipped" && firing["reason"] == "Suspended")
        #expect(firing["message"]?.string?.contains("audit") == true)
        #expect(try home.assay("get", "firings").outputText.contains("Suspended"))
        #expect(try home.json("status")["schedules"]?["lastSkipped"]?["reason"] == "Suspended")
    }

    @Test("suspend in the manifest does the same, and only a merge ends it")
    func manifest() async throws {
        let home = try home(cron: ScheduleSample.cron(minutesAgo: [20]), more: "suspend: true")
        try await ScheduleSample.see(home, minutesAgo: 40)
        let tick = try await ScheduleSample.see(home, minutesAgo: 0)
        #expect(tick.decided.map(\.reason) == ["Suspended"])
        let resumed = try home.assay("resume", "close")
        #expect(resumed.outputText.contains("not suspended on this host") && resumed.errorText.contains("suspend: true"))
    }

    @Test("get schedules shows the next starts on the schedule's own clock, and what keeps one from happening")
    func next() async throws {
        let home = try TestHome()
        try home.workspace.write(
            "tenants/oak/schedules/close.yaml",
            SmallWorkspace.manifest(
                "Schedule", "close",
                "deployment: interest\ncron: '0 12 1 1,7 *'\ntimeZone: Europe/London\nperiod: previous-month\nfreeze:\n  - {from: 2020-07-01, to: 2090-07-01, reason: Archive}"))
        try home.workspace.commit("Schedule")
        try home.reconcile()
        let text = try home.assay("get", "schedules").outputText
        #expect(text.contains("-01-01 12:00 +00:00 (Frozen)") && text.contains("-07-01 12:00 +01:00 (Frozen)"))
        #expect(text.contains("not followed yet"))
        let item = try #require(try home.json("get", "schedules")["schedules"]?.array?.first)
        #expect(item["next"]?.array?.count == 3 && item["last"] == .null && item["suspended"] == .null)
        #expect(item["spec"]?["cron"] == "0 12 1 1,7 *")
    }

    @Test("an edit counts from when it is seen: nothing of the new terms starts late, nothing of the old is lost")
    func edit() async throws {
        let cron = ScheduleSample.cron(minutesAgo: [30])
        let home = try home(cron: cron)
        try await ScheduleSample.see(home, minutesAgo: 40)
        try ScheduleSample.deploy(to: home, cron: ScheduleSample.cron(minutesAgo: [10]))
        try home.reconcile()
        let tick = try await ScheduleSample.see(home, minutesAgo: 0)
        #expect(tick.decided.count == 1 && tick.decided.first?.decision == .fired && tick.pending.count == 2)
        let minute = tick.decided.first?.key.nominal.description.dropFirst(14).prefix(2) ?? ""
        #expect(Int(minute) == Int(cron.prefix { $0 != " " }), "\(minute) is not of \(cron)")
    }
}
