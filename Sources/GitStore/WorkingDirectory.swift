import Digests
import Foundation
import Model

/// The files of a folder on disk, judged by the same rules as a commit; Git's own folder is left out.
public struct WorkingDirectory: FileSource, Sendable {
    public let path: String
    private let limits: TreeLimits

    public init(_ path: String, limits: TreeLimits = .standard) {
        self.path = path
        self.limits = limits
    }

    /// - Throws: `treeRefused` with every problem, `fileUnreadable`.
    public func files() throws -> [SourceFile] {
        try list("").map { SourceFile(path: $0.path, size: $0.size) }
    }

    /// - Throws: as `files`, for that folder alone.
    public func files(under folder: String) throws -> [SourceFile] {
        var facts = stat()
        guard lstat(absolute(folder), &facts) == 0, facts.st_mode & S_IFMT == S_IFDIR else { return [] }
        let prefix = folder.isEmpty ? "" : folder + "/"
        return try list(folder).map { SourceFile(path: prefix + $0.path, size: $0.size) }
    }

    public func exists(_ path: String) throws -> Bool {
        var facts = stat()
        return lstat(absolute(path), &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
    }

    /// - Throws: `pathMissing`, `fileUnreadable`, also for a symbolic link or a path that leaves the folder.
    public func read(_ path: String) throws -> [UInt8] {
        let names = path.split(separator: "/", omittingEmptySubsequences: false)
        guard names.allSatisfy({ TreeRules.problem(withName: String($0)) == nil }) else {
            throw GitStoreError.pathMissing(path: path, place: self.path)
        }
        return try readRegularFile(absolute(path), shownAs: path, in: self.path)
    }

    /// Always `nil`: a folder on disk has no Git tree.
    public func tree(at path: String) throws -> GitObjectID? { nil }

    /// Every file of a folder with its content, sorted bytewise by path, as `Mirror.export` gives them.
    public func export(_ folder: String) throws -> [ExportedFile] {
        let prefix = folder.isEmpty ? "" : folder + "/"
        return try list(folder).map {
            ExportedFile(
                path: $0.path, executable: $0.executable,
                bytes: try readRegularFile(absolute(prefix + $0.path), shownAs: prefix + $0.path, in: path))
        }
    }

    /// The SHA-256 tree digest of a folder: equal to the one of a commit that holds the same files.
    public func treeDigest(at folder: String) throws -> ContentDigest { try export(folder).treeDigest() }

    /// One sentence for each file of a folder that is not as in `expected`; none where all are.
    public func differences(at folder: String, from expected: [ExportedFile]) throws -> [String] {
        let here = Dictionary(uniqueKeysWithValues: try export(folder).map { (Array($0.path.utf8), $0) })
        let there = Dictionary(uniqueKeysWithValues: expected.map { (Array($0.path.utf8), $0) })
        let prefix = folder.isEmpty ? "" : folder + "/"
        return Set(here.keys).union(there.keys).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { key in
            let name = prefix + String(decoding: key, as: UTF8.self)
            switch (here[key], there[key]) {
            case (nil, _): return "\(name) is missing from the folder"
            case (_, nil): return "\(name) is not in the commit"
            case (let a?, let b?) where a.bytes != b.bytes: return "\(name) has other content than in the commit"
            case (let a?, let b?) where a.executable != b.executable:
                return "\(name) is \(a.executable ? "" : "not ")executable, unlike in the commit"
            default: return nil
            }
        }
    }

    private func list(_ folder: String) throws -> [DirectoryWalk.File] {
        try DirectoryWalk.list(absolute(folder), place: path, limits: limits, skippingGit: folder.isEmpty)
    }

    private func absolute(_ relative: String) -> String { relative.isEmpty ? path : path + "/" + relative }
}

/// The bytes of a regular file that is not reached through a symbolic link in its last step.
private func readRegularFile(_ absolute: String, shownAs path: String, in place: String) throws -> [UInt8] {
    let descriptor = open(absolute, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
        if errno == ENOENT || errno == ENOTDIR { throw GitStoreError.pathMissing(path: path, place: place) }
        throw GitStoreError.fileUnreadable(path: absolute, detail: String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
        throw GitStoreError.fileUnreadable(path: absolute, detail: "it is not a regular file")
    }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: min(max(Int(facts.st_size) + 1, 4096), 1 << 20))
    while true {
        let count = Glibc.read(descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else {
            throw GitStoreError.fileUnreadable(path: absolute, detail: String(cString: strerror(errno)))
        }
        if count == 0 { return bytes }
        bytes.append(contentsOf: chunk[..<count])
    }
}
