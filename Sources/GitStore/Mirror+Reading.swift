import Model

extension Mirror {
    /// - Throws: `objectMissing`, `objectCorrupted`.
    public func revision(_ commit: GitObjectID) throws -> Revision {
        try repository.with { try $0.revision(commit) }
    }

    /// The commit that a person means by `newest`, `HEAD`, the branch's name, a full id or at least four digits of one.
    ///
    /// - Throws: `revisionUnknown`, `revisionAmbiguous`.
    public func resolve(_ text: String) throws -> GitObjectID {
        if ["newest", "HEAD", remote.branch, "origin/\(remote.branch)"].contains(text) {
            guard let newest = try newestCommit() else { throw GitStoreError.revisionUnknown(text) }
            return newest
        }
        guard (4...40).contains(text.utf8.count), text.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
            throw GitStoreError.revisionUnknown(text)
        }
        return try repository.with { try $0.commit(beginning: text.lowercased()) }
    }

    /// Whether `a` is `b` or one of its ancestors.
    public func isAncestor(_ a: GitObjectID, of b: GitObjectID) throws -> Bool {
        try repository.with { try $0.isAncestor(a, of: b) }
    }

    /// Commits along first parents, newest first, beginning with `from`: what was merged, not what was merged in.
    public func log(from: GitObjectID, limit: Int) throws -> [Revision] {
        try repository.with { repository in
            var revisions: [Revision] = []
            var next: GitObjectID? = from
            while let commit = next, revisions.count < limit {
                let revision = try repository.revision(commit)
                revisions.append(revision)
                next = revision.parents.first
            }
            return revisions
        }
    }

    /// The files of a commit, after judging its tree.
    ///
    /// - Parameter trusted: a commit that was judged before: only what differs from it is looked at.
    /// - Throws: `treeRefused` with every problem.
    public func snapshot(_ commit: GitObjectID, trusting trusted: GitObjectID? = nil) throws -> Snapshot {
        let (root, listed) = try repository.with { repository in
            let root = try repository.rootTree(of: commit)
            let base = try trusted.map { try repository.rootTree(of: $0) }
            let walk = try TreeWalk.compare(
                base, root, place: "Commit \(commit.short)", in: repository, limits: limits)
            let listed = base == nil ? walk.changes.map { SourceFile(path: $0.path, size: $0.size) } : nil
            return (root, listed)
        }
        return Snapshot(commit: commit, root: root, repository: repository, limits: limits, listed: listed)
    }

    /// The files that differ between two commits (all of `to` where `from` is `nil`), after judging the new ones.
    ///
    /// - Throws: `treeRefused` with every problem of the changed part.
    public func changes(from: GitObjectID?, to: GitObjectID) throws -> TreeComparison {
        try repository.with { repository in
            let old = try from.map { try repository.rootTree(of: $0) }
            let new = try repository.rootTree(of: to)
            let walk = try TreeWalk.compare(old, new, place: "Commit \(to.short)", in: repository, limits: limits)
            return TreeComparison(changes: walk.changes)
        }
    }
}
