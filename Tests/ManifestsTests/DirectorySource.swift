import Foundation
import Model

/// The files of a real temporary folder; with `trees`, folder ids that change with what is in them, as Git's do.
struct DirectorySource: FileSource {
    let root: URL
    var trees = false

    func files() throws -> [SourceFile] {
        guard let walk = FileManager.default.enumerator(atPath: root.path) else { return [] }
        var files: [SourceFile] = []
        for case let path as String in walk where walk.fileAttributes?[.type] as? FileAttributeType == .typeRegular {
            files.append(SourceFile(path: path, size: (walk.fileAttributes?[.size] as? Int) ?? 0))
        }
        return files.sorted { Array($0.path.utf8).lexicographicallyPrecedes(Array($1.path.utf8)) }
    }

    func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: root.appending(path: path))) }

    func tree(at path: String) throws -> GitObjectID? {
        guard trees else { return nil }
        return try MemorySource.treeID(try files(under: path).map { ($0.path, try read($0.path)) })
    }

    func exists(_ path: String) throws -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isDirectory)
            && !isDirectory.boolValue
    }
}

/// A temporary folder that is removed with its owner.
final class TemporaryFolder {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appending(path: "manifests-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    func write(_ path: String, _ bytes: [UInt8]) throws {
        let file = url.appending(path: path)
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: file)
    }

    func write(_ files: [String: String]) throws {
        for (path, text) in files { try write(path, Array(text.utf8)) }
    }
}

/// Files by path, for the many generated workspaces of a property test. Counts what is read.
final class MemorySource: FileSource {
    var contents: [String: String]
    private(set) var reads: [String] = []

    init(_ contents: [String: String]) { self.contents = contents }

    func files() throws -> [SourceFile] {
        contents.map { SourceFile(path: $0.key, size: $0.value.utf8.count) }.sorted { $0.path < $1.path }
    }

    func files(under folder: String) throws -> [SourceFile] { try files().filter { $0.path.hasPrefix(folder + "/") } }

    func exists(_ path: String) throws -> Bool { contents[path] != nil }

    func read(_ path: String) throws -> [UInt8] {
        reads.append(path)
        guard let text = contents[path] else { throw CocoaError(.fileNoSuchFile) }
        return Array(text.utf8)
    }

    func tree(at path: String) throws -> GitObjectID? {
        try Self.treeID(files(under: path).map { ($0.path, Array((contents[$0.path] ?? "").utf8)) })
    }

    /// Not Git's id, but equal exactly where the files are (FNV-1a, twice).
    static func treeID(_ files: [(path: String, bytes: [UInt8])]) throws -> GitObjectID? {
        guard !files.isEmpty else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for (path, bytes) in files {
            for byte in Array(path.utf8) + [0] + bytes + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        let hex = String(hash, radix: 16)
        let half = String(repeating: "0", count: 16 - hex.count) + hex
        return GitObjectID(hex: half + half + "00000000")
    }
}
