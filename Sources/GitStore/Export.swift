import Digests
import Model

/// A file of a commit with its content, to be laid out somewhere else.
public struct ExportedFile: Hashable, Sendable {
    /// Relative to the exported folder.
    public var path: String
    public var executable: Bool
    public var bytes: [UInt8]

    public init(path: String, executable: Bool, bytes: [UInt8]) {
        self.path = path
        self.executable = executable
        self.bytes = bytes
    }
}

extension Mirror {
    /// Every file of a folder of a commit, sorted bytewise by path.
    ///
    /// - Throws: `pathMissing`, `treeRefused`, `objectCorrupted`.
    public func export(_ commit: GitObjectID, path: String) throws -> [ExportedFile] {
        try repository.with { repository in
            guard let tree = try repository.folder(path, of: commit) else {
                throw GitStoreError.pathMissing(path: path, place: "commit \(commit.short)")
            }
            return try repository.export(tree, place: "\(path) of commit \(commit.short)", limits: limits)
        }
    }

    /// Every file below a tree object, which a kept commit holds.
    public func export(tree: GitObjectID) throws -> [ExportedFile] {
        try repository.with { try $0.export(tree, place: "Tree \(tree.short)", limits: limits) }
    }

    /// Names the content of a folder of a commit, by Git and by SHA-256; `nil` where there is no such folder.
    public func treeDigest(_ commit: GitObjectID, path: String) throws -> CodeTree? {
        try repository.with { repository in
            guard let tree = try repository.folder(path, of: commit) else { return nil }
            let files = try repository.export(tree, place: "\(path) of commit \(commit.short)", limits: limits)
            return CodeTree(path: path, gitTree: tree, sha256: try files.treeDigest())
        }
    }

    /// The SHA-256 tree digest of a tree object.
    public func treeDigest(tree: GitObjectID) throws -> ContentDigest {
        try export(tree: tree).treeDigest()
    }
}

extension [ExportedFile] {
    /// SHA-256 over lines `<mode> <sha256> <path>\n`, sorted bytewise by path.
    public func treeDigest() throws -> ContentDigest {
        try TreeDigest.digest(
            map { TreeDigest.Entry(executable: $0.executable, digest: SHA256.digest($0.bytes), path: $0.path) })
    }
}

extension Repository {
    /// The tree of a folder of a commit; `nil` where nothing, or a file, stands there.
    func folder(_ path: String, of commit: GitObjectID) throws -> GitObjectID? {
        let entry = try entry(at: path, below: try rootTree(of: commit))
        return entry?.kind == .directory ? entry?.id : nil
    }

    fileprivate func export(_ tree: GitObjectID, place: String, limits: TreeLimits) throws -> [ExportedFile] {
        try TreeWalk.compare(nil, tree, place: place, in: self, limits: limits).changes.map {
            ExportedFile(
                path: $0.path, executable: $0.kind == .executable, bytes: try blob($0.id, place: $0.path))
        }
    }
}
