import Model

/// A run that is to be accepted: everything known before it starts.
public struct NewRun: Hashable, Sendable {
    /// Random, 128 bits in lower-case hexadecimal.
    public var id: String
    /// Who asks for the same thing twice gives the same key twice and gets one run.
    public var idempotencyKey: String
    public var spec: RunSpec
    /// RFC 3339, UTC.
    public var requestedAt: String
    /// Who or what asked: `schedule nav-close`, a person's principal.
    public var requestedBy: String

    public init(id: String, idempotencyKey: String, spec: RunSpec, requestedAt: String, requestedBy: String) {
        self.id = id
        self.idempotencyKey = idempotencyKey
        self.spec = spec
        self.requestedAt = requestedAt
        self.requestedBy = requestedBy
    }
}

/// The answer to accepting a run: the run that stands, and whether this request made it.
public struct Acceptance: Hashable, Sendable {
    public var run: RunRow
    public var isNew: Bool
}

/// A run as the store knows it.
public struct RunRow: Hashable, Sendable {
    public var id: String
    public var idempotencyKey: String
    /// SHA-256 of `spec`.
    public var runKey: ContentDigest
    /// Canonical JSON of the `RunSpec`.
    public var spec: String
    public var deployment: String
    public var entity: String
    public var period: Period
    public var commit: GitObjectID
    public var state: RunState
    /// Known once the run has finished.
    public var mode: RunMode?
    public var requestedAt: String
    public var requestedBy: String
    /// When the first attempt started.
    public var startedAt: String?
    public var finishedAt: String?
    public var attempts: Int
    public var failure: RunFailure?
    /// The run that this one replaced when it succeeded.
    public var supersedes: String?
    /// The run that replaced this one.
    public var supersededBy: String?
    /// Object that holds the stamp's DSSE envelope.
    public var stampSHA256: ContentDigest?
    /// Whether the outputs lie in the home's folder of outputs.
    public var published: Bool

    /// Whether this is the run whose entries count: succeeded and not replaced.
    public var isEffective: Bool { state == .succeeded && supersededBy == nil }
}

/// A stamp as it was signed: where its envelope is, and the detached signature beside it.
public struct StampRecord: Hashable, Sendable {
    /// Object that holds the exact bytes of the stamp file.
    public var envelopeSHA256: ContentDigest
    /// Bytes of `<name>.stamp.json.sig`.
    public var signature: [UInt8]

    public init(envelopeSHA256: ContentDigest, signature: [UInt8]) {
        self.envelopeSHA256 = envelopeSHA256
        self.signature = signature
    }
}

/// What a succeeded run leaves behind: committed together or not at all.
public struct FinishedRun: Hashable, Sendable {
    public var mode: RunMode
    public var outputs: [Output]
    public var entries: [JournalEntry]
    /// Steps as JSON, in the form that `show` prints.
    public var steps: JSONValue
    public var logs: JSONValue
    public var stamp: StampRecord
    /// The effective run that the stamp says it supersedes; refused when the ledger says otherwise.
    public var supersedes: String?
    public var finishedAt: String

    public init(
        mode: RunMode, outputs: [Output], entries: [JournalEntry], steps: JSONValue, logs: JSONValue,
        stamp: StampRecord, supersedes: String?, finishedAt: String
    ) {
        self.mode = mode
        self.outputs = outputs
        self.entries = entries
        self.steps = steps
        self.logs = logs
        self.stamp = stamp
        self.supersedes = supersedes
        self.finishedAt = finishedAt
    }
}

/// What a failed run leaves behind: a record without outputs and entries.
public struct FailedRun: Hashable, Sendable {
    public var mode: RunMode
    public var failure: RunFailure
    public var steps: JSONValue
    public var logs: JSONValue
    /// `nil` where the run failed before there was anything to stamp.
    public var stamp: StampRecord?
    public var finishedAt: String

    public init(
        mode: RunMode, failure: RunFailure, steps: JSONValue, logs: JSONValue, stamp: StampRecord?, finishedAt: String
    ) {
        self.mode = mode
        self.failure = failure
        self.steps = steps
        self.logs = logs
        self.stamp = stamp
        self.finishedAt = finishedAt
    }
}

/// The steps and logs that a finished run left, as JSON.
public struct RunRecord: Hashable, Sendable {
    public var steps: JSONValue
    public var logs: JSONValue
}

/// A replay's signed verdict, kept beside its run.
public struct VerdictRecord: Hashable, Sendable {
    public var run: String
    /// Bytes of the signed envelope.
    public var envelope: [UInt8]
    public var at: String
}

/// One value that a setting has had.
public struct SettingRecord: Hashable, Sendable {
    public var value: String
    public var at: String
}
