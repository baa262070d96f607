import Digests
import Foundation
import Model

@testable import Executor

/// A vault in a folder, in memory where the host has such a place: objects by digest, trees as folders of links to them.
struct FolderVault: ObjectVault {
    let root: String

    init(parent: String = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : FileManager.default.temporaryDirectory.path) throws {
        root = "\(parent)/assay-vault-\(UUID().uuidString)"
        for folder in ["objects", "trees"] {
            try FileManager.default.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
    }

    func put(_ bytes: [UInt8]) throws -> ContentDigest {
        let digest = SHA256.digest(bytes)
        let path = "\(root)/objects/\(digest.hex)"
        if !FileManager.default.fileExists(atPath: path) {
            try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
        }
        return digest
    }

    func get(_ digest: ContentDigest) throws -> [UInt8] {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: "\(root)/objects/\(digest.hex)")))
        guard SHA256.digest(bytes) == digest else { throw VaultBroken(digest: digest) }
        return bytes
    }

    func putTree(_ files: [TreeFile]) throws -> ContentDigest {
        let entries = try files.map { file in
            let bytes: [UInt8] =
                switch file.content {
                case .bytes(let bytes): bytes
                case .file(let path): Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                }
            return TreeDigest.Entry(executable: file.executable, digest: try put(bytes), path: file.path)
        }
        return try put(try TreeDigest.manifest(entries))
    }

    func materialise(_ tree: ContentDigest) throws -> String {
        let target = "\(root)/trees/\(tree.hex)"
        let manager = FileManager.default
        if manager.fileExists(atPath: target) { return target }
        let staging = target + "." + UUID().uuidString
        var made: Set<String> = []
        for entry in try TreeDigest.parse(try get(tree)) {
            let path = "\(staging)/\(entry.path)"
            let parent = (path as NSString).deletingLastPathComponent
            if made.insert(parent).inserted {
                try manager.createDirectory(atPath: parent, withIntermediateDirectories: true)
            }
            try manager.linkItem(atPath: "\(root)/objects/\(entry.digest.hex)", toPath: path)
            if entry.executable { chmod(path, 0o755) }
        }
        // A copy made meanwhile by another test is as good as this one.
        if rename(staging, target) != 0 { try? manager.removeItem(atPath: staging) }
        return target
    }

    func remove() { try? FileManager.default.removeItem(atPath: root) }
}

struct VaultBroken: Error { var digest: ContentDigest }
