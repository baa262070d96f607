import Model
import Schedules
import TenantStore

/// How a deployed schedule stands: what comes next, what became of the last start, and what keeps it.
public struct ScheduleState: Sendable {
    public var name: String
    public var spec: ScheduleSpec
    /// The next starts, each with what of the manifest keeps it from happening.
    public var upcoming: [(firing: Firing, obstacle: SkipReason?)] = []
    /// The newest decision.
    public var last: FiringRecord?
    /// Why nothing may start now, for people; `nil` where it may.
    public var suspended: String?
    /// When the daemon first saw it; `nil` where none has yet.
    public var firstSeen: Instant?
    /// Why it cannot be followed.
    public var problem: String?
    /// Set where the clock is behind what was decided; nothing starts until then.
    public var clockBehind: Instant?
}

/// Looks at every deployed schedule; decides nothing.
public enum ScheduleOverview {
    /// Sorted by name; a schedule whose manifest this program cannot read is left out.
    public static func read(_ context: HomeContext, upcoming count: Int) async throws -> [ScheduleState] {
        let tenant = context.configuration.tenant, now = ScheduleTime(context.clock).now
        return try await context.store.reading { store in
            let suspensions = try StandingSuspensions(store)
            return try store.deployedSchedules(tenant: tenant).compactMap { deployed in
                guard let terms = try? ScheduleTerms(text: ScheduleTerms.text(of: deployed)) else { return nil }
                var state = ScheduleState(name: deployed.name, spec: terms.spec)
                state.last = try store.firings(schedule: deployed.name, limit: 1).first
                state.suspended = suspensions.obstacle(to: deployed.name, terms)
                let progress = try store.progress(ofSchedule: deployed.name)
                state.firstSeen = progress?.firstSeen
                let handled = progress?.handled ?? now
                if handled.seconds > now.seconds + SchedulePlanner.grace { state.clockBehind = handled }
                do {
                    state.upcoming = try terms.schedule().upcoming(after: max(handled, now), count: count)
                } catch let error as any AssayError {
                    state.problem = error.description
                }
                return state
            }
        }
    }
}
