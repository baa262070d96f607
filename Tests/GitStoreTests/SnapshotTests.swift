import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Snapshots")
struct SnapshotTests {
    @Test("Files, bytes and trees of a commit are read, whatever came later")
    func reads() async throws {
        let pair = try Pair(["b.txt": "bee", "a/x.yaml": "ex", "a-b.txt": "", "a/z/deep.py": "print()"])
        try await pair.fetch()
        let snapshot = try await pair.mirror.snapshot(pair.first)
        try pair.remote.commit("Later", ["b.txt": "changed"])
        try await pair.fetch()
        #expect(try snapshot.files().map(\.path) == ["a-b.txt", "a/x.yaml", "a/z/deep.py", "b.txt"])
        #expect(try snapshot.files().map(\.size) == [0, 2, 7, 3])
        #expect(try snapshot.read("b.txt") == Array("bee".utf8))
        #expect(try snapshot.read("a-b.txt") == [])
        #expect(try snapshot.tree(at: "a/z") == pair.remote.tip("\(pair.first):a/z"))
        #expect(try snapshot.tree(at: "") == snapshot.root)
        #expect(try snapshot.tree(at: "b.txt") == nil)
        #expect(try snapshot.tree(at: "none/at/all") == nil)
        #expect(try snapshot.entries(under: "a").map(\.path) == ["a/x.yaml", "a/z", "a/z/deep.py"])
        #expect(try snapshot.entries(under: "none").isEmpty)
    }

    @Test("A path that is no file of the commit is missing", arguments: ["none", "a", "", "/a", "a/", "../x", "a//x", "a/x/y"])
    func missingPath(path: String) async throws {
        let pair = try Pair(["a/x": "x"])
        try await pair.fetch()
        let snapshot = try await pair.mirror.snapshot(pair.first)
        #expect(await failure { try snapshot.read(path) }?.reason == "PathMissing")
    }

    @Test("An empty tree is an empty snapshot")
    func empty() async throws {
        let pair = try Pair()
        let commit = try pair.remote.commit(tree: [])
        try await pair.fetch()
        #expect(try await pair.mirror.snapshot(commit).files().isEmpty)
    }

    @Test("Everything that cannot be deployed is listed at once, each with its path")
    func hostile() async throws {
        let pair = try Pair(limits: TreeLimits(fileBytes: 100, depth: 3, entries: 1000))
        let (remote, small) = (pair.remote, try pair.remote.blob("x"))
        let large = try remote.blob(String(repeating: "x", count: 101))
        let leaf = try remote.git("mktree", input: "100644 blob \(small)\tf\n")
        var deep = leaf
        for _ in 0..<3 { deep = try remote.git("mktree", input: "040000 tree \(deep)\td\n") }
        let folder = try remote.git("mktree", input: "120000 blob \(small)\tlink\n100644 blob \(small)\tback\\slash\n")
        let commit = try commitRaw(
            remote,
            [
                ("100644", "Readme.md", small), ("100644", "STRASSE", small), ("100644", "a\tb", small),
                ("100755", "cafe\u{301}", small), ("100644", "caf\u{E9}", small), ("40000", "deep", deep),
                ("100644", "large.bin", large), ("160000", "module", pair.first.hex), ("40000", "ok", leaf),
                ("100644", "readme.md", small), ("40000", "sub", folder), ("100644", "stra\u{DF}e", small),
                ("100644", "\u{202E}txt", small),
            ])
        try await pair.fetch()
        let found = await problems { try await pair.mirror.snapshot(commit) }
        #expect(
            Set(found.map(\.file)) == [
                "stra\u{DF}e", "a\\u{9}b", "caf\u{E9}", "deep/d/d/d", "large.bin", "module", "readme.md", "sub/link",
                "sub/back\\slash", "\\u{202E}txt",
            ])
        #expect(found == found.sorted())
        #expect(found.allSatisfy { !$0.message.isEmpty && !$0.remedy.isEmpty })
    }

    @Test("Names that lead out of the tree are refused", arguments: ["..", ".", ".git", ".GIT", "a/b", "\u{1B}[31m", "\u{7F}"])
    func badNames(name: String) async throws {
        let pair = try Pair()
        let commit = try commitRaw(pair.remote, [("100644", name, try pair.remote.blob("x"))])
        try await pair.fetch()
        #expect(await problems { try await pair.mirror.snapshot(commit) }.count == 1)
    }

    @Test("A name that is not UTF-8 is refused")
    func notUTF8() async throws {
        let pair = try Pair()
        let commit = try commitRaw(pair.remote, [("100644", "PLACEHOLDER", try pair.remote.blob("x"))], rawName: [0xFF, 0xFE])
        try await pair.fetch()
        let found = await problems { try await pair.mirror.snapshot(commit) }
        #expect(found.map(\.message) == ["has a name that is not UTF-8"])
    }

    @Test("A tree object with doubled or unsorted entries is refused")
    func malformed() async throws {
        let pair = try Pair()
        let blob = try pair.remote.blob("x")
        for names in [["a", "a"], ["b", "a"]] {
            let commit = try commitRaw(pair.remote, names.map { ("100644", $0, blob) }, sorting: false)
            try await pair.fetch()
            let found = await problems { try await pair.mirror.snapshot(commit) }
            #expect(found.contains { $0.file == "." && $0.message.contains("doubled or out of order") })
        }
    }

    @Test("A file and a folder of one name are refused")
    func fileAndFolder() async throws {
        let pair = try Pair()
        let blob = try pair.remote.blob("x")
        let tree = try pair.remote.git("mktree", input: "100644 blob \(blob)\tf\n")
        let commit = try commitRaw(pair.remote, [("100644", "a", blob), ("100644", "a-b", blob), ("40000", "a", tree)])
        try await pair.fetch()
        #expect(await problems { try await pair.mirror.snapshot(commit) }.map(\.file) == ["a"])
    }

    @Test("A few objects that unfold to billions of files are refused in bounded time")
    func treeBomb() async throws {
        let pair = try Pair(limits: TreeLimits(fileBytes: 100, depth: 32, entries: 2000))
        let blob = try pair.remote.blob("x")
        var tree = try pair.remote.git("mktree", input: "100644 blob \(blob)\tf\n")
        for _ in 0..<12 {
            tree = try pair.remote.git("mktree", input: (0..<10).map { "040000 tree \(tree)\t\($0)\n" }.joined())
        }
        let commit = try pair.remote.commit(treeID: tree)
        // Only the judging is bounded here: for the fetch, the few objects are what they are.
        try await pair.fetch()
        let found = await problems { try await pair.mirror.snapshot(commit) }
        #expect(found.map(\.message) == ["the tree has more than 2000 files and folders"])
    }

    @Test("Paths that unfold to more bytes than a tree may have are refused, also where only paths are asked for")
    func pathBomb() async throws {
        let pair = try Pair(limits: TreeLimits(fileBytes: 100, depth: 32, entries: 100_000, pathBytes: 50_000))
        let blob = try pair.remote.blob("x"), name = String(repeating: "n", count: 100)
        var tree = try pair.remote.git("mktree", input: "100644 blob \(blob)\tf\n")
        for _ in 0..<6 {
            tree = try pair.remote.git("mktree", input: (0..<10).map { "040000 tree \(tree)\t\(name)\($0)\n" }.joined())
        }
        let commit = try pair.remote.commit(treeID: tree)
        try await pair.fetch()
        for found in [
            await problems { try await pair.mirror.snapshot(commit) },
            await problems { try await pair.mirror.changedPaths(from: nil, to: commit) },
        ] {
            #expect(found.map(\.message) == ["the paths of the tree have more than 50000 bytes together"])
        }
    }

    @Test("A name that no file system takes is refused, shown short, and nothing below it is looked at")
    func longName() async throws {
        let pair = try Pair()
        let bad = try pair.remote.git("mktree", "--missing", input: "160000 commit \(String(repeating: "a", count: 40))\tsub\n")
        let commit = try commitRaw(pair.remote, [("40000", String(repeating: "n", count: 60_000), bad)])
        try await pair.fetch()
        let found = await problems { try await pair.mirror.snapshot(commit) }
        #expect(found.map(\.message) == ["has a name longer than 255 bytes"])
        #expect(found.allSatisfy { $0.file.utf8.count < 1_100 })
        let paths = await problems { try await pair.mirror.changedPaths(from: nil, to: commit) }
        #expect(paths.map(\.message) == ["has a path longer than 4096 bytes"])
    }

    @Test("Trusting a judged commit, only what changed is judged, and new collisions are still found")
    func incremental() async throws {
        let pair = try Pair(["a/One.txt": "1", "b/two.txt": "2"])
        try await pair.fetch()
        let good = try pair.remote.commit("Good", ["b/two.txt": "two", "b/three.txt": "3"])
        try await pair.fetch()
        let snapshot = try await pair.mirror.snapshot(good, trusting: pair.first)
        #expect(try snapshot.files().map(\.path) == ["a/One.txt", "b/three.txt", "b/two.txt"])
        let bad = try pair.remote.commit("Bad", ["a/one.txt": "x"])
        try await pair.fetch()
        #expect(await problems { try await pair.mirror.snapshot(bad, trusting: good) }.map(\.file) == ["a/one.txt"])
        #expect(await problems { try await pair.mirror.changes(from: good, to: bad) }.map(\.file) == ["a/one.txt"])
    }

    /// Writes a tree object byte by byte, because Git's own tools refuse to.
    private func commitRaw(
        _ remote: Remote, _ entries: [(mode: String, name: String, id: String)], sorting: Bool = true, rawName: [UInt8]? = nil
    ) throws -> GitObjectID {
        func key(_ entry: (mode: String, name: String, id: String)) -> [UInt8] {
            Array(entry.name.utf8) + (entry.mode == "40000" ? [0x2F] : [])
        }
        var bytes = Data()
        for entry in sorting ? entries.sorted(by: { key($0).lexicographicallyPrecedes(key($1)) }) : entries {
            bytes += Array("\(entry.mode) ".utf8) + (rawName ?? Array(entry.name.utf8)) + [0]
            bytes += stride(from: 0, to: 40, by: 2).compactMap { UInt8(entry.id.dropFirst($0).prefix(2), radix: 16) }
        }
        let file = remote.path + ".tree"
        try bytes.write(to: URL(fileURLWithPath: file))
        return try remote.commit(treeID: remote.git("hash-object", "-w", "-t", "tree", "--literally", file))
    }
}
