import Manifests
import Model

/// A small valid workspace with every kind in it: what an input changes, and what was accepted before.
enum SmallWorkspace {
    static let files: FileSet = {
        var files = FileSet()
        for entry in InputFiles(Array(text.utf8)).entries {
            precondition(files.put(entry.path, entry.bytes ?? []), "the sample holds no impossible path")
        }
        return files
    }()

    static func index(tenant: String?) -> MemoryIndex { tenant == nil ? whole : ofAlder }

    private static let whole = accepted(nil)
    private static let ofAlder = accepted("alder")

    private static func accepted(_ tenant: String?) -> MemoryIndex {
        guard case .loaded(let resources)? = try? ManifestLoader.load(files, tenant: tenant) else {
            preconditionFailure("the sample is valid")
        }
        return MemoryIndex(resources)
    }

    static let runbook = "runbooks/nav/runbook.md"

    private static let text = """
        == workspace.yaml
        apiVersion: assay/v1
        kind: Workspace
        name: alder-funds
        spec: {description: Alder's funds}
        == policies/baseline.yaml
        apiVersion: assay/v1
        kind: Policy
        name: baseline
        spec:
          signatures: head
          paths:
            - {pattern: policies/**, roles: [risk]}
        == charts/property.yaml
        apiVersion: assay/v1
        kind: ChartOfAccounts
        name: property
        spec:
          accounts:
            - {code: '1000', name: Investment property, type: asset}
            - {code: '4000', name: Rental income, type: income}
        == calendars/london.yaml
        apiVersion: assay/v1
        kind: Calendar
        name: london
        spec:
          holidays:
            - {date: 2026-12-25, name: Christmas Day}
        == agents/reader.yaml
        apiVersion: assay/v1
        kind: Agent
        name: reader
        spec: {type: json-post, endpoint: 'https://models.example/v1'}
        == notifications/desk.yaml
        apiVersion: assay/v1
        kind: NotificationChannel
        name: desk
        spec: {type: email, target: desk@example.org, events: [run.failed]}
        == tenants/alder/tenant.yaml
        apiVersion: assay/v1
        kind: Tenant
        name: alder
        spec: {displayName: Alder, baseCurrency: GBP, timeZone: Europe/London, fiscalYearEnd: '12-31', reportingFramework: IFRS}
        == tenants/alder/entities/uk.yaml
        apiVersion: assay/v1
        kind: Entity
        name: uk
        spec: {displayName: Alder UK, type: spv, jurisdiction: GB, currency: GBP, chart: property, labels: {strategy: core}}
        == tenants/alder/deployments/nav.yaml
        apiVersion: assay/v1
        kind: Deployment
        name: nav
        spec:
          runbook: nav
          entities: {names: [uk], labels: {strategy: core}}
          config: {feeRate: '0.015', quorum: 2}
          agents: {reader: reader}
        == tenants/alder/schedules/nav.yaml
        apiVersion: assay/v1
        kind: Schedule
        name: nav
        spec: {deployment: nav, cron: 0 7 5 * *, timeZone: Europe/London, period: previous-month, calendar: london}
        == tenants/oak/tenant.yaml
        apiVersion: assay/v1
        kind: Tenant
        name: oak
        spec: {displayName: Oak, baseCurrency: EUR, timeZone: Europe/Berlin, fiscalYearEnd: '06-30', reportingFramework: HGB}
        == tenants/oak/entities/lu.yaml
        apiVersion: assay/v1
        kind: Entity
        name: lu
        spec: {displayName: Oak LU, type: fund, jurisdiction: LU, currency: EUR, chart: property}
        == tenants/oak/deployments/nav.yaml
        apiVersion: assay/v1
        kind: Deployment
        name: nav
        spec: {runbook: nav, entities: {names: [lu]}, config: {feeRate: '0.02'}}
        == tenants/alder/capabilities/lines.py
        X = 1
        == runbooks/nav/runbook.md
        ---
        slug: nav
        name: Monthly NAV
        version: 1.0.0
        state: ACTIVE
        author: Fund accounting
        entrypoint: nav:run
        steps:
          - {id: bank, label: Reconcile the bank}
        config_schema:
          type: object
          properties:
            feeRate: {type: string, pattern: '^0\\.[0-9]+$'}
            quorum: {type: integer, minimum: 1, maximum: 5}
          required: [feeRate]
          additionalProperties: false
        ---
        # Monthly NAV
        == runbooks/nav/nav.py
        def run(run): ...
        == runbooks/nav/tests/scenario.yaml
        anything: goes
        """
}

/// What was accepted before, kept in memory; the store keeps the same in a database.
struct MemoryIndex: ResourceIndex {
    private(set) var all: [ResourceKey: Resource] = [:]

    init(_ resources: [Resource]) { for resource in resources { all[resource.key] = resource } }

    func applying(_ delta: Delta) -> MemoryIndex {
        var copy = self
        for key in delta.deletes { copy.all[key] = nil }
        for resource in delta.upserts { copy.all[resource.key] = resource }
        return copy
    }

    var sorted: [Resource] { all.values.sorted { $0.key < $1.key } }

    func resource(_ key: ResourceKey) throws -> Resource? { all[key] }

    func referrers(to key: ResourceKey) throws -> [ResourceKey] {
        all.values.filter { $0.references.contains(key) }.map(\.key)
    }

    func resources(kind: ResourceKind, tenant: String?) throws -> [Resource] {
        all.values.filter { $0.key.kind == kind && $0.key.tenant == tenant }
    }
}
