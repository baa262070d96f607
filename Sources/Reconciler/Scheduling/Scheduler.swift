import Model
import TenantStore

/// Says what is due, and has it written down.
public actor Scheduler {
    private let context: HomeContext
    private var book: ScheduleBook

    public init(_ context: HomeContext) {
        self.context = context
        book = ScheduleBook(tenant: context.configuration.tenant)
    }

    /// Decides everything that is due now. Decisions are on disk when this returns; acting on them is `FiringRunner`'s.
    /// - Parameter reload: whether what is deployed may have changed since the last tick.
    public func tick(reload: Bool = true) async throws -> ScheduleTick {
        let time = ScheduleTime(context.clock), before = book
        let (tick, after) = try await context.store.perform { store in
            var book = before
            return (try book.tick(store, at: time, reload: reload), book)
        }
        book = after
        if !tick.decided.isEmpty { try context.faults.reach(.scheduleDecided) }
        if !tick.released.isEmpty { try context.faults.reach(.scheduleReleased) }
        if !tick.refused.isEmpty { try context.faults.reach(.scheduleRefused) }
        return tick
    }
}
