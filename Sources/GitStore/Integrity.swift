import CLibgit2
import Model

extension Mirror {
    /// Reads every object again that the given folders and files of a commit consist of, from disk, and compares its
    /// hash with its name: the commit, the folders on the way, and everything below.
    ///
    /// - Throws: `objectCorrupted` or `objectMissing` for the first bad one, `pathMissing`.
    public func verifyObjects(_ commit: GitObjectID, paths: [String]) throws {
        // A handle of its own: the shared one answers from its cache, which a flipped byte on disk does not touch.
        let check = try IntegrityCheck(Repository(opening: path))
        try check.verify(commit, paths: paths)
    }

    /// The same for a tree object that a kept commit holds.
    public func verifyObjects(tree: GitObjectID) throws {
        try IntegrityCheck(Repository(opening: path)).verify(tree: tree)
    }
}

/// Hashes stored objects again and follows them downwards, each object once.
private final class IntegrityCheck {
    private let repository: Repository
    private var verified: Set<GitObjectID> = []
    /// Folders below which everything was verified.
    private var complete: Set<GitObjectID> = []

    init(_ repository: Repository) { self.repository = repository }

    func verify(_ commit: GitObjectID, paths: [String]) throws {
        try verify(object: commit, GIT_OBJECT_COMMIT, place: "commit")
        let root = try repository.rootTree(of: commit)
        try verify(object: root, GIT_OBJECT_TREE, place: "root folder")
        for path in paths { try verify(path, below: root, of: commit) }
    }

    private func verify(_ path: String, below root: GitObjectID, of commit: GitObjectID) throws {
        var folder: GitObjectID? = root
        var place = ""
        for name in path.split(separator: "/") {
            place += (place.isEmpty ? "" : "/") + name
            guard let parent = folder, let entry = try repository.entry(at: String(name), below: parent) else {
                throw GitStoreError.pathMissing(path: path, place: "commit \(commit.short)")
            }
            folder = entry.kind == .directory ? entry.id : nil
            try verify(object: entry.id, folder == nil ? GIT_OBJECT_BLOB : GIT_OBJECT_TREE, place: place)
        }
        if let folder { try verify(below: folder, path: place) }
    }

    func verify(tree: GitObjectID) throws {
        try verify(object: tree, GIT_OBJECT_TREE, place: "tree")
        try verify(below: tree, path: "")
    }

    /// `folder` itself was verified before it is read.
    private func verify(below folder: GitObjectID, path: String) throws {
        guard complete.insert(folder).inserted else { return }
        let tree = try OpenTree(folder, in: repository, place: path.isEmpty ? "root folder" : path)
        for index in 0..<tree.count {
            let entry = tree[index]
            let name = String(cString: entry.name)
            let place = path.isEmpty ? name : path + "/" + name
            switch entry.kind {
            case .directory:
                try verify(object: entry.id, GIT_OBJECT_TREE, place: place)
                try verify(below: entry.id, path: place)
            case .submodule, .other: continue
            case .file, .executable, .symlink: try verify(object: entry.id, GIT_OBJECT_BLOB, place: place)
            }
        }
    }

    private func verify(object id: GitObjectID, _ type: git_object_t, place: String) throws {
        guard verified.insert(id).inserted else { return }
        var oid = id.oid
        var actual = git_oid()
        var kind = type
        do {
            var database: OpaquePointer?
            var object: OpaquePointer?
            try check(git_repository_odb(&database, repository.pointer))
            defer { git_odb_free(database) }
            try check(git_odb_read(&object, database, &oid))
            defer { git_odb_object_free(object) }
            kind = git_odb_object_type(object)
            try check(git_odb_hash(&actual, git_odb_object_data(object), git_odb_object_size(object), kind))
        } catch {
            throw repository.objectError(error, id: id, place: place)
        }
        guard git_oid_equal(&oid, &actual) == 1, kind == type else {
            throw GitStoreError.objectCorrupted(
                id: id.hex, place: place, detail: "its content hashes to \(GitObjectID(actual))")
        }
    }
}
