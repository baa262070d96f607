import Model
import TenantStore
import Digests

/// Finds what a person means: a run by its first digits, the entities of a deployment, what must be repeated.
public enum RunSelection {
    /// A run by its id or the first digits of it.
    public static func run(_ text: String, _ context: HomeContext) async throws -> RunRow {
        let text = text.lowercased()
        let found = text.isEmpty ? [] : try await context.store.runs(idPrefix: text)
        guard let first = found.first else {
            let ids = try await context.store.runs(limit: 1000).map(\.id)
            throw RunError.runUnknown(id: text, near: nearest(to: text, among: ids))
        }
        guard found.count == 1 else { throw RunError.runAmbiguous(id: text, count: found.count) }
        return first
    }

    /// Names of the entities that a deployment selects, sorted.
    public static func entities(of deployment: String, _ context: HomeContext) async throws -> [String] {
        let tenant = context.configuration.tenant
        return try await context.store.perform { store in
            let spec = try Deployed.deployment(deployment, tenant: tenant, store: store)
            return try Deployed.selectedEntities(spec, tenant: tenant, store: store)
        }
    }

    /// The stale run of the earliest period.
    public static func nextStale(
        of entities: Set<String>, except done: Set<String>, _ context: HomeContext
    ) async throws -> RunRow? {
        try await context.store.staleRuns()
            .filter { entities.contains($0.entity) && !done.contains($0.id) }
            .min { ($0.period.start, $0.entity, $0.deployment) < ($1.period.start, $1.entity, $1.deployment) }
    }

    /// The request that a run came from, to be made again.
    public static func request(repeating run: RunRow) throws -> RunRequest {
        let spec = try CanonicalJSON.parse(Array(run.spec.utf8)).decode(RunSpec.self)
        return RunRequest(
            deployment: run.deployment, entity: run.entity, period: run.period, parameters: spec.parameters,
            requestedBy: "cascade")
    }
}
