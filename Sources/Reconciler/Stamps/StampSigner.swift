import Digests
import Model

/// A stamp as files: the DSSE envelope, and the detached OpenSSH signature over exactly its bytes.
public struct SignedStamp: Sendable, Hashable {
    /// Content of `<output>.stamp.json`.
    public var envelope: [UInt8]
    /// Content of `<output>.stamp.json.sig`.
    public var signature: [UInt8]
}

/// Signs statements with the host's key, in both forms, so that `openssl` alone or `ssh-keygen` alone suffices.
struct StampSigner: Sendable {
    static let payloadType = "application/vnd.in-toto+json"
    static let namespace = "run@assay"

    let key: SigningKey

    func sign(_ statement: JSONValue) throws -> SignedStamp {
        let envelope = try envelope(statement, payloadType: Self.payloadType)
        let armored = try SSHSignature.sign(envelope, namespace: Self.namespace, key: key)
        return SignedStamp(envelope: envelope, signature: Array(armored.utf8))
    }

    /// A DSSE envelope with a final newline, as files have.
    func envelope(_ value: JSONValue, payloadType: String) throws -> [UInt8] {
        var envelope = DSSEEnvelope(payloadType: payloadType, payload: try CanonicalJSON.encode(value))
        try envelope.sign(with: key)
        return try envelope.encoded() + [0x0a]
    }
}
