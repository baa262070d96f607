import Model

/// What the runs of one file of the status have in common.
public struct RunSubject: Hashable, Sendable {
    public var deployment: String
    public var entity: String
    public var period: Period

    public init(deployment: String, entity: String, period: Period) {
        self.deployment = deployment
        self.entity = entity
        self.period = period
    }
}

/// A run as it may be told to the outside: nothing of it is an amount, a document or an output.
public struct ReportedRun: Hashable, Sendable {
    public var id: String
    public var subject: RunSubject
    public var state: RunState
    public var mode: RunMode?
    public var commit: GitObjectID
    /// RFC 3339, UTC; `nil` while it waits.
    public var finishedAt: String?
    /// The word of the failure, never its message.
    public var failure: String?
    public var supersedes: String?
    public var supersededBy: String?
    /// SHA-256 of the stamp's envelope.
    public var stamp: ContentDigest?

    public init(
        id: String, subject: RunSubject, state: RunState, mode: RunMode?, commit: GitObjectID, finishedAt: String?,
        failure: String?, supersedes: String?, supersededBy: String?, stamp: ContentDigest?
    ) {
        self.id = id
        self.subject = subject
        self.state = state
        self.mode = mode
        self.commit = commit
        self.finishedAt = finishedAt
        self.failure = failure
        self.supersedes = supersedes
        self.supersededBy = supersededBy
        self.stamp = stamp
    }
}

/// What changed since the status was last written down.
public struct ReportMarks: Hashable, Sendable {
    /// Every mark up to this one is in here.
    public var last: Int64
    /// Whether more than runs changed: the status, or what of it deployments serve.
    public var status: Bool
    public var runs: Set<RunSubject>
}
