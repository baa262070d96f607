/// A file of the document catalogue.
public struct CatalogueEntry: Hashable, Sendable, Codable {
    /// Path relative to `documents/<entity>/<period>/`, with `/`.
    public var name: String
    public var sha256: ContentDigest
    /// Bytes.
    public var size: Int64

    public init(name: String, sha256: ContentDigest, size: Int64) {
        self.name = name
        self.sha256 = sha256
        self.size = size
    }
}

/// A folder of code at the run's commit: the Git id that Git users know, and the SHA-256 that stands in trust.
public struct CodeTree: Hashable, Sendable, Codable {
    /// Path in the workspace repository, such as `runbooks/nav-monthly`.
    public var path: String
    public var gitTree: GitObjectID
    /// Tree digest: SHA-256 over lines `<mode> <sha256> <path>\n`, sorted bytewise by path.
    public var sha256: ContentDigest

    public init(path: String, gitTree: GitObjectID, sha256: ContentDigest) {
        self.path = path
        self.gitTree = gitTree
        self.sha256 = sha256
    }
}

/// Everything that is known before a run starts, frozen. Its canonical digest is the *run key*.
///
/// It holds no wall-clock time, no run id, no path and no user of the host, so two homes agree on it.
public struct RunSpec: Hashable, Sendable, Codable {
    public static let formatVersion = 1

    public var version: Int
    public var tenant: String
    public var deployment: String
    public var runbook: String
    public var entity: String
    public var period: Period
    public var parameters: [String: String]
    /// The commit that the code is from.
    public var commit: GitObjectID
    /// The commit that entity, chart, policies and, but for a held deployment, its manifest are from; absent where it is
    /// `commit`.
    public var manifestCommit: GitObjectID?
    public var code: [CodeTree]
    public var entrypoint: String
    /// The deployment's `config`.
    public var config: JSONValue
    public var limits: Limits
    /// Whether the entity's ledger is read and posted to in this currency.
    public var entitySpec: EntitySpec
    public var tenantSpec: TenantSpec
    public var chart: ChartSpec
    /// Digest of all policies at the commit (canonical JSON of name → digest).
    public var policies: ContentDigest
    /// End of the period in the tenant's zone, RFC 3339 with offset, such as `2026-03-31T23:59:59+01:00`.
    public var logicalTime: String
    public var catalogue: [CatalogueEntry]
    /// Tree digest of the interpreter closure.
    public var interpreter: ContentDigest
    /// Tree digest of the guest package.
    public var guest: ContentDigest
    /// Which earlier close the opening balances come from; empty where the ledger has nothing before the period.
    public var carriedFrom: [CarriedRun]
    /// SHA-256 of the canonical JSON of the opening balances.
    public var openingBalances: ContentDigest

    public struct CarriedRun: Hashable, Sendable, Codable {
        public var deployment: String
        public var period: Period
        public var runKey: ContentDigest

        public init(deployment: String, period: Period, runKey: ContentDigest) {
            self.deployment = deployment
            self.period = period
            self.runKey = runKey
        }
    }

    public init(
        tenant: String, deployment: String, runbook: String, entity: String, period: Period,
        parameters: [String: String], commit: GitObjectID, code: [CodeTree], entrypoint: String, config: JSONValue,
        limits: Limits, entitySpec: EntitySpec, tenantSpec: TenantSpec, chart: ChartSpec, policies: ContentDigest,
        logicalTime: String, catalogue: [CatalogueEntry], interpreter: ContentDigest, guest: ContentDigest,
        carriedFrom: [CarriedRun], openingBalances: ContentDigest
    ) {
        version = RunSpec.formatVersion
        self.tenant = tenant
        self.deployment = deployment
        self.runbook = runbook
        self.entity = entity
        self.period = period
        self.parameters = parameters
        self.commit = commit
        self.code = code
        self.entrypoint = entrypoint
        self.config = config
        self.limits = limits
        self.entitySpec = entitySpec
        self.tenantSpec = tenantSpec
        self.chart = chart
        self.policies = policies
        self.logicalTime = logicalTime
        self.catalogue = catalogue
        self.interpreter = interpreter
        self.guest = guest
        self.carriedFrom = carriedFrom
        self.openingBalances = openingBalances
    }
}

public enum RunState: String, Sendable, Codable {
    case queued, running, waiting, succeeded, failed, cancelled
}

public enum RunMode: String, Sendable, Codable {
    case hermetic, degraded
}

/// Why a run failed, and where the runbook stood.
public struct RunFailure: Hashable, Sendable, Codable {
    /// Stable PascalCase: `RunbookFailed`, `RunbookError`, `SandboxViolation`, `LimitExceeded`, `GuestLost`, …
    public var reason: String
    public var message: String
    /// Path inside the repository, where known.
    public var file: String?
    public var line: Int?
    /// For people: Python's traceback, where there is one.
    public var detail: String?

    public init(reason: String, message: String, file: String? = nil, line: Int? = nil, detail: String? = nil) {
        self.reason = reason
        self.message = message
        self.file = file
        self.line = line
        self.detail = detail
    }
}

/// One effect of a run: what the runbook asked for or told, and the answer it got.
public struct Event: Hashable, Sendable, Codable {
    /// One-based, in the order in which the guest asked.
    public var sequence: Int
    /// Such as `document.read`, `journal.post`.
    public var kind: String
    /// Canonical JSON (RFC 8785) of the request, without the call's id.
    public var request: String
    public var requestSHA256: ContentDigest
    /// Object that holds the answer; `nil` for an effect that has none, or has none yet.
    public var responseSHA256: ContentDigest?
    /// One-based rank among the completed calls of this run: the order in which the guest got its answers.
    public var completion: Int?
    /// Who answered: `host`, an agent's name, a person's principal.
    public var actor: String
    /// RFC 3339, UTC, milliseconds: when the host recorded the answer (or the telling).
    public var recordedAt: String
    /// Runbook file and line that asked, where known.
    public var file: String?
    public var line: Int?

    public init(
        sequence: Int, kind: String, request: String, requestSHA256: ContentDigest, responseSHA256: ContentDigest?,
        completion: Int?, actor: String, recordedAt: String, file: String?, line: Int?
    ) {
        self.sequence = sequence
        self.kind = kind
        self.request = request
        self.requestSHA256 = requestSHA256
        self.responseSHA256 = responseSHA256
        self.completion = completion
        self.actor = actor
        self.recordedAt = recordedAt
        self.file = file
        self.line = line
    }
}

/// A file that a run emitted.
public struct Output: Hashable, Sendable, Codable {
    public var name: String
    public var sha256: ContentDigest
    /// Bytes.
    public var size: Int64
    public var mediaType: String

    public init(name: String, sha256: ContentDigest, size: Int64, mediaType: String) {
        self.name = name
        self.sha256 = sha256
        self.size = size
        self.mediaType = mediaType
    }
}

/// A balanced set of lines posted by a run.
///
/// Where its amounts came from is said once, in the history: the run's n-th `journal.post` is its entry n.
public struct JournalEntry: Hashable, Sendable, Codable {
    /// One-based within its run, in posting order.
    public var number: Int
    public var date: CalendarDate
    public var description: String
    /// Whether the entry brings balances forward from outside (take-on): dated the day before the period.
    public var opening: Bool
    public var lines: [JournalLine]
    /// Repository path and line of the code that posted it.
    public var file: String?
    public var line: Int?

    public init(
        number: Int, date: CalendarDate, description: String, opening: Bool, lines: [JournalLine], file: String?,
        line: Int?
    ) {
        self.number = number
        self.date = date
        self.description = description
        self.opening = opening
        self.lines = lines
        self.file = file
        self.line = line
    }
}

public struct JournalLine: Hashable, Sendable, Codable {
    public var account: String
    public var currency: Currency
    /// Positive is a debit, negative a credit.
    public var minorUnits: Int64
    public var memo: String?

    public init(account: String, currency: Currency, minorUnits: Int64, memo: String?) {
        self.account = account
        self.currency = currency
        self.minorUnits = minorUnits
        self.memo = memo
    }
}
