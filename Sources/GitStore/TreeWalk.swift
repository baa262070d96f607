import CLibgit2
import Model

/// Compares two trees by recursing only where object ids differ, and judges everything new on the way.
///
/// So one walk serves three questions: what a tree holds (compared with nothing), what changed, and whether the changed
/// part may be deployed. What the older tree already held is trusted: it was judged when it was new.
struct TreeWalk {
    private let repository: Repository
    private let limits: TreeLimits
    private(set) var changes: [FileChange] = []
    /// Folders of the newer tree that were entered.
    private(set) var folders: [TreeEntry] = []
    private(set) var problems: [Problem] = []
    private var visited = 0
    private var pathBytes = 0
    private var stopped = false

    init(in repository: Repository, limits: TreeLimits) {
        self.repository = repository
        self.limits = limits
    }

    /// Walks both trees; either may be absent.
    static func compare(
        _ old: GitObjectID?, _ new: GitObjectID?, place: String, in repository: Repository, limits: TreeLimits
    ) throws -> TreeWalk {
        var walk = TreeWalk(in: repository, limits: limits)
        if old != new { try walk.folder("", old, new, depth: 0) }
        guard walk.problems.isEmpty else {
            throw GitStoreError.treeRefused(place: place, problems: walk.problems.sorted())
        }
        return walk
    }

    private mutating func folder(_ path: String, _ old: GitObjectID?, _ new: GitObjectID?, depth: Int) throws {
        let place = path.isEmpty ? "root folder" : path
        let before = try old.map { try OpenTree($0, in: repository, place: place) }
        let after = try new.map { try OpenTree($0, in: repository, place: place) }
        var (i, j, hasAdditions) = (0, 0, false)
        while !stopped {
            let a = before.flatMap { i < $0.count ? $0[i] : nil }
            let b = after.flatMap { j < $0.count ? $0[j] : nil }
            if a == nil, b == nil { break }
            let order = if let a, let b { OpenTreeEntry.order(a, b) } else { b == nil ? -1 : 1 }
            if order <= 0 { i += 1 }
            if order >= 0 {
                j += 1
                if let after, j > 1, OpenTreeEntry.order(after[j - 2], after[j - 1]) >= 0 { malformed(path) }
            }
            if order < 0, let a {
                try deleted(a, in: path, depth: depth)
            } else if order > 0, let b {
                hasAdditions = true
                try added(b, in: path, depth: depth)
            } else if let a, let b, !a.isSame(as: b) {
                try modified(a, b, in: path, depth: depth)
            }
        }
        if hasAdditions, !stopped, let after { findCollisions(in: after, path) }
    }

    private mutating func deleted(_ entry: OpenTreeEntry, in folder: String, depth: Int) throws {
        let path = join(folder, name(of: entry))
        guard count(path) else { return }
        switch entry.kind {
        case .directory: try self.folder(path, entry.id, nil, depth: depth + 1)
        case .file, .executable: record(.deleted, path, entry, size: 0)
        case .symlink, .submodule, .other: break
        }
    }

    private mutating func added(_ entry: OpenTreeEntry, in folder: String, depth: Int) throws {
        let name = name(of: entry)
        let path = join(folder, name)
        guard count(path) else { return }
        if entry.text == nil {
            report(TreeRules.badName(path, "has a name that is not UTF-8"))
        } else if let problem = TreeRules.problem(withName: name) {
            report(TreeRules.badName(path, problem))
        }
        // What is below such a path has a longer one: nothing there is worth a look.
        guard name.utf8.count <= TreeRules.longestName else { return }
        guard path.utf8.count <= TreeRules.longestPath else {
            return report(TreeRules.badName(path, "has a path longer than \(TreeRules.longestPath) bytes"))
        }
        if entry.kind == .directory {
            try enter(path, nil, entry, depth: depth)
        } else {
            try file(.added, path, entry)
        }
    }

    private mutating func modified(
        _ old: OpenTreeEntry, _ new: OpenTreeEntry, in folder: String, depth: Int
    ) throws {
        let path = join(folder, name(of: new))
        guard count(path) else { return }
        // Git's order keeps folders and files of one name apart, so both are folders or neither is.
        if new.kind == .directory {
            try enter(path, old.id, new, depth: depth)
        } else {
            try file(old.kind == .file || old.kind == .executable ? .modified : .added, path, new)
        }
    }

    private mutating func enter(_ path: String, _ old: GitObjectID?, _ new: OpenTreeEntry, depth: Int) throws {
        guard depth < limits.depth else { return report(TreeRules.tooDeep(path, limit: limits.depth)) }
        folders.append(TreeEntry(path: path, kind: .directory, id: new.id))
        try folder(path, old, new.id, depth: depth + 1)
    }

    private mutating func file(_ action: FileChange.Action, _ path: String, _ entry: OpenTreeEntry) throws {
        switch entry.kind {
        case .symlink: report(TreeRules.notAFile(path, "a symbolic link"))
        case .submodule: report(TreeRules.notAFile(path, "a submodule"))
        case .other, .directory: report(TreeRules.notAFile(path, "of a kind that Git does not know"))
        case .file, .executable:
            let size = try repository.size(of: entry.id, place: path)
            if size > limits.fileBytes {
                report(TreeRules.tooLarge(path, bytes: size, limit: limits.fileBytes))
            }
            record(action, path, entry, size: size)
        }
    }

    private mutating func findCollisions(in tree: OpenTree, _ folder: String) {
        var seen: [String: String] = [:]
        seen.reserveCapacity(tree.count)
        for index in 0..<tree.count {
            let name = name(of: tree[index])
            // A longer one is refused already, and may be made to take long here.
            guard name.utf8.count <= TreeRules.longestName else { continue }
            guard let other = seen.updateValue(name, forKey: TreeRules.collisionKey(name)) else { continue }
            report(TreeRules.collision(join(folder, name), with: other))
        }
    }

    private mutating func record(_ action: FileChange.Action, _ path: String, _ entry: OpenTreeEntry, size: Int) {
        let kind: TreeEntry.Kind = entry.kind == .executable ? .executable : .file
        changes.append(FileChange(action: action, path: path, kind: kind, id: entry.id, size: size))
    }

    /// Whether the walk may go on: a tree object may name one subtree many times over.
    private mutating func count(_ path: String) -> Bool {
        visited += 1
        pathBytes += path.utf8.count
        if !stopped, let problem = TreeRules.tooMany(path, entries: visited, pathBytes: pathBytes, limits) {
            report(problem)
            stopped = true
        }
        return !stopped
    }

    private mutating func malformed(_ folder: String) {
        report(
            Problem(
                file: folder.isEmpty ? "." : TreeRules.printable(folder),
                message: "is a tree object whose entries are doubled or out of order",
                remedy: "Write the commit again with Git itself; run git fsck in the repository"))
    }

    private mutating func report(_ problem: Problem) {
        // On the way out of the folders that were entered there may be more to find.
        guard problems.count < TreeRules.mostProblems else { return }
        problems.append(problem)
        if problems.count >= TreeRules.mostProblems { stopped = true }
    }

    private func name(of entry: OpenTreeEntry) -> String { entry.text ?? String(cString: entry.name) }

    private func join(_ folder: String, _ name: String) -> String { folder.isEmpty ? name : folder + "/" + name }
}
