import Model

/// One entry of the home's transparency log.
public struct LogLeaf: Hashable, Sendable {
    public enum Kind: String, Sendable, Codable {
        /// The envelope of a run's stamp; the subject is the run.
        case stamp
        /// A signed verdict of a replay; the subject is the run.
        case verdict
        /// The list of the files that say whom this home trusts.
        case trustRoot = "trust-root"
        /// The bytes of `config.yaml`.
        case configuration
    }

    /// Zero-based.
    public var position: Int
    public var kind: Kind
    public var subject: String
    /// SHA-256 of what is logged; the leaf's hash is SHA-256(00 ‖ these 32 bytes).
    public var digest: ContentDigest
    /// RFC 3339, UTC.
    public var at: String
}

/// A head of the log that somebody holds outside this host.
public struct LogWitness: Hashable, Sendable {
    public var size: Int
    public var root: ContentDigest
    /// `status ref`, or the principal of an approver.
    public var holder: String
    /// Where it is held: the commit of the status, or the digest of the signed decision.
    public var evidence: String
    /// RFC 3339, UTC.
    public var at: String

    public init(size: Int, root: ContentDigest, holder: String, evidence: String, at: String) {
        self.size = size
        self.root = root
        self.holder = holder
        self.evidence = evidence
        self.at = at
    }
}
