import Digests
import Glibc
import Model

// Laying a stored tree out as files, for the sandbox to mount.
extension ObjectStore {
    /// Lays a tree out at `directory`: read-only files with the tree's modes and file times of zero.
    ///
    /// The folder appears complete or not at all, and one that is there already is left alone (`verifyMaterialised`
    /// checks it). Every object is hashed on the way. Plain files are hard links to the objects; executables, and links
    /// that the file system refuses, are copies.
    public func materialise(tree: ContentDigest, into directory: String) throws {
        if FileSystem.status(directory) != nil { return }
        let entries = try treeEntries(tree)
        let partial = "\(directory).partial-\(lowerHex(try SecureRandom.bytes(8)))"
        try FileSystem.makeDirectories(partial)
        do {
            try fill(partial, with: entries)
            guard rename(partial, directory) == 0 else {
                // Someone else was first: a folder with files in it is not replaced.
                if errno == EEXIST || errno == ENOTEMPTY { return FileSystem.removeTree(partial) }
                throw FileSystem.failure("rename", directory)
            }
        } catch {
            FileSystem.removeTree(partial)
            throw error
        }
    }

    /// Compares a laid-out tree with its manifest, byte for byte; throws `treeDamaged` with all that differs.
    public func verifyMaterialised(tree: ContentDigest, at directory: String) throws {
        var found: [String: Bool] = [:]
        var problems: [String] = []
        try walk(directory, prefix: "") { path, status in
            if status.st_mode & S_IFMT == S_IFREG {
                found[path] = status.st_mode & 0o111 != 0
            } else {
                problems.append("\(path): not a regular file")
            }
        }
        for entry in try treeEntries(tree) {
            guard let executable = found.removeValue(forKey: entry.path) else {
                problems.append("\(entry.path): missing")
                continue
            }
            if executable != entry.executable { problems.append("\(entry.path): its mode differs") }
            let actual = try SHA256.digest(ofFile: directory + "/" + entry.path)
            if actual != entry.digest { problems.append("\(entry.path): should be \(entry.digest), is \(actual)") }
        }
        problems += found.keys.sorted().map { "\($0): does not belong to the tree" }
        guard problems.isEmpty else { throw StoreError.treeDamaged(tree: tree, problems: problems) }
    }

    private func fill(_ directory: String, with entries: [TreeDigest.Entry]) throws {
        var folders: Set<String> = []
        var verified: Set<ContentDigest> = []
        for entry in entries {
            let path = directory + "/" + entry.path
            if let slash = entry.path.lastIndex(of: "/"), folders.insert(String(entry.path[..<slash])).inserted {
                try FileSystem.makeDirectories(directory + "/" + entry.path[..<slash])
            }
            if entry.executable {
                try copy(entry, to: path)
            } else {
                if verified.insert(entry.digest).inserted { try verify(entry.digest) }
                // Refused where there are too many links or the file system has none.
                if link(self.path(of: entry.digest), path) != 0 { try copy(entry, to: path) }
            }
        }
        try resetFolderTimes(directory)
    }

    private func copy(_ entry: TreeDigest.Entry, to path: String) throws {
        let bytes = try get(entry.digest)
        let mode: mode_t = entry.executable ? 0o555 : 0o444
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileSystem.failure("create", path) }
        defer { close(descriptor) }
        try bytes.withUnsafeBytes { try FileSystem.write($0, to: descriptor, path: path) }
        var zero = [timespec(), timespec()]
        guard fchmod(descriptor, mode) == 0, futimens(descriptor, &zero) == 0 else {
            throw FileSystem.failure("chmod", path)
        }
        guard fsync(descriptor) == 0 else { throw FileSystem.failure("fsync", path) }
    }

    /// Folders get the time zero as well, innermost first: making an entry touches the folder around it.
    private func resetFolderTimes(_ directory: String) throws {
        for name in try FileSystem.names(in: directory) {
            let path = directory + "/" + name
            if let status = FileSystem.status(path), status.st_mode & S_IFMT == S_IFDIR { try resetFolderTimes(path) }
        }
        var zero = [timespec(), timespec()]
        utimensat(AT_FDCWD, directory, &zero, 0)
    }

    /// Visits everything below a folder that is not a folder itself.
    private func walk(_ directory: String, prefix: String, visit: (String, stat) -> Void) throws {
        for name in try FileSystem.names(in: directory) {
            let path = prefix + name
            guard let status = FileSystem.status(directory + "/" + name) else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try walk(directory + "/" + name, prefix: path + "/", visit: visit)
            } else {
                visit(path, status)
            }
        }
    }
}
