import Model
import TenantStore

/// What is suspended at one moment, on the host and in manifests.
struct StandingSuspensions: Sendable {
    private let onHost: [SuspensionTarget: Suspension]

    init(_ store: StoreDatabase) throws { onHost = try store.suspensions() }

    func account(of target: SuspensionTarget) -> String? { onHost[target].map { "on this host \($0.account)" } }

    /// Why nothing of a schedule may start now, for people; `nil` where it may.
    func obstacle(to schedule: String, _ terms: ScheduleTerms) -> String? {
        let deployment = terms.spec.deployment
        if let how = account(of: .schedule(schedule)) { return "The schedule is suspended \(how)" }
        if let how = account(of: .deployment(deployment)) { return "Deployment '\(deployment)' is suspended \(how)" }
        if terms.spec.suspend { return "The manifest suspends the schedule" }
        return terms.isDeploymentSuspended ? "The manifest suspends deployment '\(deployment)'" : nil
    }
}
