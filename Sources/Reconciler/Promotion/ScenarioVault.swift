import Digests
import Executor
import Foundation
import Model
import Synchronization
import TenantStore

/// What a scenario keeps while it runs: in memory and in scratch space, over a vault that is only read.
///
/// So a scenario leaves nothing in a home's objects, and waits for no disk.
final class ScenarioVault: ObjectVault {
    private let base: any ObjectVault
    private let folder: String
    private let objects = Mutex<[ContentDigest: [UInt8]]>([:])

    /// - Parameter folder: scratch space for trees of its own; need not exist yet.
    init(over base: any ObjectVault, folder: String) {
        self.base = base
        self.folder = folder
    }

    func put(_ bytes: [UInt8]) throws -> ContentDigest {
        let digest = SHA256.digest(bytes)
        objects.withLock { $0[digest] = bytes }
        return digest
    }

    func get(_ digest: ContentDigest) throws -> [UInt8] {
        if let kept = objects.withLock({ $0[digest] }) { return kept }
        return try base.get(digest)
    }

    func putTree(_ files: [TreeFile]) throws -> ContentDigest {
        let entries = try files.map { file in
            let bytes =
                switch file.content {
                case .bytes(let bytes): bytes
                case .file(let path): Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                }
            return TreeDigest.Entry(executable: file.executable, digest: try put(bytes), path: file.path)
        }
        return try put(try TreeDigest.manifest(entries))
    }

    func materialise(_ tree: ContentDigest) throws -> String {
        guard let manifest = objects.withLock({ $0[tree] }) else { return try base.materialise(tree) }
        let place = "\(folder)/\(tree)"
        if FileManager.default.fileExists(atPath: place) { return place }
        let partial = "\(place).\(UUID().uuidString)"
        for entry in try TreeDigest.parse(manifest) {
            let path = "\(partial)/\(entry.path)"
            try FileSystem.makeDirectories((path as NSString).deletingLastPathComponent)
            try FileSystem.writeScratch(try get(entry.digest), to: path, mode: entry.executable ? 0o555 : 0o444)
        }
        // Another execution may have been first; its copy is as good.
        if rename(partial, place) != 0 { try FileManager.default.removeItem(atPath: partial) }
        return place
    }
}
