import CLibgit2
import Model

/// Finds the objects of a commit that a mirror lacks, in a repository that has them all.
///
/// What the mirror holds is whole: with an object it holds everything that the object refers to. So the search ends
/// wherever it meets one, and where two folders are compared entries that are equal need no look at all.
struct MissingObjects {
    struct Object {
        var name: ObjectName
        /// What whoever refers to it says that it is.
        var kind: git_object_t

        /// - Throws: `UnreadableObject`, also where it is of another kind; what `body` throws.
        func read<Result>(
            from source: ObjectDatabase, place: String? = nil, _ body: (UnsafeRawBufferPointer) throws -> Result
        ) throws -> Result {
            do {
                return try source.read(name) { found, bytes in
                    guard found == kind else {
                        throw UnreadableObject(name: name, place: place ?? word, detail: "it is of another kind than what refers to it says")
                    }
                    return try body(bytes)
                }
            } catch let failure as LibraryFailure {
                throw UnreadableObject(name: name, place: place ?? word, failure)
            }
        }

        private var word: String {
            switch kind {
            case GIT_OBJECT_COMMIT: "commit"
            case GIT_OBJECT_TREE: "folder"
            default: "content of a file"
            }
        }
    }

    private struct Commit {
        var name: ObjectName
        var content: RawCommit
    }

    private struct Folder {
        var name: ObjectName
        /// A tree that the mirror has, or that was searched before: usually nearly the same.
        var base: ObjectName?
        var place: String
    }

    private let source: ObjectDatabase
    private let mirror: ObjectDatabase
    private var seen: Set<ObjectName> = []
    private(set) var objects: [Object] = []

    init(in source: ObjectDatabase, lackedBy mirror: ObjectDatabase) {
        self.source = source
        self.mirror = mirror
    }

    /// - Throws: `UnreadableObject`.
    mutating func collect(from tip: ObjectName) throws {
        var trees: [ObjectName: ObjectName] = [:]
        // The oldest first: most of a tree is then known from the commit before.
        for commit in try commits(from: tip).reversed() {
            objects.append(Object(name: commit.name, kind: GIT_OBJECT_COMMIT))
            let base = commit.content.parents.first.flatMap { trees[$0] ?? treeKept(of: $0) }
            try collect(tree: commit.content.tree, comparedWith: base)
            trees[commit.name] = commit.content.tree
        }
    }

    private mutating func commits(from tip: ObjectName) throws -> [Commit] {
        var found: [Commit] = []
        var waiting = [tip]
        while let name = waiting.popLast() {
            guard isNew(name) else { continue }
            let content = try Object(name: name, kind: GIT_OBJECT_COMMIT).read(from: source) { RawCommit($0) }
            guard let content else { throw UnreadableObject(name: name, place: "commit", detail: "it lacks a tree") }
            found.append(Commit(name: name, content: content))
            waiting += content.parents
        }
        return found
    }

    /// The tree of a commit that the mirror has; a help that the search can do without.
    private func treeKept(of commit: ObjectName) -> ObjectName? {
        guard mirror.contains(commit) else { return nil }
        return try? Object(name: commit, kind: GIT_OBJECT_COMMIT).read(from: source) { RawCommit($0)?.tree }
    }

    private mutating func collect(tree: ObjectName, comparedWith base: ObjectName?) throws {
        guard tree != base, isNew(tree) else { return }
        objects.append(Object(name: tree, kind: GIT_OBJECT_TREE))
        var waiting = [Folder(name: tree, base: base, place: "")]
        while let folder = waiting.popLast() {
            let object = Object(name: folder.name, kind: GIT_OBJECT_TREE)
            waiting += try object.read(from: source, place: folder.place.isEmpty ? "root folder" : folder.place) { bytes in
                guard let base = folder.base else { return try newEntries(of: RawTree(bytes), comparedWith: nil, in: folder) }
                return try Object(name: base, kind: GIT_OBJECT_TREE).read(from: source) { old in
                    try newEntries(of: RawTree(bytes), comparedWith: RawTree(old), in: folder)
                }
            }
        }
    }

    /// Notes what is new in a folder; returns the new folders within it.
    private mutating func newEntries(of tree: RawTree, comparedWith base: RawTree?, in folder: Folder) throws -> [Folder] {
        var (tree, base, below) = (tree, base, [Folder]())
        var old = base?.next()
        while let entry = tree.next() {
            while let other = old, RawTree.Entry.order(other, entry) < 0 { old = base?.next() }
            let twin = old.flatMap { RawTree.Entry.order($0, entry) == 0 ? $0 : nil }
            if let twin, twin.object == entry.object, twin.mode == entry.mode { continue }
            guard !entry.isSubmodule, isNew(entry.object) else { continue }
            objects.append(Object(name: entry.object, kind: entry.isFolder ? GIT_OBJECT_TREE : GIT_OBJECT_BLOB))
            guard entry.isFolder else { continue }
            let name = String(decoding: entry.name, as: UTF8.self)
            below.append(
                Folder(
                    name: entry.object, base: twin.flatMap { $0.isFolder ? $0.object : nil },
                    place: MissingObjects.join(folder.place, name)))
        }
        guard !tree.isMalformed else {
            throw UnreadableObject(name: folder.name, place: folder.place, detail: "its entries are malformed")
        }
        return below
    }

    /// Only to name a place: folders in folders, however many, must not make it long.
    private static func join(_ place: String, _ name: String) -> String {
        guard place.utf8.count <= TreeRules.longestPath else { return place }
        return (place.isEmpty ? "" : place + "/") + excerpt(name, TreeRules.longestName)
    }

    private mutating func isNew(_ name: ObjectName) -> Bool { !mirror.contains(name) && seen.insert(name).inserted }
}

/// An object that should be there and cannot be used.
struct UnreadableObject: Error {
    var name: ObjectName
    /// Where in a commit it stands, as far as that is known.
    var place: String
    var detail: String
    var isMissing = false
    /// Whether the file system refused, and not the content.
    var isOutOfReach = false

    init(name: ObjectName, place: String, detail: String) {
        self.name = name
        self.place = place
        self.detail = detail
    }

    init(name: ObjectName, place: String, _ failure: LibraryFailure) {
        self.init(name: name, place: place, detail: failure.isNotFound ? "it is missing" : failure.text)
        isMissing = failure.isNotFound
        isOutOfReach = failure.category == GIT_ERROR_OS.rawValue
    }

    var description: String { "object \(name.hex) (\(place)): \(detail)" }
}
