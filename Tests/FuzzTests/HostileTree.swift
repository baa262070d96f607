import Digests
import Model
import Testing

@testable import GitStore

/// A shape of Git objects that is worst for whoever walks them.
struct HostileTree: Sendable, CustomTestStringConvertible {
    let name: String
    /// Writes the objects and gives the root of the tree.
    let write: @Sendable (ScratchRepository) throws -> GitObjectID

    var testDescription: String { name }

    static let all = [
        HostileTree(name: "folders that hold each other eight times, eight levels deep") { repository in
            var tree = try repository.tree([("100644", "f", try repository.write(type: "blob", [1]))])
            for _ in 0..<8 {
                let folder = tree
                tree = try repository.tree((0..<8).map { ("40000", "d\($0)", folder) })
            }
            return tree
        },
        HostileTree(name: "the same with long names") { repository in
            var tree = try repository.tree([("100644", "f", try repository.write(type: "blob", [1]))])
            for level in 0..<30 {
                let folder = tree
                tree = try repository.tree((0..<(level < 20 ? 1 : 8)).map { ("40000", "\($0)" + String(repeating: "d", count: 30), folder) })
            }
            return tree
        },
        HostileTree(name: "names of sixty thousand bytes in each other") { repository in
            let file = try repository.write(type: "blob", [1])
            var tree = try repository.tree((0..<2_000).map { ("100644", String($0 + 10_000), file) })
            for _ in 0..<30 { tree = try repository.tree([("40000", String(repeating: "d", count: 60_000), tree)]) }
            return tree
        },
        HostileTree(name: "many names of many marks") { repository in
            let file = try repository.write(type: "blob", [1])
            let marks = String(repeating: "\u{0301}\u{0316}", count: 10_000)
            return try repository.tree((0..<50).map { ("100644", String($0 + 10) + marks, file) })
        },
        HostileTree(name: "twenty thousand names that are two") { repository in
            let file = try repository.write(type: "blob", [1])
            return try repository.tree((0..<20_000).map { ("100644", $0 % 2 == 0 ? "a" : "A", file) })
        },
        HostileTree(name: "twenty thousand names, each twice but for a letter's case") { repository in
            let file = try repository.write(type: "blob", [1])
            let names = (0..<10_000).map { String($0 + 10_000) }
            return try repository.tree(names.map { ("100644", "A" + $0, file) } + names.map { ("100644", "a" + $0, file) })
        },
        HostileTree(name: "a hundred thousand links") { repository in
            let file = try repository.write(type: "blob", [1])
            return try repository.tree((0..<100_000).map { ("120000", String($0 + 100_000), file) })
        },
    ]
}

extension ScratchRepository {
    func tree(_ entries: [(mode: String, name: String, id: GitObjectID)]) throws -> GitObjectID {
        var bytes: [UInt8] = []
        for entry in entries { bytes += Array("\(entry.mode) \(entry.name)\0".utf8) + GitObject.raw(entry.id) }
        return try write(type: "tree", bytes)
    }
}
