import Model

/// The files of one commit, judged fit to deploy.
///
/// A value: content is named by object ids, so it is the same whenever it is read and from wherever.
public struct Snapshot: FileSource, Sendable {
    public let commit: GitObjectID
    /// Root tree.
    public let root: GitObjectID
    private let repository: SharedRepository
    private let limits: TreeLimits
    /// The list from the judging walk; `nil` where only the changed part was walked.
    private let listed: [SourceFile]?

    init(commit: GitObjectID, root: GitObjectID, repository: SharedRepository, limits: TreeLimits, listed: [SourceFile]?) {
        self.commit = commit
        self.root = root
        self.repository = repository
        self.limits = limits
        self.listed = listed
    }

    public func files() throws -> [SourceFile] {
        if let listed { return listed }
        return try walk(root).changes.map { SourceFile(path: $0.path, size: $0.size) }
    }

    /// - Throws: `pathMissing`, also for a folder; `objectCorrupted`.
    public func read(_ path: String) throws -> [UInt8] {
        try repository.with { repository in
            guard let entry = try repository.entry(at: path, below: root),
                entry.kind == .file || entry.kind == .executable
            else { throw GitStoreError.pathMissing(path: path, place: "commit \(commit.short)") }
            return try repository.blob(entry.id, place: path)
        }
    }

    public func tree(at path: String) throws -> GitObjectID? {
        try repository.with { repository in
            let entry = try repository.entry(at: path, below: root)
            return entry?.kind == .directory ? entry?.id : nil
        }
    }

    public func files(under folder: String) throws -> [SourceFile] {
        guard let tree = try tree(at: folder) else { return [] }
        let prefix = folder.isEmpty ? "" : folder + "/"
        return try walk(tree).changes.map { SourceFile(path: prefix + $0.path, size: $0.size) }
    }

    public func exists(_ path: String) throws -> Bool {
        try repository.with { repository in
            let kind = try repository.entry(at: path, below: root)?.kind
            return kind == .file || kind == .executable
        }
    }

    /// All files and folders below a folder, however deep, with whole paths, sorted bytewise; none where it does not exist.
    public func entries(under folder: String) throws -> [TreeEntry] {
        guard let tree = try tree(at: folder) else { return [] }
        let walk = try walk(tree)
        let prefix = folder.isEmpty ? "" : folder + "/"
        let files = walk.changes.map { TreeEntry(path: $0.path, kind: $0.kind, id: $0.id) }
        return (files + walk.folders)
            .map { TreeEntry(path: prefix + $0.path, kind: $0.kind, id: $0.id) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func walk(_ tree: GitObjectID) throws -> (changes: [FileChange], folders: [TreeEntry]) {
        try repository.with {
            let walk = try TreeWalk.compare(nil, tree, place: "Commit \(commit.short)", in: $0, limits: limits)
            return (walk.changes, walk.folders)
        }
    }
}
