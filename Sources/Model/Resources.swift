/// The kinds of things that a workspace repository declares.
public enum ResourceKind: String, Sendable, Codable, CaseIterable, Comparable {
    case workspace = "Workspace"
    case policy = "Policy"
    case chartOfAccounts = "ChartOfAccounts"
    case calendar = "Calendar"
    case agent = "Agent"
    case notificationChannel = "NotificationChannel"
    case tenant = "Tenant"
    case entity = "Entity"
    case deployment = "Deployment"
    case schedule = "Schedule"
    /// A folder `runbooks/<slug>`: its front matter and the id of its Git tree.
    case runbook = "Runbook"
    /// A folder of Python that runs may import: the tenant's, or the shared one (no tenant).
    case capabilities = "Capabilities"

    /// Kinds that live under `tenants/<tenant>/` and whose names are unique within that tenant.
    public var belongsToTenant: Bool {
        switch self {
        case .entity, .deployment, .schedule: true
        default: false
        }
    }

    /// The word the command line uses for a list of them.
    public var plural: String {
        switch self {
        case .workspace: "workspaces"
        case .policy: "policies"
        case .chartOfAccounts: "charts"
        case .calendar: "calendars"
        case .agent: "agents"
        case .notificationChannel: "channels"
        case .tenant: "tenants"
        case .entity: "entities"
        case .deployment: "deployments"
        case .schedule: "schedules"
        case .runbook: "runbooks"
        case .capabilities: "capabilities"
        }
    }

    public static func < (a: Self, b: Self) -> Bool { a.rawValue < b.rawValue }
}

/// What identifies a resource: kind, tenant (for kinds that belong to one) and name.
public struct ResourceKey: Hashable, Sendable, Codable, Comparable, CustomStringConvertible {
    public var kind: ResourceKind
    public var tenant: String?
    public var name: String

    public init(_ kind: ResourceKind, tenant: String? = nil, name: String) {
        self.kind = kind
        self.tenant = tenant
        self.name = name
    }

    /// `Entity alder/alder-uk`, or `Policy baseline` for a kind without tenant.
    public var description: String { "\(kind.rawValue) \(tenant.map { $0 + "/" } ?? "")\(name)" }

    public static func < (a: Self, b: Self) -> Bool {
        (a.kind, a.tenant ?? "", a.name) < (b.kind, b.tenant ?? "", b.name)
    }
}

/// One declared thing, normalised: defaults are filled in, so two equal specs have equal digests.
public struct Resource: Hashable, Sendable, Codable {
    public var key: ResourceKey
    /// Path of the file that declares it (of the folder, for runbooks and capabilities).
    public var path: String
    /// The `spec`, normalised. A runbook's is its front matter plus `tree`; capabilities have only `tree`.
    public var spec: JSONValue
    /// SHA-256 of the canonical JSON of `spec`.
    public var digest: ContentDigest
    /// What this resource names and therefore needs, sorted.
    public var references: [ResourceKey]

    public init(key: ResourceKey, path: String, spec: JSONValue, digest: ContentDigest, references: [ResourceKey]) {
        self.key = key
        self.path = path
        self.spec = spec
        self.digest = digest
        self.references = references
    }
}
