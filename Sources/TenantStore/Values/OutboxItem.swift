/// Something that is to be said to the outside, until it has arrived.
public struct OutboxItem: Hashable, Sendable {
    public enum Kind: String, Sendable {
        /// The status reference is to be pushed.
        case push
        /// The program of a hook is to be told of a commit.
        case hook
    }

    public var id: Int64
    public var kind: Kind
    /// What it is about; a newer item about the same replaces one that has not arrived.
    public var subject: String
    /// Canonical JSON.
    public var payload: String
    /// RFC 3339, UTC: since when something about the subject waits.
    public var createdAt: String
    /// How often it was tried in vain.
    public var attempts: Int
    /// RFC 3339, UTC; not before this.
    public var nextAttempt: String
    /// Why the last attempt failed, as a stable word and as a sentence with its remedy.
    public var reason: String?
    public var error: String?
}

/// How much waits to be said.
public struct OutboxDepth: Hashable, Sendable {
    public var pushes: Int
    public var hooks: Int
    /// RFC 3339, UTC: since when the oldest waits.
    public var oldest: String?
    /// RFC 3339, UTC: when the next one is due.
    public var next: String?
}
