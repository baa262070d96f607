import CLibgit2
import Model

/// A folder of a commit, held open for reading; its entries stand in Git's own order.
final class OpenTree {
    private let pointer: OpaquePointer
    let id: GitObjectID
    let count: Int

    init(_ id: GitObjectID, in repository: Repository, place: String) throws {
        var oid = id.oid
        var tree: OpaquePointer?
        do {
            try check(git_tree_lookup(&tree, repository.pointer, &oid))
        } catch {
            throw repository.objectError(error, id: id, place: place)
        }
        guard let tree else { throw GitStoreError.objectMissing(id: id.hex, place: place) }
        pointer = tree
        self.id = id
        count = git_tree_entrycount(tree)
    }

    deinit { git_tree_free(pointer) }

    /// Valid as long as the tree is held.
    subscript(index: Int) -> OpenTreeEntry {
        guard let entry = git_tree_entry_byindex(pointer, index), let name = git_tree_entry_name(entry),
            let oid = git_tree_entry_id(entry)
        else { preconditionFailure("entry \(index) of \(count) exists") }
        return OpenTreeEntry(name: name, oid: oid, mode: git_tree_entry_filemode_raw(entry).rawValue)
    }
}

/// An entry as it stands in an open tree: nothing is copied until it is asked for.
struct OpenTreeEntry {
    let name: UnsafePointer<CChar>
    let oid: UnsafePointer<git_oid>
    let mode: UInt32

    enum Kind { case file, executable, directory, symlink, submodule, other }

    var kind: Kind {
        switch mode & 0o170000 {
        case 0o100000: mode & 0o100 == 0 ? .file : .executable
        case 0o040000: .directory
        case 0o120000: .symlink
        case 0o160000: .submodule
        default: .other
        }
    }

    var id: GitObjectID { GitObjectID(oid.pointee) }

    /// `nil` where the name is not UTF-8.
    var text: String? { String(validatingCString: name) }

    func isSame(as other: OpenTreeEntry) -> Bool { mode == other.mode && git_oid_equal(oid, other.oid) == 1 }

    /// Git's order: a folder compares as if its name ended in `/`, which makes a walk bytewise by path.
    static func order(_ a: OpenTreeEntry, _ b: OpenTreeEntry) -> Int {
        var at = 0
        while a.name[at] == b.name[at], a.name[at] != 0 { at += 1 }
        return a.orderByte(at) - b.orderByte(at)
    }

    private func orderByte(_ at: Int) -> Int {
        let byte = Int(UInt8(bitPattern: name[at]))
        return byte == 0 && kind == .directory ? 0x2F : byte
    }
}

extension Repository {
    /// What stands at a path below a tree; `nil` where nothing does. An empty path is the tree itself.
    func entry(at path: String, below root: GitObjectID) throws -> (id: GitObjectID, kind: OpenTreeEntry.Kind)? {
        if path.isEmpty { return (root, .directory) }
        var oid = root.oid
        var tree: OpaquePointer?
        var found: OpaquePointer?
        do {
            try check(git_tree_lookup(&tree, pointer, &oid))
        } catch {
            throw objectError(error, id: root, place: "tree")
        }
        defer { git_tree_free(tree) }
        do {
            try check(git_tree_entry_bypath(&found, tree, path))
        } catch where error.isNotFound {
            return nil
        } catch {
            throw objectError(error, id: root, place: path)
        }
        defer { git_tree_entry_free(found) }
        guard let found, let name = git_tree_entry_name(found), let id = git_tree_entry_id(found) else { return nil }
        let entry = OpenTreeEntry(name: name, oid: id, mode: git_tree_entry_filemode_raw(found).rawValue)
        return (entry.id, entry.kind)
    }

    /// The bytes of a file.
    func blob(_ id: GitObjectID, place: String) throws -> [UInt8] {
        var oid = id.oid
        var blob: OpaquePointer?
        do {
            try check(git_blob_lookup(&blob, pointer, &oid))
        } catch {
            throw objectError(error, id: id, place: place)
        }
        defer { git_blob_free(blob) }
        return Array(UnsafeRawBufferPointer(start: git_blob_rawcontent(blob), count: Int(git_blob_rawsize(blob))))
    }

    /// The size of a file in bytes, without reading it.
    func size(of id: GitObjectID, place: String) throws -> Int {
        var oid = id.oid
        var database: OpaquePointer?
        var length = 0
        var type = GIT_OBJECT_INVALID
        do {
            try check(git_repository_odb(&database, pointer))
            defer { git_odb_free(database) }
            try check(git_odb_read_header(&length, &type, database, &oid))
        } catch {
            throw objectError(error, id: id, place: place)
        }
        guard type == GIT_OBJECT_BLOB else {
            throw GitStoreError.objectCorrupted(id: id.hex, place: place, detail: "it is not the content of a file")
        }
        return length
    }
}
