import Model

/// OpenSSH's detached signatures (`PROTOCOL.sshsig`), as `ssh-keygen -Y sign` and `-Y verify` make and check them.
public enum SSHSignature {
    private static let label = "SSH SIGNATURE"
    private static let magic = Array("SSHSIG".utf8)

    /// The armoured signature of the message by SHA-512. The namespace says what the signature is for, such as `run@assay`.
    public static func sign(_ message: [UInt8], namespace: String, key: SigningKey) throws -> String {
        guard !namespace.isEmpty else { throw DigestError.invalidSignature(problem: "the namespace is empty") }
        let signed = signedData(message, namespace: namespace, algorithm: "SHA512")
        var signature = SSHWriter()
        signature.append(VerifyingKey.sshType)
        signature.append(try key.sign(signed))

        var blob = SSHWriter()
        blob.append(raw: magic)
        blob.append(1 as UInt32)
        blob.append(key.verifyingKey.sshBlob)
        blob.append(namespace)
        blob.append("")
        blob.append("sha512")
        blob.append(signature.bytes)
        return Armour.encode(blob.bytes, label: label, width: 70)
    }

    /// Throws unless the signature is this key's, for this namespace and exactly these bytes.
    public static func verify(armored: String, message: [UInt8], namespace: String, key: VerifyingKey) throws {
        let parts = try parse(armored)
        guard parts.key == key else {
            throw refuse("it was made by \(parts.key.fingerprint), not by \(key.fingerprint)")
        }
        guard parts.namespace.elementsEqual(namespace.utf8) else {
            let found = String(reflecting: String(decoding: parts.namespace, as: UTF8.self))
            throw refuse("it is for namespace \(found), not \(String(reflecting: namespace))")
        }
        let signed = signedData(message, namespace: namespace, algorithm: parts.algorithm)
        guard key.verify(signature: parts.signature, message: signed) else { throw refuse("it does not match the content") }
    }

    /// The key that the signature claims; says nothing until `verify` has passed with it.
    public static func claimedKey(armored: String) throws -> VerifyingKey { try parse(armored).key }

    /// The same key, of whatever type, as a wire blob (`ssh-rsa`, a certificate, …) with the name of its type.
    public static func claimedKeyBlob(armored: String) throws -> (type: String, blob: [UInt8]) {
        guard let bytes = Armour.decode(armored, label: label) else { throw refuse("it is not an armoured SSH signature") }
        var reader = SSHReader(bytes)
        guard reader.raw(6) == magic, reader.number() == 1, let blob = reader.string() else {
            throw refuse("it is not an SSH signature of version 1")
        }
        var inner = SSHReader(blob)
        guard let type = inner.string() else { throw refuse("it names no key") }
        return (String(decoding: type, as: UTF8.self), blob)
    }

    private struct Parts {
        var key: VerifyingKey
        var namespace: [UInt8]
        var algorithm: String
        var signature: [UInt8]
    }

    private static func parse(_ armored: String) throws -> Parts {
        guard let bytes = Armour.decode(armored, label: label) else { throw refuse("it is not an armoured SSH signature") }
        var reader = SSHReader(bytes)
        guard reader.raw(6) == magic, reader.number() == 1 else { throw refuse("it is not an SSH signature of version 1") }
        guard let keyBlob = reader.string(), let namespace = reader.string(), reader.string() != nil,
            let hash = reader.string(), let signatureBlob = reader.string(), reader.isAtEnd
        else { throw refuse("it is cut off or has something after its end") }
        let algorithms = ["sha512": "SHA512", "sha256": "SHA256"]
        guard let algorithm = algorithms[String(decoding: hash, as: UTF8.self)] else {
            throw refuse("its hash is neither sha512 nor sha256")
        }
        var inner = SSHReader(signatureBlob)
        guard let type = inner.string(), type.elementsEqual(VerifyingKey.sshType.utf8), let signature = inner.string(),
            inner.isAtEnd
        else { throw refuse("it is not of type \(VerifyingKey.sshType)") }
        return Parts(
            key: try VerifyingKey(sshBlob: keyBlob), namespace: namespace, algorithm: algorithm, signature: signature)
    }

    private static func signedData(_ message: [UInt8], namespace: String, algorithm: String) -> [UInt8] {
        var data = SSHWriter()
        data.append(raw: magic)
        data.append(namespace)
        data.append("")
        data.append(algorithm == "SHA512" ? "sha512" : "sha256")
        data.append(rawDigest(message, algorithm))
        return data.bytes
    }

    private static func refuse(_ problem: String) -> DigestError { .invalidSignature(problem: problem) }
}
