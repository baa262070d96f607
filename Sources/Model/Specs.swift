// Typed views of a resource's normalised `spec`. `Manifests` guarantees that a loaded resource decodes.

public struct WorkspaceSpec: Codable, Sendable, Hashable {
    public var description: String?
    /// Oldest assay version that may reconcile this workspace, such as `0.1.0`.
    public var minimumVersion: String
}

public struct TenantSpec: Codable, Sendable, Hashable {
    public var displayName: String
    public var baseCurrency: String
    /// IANA zone in which periods end.
    public var timeZone: String
    /// `MM-DD`.
    public var fiscalYearEnd: String
    public var reportingFramework: String
    /// Names that the tenant home's configuration resolves.
    public var dataPlatform: String?
    public var documentStore: String?

    public init(
        displayName: String, baseCurrency: String, timeZone: String, fiscalYearEnd: String, reportingFramework: String,
        dataPlatform: String? = nil, documentStore: String? = nil
    ) {
        self.displayName = displayName
        self.baseCurrency = baseCurrency
        self.timeZone = timeZone
        self.fiscalYearEnd = fiscalYearEnd
        self.reportingFramework = reportingFramework
        self.dataPlatform = dataPlatform
        self.documentStore = documentStore
    }
}

public struct EntitySpec: Codable, Sendable, Hashable {
    public var displayName: String
    /// `fund`, `spv`, `holding` or `cell`.
    public var type: String
    /// ISO 3166-1 alpha-2.
    public var jurisdiction: String
    /// ISO 4217: the currency in which the entity keeps its ledger.
    public var currency: String
    /// Name of its ChartOfAccounts.
    public var chart: String
    public var labels: [String: String]

    public init(
        displayName: String, type: String, jurisdiction: String, currency: String, chart: String, labels: [String: String]
    ) {
        self.displayName = displayName
        self.type = type
        self.jurisdiction = jurisdiction
        self.currency = currency
        self.chart = chart
        self.labels = labels
    }
}

public struct DeploymentSpec: Codable, Sendable, Hashable {
    /// Slug of the runbook.
    public var runbook: String
    public var entities: EntitySelector
    /// Free-form, checked against the runbook's `config_schema`.
    public var config: JSONValue
    /// Role used by the runbook → name of an Agent.
    public var agents: [String: String]
    public var limits: Limits
    public var suspend: Bool
    /// Names of deployments that must have closed an entity and period before this one runs for it.
    public var dependsOn: [String]?
    /// Where the code comes from instead of the applied commit.
    public var source: Source?
    /// `confirmed`: may be deleted although runs of it are not finished.
    public var deletion: String?

    public struct Source: Codable, Sendable, Hashable {
        public var commit: GitObjectID
    }
}

/// Entities by name, by labels that must all match, or both (union).
public struct EntitySelector: Codable, Sendable, Hashable {
    public var names: [String]
    public var labels: [String: String]

    /// Whether the entity is selected; labels select nothing when there are none.
    public func selects(name: String, labels entityLabels: [String: String]) -> Bool {
        names.contains(name) || (!labels.isEmpty && labels.allSatisfy { entityLabels[$0.key] == $0.value })
    }
}

/// Bounds of one run; being stopped by one is an infrastructure failure, never an output.
public struct Limits: Codable, Sendable, Hashable {
    public var wallSeconds: Int
    public var cpuSeconds: Int
    public var memoryMiB: Int
    public var outputMiB: Int
    /// Largest number of effects (calls and tells).
    public var effects: Int

    public init(wallSeconds: Int, cpuSeconds: Int, memoryMiB: Int, outputMiB: Int, effects: Int) {
        self.wallSeconds = wallSeconds
        self.cpuSeconds = cpuSeconds
        self.memoryMiB = memoryMiB
        self.outputMiB = outputMiB
        self.effects = effects
    }

    public static let standard = Limits(
        wallSeconds: 600, cpuSeconds: 300, memoryMiB: 1024, outputMiB: 256, effects: 100_000)
}

public struct ScheduleSpec: Codable, Sendable, Hashable {
    public var deployment: String
    /// Five fields, or a word such as `@monthly`.
    public var cron: String
    public var timeZone: String
    /// `current-…` or `previous-` followed by `month`, `quarter` or `year`.
    public var period: String
    public var calendar: String?
    /// The N-th business day of each month, -1 for the last, instead of days that `cron` names.
    public var businessDay: Int?
    /// Where a day that is no business day moves: `following`, `preceding` or `none`. Without a calendar: nowhere.
    public var roll: String
    /// First and last day of starts, in the schedule's zone.
    public var start: CalendarDate?
    public var end: CalendarDate?
    public var freeze: [Freeze]
    /// `skip`, `queue` or `allow`.
    public var overlap: String
    public var catchUp: CatchUp
    public var suspend: Bool

    public struct CatchUp: Codable, Sendable, Hashable {
        public var windowHours: Int
        public var limit: Int
    }

    /// Days without starts; both ends are among them.
    public struct Freeze: Codable, Sendable, Hashable {
        public var from: CalendarDate
        public var to: CalendarDate
        public var reason: String
    }
}

public struct AgentSpec: Codable, Sendable, Hashable {
    /// `openai-chat`, `anthropic-messages`, `json-post` or `command`.
    public var type: String
    public var endpoint: String?
    public var command: [String]?
    /// Model or version pin.
    public var model: String?
    /// Name of a secret of the tenant home; never a value.
    public var secret: String?
    public var timeoutSeconds: Int
    public var requestsPerMinute: Int?
}

public struct CalendarSpec: Codable, Sendable, Hashable {
    /// Days of the week that are not business days, such as `saturday`.
    public var weekend: [String]
    public var holidays: [Holiday]

    public struct Holiday: Codable, Sendable, Hashable {
        public var date: CalendarDate
        public var name: String
    }
}

public struct PolicySpec: Codable, Sendable, Hashable {
    public var description: String?
    /// `none`, `head` or `every`.
    public var signatures: String
    /// `required` or `degraded`.
    public var sandbox: String
    /// Whether a run without the full sandbox may post to the ledger.
    public var degradedRunsMayPost: Bool
    /// Whether an approver must differ from requester and author.
    public var fourEyes: Bool
    /// How many people must approve.
    public var quorum: Int
    /// Which roles must have signed a change to which paths.
    public var paths: [PathRule]
    /// Who must have looked at a commit besides those who wrote it; `nil` asks for nobody.
    public var reviews: Reviews?
    /// Upper bounds for every deployment's limits.
    public var limits: Limits?
    /// `optional` or `required`; absent from what earlier versions stored.
    public var scenarios: String?

    public struct PathRule: Codable, Sendable, Hashable {
        /// Glob over repository paths, such as `policies/**`.
        public var pattern: String
        public var roles: [String]
    }

    public struct Reviews: Codable, Sendable, Hashable {
        /// How many people other than the authors.
        public var minimum: Int
        /// `claimed`: authors are who the commits name; `signed`: every merged commit must be signed, and its signer is an author.
        public var authors: String
    }
}

public struct ChartSpec: Codable, Sendable, Hashable {
    public var description: String?
    public var accounts: [Account]

    public init(description: String? = nil, accounts: [Account]) {
        self.description = description
        self.accounts = accounts
    }

    public struct Account: Codable, Sendable, Hashable {
        public var code: String
        public var name: String
        /// `asset`, `liability`, `equity`, `income` or `expense`.
        public var type: String
    }
}

public struct ChannelSpec: Codable, Sendable, Hashable {
    /// `command`, `webhook` or `email`.
    public var type: String
    /// Program and arguments, URL, or address, by type.
    public var target: String
    public var events: [String]
    public var secret: String?
}

/// The front matter of `runbook.md`, plus the id of the folder's Git tree.
public struct RunbookSpec: Codable, Sendable, Hashable {
    public var slug: String
    public var name: String
    public var version: String
    /// `DRAFT`, `ACTIVE` or `RETIRED`.
    public var state: String
    public var author: String
    public var description: String?
    /// `module:function`.
    public var entrypoint: String?
    public var steps: [Step]
    /// What a request may pass besides entity and period.
    public var parameters: [Parameter]
    /// JSON Schema (subset) of a deployment's `config`.
    public var config_schema: JSONValue?
    /// Git tree of `runbooks/<slug>`; absent where a plain directory was validated.
    public var tree: GitObjectID?

    public struct Parameter: Codable, Sendable, Hashable {
        public var name: String
        public var description: String?
    }

    public struct Step: Codable, Sendable, Hashable {
        public var id: String
        public var label: String
    }
}
