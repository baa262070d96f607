import Model

@testable import Manifests

/// A small valid workspace with every kind in it, to change in one place per test.
enum Samples {
    static let workspace = [
        "workspace.yaml": manifest("Workspace", "alder-funds", "  description: Alder's funds\n  minimumVersion: 0.1.0"),
        "policies/baseline.yaml": manifest(
            "Policy", "baseline",
            """
              signatures: head
              paths:
                - pattern: policies/**
                  roles: [risk]
              limits: {wallSeconds: 900}
            """),
        "charts/property.yaml": manifest(
            "ChartOfAccounts", "property",
            """
              accounts:
                - {code: '1000', name: Investment property, type: asset}
                - {code: '4000', name: Rental income, type: income}
            """),
        "calendars/london.yaml": manifest(
            "Calendar", "london", "  holidays:\n    - {date: 2026-12-25, name: Christmas Day}"),
        "agents/reader.yaml": manifest(
            "Agent", "reader",
            "  type: openai-chat\n  endpoint: https://models.example/v1\n  model: reader-2026-01\n  secret: reader-key"),
        "notifications/desk.yaml": manifest(
            "NotificationChannel", "desk", "  type: email\n  target: desk@example.org\n  events: [run.failed]"),
        "tenants/alder/tenant.yaml": manifest(
            "Tenant", "alder",
            """
              displayName: Alder
              baseCurrency: GBP
              timeZone: Europe/London
              fiscalYearEnd: '12-31'
              reportingFramework: IFRS
              dataPlatform: main
            """),
        "tenants/alder/entities/alder-uk.yaml": entity("alder-uk"),
        "tenants/alder/deployments/nav.yaml": manifest(
            "Deployment", "nav",
            """
              runbook: nav-monthly
              entities:
                names: [alder-uk]
                labels: {strategy: core}
              config:
                feeRate: '0.015'
                quorum: 2
              agents: {reader: reader}
            """),
        "tenants/alder/schedules/nav.yaml": manifest(
            "Schedule", "nav",
            """
              deployment: nav
              cron: 0 7 5 * *
              timeZone: Europe/London
              period: previous-month
              calendar: london
            """),
        "tenants/alder/capabilities/bank_lines.py": "def classify(line): ...\n",
        "capabilities/shared.py": "X = 1\n",
        "runbooks/nav-monthly/runbook.md": runbook,
        "runbooks/nav-monthly/nav_monthly.py": "def run(run): ...\n",
        "runbooks/nav-monthly/tests/fixture.yaml": "anything: goes\n",
        "README.md": "# Alder\n",
        ".github/workflows/check.yaml": "on: push\n",
    ]

    static let runbook = """
        ---
        slug: nav-monthly
        name: Monthly NAV
        version: 1.0.0
        state: ACTIVE
        author: Fund accounting
        entrypoint: nav_monthly:run
        steps:
          - {id: bank, label: Reconcile the bank, component: LOADING, timeout_minutes: 30}
        config_schema:
          type: object
          properties:
            feeRate: {type: string, pattern: '^0\\.[0-9]+$'}
            quorum: {type: integer, minimum: 1, maximum: 5}
          required: [feeRate]
          additionalProperties: false
        ---
        # Monthly NAV
        """

    static func entity(_ name: String, strategy: String = "core", chart: String = "property") -> String {
        manifest(
            "Entity", name,
            """
              displayName: Alder UK
              type: spv
              jurisdiction: GB
              currency: GBP
              chart: \(chart)
              labels: {strategy: \(strategy)}
            """)
    }

    static func manifest(_ kind: String, _ name: String, _ spec: String) -> String {
        "apiVersion: assay/v1\nkind: \(kind)\nname: \(name)\nspec:\n\(spec)\n"
    }

    /// The problems of the sample after a change; empty where it loads.
    static func problems(_ change: (inout [String: String]) -> Void) throws -> [Problem] {
        var files = workspace
        change(&files)
        switch try ManifestLoader.load(MemorySource(files)) {
        case .loaded: return []
        case .problems(let problems): return problems
        }
    }

    static func loaded(_ files: [String: String] = workspace, tenant: String? = nil) throws -> [Resource] {
        switch try ManifestLoader.load(MemorySource(files), tenant: tenant) {
        case .loaded(let resources): return resources
        case .problems(let problems): throw ManifestError.invalid(problems)
        }
    }
}
