import Digests
import Executor
import Foundation
import GitStore
import Model
import TenantStore

/// A request for a run, before anything about it is frozen.
public struct RunRequest: Sendable, Hashable {
    public var deployment: String
    public var entity: String
    public var period: Period
    public var parameters: [String: String]
    /// Who asked, for the record.
    public var requestedBy: String
    /// The start of a schedule that this is for: it gets one run, however often it is asked for.
    public var firing: FiringRunKey?

    public init(
        deployment: String, entity: String, period: Period, parameters: [String: String] = [:], requestedBy: String,
        firing: FiringRunKey? = nil
    ) {
        self.deployment = deployment
        self.entity = entity
        self.period = period
        self.parameters = parameters
        self.requestedBy = requestedBy
        self.firing = firing
    }
}

/// Freezes a request into a `RunSpec`: after this, nothing that changes on the host or in Git changes the run.
struct RunResolver: Sendable {
    let context: HomeContext
    let mirror: Mirror
    let interpreter: ContentDigest
    let guest: ContentDigest
    let code: CodeLibrary

    func resolve(_ request: RunRequest) async throws -> RunSpec {
        let tenant = context.configuration.tenant
        let deployed = try await Deployed.read(request, tenant: tenant, store: context.store)
        let serving = try await Serving.find(deployed, request: request, tenant: tenant, mirror: mirror)
        let known = serving.runbook.parameters.map(\.name)
        if let unknown = request.parameters.keys.sorted().first(where: { !known.contains($0) }) {
            throw RunError.parameterUnknown(name: unknown, runbook: serving.runbook.slug, known: known)
        }
        let opening = try await opening(request, currency: deployed.entity.currency)
        let openingDigest = try context.objects.put(try CanonicalJSON.encode(opening.answer))
        let policies = try deployed.policies.keep(in: context.objects)
        guard let logicalTime = LogicalTime.end(of: request.period, zone: deployed.tenant.timeZone) else {
            throw RunError.timeZoneUnknown(deployed.tenant.timeZone)
        }
        var spec = RunSpec(
            tenant: tenant, deployment: request.deployment, runbook: serving.runbook.slug, entity: request.entity,
            period: request.period, parameters: request.parameters, commit: serving.commit,
            code: try await code.trees(commit: serving.commit, runbook: serving.runbook.slug, tenant: tenant),
            entrypoint: serving.entrypoint, config: serving.deployment.config,
            limits: deployed.policies.bounded(serving.deployment.limits), entitySpec: deployed.entity,
            tenantSpec: deployed.tenant, chart: deployed.chart, policies: policies,
            logicalTime: logicalTime, catalogue: try freezeDocuments(request), interpreter: interpreter, guest: guest,
            carriedFrom: opening.carriedFrom, openingBalances: openingDigest)
        if deployed.applied != serving.commit { spec.manifestCommit = deployed.applied }
        return spec
    }

    /// Stores every document of the entity and period as an object, so that the run sees these bytes and none newer.
    private func freezeDocuments(_ request: RunRequest) throws -> [CatalogueEntry] {
        // A store that is not mounted must not look like one without documents.
        guard FileManager.default.isReadableFile(atPath: context.documents) else {
            throw RunError.documentsUnreadable(path: context.documents)
        }
        let folder = "\(context.documents)/\(request.entity)/\(request.period)"
        let names = try DocumentCatalogue.names(in: folder)
        let stored = try context.objects.putFiles(at: names.map { folder + "/" + $0 })
        return zip(names, stored).map { CatalogueEntry(name: $0, sha256: $1.digest, size: $1.size) }
    }

    /// Balances of everything posted by closes before this period, and the latest of these closes.
    private func opening(_ request: RunRequest, currency code: String) async throws -> OpeningBalances {
        guard let currency = Currency(code) else { throw RunError.runbookUnusable(slug: code, why: "no currency") }
        let start = request.period.start
        let (balances, earlier) = try await context.store.perform { store in
            (
                try store.openingBalances(entity: request.entity, before: start),
                try store.effectiveRuns(entity: request.entity, endingBefore: start)
            )
        }
        // Left out, they would be missing from every balance without a word.
        if let other = balances.first(where: { $0.minorUnits != 0 && $0.currency != currency }) {
            throw RunError.currencyChanged(entity: request.entity, from: other.currency, to: currency)
        }
        let latest = earlier.map(\.period.end).max()
        let carried = earlier.filter { $0.period.end == latest }.map {
            RunSpec.CarriedRun(deployment: $0.deployment, period: $0.period, runKey: $0.runKey)
        }
        return OpeningBalances(
            currency: currency, asOf: start.previousDay, carriedFrom: carried.sorted { $0.deployment < $1.deployment },
            balances: balances.filter { $0.minorUnits != 0 }
                .map { .init(account: $0.account, minorUnits: $0.minorUnits) }
                .sorted { $0.account.utf8.lexicographicallyPrecedes($1.account.utf8) })
    }
}

/// What is deployed for a run, read in one go: no reconcile comes in between.
struct Deployed: Sendable {
    /// The commit that all of it is from.
    var applied: GitObjectID
    var deployment: DeploymentSpec
    /// Why the deployment does not serve that commit, where it does not.
    var hold: DeploymentHold?
    /// As the applied commit has it.
    var runbook: RunbookSpec
    var entity: EntitySpec
    var tenant: TenantSpec
    var chart: ChartSpec
    var policies: PolicySet

    static func read(_ request: RunRequest, tenant: String, store: TenantStore) async throws -> Deployed {
        try await store.reading { store in
            guard let applied = try store.status()?.applied else { throw RunError.nothingApplied }
            let deployment = try deployment(request.deployment, tenant: tenant, store: store)
            let suspension = try store.suspension(of: .deployment(request.deployment))
            guard !deployment.suspend, suspension == nil else {
                throw RunError.deploymentSuspended(name: request.deployment, onHost: suspension)
            }
            // Only this one is decoded: closing every entity of a deployment comes here once for each of them.
            let resource = try store.resource(.init(.entity, tenant: tenant, name: request.entity))
            guard let entity = try resource?.spec.decode(EntitySpec.self),
                deployment.entities.selects(name: request.entity, labels: entity.labels)
            else {
                throw RunError.entityNotSelected(
                    entity: request.entity, deployment: request.deployment,
                    selected: try selectedEntities(deployment, tenant: tenant, store: store))
            }
            try Dependencies.check(deployment, request: request, labels: entity.labels, tenant: tenant, store: store)
            return Deployed(
                applied: applied.commit, deployment: deployment, hold: try store.hold(of: request.deployment),
                runbook: try spec(.init(.runbook, name: deployment.runbook), store), entity: entity,
                tenant: try spec(.init(.tenant, name: tenant), store),
                chart: try spec(.init(.chartOfAccounts, name: entity.chart), store),
                policies: try PolicySet(store.resources(kind: .policy, tenant: nil)))
        }
    }

    static func deployment(_ name: String, tenant: String, store: StoreDatabase) throws -> DeploymentSpec {
        guard let resource = try store.resource(.init(.deployment, tenant: tenant, name: name)) else {
            let names = try store.resources(kind: .deployment, tenant: tenant).map(\.key.name)
            throw RunError.deploymentUnknown(name: name, near: nearest(to: name, among: names))
        }
        return try resource.spec.decode(DeploymentSpec.self)
    }

    static func selectedEntities(
        _ deployment: DeploymentSpec, tenant: String, store: StoreDatabase
    ) throws -> [String] {
        try store.resources(kind: .entity, tenant: tenant).filter { resource in
            let labels = try resource.spec.decode(EntitySpec.self).labels
            return deployment.entities.selects(name: resource.key.name, labels: labels)
        }.map(\.key.name).sorted()
    }

    private static func spec<T: Decodable>(_ key: ResourceKey, _ store: StoreDatabase) throws -> T {
        guard let resource = try store.resource(key) else {
            throw RunError.objectMissing(what: key.description)
        }
        return try resource.spec.decode(T.self)
    }
}
