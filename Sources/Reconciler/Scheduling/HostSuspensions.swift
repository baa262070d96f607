import Model
import TenantStore

/// Stops deployments and schedules on this host, and starts them again; who did so and why is kept for ever.
public struct HostSuspensions: Sendable {
    let context: HomeContext

    public init(_ context: HomeContext) { self.context = context }

    /// What a person means by `nav`, `deployment/nav` or `schedules/nav`.
    ///
    /// Also what is not deployed any more, while it is suspended: it would stay so for ever.
    public func target(_ text: String) async throws -> SuspensionTarget {
        let tenant = context.configuration.tenant
        return try await context.store.reading { store in
            let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let kind = parts.count == 2 ? parts[0] : "", name = parts.last ?? ""
            let candidates = [
                ("deployment", ResourceKind.deployment, SuspensionTarget.deployment(name)),
                ("schedule", .schedule, .schedule(name)),
            ].filter { kind.isEmpty || kind == $0.0 || kind == $0.0 + "s" }
            let found = try candidates.filter { candidate in
                try store.resource(.init(candidate.1, tenant: tenant, name: name)) != nil
                    || store.suspension(of: candidate.2) != nil
            }
            if let only = found.first?.2, found.count == 1 { return only }
            if found.count > 1 { throw SchedulingError.nameAmbiguous(name: name) }
            let names = try [ResourceKind.deployment, .schedule].flatMap { kind in
                try store.resources(kind: kind, tenant: tenant).map(\.key.name)
            }
            throw SchedulingError.nameUnknown(name: text, near: nearest(to: name, among: names))
        }
    }

    /// - Returns: the suspension that stands now, and whether this made it.
    public func suspend(
        _ target: SuspensionTarget, by: String, reason: String
    ) async throws -> (Suspension, isNew: Bool) {
        let new = Suspension(target: target, isSuspended: true, by: by, reason: reason, at: context.clock.now())
        return try await context.store.perform { store in
            try store.transaction {
                let isNew = try store.note(new)
                return (try store.suspension(of: target) ?? new, isNew)
            }
        }
    }

    /// What was due meanwhile is skipped, and recorded as that, before anything may start again.
    /// - Returns: the suspension that this ended; `nil` where there was none.
    public func resume(_ target: SuspensionTarget, by: String, reason: String) async throws -> Suspension? {
        let time = ScheduleTime(context.clock), tenant = context.configuration.tenant
        return try await context.store.perform { store in
            try Self.resume(target, by: by, reason: reason, tenant: tenant, at: time, store)
        }
    }

    static func resume(
        _ target: SuspensionTarget, by: String, reason: String, tenant: String, at time: ScheduleTime, _ store: StoreDatabase
    ) throws -> Suspension? {
        try store.transaction {
            guard let standing = try store.suspension(of: target) else { return nil }
            try ScheduleBook(tenant: tenant).decideSuspended(try schedules(of: target, store), store, at: time)
            try store.note(Suspension(target: target, isSuspended: false, by: by, reason: reason, at: time.text))
            return standing
        }
    }

    /// The schedules that a suspension stops.
    private static func schedules(of target: SuspensionTarget, _ store: StoreDatabase) throws -> [String] {
        guard target.kind == .deployment else { return [target.name] }
        return try store.scheduleProgress().filter { progress in
            guard let terms = progress.terms.flatMap({ try? ScheduleTerms(text: $0) }) else { return false }
            return terms.spec.deployment == target.name
        }.map(\.schedule)
    }
}
