import Model

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
