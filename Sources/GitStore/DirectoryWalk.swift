import Foundation
import Model

/// Lists a folder on disk by the rules of a deployed tree.
struct DirectoryWalk {
    struct File {
        var path: String
        var size: Int
        var executable: Bool
    }

    private let root: String
    private let limits: TreeLimits
    private let skippingGit: Bool
    private var files: [File] = []
    private var problems: [Problem] = []
    private var visited = 0
    private var pathBytes = 0

    /// Every file, sorted bytewise by path.
    ///
    /// - Parameter skippingGit: whether `.git` of the folder itself is passed over; further down it is a repository
    ///   within the repository, and refused.
    /// - Throws: `treeRefused` with every problem, `fileUnreadable`, `pathMissing`.
    static func list(_ root: String, place: String, limits: TreeLimits, skippingGit: Bool) throws -> [File] {
        var walk = DirectoryWalk(root: root, limits: limits, skippingGit: skippingGit)
        try walk.enter("", depth: 0)
        guard walk.problems.isEmpty else {
            throw GitStoreError.treeRefused(place: place, problems: walk.problems.sorted())
        }
        return walk.files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private init(root: String, limits: TreeLimits, skippingGit: Bool) {
        self.root = root
        self.skippingGit = skippingGit
        self.limits = limits
    }

    private mutating func enter(_ folder: String, depth: Int) throws {
        var seen: [String: String] = [:]
        for name in try names(in: folder) where !(skippingGit && folder.isEmpty && name == ".git") {
            let path = folder.isEmpty ? name : folder + "/" + name
            visited += 1
            pathBytes += path.utf8.count
            guard problems.count < TreeRules.mostProblems else { return }
            if let problem = TreeRules.tooMany(path, entries: visited, pathBytes: pathBytes, limits) {
                return problems.append(problem)
            }
            if let problem = TreeRules.problem(withName: name) { problems.append(TreeRules.badName(path, problem)) }
            if path.utf8.count > TreeRules.longestPath {
                problems.append(TreeRules.badName(path, "has a path longer than \(TreeRules.longestPath) bytes"))
            }
            if let other = seen.updateValue(name, forKey: TreeRules.collisionKey(name)) {
                problems.append(TreeRules.collision(path, with: other))
            }
            try judge(path, depth: depth)
        }
    }

    private mutating func judge(_ path: String, depth: Int) throws {
        var facts = stat()
        guard lstat(root + "/" + path, &facts) == 0 else { throw unreadable(path) }
        switch facts.st_mode & S_IFMT {
        case S_IFDIR where depth >= limits.depth: problems.append(TreeRules.tooDeep(path, limit: limits.depth))
        case S_IFDIR: try enter(path, depth: depth + 1)
        case S_IFLNK: problems.append(TreeRules.notAFile(path, "a symbolic link"))
        case S_IFREG:
            let size = Int(facts.st_size)
            if size > limits.fileBytes {
                problems.append(TreeRules.tooLarge(path, bytes: size, limit: limits.fileBytes))
            }
            files.append(File(path: path, size: size, executable: facts.st_mode & S_IXUSR != 0))
        default: problems.append(TreeRules.notAFile(path, "a device, pipe or socket"))
        }
    }

    /// Names in a stable order, so that the same folder gives the same problems on every host.
    private mutating func names(in folder: String) throws -> [String] {
        let absolute = folder.isEmpty ? root : root + "/" + folder
        guard let stream = opendir(absolute) else {
            if folder.isEmpty, errno == ENOENT { throw GitStoreError.pathMissing(path: root, place: "this host") }
            throw unreadable(folder)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let raw = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { (String(validatingCString: $0), String(cString: $0)) }
            }
            guard let name = raw.0 else {
                let path = folder.isEmpty ? raw.1 : folder + "/" + raw.1
                problems.append(TreeRules.badName(path, "has a name that is not UTF-8"))
                continue
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private func unreadable(_ path: String) -> GitStoreError {
        .fileUnreadable(path: path.isEmpty ? root : root + "/" + path, detail: String(cString: strerror(errno)))
    }
}
