import Digests
import Model

/// What a person says to a host and signs for: a document, and the purpose that the signature is good for.
///
/// The host derives the document again whenever it needs it, so a signature that comes back from elsewhere counts only
/// where nothing that the document names has changed.
public struct PersonalWord: Hashable, Sendable {
    /// Namespaces of OpenSSH signatures: one that was made for one purpose is none for another.
    public enum Purpose: String, Hashable, Sendable, Codable {
        /// To follow a branch that was rewritten.
        case history = "history@assay"
        /// To approve, reject or correct.
        case decision = "decision@assay"
    }

    public let purpose: Purpose
    public let document: JSONValue
    /// Exactly what is signed: the document in canonical JSON (RFC 8785), with a line feed as files have.
    public let bytes: [UInt8]

    public init(_ document: JSONValue, for purpose: Purpose) throws {
        self.purpose = purpose
        self.document = document
        bytes = try CanonicalJSON.encode(document) + [0x0a]
    }
}

/// A signature of a person that was accepted, as the store keeps it for ever.
public struct PersonSignature: Hashable, Sendable, Codable {
    /// As `ssh-keygen -Y sign` makes it.
    public var armour: String
    /// All names under which the key was trusted; never empty.
    public var principals: [String]
    /// When this host first saw it (RFC 3339, UTC): the time at which the key had to be valid.
    public var seenAt: String

    public init(armour: String, principals: [String], seenAt: String) {
        self.armour = armour
        self.principals = principals
        self.seenAt = seenAt
    }
}
