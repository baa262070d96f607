import Foundation
import Model
import Testing

@testable import GitStore

@Suite("A mirror that was damaged or left half-written")
struct MirrorDamageTests {
    private func open(_ pair: Pair) throws -> Mirror {
        try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote)
    }

    @Test("A mirror that is not there is named")
    func missing() async throws {
        let scratch = Scratch()
        let remote = RemoteConfiguration(url: "/x", branch: "main")
        #expect(
            await failure { try Mirror(opening: scratch("none"), remote: remote) }
                == .mirrorMissing(path: scratch("none")))
    }

    @Test("A folder that is no repository is reported as a damaged mirror", arguments: ["HEAD", "objects", "refs"])
    func broken(part: String) async throws {
        let pair = try Pair()
        try await pair.fetch()
        try FileManager.default.removeItem(atPath: pair.mirror.path + "/" + part)
        #expect(await failure { try open(pair) }?.reason == "MirrorCorrupted")
    }

    @Test("A branch reference full of garbage is reported, never taken for a commit")
    func garbageReference() async throws {
        let pair = try Pair()
        try await pair.fetch()
        try Data("not an id\n".utf8).write(to: URL(fileURLWithPath: pair.mirror.path + "/refs/remotes/origin/main"))
        #expect(await failure { try await pair.mirror.newestCommit() }?.reason == "MirrorCorrupted")
    }

    @Test("Creating over an interrupted attempt works; over a mirror that is in use it does not")
    func create() async throws {
        let scratch = Scratch()
        let remote = RemoteConfiguration(url: "/x", branch: "main")
        try FileManager.default.createDirectory(atPath: scratch("m.git.unfinished/objects"), withIntermediateDirectories: true)
        _ = try Mirror.create(at: scratch("m.git"), remote: remote)
        #expect(await failure { try Mirror.create(at: scratch("m.git"), remote: remote) }?.reason == "MirrorUnwritable")
        #expect(try Mirror(opening: scratch("m.git"), remote: remote).path == scratch("m.git"))
    }

    @Test("A lock that a killed process left behind is cleared")
    func staleLock() async throws {
        let pair = try Pair()
        try await pair.fetch()
        let next = try pair.remote.commit("Next")
        let lock = pair.mirror.path + "/refs/remotes/origin/main.lock"
        #expect(FileManager.default.createFile(atPath: lock, contents: Data()))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3)], ofItemAtPath: lock)
        #expect(try await pair.mirror.fetch() == .moved(from: pair.first, to: next))
    }

    @Test("A lock that a process still holds is waited for")
    func heldLock() async throws {
        let pair = try Pair()
        try await pair.fetch()
        let next = try pair.remote.commit("Next")
        let lock = pair.mirror.path + "/refs/remotes/origin/main.lock"
        #expect(FileManager.default.createFile(atPath: lock, contents: Data()))
        async let fetched = pair.mirror.fetch()
        // The other process finishes once the fetch has come as far as the reference: its objects are published.
        while try FileManager.default.contentsOfDirectory(atPath: pair.mirror.path + "/objects/pack").count < 4 { await Task.yield() }
        unlink(lock)
        #expect(try await fetched == .moved(from: pair.first, to: next))
    }

    @Test("What a killed fetch left behind goes after a day, and not while it may be in use")
    func abandonedFiles() async throws {
        let pair = try Pair()
        try await pair.fetch()
        let folder = pair.mirror.path + "/objects/pack/"
        let before = try FileManager.default.contentsOfDirectory(atPath: folder)
        let (old, new) = (["pack_git2_a1", "pack-0a.pack"], ["pack_git2_b2", "pack-0b.pack"])
        for file in old + new { #expect(FileManager.default.createFile(atPath: folder + file, contents: Data())) }
        for file in old + before {
            try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -100_000)], ofItemAtPath: folder + file)
        }
        #expect(try await open(pair).fetch() == .unchanged(pair.first))
        #expect(Set(try FileManager.default.contentsOfDirectory(atPath: folder)) == Set(before + new))
    }

    @Test("A flipped byte in a loose object is found and named by its path")
    func flippedLooseObject() async throws {
        let pair = try Pair(["runbooks/nav/main.py": "print(1)\n", "other.txt": "x"])
        try await pair.fetch()
        try run(["sh", "-c", "mv objects/pack/*.pack ../p; rm objects/pack/*; git unpack-objects -q < ../p"], in: pair.mirror.path)
        let mirror = try open(pair)
        try await mirror.verifyObjects(pair.first, paths: ["runbooks/nav", "other.txt", ""])
        let blob = try pair.remote.git("rev-parse", "HEAD:runbooks/nav/main.py")
        try flip(pair.mirror.path + "/objects/\(blob.prefix(2))/\(blob.dropFirst(2))", at: 15)
        try await mirror.verifyObjects(pair.first, paths: ["other.txt"])
        guard case .objectCorrupted(let id, let place, _)? = await failure({
            try await mirror.verifyObjects(pair.first, paths: ["runbooks/nav"])
        }) else {
            Issue.record("the flipped byte was not found")
            return
        }
        #expect(id == blob)
        #expect(place == "runbooks/nav/main.py")
    }

    /// libgit2's own reader goes on for ever at some of these lengths.
    @Test("A loose object that was cut short anywhere is named, by everything that reads it")
    func cutShort() async throws {
        let pair = try Pair(["a.txt": (0..<400).map { "\($0 &* 7919)" }.joined()])
        try await pair.fetch()
        try run(["sh", "-c", "mv objects/pack/*.pack ../p; rm objects/pack/*; git unpack-objects -q < ../p"], in: pair.mirror.path)
        for name in ["HEAD:a.txt", "HEAD^{tree}", "HEAD"] {
            let id = try pair.remote.git("rev-parse", name)
            let file = pair.mirror.path + "/objects/\(id.prefix(2))/\(id.dropFirst(2))"
            let whole = try Data(contentsOf: URL(fileURLWithPath: file))
            for length in [0, 1, 2, 3, 5, 10, 20, 30, 50, whole.count / 2, whole.count - 5, whole.count - 1] where length < whole.count {
                try FileManager.default.removeItem(atPath: file)
                try whole.prefix(length).write(to: URL(fileURLWithPath: file))
                for error in [
                    await failure { try await open(pair).snapshot(pair.first).read("a.txt") },
                    await failure { try await open(pair).verifyObjects(pair.first, paths: [""]) },
                    await failure { try await open(pair).export(try await open(pair).resolve(String(pair.first.hex.prefix(12))), path: "") },
                ] {
                    #expect(error?.reason == "GitObjectCorrupted" && error?.message.contains(file) == true, "\(name) at \(length): \(error as Any)")
                }
            }
            try FileManager.default.removeItem(atPath: file)
            try (whole + [0]).write(to: URL(fileURLWithPath: file))
            #expect(await failure { try await open(pair).verifyObjects(pair.first, paths: [""]) }?.reason == "GitObjectCorrupted")
            try FileManager.default.removeItem(atPath: file)
            try whole.write(to: URL(fileURLWithPath: file))
        }
        try await open(pair).verifyObjects(pair.first, paths: [""])
    }

    @Test("A damaged object in the way of a fetch is named with what to do, and nothing moves")
    func damagedInTheWay() async throws {
        let pair = try Pair()
        try await pair.fetch()
        try run(["sh", "-c", "mv objects/pack/*.pack ../p; rm objects/pack/*; git unpack-objects -q < ../p"], in: pair.mirror.path)
        let damaged = "\(pair.mirror.path)/objects/\(pair.first.hex.prefix(2))/\(pair.first.hex.dropFirst(2))"
        let next = try pair.remote.commit("Next", ["b.txt": "b"])
        try flip(damaged, at: 20)
        let error = await failure { try await open(pair).fetch() }
        #expect(error?.reason == "GitObjectCorrupted" && error?.message.contains(damaged) == true, "\(error as Any)")
        #expect(error?.remedy.contains("move it away") == true)
        #expect(try await open(pair).newestCommit() == pair.first)
        // What the remedy says.
        try FileManager.default.moveItem(atPath: pair.mirror.path, toPath: pair.scratch("damaged.git"))
        let again = try Mirror.create(at: pair.mirror.path, remote: pair.mirror.remote)
        #expect(try await again.fetch() == .moved(from: nil, to: next))
        try await again.verifyObjects(pair.first, paths: [""])
    }

    @Test("No single flipped byte of a pack goes by unnoticed or crashes")
    func flippedPack() async throws {
        let pair = try Pair(["a.txt": String(repeating: "alder ", count: 50), "b/c.txt": "beech"])
        try await pair.fetch()
        let packs = try FileManager.default.contentsOfDirectory(atPath: pair.mirror.path + "/objects/pack")
        let pack = pair.mirror.path + "/objects/pack/" + (try #require(packs.first { $0.hasSuffix(".pack") }))
        let whole = try Data(contentsOf: URL(fileURLWithPath: pack))
        // Past the header of 12 bytes, which no object lies in, and before the trailer of 20.
        for part in stride(from: 12, to: whole.count - 20, by: 7) {
            try flip(pack, at: part)
            let error = await failure { try await open(pair).verifyObjects(pair.first, paths: [""]) }
            #expect(["GitObjectCorrupted", "GitObjectMissing"].contains(error?.reason), "byte \(part) of \(whole.count)")
            try whole.write(to: URL(fileURLWithPath: pack))
        }
        try await open(pair).verifyObjects(pair.first, paths: [""])
    }

    @Test("A missing object is told from a damaged one")
    func missingObject() async throws {
        let pair = try Pair()
        let blob = try pair.remote.git("hash-object", "-t", "blob", "--stdin", input: "never stored")
        let commit = try pair.remote.commit(tree: ["100644 blob \(blob)\tgone.txt"])
        // The remote lacks the object too, so the mirror is given the rest by hand.
        try run(["sh", "-c", "cp -r \(pair.remote.path)/.git/objects/* objects/"], in: pair.mirror.path)
        #expect(
            await failure { try await pair.mirror.verifyObjects(commit, paths: [""]) }
                == .objectMissing(id: blob, place: "gone.txt"))
    }

    private func flip(_ file: String, at offset: Int) throws {
        chmod(file, 0o644)
        var data = try Data(contentsOf: URL(fileURLWithPath: file))
        data[offset] ^= 0x10
        try data.write(to: URL(fileURLWithPath: file))
    }
}
