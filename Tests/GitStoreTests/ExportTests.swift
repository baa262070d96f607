import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Exports and working directories")
struct ExportTests {
    @Test("A folder of a commit is exported with bytes and modes, and its digest is what sha256sum computes")
    func export() async throws {
        let pair = try Pair(["runbooks/nav/main.py": "print(1)\n", "runbooks/nav/lib/a.py": "", "other": "x"])
        try pair.remote.write("runbooks/nav/run.sh", "#!/bin/sh\n", executable: true)
        let commit = try pair.remote.commit()
        try await pair.fetch()
        let files = try await pair.mirror.export(commit, path: "runbooks/nav")
        #expect(files.map(\.path) == ["lib/a.py", "main.py", "run.sh"])
        #expect(files.map(\.executable) == [false, false, true])
        #expect(files[1].bytes == Array("print(1)\n".utf8))
        let code = try #require(try await pair.mirror.treeDigest(commit, path: "runbooks/nav"))
        #expect(code.path == "runbooks/nav")
        #expect(code.gitTree == (try pair.remote.tip("HEAD:runbooks/nav")))
        let recomputed = try run(
            [
                "sh", "-c",
                "for f in lib/a.py main.py run.sh; do m=100644; [ -x $f ] && m=100755; echo $m $(sha256sum < $f | cut -c1-64) $f; done | sha256sum | cut -c1-64 | tr -d '\\n'",
            ], in: pair.remote.path + "/runbooks/nav")
        #expect(code.sha256.hex == recomputed)
        #expect(try await pair.mirror.export(tree: code.gitTree) == files)
        #expect(try await pair.mirror.treeDigest(tree: code.gitTree) == code.sha256)
        #expect(try await pair.mirror.treeDigest(commit, path: "other") == nil)
        #expect(await failure { try await pair.mirror.export(commit, path: "none") }?.reason == "PathMissing")
    }

    @Test("A checkout has the digest of its commit, and each difference is named")
    func checkout() async throws {
        let pair = try Pair(["r/a.py": "a", "r/b.py": "b", "r/sub/c.py": "c", "r/d.py": "d"])
        try await pair.fetch()
        let checkout = WorkingDirectory(pair.remote.path)
        let expected = try await pair.mirror.export(pair.first, path: "r")
        #expect(try checkout.treeDigest(at: "r") == (try await pair.mirror.treeDigest(pair.first, path: "r"))?.sha256)
        #expect(try checkout.differences(at: "r", from: expected).isEmpty)
        try pair.remote.write("r/a.py", "changed")
        try pair.remote.write("r/d.py", "d", executable: true)
        try pair.remote.write("r/new.py", "n")
        try FileManager.default.removeItem(atPath: pair.remote.path + "/r/sub/c.py")
        #expect(
            try checkout.differences(at: "r", from: expected) == [
                "r/a.py has other content than in the commit", "r/d.py is executable, unlike in the commit",
                "r/new.py is not in the commit", "r/sub/c.py is missing from the folder",
            ])
    }

    @Test("A working directory lists and reads as the commit does, without Git's folder")
    func workingDirectory() async throws {
        let pair = try Pair(["b.txt": "bee", "a/x.yaml": "ex", "a-b.txt": "", "a/z/deep.py": "print()"])
        try await pair.fetch()
        let directory = WorkingDirectory(pair.remote.path)
        #expect(try await directory.files() == pair.mirror.snapshot(pair.first).files())
        #expect(try directory.read("a/x.yaml") == Array("ex".utf8))
        #expect(try directory.tree(at: "a") == nil)
        for path in ["../b.txt", "/b.txt", "a", "none", "", "a//x.yaml", ".git/HEAD"] {
            #expect(await failure { try directory.read(path) } != nil, "\(path)")
        }
    }

    @Test("A working directory is refused for what a commit would be refused for")
    func hostileDirectory() async throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("w"))
        try remote.write("ok/file", "x")
        try remote.write("Case/a", "x")
        try remote.write("case/a", "x")
        try remote.write("large", String(repeating: "x", count: 101))
        try remote.write("back\\slash", "x")
        try remote.write("ok/.git/config", "x")
        symlink("/etc/passwd", remote.path + "/link")
        mkfifo(remote.path + "/pipe", 0o600)
        let directory = WorkingDirectory(remote.path, limits: TreeLimits(fileBytes: 100, depth: 3, entries: 100))
        #expect(
            await problems { try directory.files() }.map(\.file) == ["back\\slash", "case", "large", "link", "ok/.git", "pipe"])
        #expect(await failure { try directory.read("link") }?.reason == "FileUnreadable")
        #expect(await failure { try directory.read("pipe") }?.reason == "FileUnreadable")
        #expect(await failure { try WorkingDirectory(scratch("none")).files() }?.reason == "PathMissing")
    }
}
