import Foundation
import Model
import Reconciler
import Schedules

/// A schedule of the small workspace, with documents for the month that it is for.
enum ScheduleSample {
    static let name = "close"

    /// `minutes` ago, each hour: so that exactly one start lies in the last hour.
    static func cron(minutesAgo minutes: [Int]) -> String {
        let now = Int(Date().timeIntervalSince1970) / 60
        return Set(minutes.map { (now - $0) % 60 }).sorted().map(String.init).joined(separator: ",") + " * * * *"
    }

    static func deploy(
        to home: TestHome, cron: String = "0 7 * * *", more: String = "", entities: [String] = ["oak-a", "oak-b"]
    ) throws {
        try home.workspace.write(
            "tenants/oak/schedules/close.yaml",
            SmallWorkspace.manifest(
                "Schedule", name,
                "deployment: interest\ncron: '\(cron)'\ntimeZone: UTC\nperiod: previous-month\ncatchUp: {windowHours: 24, limit: 10}\n\(more)"))
        try home.workspace.write(
            "tenants/oak/deployments/interest.yaml",
            SmallWorkspace.manifest(
                "Deployment", "interest",
                "runbook: interest\nentities:\n  names: [\(entities.joined(separator: ", "))]\nconfig:\n  income_account: \"4000\""))
        try home.workspace.commit("Schedule")
        for entity in entities {
            let folder = "\(home.documents)/\(entity)/\(period)/bank"
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try "reference,kind,amount\nS1,interest,5.00\n".write(
                toFile: folder + "/statement.csv", atomically: true, encoding: .utf8)
        }
    }

    /// The month before this one, in UTC.
    static var period: String {
        let month = Instant(seconds: Int64(Date().timeIntervalSince1970)).description.prefix(7)
        return Period(String(month))?.previous?.description ?? ""
    }

    /// Lets the schedules be seen for the first time, as by a daemon of some minutes ago that was stopped since.
    @discardableResult
    static func see(_ home: TestHome, minutesAgo minutes: Double) async throws -> ScheduleTick {
        let clock = HostClock { Date().addingTimeInterval(-minutes * 60) }
        return try await Scheduler(HomeContext.open(TenantHome(home.path), readOnly: false, clock: clock)).tick()
    }

    static func firings(_ home: TestHome) throws -> [JSONValue] { try home.json("get", "firings")["firings"]?.array ?? [] }
}
