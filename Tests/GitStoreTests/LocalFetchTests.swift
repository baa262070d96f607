import Foundation
import Model
import Synchronization
import Testing

@testable import GitStore

@Suite("Fetching from a repository on this host")
struct LocalFetchTests {
    @Test("Random histories arrive whole, as Git itself judges, and nothing else does", arguments: 1...4)
    func randomHistories(seed: Int) async throws {
        print("seed \(seed)")
        var random = Generator(state: UInt64(seed))
        let pair = try Pair()
        for round in 0..<6 {
            for _ in 0..<Int.random(in: 1...4, using: &random) { try change(pair.remote, round, &random) }
            if Bool.random(using: &random) { try pair.remote.git("gc", "-q", "--prune=now") }
            let tip = try await pair.fetch()
            #expect(tip == (try pair.remote.tip("main")))
            try checkWithGit(pair.mirror)
            let list = "git rev-list --objects main | cut -d' ' -f1 | sort"
            let theirs = try run(["sh", "-c", list], in: pair.remote.path)
            let ours = try run(["sh", "-c", list.replacing("main", with: "--all")], in: pair.mirror.path)
            if try await pair.mirror.keptCommits().isEmpty { #expect(ours == theirs) }
        }
    }

    /// Changes files, merges, or rewrites; on another branch too.
    private func change(_ remote: Remote, _ round: Int, _ random: inout Generator) throws {
        let names = ["a", "b/c", "b/d/e", "b/d/f", "g-", "g/h", "é"]
        let files = (0..<3).map { _ in
            (names.randomElement(using: &random) ?? "a", String(repeating: "\(Int.random(in: 0...99, using: &random)) ", count: .random(in: 0...9, using: &random)))
        }
        switch Int.random(in: 0...5, using: &random) {
        case 0:
            try remote.git("checkout", "-q", "-B", "side")
            try remote.commit("Side \(round)", Dictionary(files) { $1 })
            try remote.git("checkout", "-q", "main")
            try remote.commit("Main \(round)", ["only-main": "\(round)"])
            try remote.git("merge", "-q", "--no-ff", "-m", "Merge", "-X", "ours", "side")
        case 1: try remote.git("commit", "-q", "--amend", "--allow-empty", "-m", "Amended \(round)")
        case 2:
            try? FileManager.default.removeItem(atPath: remote.path + "/link")
            symlink("a", remote.path + "/link")
            try remote.git("update-index", "--add", "--cacheinfo", "160000,\(String(repeating: "1", count: 40)),module")
            try remote.commit("Odd entries")
        case 3:
            try remote.write("tool", "#!/bin/sh\n\(round)", executable: true)
            try remote.commit("Executable")
        default: try remote.commit("Change \(round)", Dictionary(files) { $1 })
        }
    }

    @Test("A file that moves, an empty one and one of many pieces arrive as they are", arguments: [0, 1, 65_534, 65_535, 65_536, 300_000])
    func sizes(count: Int) async throws {
        var random = Generator(state: UInt64(count))
        let text = String(decoding: (0..<count).map { _ in UInt8.random(in: 0x20...0x7E, using: &random) }, as: UTF8.self)
        let pair = try Pair(["x": text])
        try await pair.fetch()
        #expect(try await pair.mirror.snapshot(pair.first).read("x") == Array(text.utf8))
        try pair.remote.git("mv", "x", "y")
        let moved = try pair.remote.commit("Move")
        try await pair.fetch()
        #expect(try await pair.mirror.snapshot(moved).read("y") == Array(text.utf8))
        try checkWithGit(pair.mirror)
    }

    @Test("One change among many files brings only what changed")
    func bringsLittle() async throws {
        let pair = try Pair(Dictionary(uniqueKeysWithValues: (0..<200).map { ("d\($0 % 4)/f\($0)", "\($0)") }))
        try await pair.fetch()
        let second = try pair.remote.commit("One", ["d1/f5": "changed"])
        try await pair.fetch()
        let packs = try FileManager.default.contentsOfDirectory(atPath: pair.mirror.path + "/objects/pack").filter { $0.hasSuffix(".idx") }
        let counts = try packs.map { try run(["sh", "-c", "git show-index < objects/pack/\($0) | wc -l"], in: pair.mirror.path) }
        // Commit, root, folder and file.
        #expect(counts.map { $0.trimmingCharacters(in: .whitespacesAndNewlines) }.contains("4"))
        #expect(try await pair.mirror.changes(from: pair.first, to: second).paths == ["d1/f5"])
    }

    @Test("Fifty pushes in a second end at the newest commit, and each commit on the way is there")
    func burst() async throws {
        let scratch = Scratch()
        let bare = try Remote(scratch("remote.git"), bare: true)
        let checkout = try Remote(scratch("checkout"))
        let mirror = try Mirror.create(at: scratch("mirror.git"), remote: RemoteConfiguration(url: bare.path, branch: "main"))
        let first = try checkout.commit("First", ["a": "0"])
        try checkout.git("push", "-q", bare.path, "main")
        #expect(try await mirror.fetch().tip == first)
        let pushes = Task.detached { try run(["sh", "-ec", "for n in $(seq 50); do git commit -q --allow-empty -m $n; git push -q \(bare.path) main; done"], in: checkout.path) }
        var seen = [first]
        while seen.last != (try bare.tip("main")) || seen.count == 1 {
            if case .moved(_, let tip) = try await mirror.fetch() { seen.append(tip) }
        }
        _ = try await pushes.value
        if case .moved(_, let tip) = try await mirror.fetch() { seen.append(tip) }
        #expect(seen.last == (try checkout.tip()))
        #expect(try await mirror.log(from: try checkout.tip(), limit: 100).count == 51)
        for (older, newer) in zip(seen, seen.dropFirst()) { #expect(try await mirror.isAncestor(older, of: newer)) }
        #expect(try await mirror.keptCommits().isEmpty)
        try checkWithGit(mirror)
    }

    @Test("A repository that borrows its objects from another, and a second working folder, are read like any other")
    func borrowed() async throws {
        let scratch = Scratch()
        let lender = try Remote(scratch("lender"))
        let first = try lender.commit("First", ["a": "a"])
        try run(["git", "clone", "-q", "--shared", "--bare", lender.path, scratch("borrower.git")], in: "/")
        try lender.git("worktree", "add", "-q", scratch("worktree"), "-b", "other")
        for path in [scratch("borrower.git"), scratch("worktree"), "file://" + lender.path] {
            let mirror = try Mirror.create(at: scratch(UUID().uuidString), remote: RemoteConfiguration(url: path, branch: "main"))
            #expect(try await mirror.fetch().tip == first)
            try checkWithGit(mirror)
        }
    }

    @Test("A shallow clone is refused where history is missing, and serves where the mirror has it")
    func shallow() async throws {
        let pair = try Pair()
        let second = try pair.remote.commit("Second")
        let path = pair.scratch("shallow")
        try run(["git", "clone", "-q", "--depth", "1", "file://" + pair.remote.path, path], in: "/")
        let remote = RemoteConfiguration(url: path, branch: "main")
        let empty = try Mirror.create(at: pair.scratch("empty.git"), remote: remote)
        let error = await failure { try await empty.fetch() }
        #expect(error == .shallowRepository(url: path) && error?.remedy.contains("--unshallow") == true)
        #expect(try await empty.newestCommit() == nil)
        try await pair.fetch()
        try run(["git", "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "--allow-empty", "-m", "Third"], in: path)
        let mirror = try Mirror(opening: pair.mirror.path, remote: remote)
        let third = try Mirror(opening: pair.mirror.path, remote: remote)
        #expect(try await mirror.fetch().tip != second)
        #expect(try await third.isAncestor(second, of: try #require(try await third.newestCommit())))
        try checkWithGit(mirror)
    }

    @Test("A damaged or missing object of the remote is named, and the mirror is as it was", arguments: ["flip", "remove", "cut"])
    func damagedRemote(how: String) async throws {
        let pair = try Pair()
        try await pair.fetch()
        let before = try contents(of: pair.mirror)
        let second = try pair.remote.commit("Second", ["b/c.txt": "text that is long enough", "z": "z"])
        for what in ["HEAD:b/c.txt", "HEAD:b", "HEAD^{tree}", "HEAD"] {
            let id = try pair.remote.git("rev-parse", what)
            let file = "\(pair.remote.path)/.git/objects/\(id.prefix(2))/\(id.dropFirst(2))"
            let whole = try Data(contentsOf: URL(fileURLWithPath: file))
            try FileManager.default.removeItem(atPath: file)
            var damaged = how == "cut" ? whole.prefix(whole.count / 2) : whole
            damaged[damaged.count / 2] ^= 0x40
            if how != "remove" { try damaged.write(to: URL(fileURLWithPath: file)) }
            let error = await failure { try await pair.mirror.fetch() }
            #expect(error?.reason == "RemoteDamaged" && error?.message.contains(id) == true, "\(what): \(error as Any)")
            #expect(try contents(of: pair.mirror) == before)
            try? FileManager.default.removeItem(atPath: file)
            try whole.write(to: URL(fileURLWithPath: file))
        }
        #expect(try await pair.mirror.fetch().tip == second)
        try checkWithGit(pair.mirror)
    }

    @Test("An object that is not what its tree says is refused, so that the mirror stays whole")
    func wrongKind() async throws {
        let pair = try Pair()
        let blob = try pair.remote.blob("x")
        let tree = try pair.remote.git("mktree", input: "100644 blob \(blob)\tinner\n")
        // Git writes such a tree only when it is forced to.
        var raw = Data("100644 disguised\0".utf8)
        raw.append(contentsOf: withUnsafeBytes(of: try #require(GitObjectID(hex: tree)).oid.id) { Array($0) })
        try raw.write(to: URL(fileURLWithPath: pair.scratch("raw")))
        let disguised = try pair.remote.git("hash-object", "-w", "--literally", "-t", "tree", pair.scratch("raw"))
        _ = try pair.remote.commit(treeID: disguised)
        let error = await failure { try await pair.mirror.fetch() }
        #expect(error?.reason == "RemoteDamaged" && error?.message.contains(tree) == true, "\(error as Any)")
        #expect(try await pair.mirror.newestCommit() == nil)
    }

    @Test("A branch that is no commit, or no id at all, is damage of the remote")
    func oddBranch() async throws {
        let pair = try Pair()
        let blob = try pair.remote.blob("x")
        for text in [blob, "garbage"] {
            try (text + "\n").write(toFile: pair.remote.path + "/.git/refs/heads/main", atomically: true, encoding: .utf8)
            #expect(await failure { try await pair.mirror.fetch() }?.reason == "RemoteDamaged")
        }
    }

    @Test("A repository that is moved away is unreachable until it is back")
    func movedAway() async throws {
        let pair = try Pair()
        try await pair.fetch()
        try FileManager.default.moveItem(atPath: pair.remote.path, toPath: pair.scratch("away"))
        let error = await failure { try await pair.mirror.fetch() }
        #expect(error?.reason == "RemoteUnreachable" && error?.disposition == .retry)
        try FileManager.default.moveItem(atPath: pair.scratch("away"), toPath: pair.remote.path)
        #expect(try await pair.mirror.fetch() == .unchanged(pair.first))
    }
}

@Suite("A fetch that fails on the way")
struct InterruptedFetchTests {
    struct Stopped: Error {}

    static let points = FaultPoint.allCases.filter { $0.rawValue.hasPrefix("fetch.") }

    @Test("Failing at any point leaves a mirror that is whole, and the next fetch comes to the same", arguments: points)
    func fails(point: FaultPoint) async throws {
        let pair = try Pair(["a": "a"])
        try await pair.fetch()
        let second = try pair.remote.commit("Second", ["b": "b"])
        let faults = FaultPoints { if $0 == point.rawValue { throw Stopped() } }
        let failing = try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote, faults: faults)
        await #expect(throws: Stopped.self) { try await failing.fetch() }
        try checkWithGit(pair.mirror)
        #expect(try await pair.mirror.newestCommit() == (point == .fetchReferenceMoved ? second : pair.first))
        #expect(try FileManager.default.contentsOfDirectory(atPath: pair.mirror.path + "/quarantine").isEmpty)
        #expect(try await pair.mirror.fetch().tip == second)
        #expect(try await pair.mirror.snapshot(second).read("b") == Array("b".utf8))
        try checkWithGit(pair.mirror)
    }

    @Test("What dead processes left in quarantine goes at the next fetch; what is in use stays")
    func abandoned() async throws {
        let pair = try Pair()
        let held = try Quarantine(in: pair.mirror.path)
        let dead = pair.mirror.path + "/quarantine/00"
        try FileManager.default.createDirectory(atPath: dead + "/objects/pack", withIntermediateDirectories: true)
        try Data(count: 100).write(to: URL(fileURLWithPath: dead + "/objects/pack/pack_git2_x"))
        try await pair.fetch()
        #expect(try FileManager.default.contentsOfDirectory(atPath: pair.mirror.path + "/quarantine") == [URL(fileURLWithPath: held.path).lastPathComponent])
    }

    @Test("Where two processes fetch at once, the branch never goes back")
    func twoAtOnce() async throws {
        let pair = try Pair()
        try await pair.fetch()
        let second = try pair.remote.commit("Second")
        let (remote, mirror) = (pair.remote, pair.mirror)
        // The other one overtakes between reading the remote and moving the branch.
        let third = Once { () -> GitObjectID in
            let third = try remote.commit("Third")
            try run(["git", "fetch", "-q", remote.path, "+main:refs/remotes/origin/main"], in: mirror.path)
            return third
        }
        let faults = FaultPoints { if $0 == FaultPoint.fetchBeforeReference.rawValue { try third.run() } }
        let slow = try Mirror(opening: mirror.path, remote: mirror.remote, faults: faults)
        #expect(try await slow.fetch() == .unchanged(try #require(third.value)))
        #expect(try await mirror.isAncestor(second, of: try #require(third.value)))
        #expect(try await mirror.keptCommits().isEmpty)
    }
}

/// Does something the first time it is asked to.
private final class Once<Value: Sendable>: Sendable {
    private let body: @Sendable () throws -> Value
    private let result = Mutex<Value?>(nil)
    var value: Value? { result.withLock { $0 } }

    init(_ body: @escaping @Sendable () throws -> Value) { self.body = body }

    func run() throws {
        guard value == nil else { return }
        let value = try body()
        result.withLock { $0 = value }
    }
}
