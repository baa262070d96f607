import Digests
import Foundation
import Model
import TenantStore

/// Copies a tenant home while it is in use. The copy is a home itself: to restore it is to put it in place.
///
/// The store is copied first, at one moment. Whatever it refers to was durable before, is never changed and is copied
/// after it; what came since is extra and does no harm. A copy into an earlier copy adds what is new, and until its last
/// step the earlier one stays good.
public struct HomeBackup: Sendable {
    let home: TenantHome

    public init(_ home: TenantHome) { self.home = home }

    public struct Summary: Sendable {
        public var objects: ObjectStore.CopyResult
        /// Files besides the objects.
        public var files = 0
        /// When the store was copied: RFC 3339, UTC.
        public var at: String
    }

    /// What is made anew, or belongs to a process.
    private static let passedOver: Set<String> = ["lock", "control.sock", "work", "trees", "objects"]
    private static let mark = "backup.json"

    public func copy(to destination: String, clock: HostClock = HostClock(), progress: (String) -> Void = { _ in }) throws -> Summary {
        try HomeContext.requireHome(home)
        let target = TenantHome(destination)
        try prepare(target)
        let at = clock.now()
        let store = StoreDatabase.path(inHome: target.path)
        do {
            try StoreDatabase.open(atHome: home.path, readOnly: true).snapshot(to: store + ".new")
            progress("copied the store; objects come next")
            var summary = Summary(objects: try copyObjects(to: target, progress: progress), at: at)
            for name in try names(in: home.path) where !Self.isPassedOver(name) {
                try copy(name, to: target, count: &summary.files)
            }
            // From here on the copy is the new one.
            for suffix in ["-wal", "-shm"] { unlink(store + suffix) }
            guard rename(store + ".new", store) == 0 else { throw failure(store) }
            let mark = try CanonicalJSON.encode(["format": "assay-backup", "version": 1, "at": .string(at)])
            try Data(mark).write(to: URL(fileURLWithPath: target.path + "/" + Self.mark), options: .atomic)
            sync()
            return summary
        } catch let error as CocoaError {
            throw HomeError.unwritable(path: target.path, why: error.localizedDescription)
        }
    }

    private static func isPassedOver(_ name: String) -> Bool {
        passedOver.contains(name) || name.hasPrefix("state.db") || name == mark
    }

    /// A new folder, an empty one, or an earlier copy.
    private func prepare(_ target: TenantHome) throws {
        let manager = FileManager.default
        guard !(target.path + "/").hasPrefix(home.path + "/") else {
            throw HomeError.unwritable(path: target.path, why: "a copy cannot lie within the home itself")
        }
        let there = (try? manager.contentsOfDirectory(atPath: target.path)) ?? []
        guard there.isEmpty || there.contains(Self.mark) || there.contains("state.db.new") else {
            throw HomeError.notEmpty(path: target.path)
        }
        do {
            try manager.createDirectory(
                atPath: target.path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            for folder in [target.objects, target.trees] {
                try manager.createDirectory(atPath: folder, withIntermediateDirectories: true)
            }
        } catch let error as CocoaError {
            throw HomeError.unwritable(path: target.path, why: error.localizedDescription)
        }
    }

    private func copyObjects(to target: TenantHome, progress: (String) -> Void) throws -> ObjectStore.CopyResult {
        try ObjectStore(directory: home.objects).copy(to: ObjectStore(directory: target.objects)) {
            progress("\($0) objects copied")
        }
    }

    /// Files that vanish on the way were replaced by others (the mirror packs its objects anew), so the folder is looked at
    /// again until nothing is missing.
    private func copy(_ path: String, to target: TenantHome, count: inout Int) throws {
        var isDone = false
        while !isDone { isDone = try attempt(path, to: target, count: &count) }
    }

    private func attempt(_ path: String, to target: TenantHome, count: inout Int) throws -> Bool {
        let source = home.path + "/" + path, place = target.path + "/" + path
        var status = stat()
        guard lstat(source, &status) == 0 else { return true }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            if mkdir(place, status.st_mode & 0o7777) != 0, errno != EEXIST { throw failure(place) }
            // References before the objects that they name: what is named is then always among what is copied after.
            let children = try names(in: source).sorted { ($0 == "refs" ? 0 : 1, $0) < ($1 == "refs" ? 0 : 1, $1) }
            for child in children where !Self.isPassing(child) { try copy(path + "/" + child, to: target, count: &count) }
            return Set(try names(in: source).filter { !Self.isPassing($0) }).subtracting(children).isEmpty
        case S_IFREG:
            var there = stat()
            if lstat(place, &there) == 0, there.st_size == status.st_size, there.st_mtim.tv_sec == status.st_mtim.tv_sec,
                there.st_mtim.tv_nsec == status.st_mtim.tv_nsec
            {
                return true
            }
            try? FileManager.default.removeItem(atPath: place)
            do {
                try FileManager.default.copyItem(atPath: source, toPath: place)
            } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
                return true
            }
            var times = [status.st_atim, status.st_mtim]
            utimensat(AT_FDCWD, place, &times, 0)
            count += 1
            return true
        default:
            return true
        }
    }

    /// Locks and unfinished files of somebody who is at work.
    private static func isPassing(_ name: String) -> Bool {
        name.hasSuffix(".lock") || name.hasPrefix("tmp_") || name.contains("_git2_") || name == "quarantine"
    }

    private func names(in folder: String) throws -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch CocoaError.fileReadNoSuchFile, CocoaError.fileNoSuchFile {
            return []
        } catch {
            throw HomeError.unreadable(path: folder)
        }
    }

    private func failure(_ path: String) -> HomeError {
        HomeError.unwritable(path: path, why: String(cString: strerror(errno)))
    }
}
