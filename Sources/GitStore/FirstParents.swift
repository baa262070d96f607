import CLibgit2
import Model

extension Mirror {
    /// The commits on the line of first parents of `tip` that `base` does not contain, oldest first.
    ///
    /// Where `base` is `nil` the line begins at the root. `base` may lie beside the line (its branch was merged into the
    /// other one): the line then begins after the newest commit that `base` contains.
    public func firstParents(after base: GitObjectID?, to tip: GitObjectID) throws -> [Revision] {
        try repository.with { repository in
            var line: [GitObjectID] = []
            var next: GitObjectID? = tip
            while let commit = next, commit != base {
                line.append(commit)
                next = try repository.firstParent(of: commit)
            }
            if let base, next == nil {
                // What an accepted commit contains is at the end of the line, so a search by halves finds where it begins.
                var (low, high) = (0, line.count)
                while low < high {
                    let middle = (low + high) / 2
                    if try repository.isAncestor(line[middle], of: base) { high = middle } else { low = middle + 1 }
                }
                line.removeSubrange(low...)
            }
            return try line.reversed().map { try repository.revision($0) }
        }
    }

    /// Whether `a` is `b` or stands on its line of first parents: whether it was once the tip of that branch.
    public func isFirstParent(_ a: GitObjectID, of b: GitObjectID) throws -> Bool {
        try repository.with { repository in
            var next: GitObjectID? = b
            while let commit = next {
                if commit == a { return true }
                next = try repository.firstParent(of: commit)
            }
            return false
        }
    }

    /// Paths of everything that differs between two commits, whatever it is; all of `to` where `from` is `nil`.
    ///
    /// Unlike `changes` this judges nothing: a commit in between that cannot be deployed says nothing about the newest.
    /// - Throws: `treeRefused` where a tree is too deep or too large to look at.
    public func changedPaths(from: GitObjectID?, to: GitObjectID) throws -> [String] {
        try repository.with { repository in
            var walk = PathWalk(repository: repository, limits: limits, place: "Commit \(to.short)")
            try walk.compare("", try from.map { try repository.rootTree(of: $0) }, try repository.rootTree(of: to), depth: 0)
            return walk.paths
        }
    }
}

/// Lists the paths that differ between two trees, entering only folders whose ids differ.
struct PathWalk {
    let repository: Repository
    let limits: TreeLimits
    let place: String
    private(set) var paths: [String] = []
    private var visited = 0
    private var pathBytes = 0

    /// What the operating system takes: longer ones were never anybody's file.
    private let longestPath = 4096

    init(repository: Repository, limits: TreeLimits, place: String) {
        self.repository = repository
        self.limits = limits
        self.place = place
    }

    mutating func compare(_ folder: String, _ old: GitObjectID?, _ new: GitObjectID?, depth: Int) throws {
        guard old != new else { return }
        guard depth <= limits.depth else { throw refused(TreeRules.tooDeep(folder, limit: limits.depth)) }
        let before = try old.map { try OpenTree($0, in: repository, place: folder) }
        let after = try new.map { try OpenTree($0, in: repository, place: folder) }
        var (i, j) = (0, 0)
        while true {
            let a = before.flatMap { i < $0.count ? $0[i] : nil }
            let b = after.flatMap { j < $0.count ? $0[j] : nil }
            if a == nil, b == nil { return }
            let order = if let a, let b { OpenTreeEntry.order(a, b) } else { b == nil ? -1 : 1 }
            if order <= 0 { i += 1 }
            if order >= 0 { j += 1 }
            if order == 0, let a, let b, a.isSame(as: b) { continue }
            try differs(folder, old: order <= 0 ? a : nil, new: order >= 0 ? b : nil, depth: depth)
        }
    }

    /// Git's order keeps folders and files of one name apart, so both entries are folders or neither is.
    private mutating func differs(_ folder: String, old: OpenTreeEntry?, new: OpenTreeEntry?, depth: Int) throws {
        guard let entry = new ?? old else { return }
        let name = String(cString: entry.name)
        let path = folder.isEmpty ? name : "\(folder)/\(name)"
        visited += 1
        pathBytes += path.utf8.count
        if let problem = TreeRules.tooMany(path, entries: visited, pathBytes: pathBytes, limits) { throw refused(problem) }
        guard path.utf8.count <= longestPath else {
            throw refused(TreeRules.badName(path, "has a path longer than \(longestPath) bytes"))
        }
        if entry.kind == .directory {
            try compare(path, old?.id, new?.id, depth: depth + 1)
        } else {
            paths.append(path)
        }
    }

    private func refused(_ problem: Problem) -> GitStoreError { .treeRefused(place: place, problems: [problem]) }
}

extension Repository {
    fileprivate func firstParent(of id: GitObjectID) throws -> GitObjectID? {
        try withCommit(id) { commit in git_commit_parent_id(commit, 0).map { GitObjectID($0.pointee) } }
    }
}
