import Digests
import Glibc
import Model

/// Immutable bytes by their SHA-256, as files `ab/cdef…` below one folder.
///
/// An object is complete under its name or absent: it is written beside, synced, renamed, and its folder synced.
/// Reading hashes again, so a flipped byte is never used and is named. Objects are read-only, and their file times are
/// zero, so that a tree made of links to them looks the same on every host.
public struct ObjectStore: Sendable {
    /// The folder that holds the objects: `<home>/objects`.
    public let directory: String

    public init(directory: String) { self.directory = directory }

    /// Where an object is, or would be.
    public func path(of digest: ContentDigest) -> String {
        "\(directory)/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2))"
    }

    /// Whether there is an object of that name; `verify` says whether it is sound.
    public func contains(_ digest: ContentDigest) -> Bool { FileSystem.status(path(of: digest)) != nil }

    /// Bytes.
    public func size(of digest: ContentDigest) throws -> Int64 {
        guard let status = FileSystem.status(path(of: digest)) else { throw StoreError.objectMissing(digest) }
        return Int64(status.st_size)
    }

    @discardableResult
    public func put(_ bytes: [UInt8]) throws -> ContentDigest { try putMany([bytes])[0] }

    /// Stores several objects; when it returns, all of them are on disk.
    public func putMany(_ contents: [[UInt8]]) throws -> [ContentDigest] {
        var batch = ObjectBatch(store: self)
        let digests = try contents.map { try batch.add($0) }
        try batch.commit()
        return digests
    }

    /// Stores a copy of a regular file, in pieces: memory does not grow with the file.
    public func putFile(at path: String) throws -> (digest: ContentDigest, size: Int64) {
        var batch = ObjectBatch(store: self)
        let stored = try batch.add(file: path)
        try batch.commit()
        return stored
    }

    /// The bytes of an object, hashed again.
    public func get(_ digest: ContentDigest) throws -> [UInt8] {
        let (descriptor, size) = try open(digest)
        defer { close(descriptor) }
        var length = 0
        let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            while length < buffer.count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[length...])
                let read = try FileSystem.read(descriptor, into: rest, path: path(of: digest))
                if read == 0 { break }
                length += read
            }
            count = length
        }
        let actual = SHA256.digest(bytes)
        guard actual == digest else { throw StoreError.objectDamaged(expected: digest, actual: actual) }
        return bytes
    }

    /// Stores copies of several regular files; when it returns, all of them are on disk.
    public func putFiles(at paths: [String]) throws -> [(digest: ContentDigest, size: Int64)] {
        var batch = ObjectBatch(store: self)
        var stored: [(digest: ContentDigest, size: Int64)] = []
        for path in paths { stored.append(try batch.add(file: path)) }
        try batch.commit()
        return stored
    }

    /// Reads an object through and throws unless it still is what its name says.
    public func verify(_ digest: ContentDigest) throws {
        let (descriptor, _) = try open(digest)
        defer { close(descriptor) }
        let actual = try FileSystem.copy(from: descriptor, path: path(of: digest), to: nil).digest
        guard actual == digest else { throw StoreError.objectDamaged(expected: digest, actual: actual) }
    }

    /// Removes what an interrupted `put` left, by the time of its last change: commands that only replay write objects
    /// too, without the home's lock.
    public func removeLeftovers(olderThan seconds: Int = 0) throws {
        guard FileSystem.status(partials) != nil else { return }
        for name in try FileSystem.names(in: partials) {
            let path = partials + "/" + name
            // The time of modification is set to zero before the file gets its name; this one cannot be.
            guard let status = FileSystem.status(path), time(nil) - status.st_ctim.tv_sec >= seconds else { continue }
            unlink(path)
        }
    }

    /// Where objects are written before they get their name; on the same file system, so that renaming is atomic.
    var partials: String { directory + "/partial" }

    private func open(_ digest: ContentDigest) throws -> (descriptor: Int32, size: Int64) {
        do {
            return try FileSystem.openRegular(path(of: digest))
        } catch StoreError.fileOperation(_, _, ENOENT) {
            throw StoreError.objectMissing(digest)
        }
    }
}
