import CLibcrypto

/// Random bytes that nobody can guess: for keys and for ids that must not collide.
public enum SecureRandom {
    public static func bytes(_ count: Int) throws -> [UInt8] {
        guard count > 0 else { return [] }
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, initialised in
            guard let length = Int32(exactly: count), RAND_bytes(buffer.baseAddress, length) == 1 else {
                throw Libcrypto.failure("make random bytes")
            }
            initialised = count
        }
    }
}
