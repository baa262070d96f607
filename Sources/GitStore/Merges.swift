import CLibgit2
import Model

extension Mirror {
    /// The newest commit that two commits both contain; `nil` where their histories have nothing in common.
    public func mergeBase(_ a: GitObjectID, _ b: GitObjectID) throws -> GitObjectID? {
        try repository.with { repository in
            var (first, second, base) = (a.oid, b.oid, git_oid())
            do throws(LibraryFailure) {
                try check(git_merge_base(&base, repository.pointer, &first, &second))
                return GitObjectID(base)
            } catch where error.isNotFound {
                return nil
            } catch {
                throw repository.objectError(error, id: b, place: "history between \(a.short) and \(b.short)")
            }
        }
    }

    /// The commits that a merge brings into its first parent's line, newest first, without the merge itself.
    ///
    /// What `base` contains is left out too: it counted before.
    public func broughtIn(by merge: GitObjectID, beyond base: GitObjectID?) throws -> [Revision] {
        try repository.with { repository in
            let parents = try repository.revision(merge).parents
            guard parents.count > 1 else { return [] }
            return try repository.commits(from: Array(parents.dropFirst()), without: [parents[0]] + (base.map { [$0] } ?? []))
                .map { try repository.revision($0) }
        }
    }

    /// Whether a merge of two parents holds exactly what merging them by machine gives: no conflict was resolved and
    /// nothing was changed on the way.
    ///
    /// - Throws: `treeRefused` where a side is too deep or too large to look at.
    public func isCleanMerge(_ merge: GitObjectID) throws -> Bool {
        // A handle of its own: merging writes objects, which stay in memory and go with it.
        let repository = try Repository(opening: path)
        let revision = try repository.revision(merge)
        guard revision.parents.count == 2 else { return false }
        // libgit2 would unfold whatever the two sides hold before it compares anything.
        for commit in [merge] + revision.parents + (try repository.mergeBases(of: revision.parents)) {
            var walk = PathWalk(repository: repository, limits: limits, place: "Commit \(commit.short)")
            try walk.compare("", nil, try repository.rootTree(of: commit), depth: 0)
        }
        do {
            return try repository.mergesTo(revision)
        } catch {
            throw repository.objectError(error, id: merge, place: "commit")
        }
    }
}

extension Repository {
    /// Commits that the tips contain and the others do not, newest first.
    fileprivate func commits(from tips: [GitObjectID], without others: [GitObjectID]) throws -> [GitObjectID] {
        var walk: OpaquePointer?
        var found: [GitObjectID] = []
        do {
            try check(git_revwalk_new(&walk, pointer))
            defer { git_revwalk_free(walk) }
            try check(git_revwalk_sorting(walk, GIT_SORT_TOPOLOGICAL.rawValue))
            for tip in tips {
                var oid = tip.oid
                try check(git_revwalk_push(walk, &oid))
            }
            for other in others {
                var oid = other.oid
                try check(git_revwalk_hide(walk, &oid))
            }
            var next = git_oid()
            while true {
                let code = git_revwalk_next(&next, walk)
                if code == GIT_ITEROVER.rawValue { return found }
                try check(code)
                found.append(GitObjectID(next))
            }
        } catch {
            throw objectError(error, id: tips[0], place: "history")
        }
    }

    /// The newest commits that two commits both contain.
    fileprivate func mergeBases(of commits: [GitObjectID]) throws -> [GitObjectID] {
        var (first, second, bases) = (commits[0].oid, commits[1].oid, git_oidarray())
        do throws(LibraryFailure) {
            try check(git_merge_bases(&bases, pointer, &first, &second))
        } catch where error.isNotFound {
            return []
        } catch {
            throw objectError(error, id: commits[1], place: "history")
        }
        defer { git_oidarray_dispose(&bases) }
        return (0..<bases.count).map { GitObjectID(bases.ids[$0]) }
    }

    fileprivate func mergesTo(_ revision: Revision) throws(LibraryFailure) -> Bool {
        var database: OpaquePointer?
        var memory: UnsafeMutablePointer<git_odb_backend>?
        try check(git_repository_odb(&database, pointer))
        defer { git_odb_free(database) }
        try check(git_mempack_new(&memory))
        try check(git_odb_add_backend(database, memory, 999))

        var (ours, theirs, tree): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
        defer {
            git_commit_free(ours)
            git_commit_free(theirs)
            git_tree_free(tree)
        }
        var (first, second, root) = (revision.parents[0].oid, revision.parents[1].oid, revision.tree.oid)
        try check(git_commit_lookup(&ours, pointer, &first))
        try check(git_commit_lookup(&theirs, pointer, &second))
        try check(git_tree_lookup(&tree, pointer, &root))
        var (index, difference): (OpaquePointer?, OpaquePointer?)
        defer {
            git_index_free(index)
            git_diff_free(difference)
        }
        try check(git_merge_commits(&index, pointer, ours, theirs, nil))
        guard git_index_has_conflicts(index) == 0 else { return false }
        try check(git_diff_tree_to_index(&difference, pointer, tree, index, nil))
        return git_diff_num_deltas(difference) == 0
    }
}
