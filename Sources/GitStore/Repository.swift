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
    }

    deinit { git_repository_free(pointer) }

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

    /// Removes what fetches that were killed left behind, so that they do not fill the disk over time.
    ///
    /// Only files of a day or more: another process may be fetching right now.
    func removeAbandonedFiles() {
        for folder in ["\(path)/objects/pack", "\(path)/objects"] {
            for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where name.contains("_git2_") {
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
    private let repository: Mutex<Repository>

    init(opening path: String) throws { repository = Mutex(try Repository(opening: path)) }

    /// `body` must return copied values only: nothing of the handle may outlive the lock.
    func with<Result>(_ body: (Repository) throws -> sending Result) rethrows -> sending Result {
        try repository.withLock { try body($0) }
    }
}
