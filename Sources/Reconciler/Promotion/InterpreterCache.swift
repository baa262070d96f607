import Digests
import Executor
import Foundation
import Model
import TenantStore

/// An interpreter closure with its guest, and the vault that holds both.
struct TestInterpreter: Sendable {
    var closure: InterpreterClosure
    var guest: ContentDigest
    var vault: any ObjectVault
}

/// Interpreter closures of this user, for tests of runbooks without a home.
///
/// One folder for each interpreter and version of this program: complete under its name or absent, and made again when
/// it is not what it was. A lock lets two processes make it once.
actor InterpreterCache {
    private nonisolated let queue = QueueExecutor(label: "assay.cache")
    nonisolated var unownedExecutor: UnownedSerialExecutor { queue.asUnownedSerialExecutor() }

    private let folder: String
    private let sandbox: Sandbox
    private let progress: @Sendable (String) -> Void

    /// What is in a folder, written last.
    private struct Contents: Codable {
        var closure: ContentDigest
        var guest: ContentDigest
        /// `FolderSeal` of the trees when every file of them was last compared with its digest.
        var seal: ContentDigest?
    }

    /// Entries that nobody has used for so long go when another one is made.
    private static let retention: TimeInterval = 60 * 86_400

    init(folder: String, sandbox: Sandbox, progress: @escaping @Sendable (String) -> Void) {
        self.folder = folder
        self.sandbox = sandbox
        self.progress = progress
    }

    /// `$XDG_CACHE_HOME/assay`, else `~/.cache/assay`; `nil` where the user has no such place.
    static func standardFolder(_ environment: [String: String]) -> String? {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/assay" }
        guard let home = environment["HOME"], home.hasPrefix("/"), FileManager.default.isWritableFile(atPath: home) else { return nil }
        return home + "/.cache/assay"
    }

    /// - Parameter python: absolute path; `nil` for the host's `python3`.
    func interpreter(_ python: String?) async throws -> TestInterpreter {
        let support = try SupportFiles.find()
        let origin = try InterpreterOrigin.find(python, support: support)
        let place = "\(folder)/interpreters/\(origin.digest.short)"
        try FileSystem.makeDirectories("\(folder)/interpreters")
        let lock = try CacheLock.acquire(place + ".lock") { self.progress("waiting for another assay that makes the interpreter") }
        defer { lock.release() }
        if let kept = kept(at: place) { return kept }
        FileSystem.removeTree(place)
        removeUnused(except: place)
        return try await make(at: place, python, support)
    }

    /// What is there and still what it was; `nil` where it has to be made.
    private func kept(at place: String) -> TestInterpreter? {
        guard let bytes = FileManager.default.contents(atPath: place + "/contents.json"),
            let contents = try? CanonicalJSON.decode(Contents.self, from: Array(bytes))
        else { return nil }
        let objects = ObjectStore(directory: place + "/objects"), vault = StoreVault(objects: objects, trees: place + "/trees")
        do {
            if contents.seal == nil || contents.seal != FolderSeal.digest(of: place + "/trees") {
                for tree in [contents.closure, contents.guest] {
                    try objects.verifyMaterialised(tree: tree, at: try vault.materialise(tree))
                }
                try write(contents, to: place)
            } else {
                // Says when it was last used.
                try FileManager.default.setAttributes([.modificationDate: Date()], ofItemAtPath: place + "/contents.json")
            }
            return TestInterpreter(
                closure: try InterpreterClosure.load(contents.closure, vault: vault), guest: contents.guest, vault: vault)
        } catch {
            progress("the cached interpreter is damaged and is made again")
            return nil
        }
    }

    private func make(at place: String, _ python: String?, _ support: SupportFiles) async throws -> TestInterpreter {
        let partial = "\(place).partial"
        FileSystem.removeTree(partial)
        do {
            let vault = StoreVault(objects: ObjectStore(directory: partial + "/objects"), trees: partial + "/trees")
            try FileSystem.makeDirectories(partial + "/trees")
            let closure = try await InterpreterClosure.build(
                from: python, support: support, sandbox: sandbox, vault: vault, progress: progress)
            let guest = try await GuestPackage.store(support, closure: closure, sandbox: sandbox, vault: vault)
            for tree in [closure.tree, guest] { _ = try vault.materialise(tree) }
            try write(Contents(closure: closure.tree, guest: guest), to: partial)
            guard rename(partial, place) == 0 else { throw CacheError.unwritable(path: place, errno: errno) }
            let home = StoreVault(objects: ObjectStore(directory: place + "/objects"), trees: place + "/trees")
            return TestInterpreter(closure: closure, guest: guest, vault: home)
        } catch {
            FileSystem.removeTree(partial)
            throw error
        }
    }

    /// With the seal of the trees as they are now.
    private func write(_ contents: Contents, to place: String) throws {
        var contents = contents
        contents.seal = FolderSeal.digest(of: place + "/trees")
        try Data(try CanonicalJSON.encode(contents)).write(to: URL(fileURLWithPath: place + "/contents.json"), options: .atomic)
    }

    private func removeUnused(except place: String) {
        let root = "\(folder)/interpreters"
        for name in (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? [] {
            let path = "\(root)/\(name)"
            guard !name.contains("."), path != place else { continue }
            let used = try? FileManager.default.attributesOfItem(atPath: path + "/contents.json")[.modificationDate] as? Date
            guard Date().timeIntervalSince(used ?? .distantPast) > Self.retention,
                let lock = try? CacheLock.acquire(path + ".lock", waiting: nil)
            else { continue }
            FileSystem.removeTree(path)
            lock.release()
        }
    }
}

/// A cheap look at whether the files of a folder are the ones that were looked at before.
///
/// Over the size and the change time of each: whatever writes, replaces or renames a file changes the latter, and nobody
/// but the kernel sets it. Hashing all of an interpreter takes a third of a second, this takes hundredths.
private enum FolderSeal {
    /// `nil` where something cannot be looked at.
    static func digest(of folder: String) -> ContentDigest? {
        var hasher = SHA256.Hasher()
        for path in (FileManager.default.subpaths(atPath: folder) ?? []).sorted() {
            var status = stat()
            guard lstat(folder + "/" + path, &status) == 0 else { return nil }
            hasher.update(Array("\(path) \(status.st_mode) \(status.st_size) \(status.st_ctim.tv_sec) \(status.st_ctim.tv_nsec)\n".utf8))
        }
        return hasher.finish()
    }
}

/// The lock of one entry: whoever looks at it or makes it holds it. The kernel releases it with the process.
private struct CacheLock {
    private let descriptor: Int32

    /// - Parameter waiting: called before it waits; where `nil`, it does not wait.
    static func acquire(_ path: String, waiting: (() -> Void)?) throws -> CacheLock {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { throw CacheError.unwritable(path: path, errno: errno) }
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return CacheLock(descriptor: descriptor) }
        waiting?()
        while waiting != nil {
            if flock(descriptor, LOCK_EX) == 0 { return CacheLock(descriptor: descriptor) }
            if errno != EINTR { break }
        }
        defer { close(descriptor) }
        throw CacheError.unwritable(path: path, errno: errno)
    }

    func release() { close(descriptor) }
}

/// What is wrong with the place that keeps interpreters for tests.
public enum CacheError: AssayError, Equatable {
    case unwritable(path: String, errno: Int32)

    public var reason: String { "CacheUnwritable" }

    public var message: String {
        switch self {
        case .unwritable(let path, let code): "The cache \(path) cannot be used: \(String(cString: strerror(code)))"
        }
    }

    public var remedy: String { "Check permissions and free space, or name another place with XDG_CACHE_HOME" }
}
