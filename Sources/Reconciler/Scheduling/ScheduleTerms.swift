import Digests
import Model
import Schedules
import TenantStore

/// Everything but time that the decisions about a schedule depend on.
///
/// It is kept with the schedule's progress: when what is deployed differs from it, an edit takes effect. Starts up to
/// that moment are decided by the old terms, later ones by the new.
struct ScheduleTerms: Sendable, Hashable, Codable {
    var spec: ScheduleSpec
    var calendar: CalendarSpec?
    var isDeploymentSuspended: Bool

    /// Canonical JSON: its members are, and stand in their order.
    static func text(of deployed: DeployedSchedule) -> String {
        "{\"calendar\":\(deployed.calendar ?? "null"),\"isDeploymentSuspended\":\(deployed.isDeploymentSuspended),"
            + "\"spec\":\(deployed.spec)}"
    }

    init(text: String) throws { self = try CanonicalJSON.decode(ScheduleTerms.self, from: Array(text.utf8)) }

    func schedule() throws -> Schedule { try Schedule(spec, calendar: calendar) }
}
