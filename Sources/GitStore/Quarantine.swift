import Digests
import Foundation
import Model

/// Objects on their way into the mirror: a small repository of its own inside it, which reads the mirror's objects and
/// keeps new ones apart until they are published, or until the folder goes.
///
/// Whoever uses it holds a lock on it, its worker process too. What nobody holds was left by processes that were killed.
final class Quarantine {
    let path: String
    let mirror: String
    /// `nil` in a worker process: the one that made the folder also removes it.
    private let lock: FolderLock?

    var objects: String { path + "/objects" }
    var packs: String { path + "/objects/pack" }
    /// For a child that uses the quarantine as well.
    var lockDescriptor: Int32? { lock?.descriptor }

    private static func folder(of mirror: String) -> String { mirror + "/quarantine" }

    /// Makes an empty one, after removing those that nobody holds any more.
    ///
    /// - Throws: `mirrorUnwritable`.
    init(in mirror: String) throws {
        self.mirror = mirror
        let folder = Quarantine.folder(of: mirror)
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST, let door = FolderLock(waitingFor: folder) else {
            throw GitStoreError.mirrorUnwritable(path: mirror, detail: "quarantine: \(String(cString: strerror(errno)))")
        }
        // Held until the new folder has a lock of its own, or another process would take it for abandoned.
        defer { withExtendedLifetime(door) {} }
        Quarantine.removeAbandoned(in: folder)
        path = folder + "/" + lowerHex(try SecureRandom.bytes(8))
        for name in ["", "/objects", "/objects/pack", "/refs", "/refs/heads"] {
            guard mkdir(path + name, 0o700) == 0 else {
                throw GitStoreError.mirrorUnwritable(path: mirror, detail: "\(path): \(String(cString: strerror(errno)))")
            }
        }
        guard let lock = FolderLock(path) else {
            throw GitStoreError.mirrorUnwritable(path: mirror, detail: "\(path): \(String(cString: strerror(errno)))")
        }
        self.lock = lock
    }

    /// The one that another process made and holds.
    init(joining path: String) {
        self.path = path
        mirror = URL(fileURLWithPath: path).deletingLastPathComponent().deletingLastPathComponent().path
        lock = nil
    }

    deinit { if lock != nil { try? FileManager.default.removeItem(atPath: path) } }

    /// A handle that writes here and reads here, in the mirror and in other folders of objects.
    ///
    /// - Parameter tip: the one commit that a conversation with a remote names as known: one, however many are kept.
    func open(knowing tip: GitObjectID? = nil, reading others: [String] = []) throws -> Repository {
        do {
            try Data("ref: refs/heads/none\n".utf8).write(to: URL(fileURLWithPath: path + "/HEAD"))
            if let tip { try Data("\(tip.hex)\n".utf8).write(to: URL(fileURLWithPath: path + "/refs/heads/known")) }
            let repository = try Repository(opening: path)
            let database = try ObjectDatabase(of: repository)
            for folder in [mirror + "/objects"] + others { try database.add(folder) }
            return repository
        } catch let failure as LibraryFailure {
            throw unwritable(failure)
        } catch let failure as CocoaError {
            throw GitStoreError.mirrorUnwritable(path: mirror, detail: failure.localizedDescription)
        }
    }

    func unwritable(_ failure: LibraryFailure) -> GitStoreError { .mirrorUnwritable(path: mirror, detail: failure.text) }

    /// Removes what processes left that were killed, and nothing that is in use.
    static func removeAbandoned(of mirror: String) {
        guard let door = FolderLock(waitingFor: folder(of: mirror)) else { return }
        withExtendedLifetime(door) { removeAbandoned(in: folder(of: mirror)) }
    }

    private static func removeAbandoned(in folder: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
            let path = folder + "/" + name
            guard let lock = FolderLock(path) else { continue }
            withExtendedLifetime(lock) { try? FileManager.default.removeItem(atPath: path) }
        }
    }
}
