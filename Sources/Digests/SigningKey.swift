import CLibcrypto
import Model

/// An Ed25519 key that signs. Debian's tools do not convert such keys between PEM and OpenSSH's format, so both are
/// written here from the one seed.
public struct SigningKey: Sendable {
    /// 32 secret bytes.
    public let seed: [UInt8]
    public let verifyingKey: VerifyingKey

    private static let pemPrefix: [UInt8] = [
        0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
    ]

    public static func generate() throws -> SigningKey { try SigningKey(seed: SecureRandom.bytes(32)) }

    public init(seed: [UInt8]) throws {
        guard seed.count == 32 else { throw DigestError.invalidKey(problem: "a seed has 32 bytes, not \(seed.count)") }
        self.seed = seed
        let key = try Self.load(seed)
        defer { EVP_PKEY_free(key) }
        var publicBytes = [UInt8](repeating: 0, count: 32)
        var length = publicBytes.count
        guard EVP_PKEY_get_raw_public_key(key, &publicBytes, &length) == 1, length == 32 else {
            throw Libcrypto.failure("derive a public key")
        }
        verifyingKey = try VerifyingKey(bytes: publicBytes)
    }

    /// From unencrypted PKCS#8 PEM (`PRIVATE KEY`), as `openssl genpkey -algorithm ed25519` writes it.
    public init(pem: String) throws {
        guard let der = Armour.decode(pem, label: "PRIVATE KEY"), der.starts(with: Self.pemPrefix) else {
            throw DigestError.invalidKey(problem: "it is not an unencrypted PEM private key of type Ed25519")
        }
        try self.init(seed: Array(der.dropFirst(Self.pemPrefix.count)))
    }

    /// The signature's 64 bytes; the same message always gets the same ones.
    public func sign(_ message: [UInt8]) throws -> [UInt8] {
        let key = try Self.load(seed)
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { throw Libcrypto.failure("sign") }
        defer { EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: 64)
        var length = signature.count
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &length, message, message.count) == 1, length == 64
        else { throw Libcrypto.failure("sign") }
        return signature
    }

    /// Unencrypted PKCS#8.
    public var pem: String { Armour.encode(Self.pemPrefix + seed, label: "PRIVATE KEY", width: 64) }

    /// The unencrypted form that `ssh-keygen` reads (`openssh-key-v1`).
    public func openSSHPrivateKey(comment: String = "") -> String {
        // Two equal numbers by which a reader sees that decryption worked; taken from the public key so that one seed
        // always gives one file.
        let check = Array(rawDigest(verifyingKey.bytes, "SHA256").prefix(4))
        var secret = SSHWriter()
        secret.append(raw: check + check)
        secret.append(VerifyingKey.sshType)
        secret.append(verifyingKey.bytes)
        secret.append(seed + verifyingKey.bytes)
        secret.append(comment)
        secret.append(raw: (1...8).prefix((8 - secret.bytes.count % 8) % 8).map { UInt8($0) })

        var file = SSHWriter()
        file.append(raw: Array("openssh-key-v1\0".utf8))
        file.append("none")
        file.append("none")
        file.append("")
        file.append(1 as UInt32)
        file.append(verifyingKey.sshBlob)
        file.append(secret.bytes)
        return Armour.encode(file.bytes, label: "OPENSSH PRIVATE KEY", width: 70)
    }

    private static func load(_ seed: [UInt8]) throws -> OpaquePointer {
        guard let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count) else {
            throw Libcrypto.failure("load a private key")
        }
        return key
    }
}

/// A key that is printed or logged by mistake shows its public half only.
extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "SigningKey(\(verifyingKey.fingerprint))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["verifyingKey": verifyingKey]) }
}
