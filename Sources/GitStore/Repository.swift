import CLibgit2
import Foundation
import Model
import Synchronization

/// One handle on the bare repository of the mirror; whoever holds it uses it from one thread at a time.
final class Repository {
    let pointer: OpaquePointer
    let path: String

    /// - Throws: `mirrorMissing`, `mirrorCorrupted`.
    init(opening path: String) throws {
        _ = Library.started
        guard FileManager.default.fileExists(atPath: path) else { throw GitStoreError.mirrorMissing(path: path) }
        var opened: OpaquePointer?
        do {
            try check(git_repository_open_bare(&opened, path))
        } catch {
            throw GitStoreError.mirrorCorrupted(path: path, detail: error.text)
        }
        guard let opened else { throw GitStoreError.mirrorCorrupted(path: path, detail: "it did not open") }
        pointer = opened
        self.path = path
        do {
            try readLooseObjects(in: path + "/objects")
        } catch {
            throw GitStoreError.mirrorCorrupted(path: path, detail: error.text)
        }
    }

    /// A handle on a repository of somebody else: bare, with a working folder, or one of several working folders.
    init(reading path: String) throws(LibraryFailure) {
        _ = Library.started
        var opened: OpaquePointer?
        try check(git_repository_open(&opened, path))
        guard let opened else { throw LibraryFailure(code: GIT_ERROR.rawValue) }
        pointer = opened
        self.path = path
        if let shared = git_repository_commondir(opened) { try readLooseObjects(in: String(cString: shared) + "objects") }
    }

    private func readLooseObjects(in folder: String) throws(LibraryFailure) {
        var database: OpaquePointer?
        try check(git_repository_odb(&database, pointer))
        defer { git_odb_free(database) }
        try LooseObjects.install(in: database, reading: folder)
    }

    deinit { git_repository_free(pointer) }

    /// Whether history is missing on purpose.
    var isShallow: Bool { git_repository_is_shallow(pointer) == 1 }

    /// Makes an empty bare repository that appears at `path` whole or not at all.
    static func create(at path: String) throws {
        _ = Library.started
        let unfinished = path + ".unfinished"
        do {
            try? FileManager.default.removeItem(atPath: unfinished)
            var created: OpaquePointer?
            try check(git_repository_init(&created, unfinished, 1))
            git_repository_free(created)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: unfinished)
            guard rename(unfinished, path) == 0 else {
                throw GitStoreError.mirrorUnwritable(path: path, detail: String(cString: strerror(errno)))
            }
            syncFolder(of: path)
        } catch let failure as LibraryFailure {
            throw GitStoreError.mirrorUnwritable(path: path, detail: failure.text)
        } catch let failure as CocoaError {
            throw GitStoreError.mirrorUnwritable(path: path, detail: failure.localizedDescription)
        }
    }

    /// Removes what processes left behind that were killed while they wrote, so that it does not fill the disk over time:
    /// unfinished files, and packs that never got an index.
    ///
    /// Only files of a day or more: another process may be writing right now.
    func removeAbandonedFiles() {
        for folder in ["\(path)/objects/pack", "\(path)/objects"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            let indexed = Set(names.filter { $0.hasSuffix(".idx") }.map { $0.dropLast(4) })
            for name in names where name.contains("_git2_") || (name.hasSuffix(".pack") && !indexed.contains(name.dropLast(5))) {
                var facts = stat()
                let file = "\(folder)/\(name)"
                if stat(file, &facts) == 0, time(nil) - facts.st_mtim.tv_sec > 86_400 { unlink(file) }
            }
        }
    }

    /// Makes a rename survive a crash of the host.
    private static func syncFolder(of path: String) {
        let descriptor = open(URL(fileURLWithPath: path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }
}

/// A handle for reading that any isolation may use, one at a time.
final class SharedRepository: Sendable {
    private let path: String
    private let repository: Mutex<Repository>

    init(opening path: String) throws {
        self.path = path
        repository = Mutex(try Repository(opening: path))
    }

    /// Lets go of files that are no longer in the mirror.
    func reopen() throws {
        try repository.withLock { $0 = try Repository(opening: path) }
    }

    /// `body` must return copied values only: nothing of the handle may outlive the lock.
    func with<Result>(_ body: (Repository) throws -> sending Result) rethrows -> sending Result {
        try repository.withLock { try body($0) }
    }
}
