import CLibgit2
import Digests

/// Writes a pack of whole objects, neither compressed nor as differences from each other.
///
/// Compressing takes longer than everything else that a fetch on one host does. A compaction makes up for it later, where
/// nobody waits.
struct PackWriter: ~Copyable {
    private static let zlibHeader: [UInt8] = [0x78, 0x01]

    private let indexer: PackIndexer
    private var hasher: SHA1.Hasher

    /// - Parameter count: exactly how many objects are going to be appended.
    init(in folder: String, count: Int) throws(LibraryFailure) {
        var header = Array("PACK".utf8)
        PackWriter.append(UInt32(2), to: &header)
        PackWriter.append(UInt32(count), to: &header)
        let indexer = try PackIndexer(in: folder)
        try indexer.append(header)
        self.indexer = indexer
        hasher = SHA1.Hasher()
        header.withUnsafeBytes { hasher.update($0) }
    }

    mutating func append(_ kind: git_object_t, _ bytes: UnsafeRawBufferPointer) throws(LibraryFailure) {
        try emit(PackWriter.header(kind, size: bytes.count))
        try emit(PackWriter.zlibHeader)
        var rest = bytes
        repeat {
            let block = UnsafeRawBufferPointer(rebasing: rest.prefix(0xFFFF))
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(block.count))
            let length = UInt16(block.count)
            try emit([
                rest.isEmpty ? 1 : 0, UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8),
                UInt8(truncatingIfNeeded: ~length), UInt8(truncatingIfNeeded: ~length >> 8),
            ])
            try emit(block)
        } while !rest.isEmpty
        var checksum: [UInt8] = []
        PackWriter.append(PackWriter.adler32(bytes), to: &checksum)
        try emit(checksum)
    }

    /// Syncs the pack and gives it its name.
    consuming func finish() throws(LibraryFailure) {
        let indexer = indexer
        let trailer = hasher.finish()
        try indexer.append(trailer)
        _ = try indexer.finish()
    }

    private mutating func emit(_ bytes: UnsafeRawBufferPointer) throws(LibraryFailure) {
        hasher.update(bytes)
        try indexer.append(bytes)
    }

    private mutating func emit(_ bytes: [UInt8]) throws(LibraryFailure) {
        try bytes.withUnsafeBufferPointer { bytes throws(LibraryFailure) in try emit(UnsafeRawBufferPointer(bytes)) }
    }

    /// Whether content is stored as it is here: zlib's format with blocks of no compression.
    static func begins(_ content: some Sequence<UInt8>) -> Bool {
        let start = Array(content.prefix(3))
        return start.count == 3 && Array(start[..<2]) == zlibHeader && start[2] & 0b110 == 0
    }

    /// Kind and size: four bits of the size first, then seven at a time, the lowest first.
    static func header(_ kind: git_object_t, size: Int) -> [UInt8] {
        var rest = size >> 4
        var bytes = [UInt8(truncatingIfNeeded: Int(kind.rawValue) << 4 | size & 0xF)]
        while rest > 0 {
            bytes[bytes.count - 1] |= 0x80
            bytes.append(UInt8(rest & 0x7F))
            rest >>= 7
        }
        return bytes
    }

    /// RFC 1950.
    static func adler32(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var (a, b): (UInt32, UInt32) = (1, 0)
        var start = 0
        while start < bytes.count {
            // As many as the sums take before they could overflow.
            let end = min(start + 5552, bytes.count)
            for byte in bytes[start..<end] {
                a &+= UInt32(byte)
                b &+= a
            }
            a %= 65_521
            b %= 65_521
            start = end
        }
        return b << 16 | a
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) })
    }
}
