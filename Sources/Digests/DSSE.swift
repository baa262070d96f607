import Model

/// Dead Simple Signing Envelope, version 1: what exactly is signed.
public enum DSSE {
    /// `DSSEv1 <length of type> <type> <length of payload> <payload>`, lengths in bytes as ASCII decimals.
    public static func preAuthenticationEncoding(payloadType: String, payload: [UInt8]) -> [UInt8] {
        Array("DSSEv1 \(payloadType.utf8.count) \(payloadType) \(payload.count) ".utf8) + payload
    }
}

/// A payload with its type and signatures.
public struct DSSEEnvelope: Hashable, Sendable {
    public struct Signature: Hashable, Sendable {
        /// A hint which key to try; not signed, so never trusted.
        public var keyid: String
        public var sig: [UInt8]

        public init(keyid: String, sig: [UInt8]) {
            self.keyid = keyid
            self.sig = sig
        }
    }

    public var payloadType: String
    public var payload: [UInt8]
    public var signatures: [Signature]

    public init(payloadType: String, payload: [UInt8], signatures: [Signature] = []) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    private var signed: [UInt8] { DSSE.preAuthenticationEncoding(payloadType: payloadType, payload: payload) }

    /// Adds the key's signature; its id is the key's fingerprint.
    public mutating func sign(with key: SigningKey) throws {
        signatures.append(Signature(keyid: key.verifyingKey.fingerprint, sig: try key.sign(signed)))
    }

    /// Whether one of the signatures is this key's, whatever their key ids say.
    public func verify(with key: VerifyingKey) -> Bool {
        let message = signed
        return signatures.contains { key.verify(signature: $0.sig, message: message) }
    }

    /// Canonical JSON; payload and signatures are base64.
    public func encoded() throws -> [UInt8] {
        try CanonicalJSON.encode(
            .object([
                "payload": .string(Base64.encode(payload)),
                "payloadType": .string(payloadType),
                "signatures": .array(
                    signatures.map { ["keyid": .string($0.keyid), "sig": .string(Base64.encode($0.sig))] }),
            ]) as JSONValue)
    }

    public init(decoding bytes: [UInt8]) throws {
        func refuse(_ problem: String) -> DigestError { .invalidEnvelope(problem: problem) }
        let json = try CanonicalJSON.parse(bytes)
        guard let type = json["payloadType"]?.string else { throw refuse("'payloadType' is missing") }
        guard let payload = json["payload"]?.string.flatMap({ Base64.decode($0) }) else {
            throw refuse("'payload' is not base64")
        }
        guard let list = json["signatures"]?.array, !list.isEmpty else { throw refuse("it has no signatures") }
        payloadType = type
        self.payload = payload
        signatures = try list.map { entry in
            guard let sig = entry["sig"]?.string.flatMap({ Base64.decode($0) }) else { throw refuse("a 'sig' is not base64") }
            return Signature(keyid: entry["keyid"]?.string ?? "", sig: sig)
        }
    }
}
