import CLibcrypto
import Glibc
import Model

/// SHA-256 of bytes and of files.
public enum SHA256 {
    /// The digest of bytes that are in memory.
    public static func digest(_ bytes: some Collection<UInt8>) -> ContentDigest {
        if let digest = bytes.withContiguousStorageIfAvailable({ digest(UnsafeRawBufferPointer($0)) }) {
            return digest
        }
        return Array(bytes).withUnsafeBytes { digest($0) }
    }

    public static func digest(_ bytes: UnsafeRawBufferPointer) -> ContentDigest {
        var hasher = Hasher()
        hasher.update(bytes)
        return hasher.finish()
    }

    /// The digest of a regular file's content, read in pieces: memory does not grow with the file.
    public static func digest(ofFile path: String) throws -> ContentDigest {
        // Not blocking, so that a named pipe in a document folder is refused instead of waited for.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw DigestError.cannotRead(path: path, problem: "it is not a regular file")
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 64)
        defer { buffer.deallocate() }
        var hasher = Hasher()
        while true {
            let count = read(descriptor, buffer.baseAddress, buffer.count)
            if count == 0 { return hasher.finish() }
            if count > 0 {
                hasher.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
            } else if errno != EINTR {
                throw unreadable(path)
            }
        }
    }

    private static func unreadable(_ path: String) -> DigestError {
        .cannotRead(path: path, problem: String(cString: strerror(errno)))
    }

    /// A digest in the making: feed it pieces, then finish it once.
    public struct Hasher: ~Copyable {
        private let context: OpaquePointer

        public init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, SHA256.algorithm, nil) == 1 else {
                preconditionFailure("libcrypto has no memory for SHA-256")
            }
            self.context = context
        }

        deinit { EVP_MD_CTX_free(context) }

        public mutating func update(_ bytes: UnsafeRawBufferPointer) {
            let updated = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
            precondition(updated == 1, "SHA-256 takes any bytes until it is finished")
        }

        public mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

        public consuming func finish() -> ContentDigest {
            let raw = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
                let finished = EVP_DigestFinal_ex(context, buffer.baseAddress, nil)
                precondition(finished == 1, "SHA-256 is finished once")
                count = 32
            }
            return ContentDigest(bytes: raw)
        }
    }

    // Fetched once: an implicit fetch costs more than hashing a short input. libcrypto documents a fetched algorithm
    // as immutable and usable from every thread, and it is never freed.
    nonisolated(unsafe) fileprivate static let algorithm: OpaquePointer? = EVP_MD_fetch(nil, "SHA256", nil)
}
