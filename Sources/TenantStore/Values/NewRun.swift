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
