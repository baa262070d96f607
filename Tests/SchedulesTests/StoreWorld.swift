import Digests
import Foundation
import Model
import Schedules

@testable import Reconciler
@testable import TenantStore

/// A real store with deployments of one or two entities each, to which schedules are deployed, and a clock that is set by
/// hand. It can be closed and opened again at any point.
struct StoreWorld {
    static let tenant = "oak"
    static let deployments = 6

    let folder: URL
    private(set) var store: StoreDatabase
    private(set) var book = ScheduleBook(tenant: StoreWorld.tenant)
    var now: Instant
    private var commits = 0

    init(now: Instant) throws {
        self.now = now
        folder = FileManager.default.temporaryDirectory.appending(path: "assay-schedules-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        store = try StoreDatabase.create(atHome: folder.path)
        try store.connection.execute("PRAGMA synchronous = OFF")
        var resources: [Resource] = []
        for index in 0..<Self.deployments {
            for entity in Self.entities(of: index) {
                resources.append(
                    try Self.resource(
                        .entity, entity,
                        ["displayName": "E", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "c", "labels": [:]]))
            }
            resources.append(try Self.deployment(index, isSuspended: false))
        }
        try apply(resources.map { Change(action: .create, key: $0.key, resource: $0) })
    }

    static func entities(of deployment: Int) -> [String] {
        deployment % 2 == 0 ? ["e\(deployment)"] : ["e\(deployment)", "f\(deployment)"]
    }

    var time: ScheduleTime { ScheduleTime(now: now, text: now.description.replacing("Z", with: ".000Z")) }

    /// As a process that was killed and started again.
    mutating func reopen() throws {
        store = try StoreDatabase.open(atHome: folder.path)
        try store.connection.execute("PRAGMA synchronous = OFF")
        book = ScheduleBook(tenant: Self.tenant)
    }

    func remove() { try? FileManager.default.removeItem(at: folder) }

    mutating func tick(reload: Bool) throws -> ScheduleTick { try book.tick(store, at: time, reload: reload) }

    // MARK: - What is deployed

    mutating func apply(_ changes: [Change]) throws {
        commits += 1
        let person = GitPerson(name: "Ada", email: "ada@example.org", time: now.seconds, offset: 0)
        let id = { (number: Int) in GitObjectID(hex: String((String(repeating: "0", count: 40) + String(number)).suffix(40)))! }
        let revision = Revision(
            commit: id(commits), tree: id(commits), parents: [], author: person, committer: person, subject: "s", body: "",
            signature: .none)
        let plan = try store.begin(plan: Plan(from: nil, to: revision, changes: changes), at: time.text)
        let status = ReconcileStatus(
            attempted: revision, applied: revision, outcome: .ready, reason: "", message: "", problems: [], at: time.text)
        try store.applyAll(of: plan, status: status)
        try store.finish(plan: plan, status: .applied, at: time.text)
    }

    static func resource(_ kind: ResourceKind, _ name: String, _ spec: JSONValue) throws -> Resource {
        Resource(
            key: ResourceKey(kind, tenant: kind.belongsToTenant ? tenant : nil, name: name), path: "\(kind)/\(name)",
            spec: spec, digest: try CanonicalJSON.digest(spec), references: [])
    }

    static func deployment(_ index: Int, isSuspended: Bool) throws -> Resource {
        let names = JSONValue.array(entities(of: index).map { .string($0) })
        let limits: JSONValue = ["wallSeconds": 1, "cpuSeconds": 1, "memoryMiB": 1, "outputMiB": 1, "effects": 1]
        return try resource(
            .deployment, "d\(index)",
            [
                "runbook": "r", "entities": ["names": names, "labels": [:]], "config": [:], "agents": [:], "limits": limits,
                "suspend": .bool(isSuspended),
            ])
    }

    // MARK: - Runs

    /// Accepts the run of one entity, as a coordinator does; each has a spec of its own.
    func accept(_ key: FiringRunKey, deployment: String, period: Period) throws -> RunRow {
        try Self.accept(key, deployment: deployment, period: period, store, at: time.text)
    }

    static func accept(
        _ key: FiringRunKey, deployment: String, period: Period, _ store: StoreDatabase, at: String
    ) throws -> RunRow {
        let template: JSONValue = ["displayName": "E", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "c", "labels": [:]]
        let tenant: JSONValue = [
            "displayName": "T", "baseCurrency": "GBP", "timeZone": "UTC", "fiscalYearEnd": "12-31", "reportingFramework": "IFRS",
        ]
        let chart: JSONValue = ["accounts": []]
        let digest = SHA256.digest([])
        let spec = RunSpec(
            tenant: Self.tenant, deployment: deployment, runbook: "r", entity: key.entity, period: period,
            parameters: ["start": key.firing.description], commit: GitObjectID(hex: String(repeating: "a", count: 40))!,
            code: [], entrypoint: "m:f", config: [:], limits: .standard, entitySpec: try template.decode(EntitySpec.self),
            tenantSpec: try tenant.decode(TenantSpec.self), chart: try chart.decode(ChartSpec.self), policies: digest,
            logicalTime: "", catalogue: [], interpreter: digest, guest: digest, carriedFrom: [], openingBalances: digest)
        let id = lowerHex(try SecureRandom.bytes(16))
        return try store.accept(
            NewRun(
                id: id, idempotencyKey: key.idempotencyKey(tenant: Self.tenant), spec: spec, requestedAt: at,
                requestedBy: "schedule \(key.firing)"), for: key
        ).run
    }

    func end(_ run: String) throws {
        try store.fail(
            run: run,
            FailedRun(
                mode: .hermetic, failure: RunFailure(reason: "RunbookFailed", message: ""), steps: [], logs: [], stamp: nil,
                finishedAt: time.text))
    }
}
