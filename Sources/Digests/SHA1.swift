import CLibcrypto

/// SHA-1, which Git names objects by and OpenSSH hides host names with; nothing here relies on it being free of collisions.
public enum SHA1 {
    public static func digest(_ bytes: [UInt8]) -> [UInt8] {
        var hasher = Hasher()
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.finish()
    }

    /// HMAC after RFC 2104.
    public static func authenticationCode(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var block = key.count > 64 ? digest(key) : key
        block += Array(repeating: 0, count: 64 - block.count)
        return digest(block.map { $0 ^ 0x5C } + digest(block.map { $0 ^ 0x36 } + message))
    }

    /// A digest in the making: feed it pieces, then finish it once.
    public struct Hasher: ~Copyable {
        private let context: OpaquePointer

        public init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha1(), nil) == 1 else {
                preconditionFailure("libcrypto has no memory for SHA-1")
            }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        public mutating func update(_ bytes: UnsafeRawBufferPointer) {
            let updated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
            precondition(updated == 1, "SHA-1 takes any bytes until it is finished")
        }

        /// The 20 bytes of the digest.
        public consuming func finish() -> [UInt8] {
            [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
                let finished = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
                precondition(finished == 1, "SHA-1 is finished once")
                count = 20
            }
        }
    }
}
