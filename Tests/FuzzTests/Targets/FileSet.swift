import Model

@testable import GitStore

/// Files by path, as a commit that may be deployed can hold them.
struct FileSet: FileSource {
    private(set) var contents: [String: [UInt8]] = [:]

    /// Puts a file, where a tree that the rules accept can hold it beside the others.
    mutating func put(_ path: String, _ bytes: [UInt8]) -> Bool {
        guard contents.keys.contains(where: { $0.utf8.elementsEqual(path.utf8) }) || fits(path) else { return false }
        contents[path] = bytes
        return true
    }

    mutating func remove(_ path: String) { contents[path] = nil }

    private func fits(_ path: String) -> Bool {
        let names = path.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard path.utf8.count <= TreeRules.longestPath, names.count <= TreeLimits.standard.depth,
            names.allSatisfy({ TreeRules.problem(withName: $0) == nil })
        else { return false }
        return contents.keys.allSatisfy { FileSet.canStand(names, beside: $0) }
    }

    /// Whether neither is a folder of the other, and no two names in one folder are taken for each other somewhere.
    private static func canStand(_ names: [String], beside other: String) -> Bool {
        let others = other.split(separator: "/").map(String.init)
        for (name, other) in zip(names, others) {
            if Array(name.utf8) == Array(other.utf8) { continue }
            return TreeRules.collisionKey(name) != TreeRules.collisionKey(other)
        }
        return false
    }

    // MARK: FileSource

    func files() throws -> [SourceFile] {
        contents.map { SourceFile(path: $0.key, size: $0.value.count) }
            .sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    func exists(_ path: String) throws -> Bool { contents[path] != nil }

    func read(_ path: String) throws -> [UInt8] {
        guard let bytes = contents[path] else { throw GitStoreError.pathMissing(path: path, place: "the input") }
        return bytes
    }

    /// Not Git's id, but equal exactly where the files are (FNV-1a).
    func tree(at path: String) throws -> GitObjectID? {
        let files = try files(under: path)
        guard !files.isEmpty else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for file in files {
            for byte in Array(file.path.utf8) + [0] + (contents[file.path] ?? []) + [0] {
                hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
            }
        }
        let digits = String(hash, radix: 16)
        return GitObjectID(hex: String(repeating: "0", count: 40 - digits.count) + digits)
    }
}
