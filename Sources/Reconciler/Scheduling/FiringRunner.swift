import Model
import TenantStore

/// Makes the run that one entity of a fired start asks for, once.
///
/// What cannot be accepted yet (documents that are not mounted, a suspended deployment) stays pending; `ScheduleBook`
/// gives it up when its time is over. What can never be accepted is refused.
public struct FiringRunner: Sendable {
    let context: HomeContext

    public init(_ context: HomeContext) { self.context = context }

    public enum Result: Sendable {
        /// The run, which has ended or waits for an answer.
        case ran(RunRow)
        case postponed(any AssayError)
        case refused(any AssayError)
        /// It was no longer pending.
        case over
    }

    /// Throws only what keeps the attempt itself from being recorded, or what interrupts a run that was accepted.
    public func attempt(
        _ key: FiringRunKey, with coordinator: @Sendable () async throws -> RunCoordinator
    ) async throws -> Result {
        guard let entry = try await context.store.firingRun(key), entry.state == .pending else { return .over }
        let outcome: RunCoordinator.Outcome
        do {
            try await checkSuspension(key)
            outcome = try await coordinator().run(
                RunRequest(
                    deployment: entry.deployment, entity: key.entity, period: entry.period,
                    requestedBy: "schedule \(key.firing)", firing: key))
        } catch let error as any AssayError {
            return try await settle(key, error)
        }
        try context.faults.reach(.scheduleRunEnded)
        try await context.store.settleFiringRuns(at: context.clock.now())
        try context.faults.reach(.scheduleSettled)
        return .ran(outcome.run)
    }

    /// A schedule may have been suspended after the start was decided.
    private func checkSuspension(_ key: FiringRunKey) async throws {
        let name = key.firing.schedule
        let resource = ResourceKey(.schedule, tenant: context.configuration.tenant, name: name)
        let how: String? = try await context.store.reading { store in
            if let suspension = try store.suspension(of: .schedule(name)) { return "on this host \(suspension.account)" }
            return try store.resource(resource)?.spec["suspend"]?.bool == true ? "in its manifest" : nil
        }
        if let how { throw SchedulingError.scheduleSuspended(name: name, how: how) }
    }

    private func settle(_ key: FiringRunKey, _ error: any AssayError) async throws -> Result {
        // Accepted: whoever recovers takes the run to its end.
        guard try await context.store.firingRun(key)?.state == .pending else { throw error }
        let now = context.clock.now()
        let isGone = try await context.store.progress(ofSchedule: key.firing.schedule)?.terms == nil
        if error.disposition == .stall || isGone {
            try await context.store.refuse(key, reason: error.reason, message: error.description, at: now)
            try context.faults.reach(.scheduleRefused)
            return .refused(error)
        }
        try await context.store.postpone(key, reason: error.reason, message: error.description, at: now)
        return .postponed(error)
    }
}
