import CLibcrypto
import Model

/// The public half of an Ed25519 key.
public struct VerifyingKey: Hashable, Sendable {
    /// 32 bytes.
    public let bytes: [UInt8]

    private static let pemPrefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    static let sshType = "ssh-ed25519"

    public init(bytes: [UInt8]) throws {
        guard bytes.count == 32 else { throw DigestError.invalidKey(problem: "a public key has 32 bytes, not \(bytes.count)") }
        self.bytes = bytes
    }

    /// From PEM (`PUBLIC KEY`, a SubjectPublicKeyInfo).
    public init(pem: String) throws {
        guard let der = Armour.decode(pem, label: "PUBLIC KEY"), der.starts(with: Self.pemPrefix) else {
            throw DigestError.invalidKey(problem: "it is not a PEM public key of type Ed25519")
        }
        try self.init(bytes: Array(der.dropFirst(Self.pemPrefix.count)))
    }

    /// From a line as in `id_ed25519.pub`: type, base64 and, if any, a comment.
    public init(openSSH line: String) throws {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0] == Self.sshType, let blob = Base64.decode(words[1]) else {
            throw DigestError.invalidKey(problem: "it is not a line of the form '\(Self.sshType) <base64> <comment>'")
        }
        try self.init(sshBlob: blob)
    }

    init(sshBlob: [UInt8]) throws {
        var reader = SSHReader(sshBlob)
        guard let type = reader.string(), type.elementsEqual(Self.sshType.utf8), let bytes = reader.string(), reader.isAtEnd
        else { throw DigestError.invalidKey(problem: "it is not an OpenSSH public key of type \(Self.sshType)") }
        try self.init(bytes: bytes)
    }

    /// Whether the 64 bytes are this key's signature of the message.
    public func verify(signature: [UInt8], message: [UInt8]) -> Bool {
        guard signature.count == 64, let key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, 32) else {
            ERR_clear_error()
            return false
        }
        defer { EVP_PKEY_free(key) }
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        // A signature that does not match leaves an entry in the thread's error queue.
        defer { ERR_clear_error() }
        return EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1
            && EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
    }

    public var pem: String { Armour.encode(Self.pemPrefix + bytes, label: "PUBLIC KEY", width: 64) }

    /// One line, without a newline, as in `authorized_keys` and (after a principal) in `allowed_signers`.
    public func openSSH(comment: String = "") -> String {
        let line = "\(Self.sshType) \(Base64.encode(sshBlob))"
        return comment.isEmpty ? line : "\(line) \(comment)"
    }

    /// As `ssh-keygen -l` prints it: `SHA256:` and base64 without padding.
    public var fingerprint: String { "SHA256:" + Base64.encode(rawDigest(sshBlob, "SHA256"), padded: false) }

    var sshBlob: [UInt8] {
        var writer = SSHWriter()
        writer.append(Self.sshType)
        writer.append(bytes)
        return writer.bytes
    }
}

/// The raw digest by a name of libcrypto's, `SHA256` or `SHA512`.
func rawDigest(_ message: [UInt8], _ algorithm: String) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
        var length: UInt32 = 0
        let hashed = EVP_Digest(message, message.count, buffer.baseAddress, &length, EVP_get_digestbyname(algorithm), nil)
        precondition(hashed == 1, "libcrypto has SHA-2")
        count = Int(length)
    }
}
