import Digests
import Glibc
import Model

/// Objects on their way into the store: written beside it, synced together, then given their names.
///
/// Syncing many files at once is what makes a tree of thousands of files cheap: the disk gets all of them before the
/// first wait.
struct ObjectBatch: ~Copyable {
    private struct Pending {
        var descriptor: Int32
        var partial: String
        var digest: ContentDigest
    }

    /// Well below the usual limit of 1,024 open files.
    private static let capacity = 256

    private let store: ObjectStore
    private var pending: [Pending] = []
    /// Folders whose new names are not on disk yet.
    private var folders: Set<String> = []
    private var prepared = false

    init(store: ObjectStore) { self.store = store }

    deinit {
        for item in pending {
            close(item.descriptor)
            unlink(item.partial)
        }
    }

    mutating func add(_ bytes: [UInt8]) throws -> ContentDigest {
        let digest = SHA256.digest(bytes)
        if isStored(digest, size: Int64(bytes.count)) { return digest }
        let (descriptor, partial) = try makePartial()
        pending.append(Pending(descriptor: descriptor, partial: partial, digest: digest))
        try bytes.withUnsafeBytes { try FileSystem.write($0, to: descriptor, path: partial) }
        try flushWhenFull()
        return digest
    }

    /// Copies a regular file; its name is the digest of what was copied, whatever happens to the file meanwhile.
    mutating func add(file path: String) throws -> (digest: ContentDigest, size: Int64) {
        let (source, size) = try FileSystem.openRegular(path)
        defer { close(source) }
        // Most files of a catalogue are there already: reading is cheaper than writing a copy to find that out.
        let known = try FileSystem.copy(from: source, path: path, to: nil)
        if known.size == size, isStored(known.digest, size: size) { return known }
        guard lseek(source, 0, SEEK_SET) == 0 else { throw FileSystem.failure("lseek", path) }
        let (descriptor, partial) = try makePartial()
        pending.append(Pending(descriptor: descriptor, partial: partial, digest: known.digest))
        let copied = try FileSystem.copy(from: source, path: path, to: (descriptor, partial))
        pending[pending.count - 1].digest = copied.digest
        try flushWhenFull()
        return copied
    }

    /// Everything that was added is on disk, under its name, when this returns.
    consuming func commit() throws {
        try flush()
        try FileSystem.syncTogether(folders: folders)
    }

    /// An object of the right size is taken to be sound here; reading checks it.
    private func isStored(_ digest: ContentDigest, size: Int64) -> Bool {
        guard let status = FileSystem.status(store.path(of: digest)) else { return false }
        return status.st_mode & S_IFMT == S_IFREG && Int64(status.st_size) == size
    }

    private mutating func makePartial() throws -> (descriptor: Int32, path: String) {
        if !prepared { try FileSystem.makeDirectories(store.partials) }
        prepared = true
        let path = "\(store.partials)/\(lowerHex(try SecureRandom.bytes(16)))"
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o444)
        guard descriptor >= 0 else { throw FileSystem.failure("create", path) }
        return (descriptor, path)
    }

    private mutating func flushWhenFull() throws {
        if pending.count >= ObjectBatch.capacity { try flush() }
    }

    private mutating func flush() throws {
        var zero = [timespec(), timespec()]
        for item in pending {
            // Independent of the process's umask and of the time of storing.
            fchmod(item.descriptor, 0o444)
            futimens(item.descriptor, &zero)
        }
        try FileSystem.syncTogether(pending.map { ($0.descriptor, $0.partial) })
        while let item = pending.last {
            try publish(item)
            close(item.descriptor)
            pending.removeLast()
        }
    }

    private mutating func publish(_ item: Pending) throws {
        let folder = "\(store.directory)/\(item.digest.hex.prefix(2))"
        if mkdir(folder, 0o755) == 0 {
            folders.insert(store.directory)
        } else if errno != EEXIST {
            throw FileSystem.failure("mkdir", folder)
        }
        try FileSystem.rename(item.partial, to: store.path(of: item.digest))
        folders.insert(folder)
    }
}
