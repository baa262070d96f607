import Model

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
