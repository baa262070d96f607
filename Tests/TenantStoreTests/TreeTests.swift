import Digests
import Foundation
import Model
import Testing

@testable import TenantStore

@Suite struct TreeTests {
    let folder: TemporaryFolder
    let store: ObjectStore

    init() throws {
        folder = try TemporaryFolder()
        store = ObjectStore(directory: folder.path + "/objects")
    }

    private func source(_ path: String, _ text: String, executable: Bool = false) -> TreeSource {
        TreeSource(path: path, executable: executable, content: .bytes(Array(text.utf8)))
    }

    private func sample() throws -> ContentDigest {
        let file = folder.path + "/loader"
        try Data("loader".utf8).write(to: URL(filePath: file))
        return try store.putTree([
            source("usr/bin/python3", "binary", executable: true), source("usr/lib/a.py", "a"),
            source("usr/lib/empty.py", ""), source("usr/lib/also-empty.py", ""),
            TreeSource(path: "lib64/loader", executable: true, content: .file(file)),
        ])
    }

    private func mode(_ path: String) -> mode_t { (FileSystem.status(path)?.st_mode ?? 0) & 0o777 }

    @Test("A tree's digest is that of its manifest, which is an object itself")
    func digestOfTree() throws {
        let tree = try sample()
        let entries = try store.treeEntries(tree)
        #expect(entries.map(\.path) == [
            "lib64/loader", "usr/bin/python3", "usr/lib/a.py", "usr/lib/also-empty.py", "usr/lib/empty.py",
        ])
        #expect(try TreeDigest.digest(entries) == tree)
        #expect(SHA256.digest(try store.get(tree)) == tree)
        try store.verifyTree(tree)
        let none = try store.putTree([])
        #expect(none == SHA256.digest([UInt8]()))
        #expect(try store.treeEntries(none).isEmpty)
    }

    @Test("Paths that leave the tree are refused", arguments: ["../a", "/a", "a//b", "a/../b", "a\nb", ""])
    func hostilePaths(path: String) throws {
        #expect(throws: DigestError.self) { try store.putTree([source(path, "x")]) }
    }

    @Test("Verifying names every file that is missing or damaged")
    func damaged() throws {
        let tree = try sample()
        let missing = digest("a")
        unlink(store.path(of: missing))
        let broken = digest("binary")
        chmod(store.path(of: broken), 0o644)
        try Data("binarz".utf8).write(to: URL(filePath: store.path(of: broken)))
        #expect(
            throws: StoreError.treeDamaged(
                tree: tree,
                problems: [
                    "usr/bin/python3: object \(broken) is damaged: its bytes now hash to \(digest("binarz"))",
                    "usr/lib/a.py: object \(missing) is missing",
                ])
        ) { try store.verifyTree(tree) }
        // Nothing half laid out is left.
        #expect(throws: StoreError.self) { try store.materialise(tree: tree, into: folder.path + "/out") }
        #expect(try FileSystem.names(in: folder.path) == ["loader", "objects"])
    }

    @Test("A tree is laid out read-only with its modes and times of zero, and again without harm")
    func materialised() throws {
        let tree = try sample()
        let out = folder.path + "/trees/\(tree)"
        try store.materialise(tree: tree, into: out)
        try store.materialise(tree: tree, into: out)
        try store.verifyMaterialised(tree: tree, at: out)
        #expect(mode(out + "/usr/bin/python3") == 0o555)
        #expect(mode(out + "/usr/lib/a.py") == 0o444)
        #expect(try Data(contentsOf: URL(filePath: out + "/lib64/loader")) == Data("loader".utf8))
        for path in ["", "/usr/lib", "/usr/lib/a.py", "/usr/bin/python3"] {
            #expect(FileSystem.status(out + path)?.st_mtim.tv_sec == 0, "\(path)")
        }
        #expect(FileSystem.status(out + "/usr/lib/a.py")?.st_ino == FileSystem.status(store.path(of: digest("a")))?.st_ino)
        #expect(try FileSystem.names(in: folder.path + "/trees") == [tree.hex])
        let empty = folder.path + "/none"
        try store.materialise(tree: try store.putTree([]), into: empty)
        #expect(try FileSystem.names(in: empty).isEmpty)
    }

    @Test("A laid-out tree that was changed is named with everything that differs")
    func changedCopy() throws {
        let tree = try sample()
        let out = folder.path + "/out"
        try store.materialise(tree: tree, into: out)
        unlink(out + "/usr/lib/a.py")
        chmod(out + "/lib64/loader", 0o644)
        try Data("evil".utf8).write(to: URL(filePath: out + "/usr/lib/sitecustomize.py"))
        chmod(out + "/usr/bin/python3", 0o755)
        try Data("patched".utf8).write(to: URL(filePath: out + "/usr/bin/python3"))
        symlink("/etc/passwd", out + "/usr/link")
        #expect {
            try store.verifyMaterialised(tree: tree, at: out)
        } throws: { error in
            guard case StoreError.treeDamaged(tree, let problems)? = error as? StoreError else { return false }
            return problems.count == 5 && problems[0] == "usr/link: not a regular file"
                && problems[1] == "lib64/loader: its mode differs"
                && problems[2].hasPrefix("usr/bin/python3: should be \(digest("binary"))")
                && problems[3] == "usr/lib/a.py: missing"
                && problems[4] == "usr/lib/sitecustomize.py: does not belong to the tree"
        }
    }

    @Test("A tree of 2,500 files and 65 MB is stored, laid out and verified quickly")
    func large() throws {
        var random = SystemRandomNumberGenerator()
        let seed = random.next()
        print("seed \(seed)")
        let files = (0..<2500).map { index in
            var bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: index), count: 26_000)
            withUnsafeBytes(of: seed &+ UInt64(index)) { bytes.replaceSubrange(0..<8, with: $0) }
            return TreeSource(path: "lib/d\(index % 60)/f\(index)", executable: index % 500 == 0, content: .bytes(bytes))
        }
        let clock = ContinuousClock()
        var tree = digest("")
        let first = try clock.measure { tree = try store.putTree(files) }
        let second = try clock.measure { _ = try store.putTree(files) }
        let out = folder.path + "/out"
        let laidOut = try clock.measure { try store.materialise(tree: tree, into: out) }
        let verified = try clock.measure { try store.verifyMaterialised(tree: tree, at: out) }
        print("tree of 2,500 files: stored \(first), again \(second), laid out \(laidOut), verified \(verified)")
        #expect(try store.treeEntries(tree).count == 2500)
    }
}
