/// What a scenario's folder cannot say: its `scenario.yaml`, over the one that all scenarios of a runbook share.
public struct ScenarioSpec: Codable, Hashable, Sendable {
    public var description: String?
    public var period: Period
    public var entity: Entity
    public var tenant: Tenant
    /// Tenants whose capabilities it needs; empty for any.
    public var tenants: [String]
    /// Name of a ChartOfAccounts; `nil` where `accounts` are given, or for the workspace's only one.
    public var chart: String?
    public var accounts: [ChartSpec.Account]?
    /// As a deployment's.
    public var config: JSONValue
    public var parameters: [String: String]
    /// Account → amount, debit positive; `nil` where nothing precedes the period.
    public var opening: [String: String]?
    public var limits: Limits
    /// How the run must fail; `nil` where it must succeed.
    public var fails: Failure?

    public struct Entity: Codable, Hashable, Sendable {
        public var name: String
        /// The name where absent.
        public var displayName: String?
        public var type: String
        public var jurisdiction: String
        public var currency: String
        public var labels: [String: String]
    }

    public struct Tenant: Codable, Hashable, Sendable {
        public var displayName: String
        /// The entity's currency where absent.
        public var baseCurrency: String?
        public var timeZone: String
        public var fiscalYearEnd: String
        public var reportingFramework: String
    }

    public struct Failure: Codable, Hashable, Sendable {
        public var reason: String
        /// A part of the message.
        public var message: String?
    }
}

/// A folder of `runbooks/<slug>/tests/`: what a run of the runbook gets, and what it must give.
public struct Scenario: Hashable, Sendable {
    /// The folder's name.
    public var name: String
    /// Its path in the workspace.
    public var folder: String
    public var spec: ScenarioSpec
    /// Named, or given in the scenario itself.
    public var chart: ChartSpec
    /// Names below `documents/`, sorted bytewise.
    public var documents: [String]
    /// Names below `expected/`, sorted bytewise.
    public var outputs: [String]
    /// Whether there is a `posted.csv`.
    public var hasPosted: Bool
    /// Path of the SQL file in the workspace.
    public var dataPlatform: String?

    public init(
        name: String, folder: String, spec: ScenarioSpec, chart: ChartSpec, documents: [String], outputs: [String],
        hasPosted: Bool, dataPlatform: String?
    ) {
        self.name = name
        self.folder = folder
        self.spec = spec
        self.chart = chart
        self.documents = documents
        self.outputs = outputs
        self.hasPosted = hasPosted
        self.dataPlatform = dataPlatform
    }

    /// Path in the workspace of an expected output.
    public func path(ofOutput name: String) -> String { "\(folder)/expected/\(name)" }
    public func path(ofDocument name: String) -> String { "\(folder)/documents/\(name)" }
    public var postedPath: String { "\(folder)/posted.csv" }
}
