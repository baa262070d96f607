import GitStore
import Manifests
import Model
import TenantStore

/// The version of a deployment that runs now: the applied commit's, the one it is pinned to, or, where it is held, the one
/// that served before.
struct Serving: Sendable {
    /// The commit that the code is from.
    var commit: GitObjectID
    var deployment: DeploymentSpec
    var runbook: RunbookSpec
    var entrypoint: String

    static func find(
        _ deployed: Deployed, request: RunRequest, tenant: String, mirror: Mirror
    ) async throws -> Serving {
        var deployment = deployed.deployment
        var commit = deployed.applied
        if let hold = deployed.hold {
            guard let serving = hold.serving else { throw RunError.deploymentHeld(hold) }
            commit = serving
            let key = ResourceKey(.deployment, tenant: tenant, name: request.deployment)
            deployment = try await declared(key, at: commit, mirror: mirror)
        }
        if let pin = deployment.source { commit = pin.commit }
        let runbook = commit == deployed.applied
            ? deployed.runbook
            : try await declared(ResourceKey(.runbook, name: deployment.runbook), at: commit, mirror: mirror)
        guard runbook.state == "ACTIVE" else {
            throw RunError.runbookUnusable(slug: runbook.slug, why: "its state is \(runbook.state)")
        }
        guard let entrypoint = runbook.entrypoint else {
            throw RunError.runbookUnusable(slug: runbook.slug, why: "it names no entrypoint")
        }
        return Serving(commit: commit, deployment: deployment, runbook: runbook, entrypoint: entrypoint)
    }

    private static func declared<T: Decodable>(_ key: ResourceKey, at commit: GitObjectID, mirror: Mirror) async throws -> T {
        // It was judged when it was deployed.
        let source = try await mirror.snapshot(commit, trusting: commit)
        guard let resource = try ManifestLoader.declared(key, in: source) else {
            throw RunError.objectMissing(what: "\(key) of commit \(commit.short)")
        }
        return try resource.spec.decode(T.self)
    }
}

/// What must have closed an entity and period before a deployment runs for it.
enum Dependencies {
    /// Throws `dependencyOpen` for the first dependency that selects the entity and has no standing close of it: none that
    /// succeeded, or one that is stale.
    static func check(
        _ deployment: DeploymentSpec, request: RunRequest, labels: [String: String], tenant: String, store: StoreDatabase
    ) throws {
        let names = deployment.dependsOn ?? []
        guard !names.isEmpty else { return }
        let stale = Set(try store.staleRuns().map(\.id))
        for name in names {
            let dependency = try Deployed.deployment(name, tenant: tenant, store: store)
            guard dependency.entities.selects(name: request.entity, labels: labels) else { continue }
            let run = try store.effectiveRun(deployment: name, entity: request.entity, period: request.period)
            guard let run, !stale.contains(run.id) else {
                throw RunError.dependencyOpen(
                    deployment: request.deployment, dependency: name, entity: request.entity, period: request.period)
            }
        }
    }
}
