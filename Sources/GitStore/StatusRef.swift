import CLibgit2
import Glibc
import Model

/// A commit to be made on a reference of our own, which no fetch touches.
public struct StatusCommit: Sendable {
    /// What stands in the new tree.
    public enum Content: Sendable {
        /// Exactly these files, by path.
        case whole([String: [UInt8]])
        /// The tree of another commit with these files in it.
        case changed([String: [UInt8]], in: GitObjectID)
        /// The tree of another commit as it is.
        case same(as: GitObjectID)
    }

    /// Full name, such as `refs/assay/status/alder`.
    public var reference: String
    public var parent: GitObjectID?
    public var content: Content
    public var author: GitPerson
    public var message: String

    public init(
        reference: String, parent: GitObjectID?, content: Content, author: GitPerson, message: String
    ) {
        self.reference = reference
        self.parent = parent
        self.content = content
        self.author = author
        self.message = message
    }
}

extension Mirror {
    /// Where a reference of the mirror stands; `nil` where there is none.
    public func target(of reference: String) throws -> GitObjectID? {
        try repository.with { try $0.target(of: reference) }
    }

    /// Makes the commit and points its reference to it, durably; where the tree would be the parent's, the reference is
    /// pointed to the parent instead. The same commit made twice has the same id.
    ///
    /// - Parameter sign: the armoured SSH signature of the bytes that it is given.
    /// - Returns: where the reference stands now.
    public func append(_ commit: StatusCommit, sign: @Sendable ([UInt8]) throws -> String) throws -> GitObjectID {
        try repository.with { repository in
            let tree = try repository.tree(of: commit.content)
            if let parent = commit.parent, try repository.rootTree(of: parent) == tree {
                try repository.point(commit.reference, to: parent, because: "status")
                return parent
            }
            let id = try repository.create(commit, tree: tree, sign: sign)
            try repository.point(commit.reference, to: id, because: "status")
            return id
        }
    }

    /// A file of any commit in the mirror, also of one that could not be deployed; `nil` where there is none.
    public func file(_ path: String, at commit: GitObjectID) throws -> [UInt8]? {
        try repository.with { try $0.file(path, at: commit) }
    }
}

extension Repository {
    func file(_ path: String, at commit: GitObjectID) throws -> [UInt8]? {
        guard let entry = try entry(at: path, below: try rootTree(of: commit)), entry.kind == .file else { return nil }
        return try blob(entry.id, place: path)
    }

    fileprivate func tree(of content: StatusCommit.Content) throws -> GitObjectID {
        switch content {
        case .same(let commit): try rootTree(of: commit)
        case .whole(let files): try tree(files, in: nil)
        case .changed(let files, let commit): try tree(files, in: try rootTree(of: commit))
        }
    }

    private func tree(_ files: [String: [UInt8]], in base: GitObjectID?) throws -> GitObjectID {
        let ordered = files.sorted { $0.key < $1.key }
        let ids = try ordered.map { try write($0.value, place: $0.key) }
        var id = git_oid()
        var tree: OpaquePointer?
        let paths = ordered.map { strdup($0.key) }
        defer { paths.forEach { free($0) } }
        let updates = zip(paths, ids).map { path, id in
            git_tree_update(action: GIT_TREE_UPDATE_UPSERT, id: id, filemode: GIT_FILEMODE_BLOB, path: path)
        }
        do {
            if var base = base?.oid { try check(git_tree_lookup(&tree, pointer, &base)) }
            defer { git_tree_free(tree) }
            try check(git_tree_create_updated(&id, pointer, tree, updates.count, updates))
        } catch {
            throw unwritten("tree", error)
        }
        return GitObjectID(id)
    }

    private func write(_ bytes: [UInt8], place: String) throws -> git_oid {
        var id = git_oid()
        do {
            try check(git_blob_create_from_buffer(&id, pointer, bytes, bytes.count))
        } catch {
            throw unwritten(place, error)
        }
        return id
    }

    fileprivate func create(
        _ commit: StatusCommit, tree: GitObjectID, sign: ([UInt8]) throws -> String
    ) throws -> GitObjectID {
        let content: [UInt8]
        do {
            content = try unsigned(commit, tree: tree)
        } catch let failure as LibraryFailure {
            throw unwritten("commit", failure)
        }
        let signature = try sign(content)
        var id = git_oid()
        do {
            try check(
                git_commit_create_with_signature(&id, pointer, String(decoding: content, as: UTF8.self), signature, "gpgsig"))
        } catch {
            throw unwritten("commit", error)
        }
        return GitObjectID(id)
    }

    /// The bytes of the commit as they are signed.
    private func unsigned(_ commit: StatusCommit, tree: GitObjectID) throws -> [UInt8] {
        var author: UnsafeMutablePointer<git_signature>?
        try check(
            git_signature_new(&author, commit.author.name, commit.author.email, commit.author.time, Int32(commit.author.offset)))
        defer { git_signature_free(author) }
        var treeID = tree.oid
        var (opened, parent): (OpaquePointer?, OpaquePointer?) = (nil, nil)
        try check(git_tree_lookup(&opened, pointer, &treeID))
        defer { git_tree_free(opened) }
        if var parentID = commit.parent?.oid { try check(git_commit_lookup(&parent, pointer, &parentID)) }
        defer { git_commit_free(parent) }
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        var parents = [parent]
        try check(
            git_commit_create_buffer(
                &buffer, pointer, author, author, nil, commit.message, opened, parent == nil ? 0 : 1, &parents))
        return Array(UnsafeRawBufferPointer(start: buffer.ptr, count: buffer.size))
    }

    private func unwritten(_ what: String, _ failure: LibraryFailure) -> GitStoreError {
        .mirrorUnwritable(path: path, detail: "\(what): \(failure.text)")
    }
}
