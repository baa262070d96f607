import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Fetching")
struct FetchTests {
    @Test("The first fetch moves, the second finds nothing, the next follows the branch")
    func followsTheBranch() async throws {
        let pair = try Pair()
        #expect(try await pair.mirror.newestCommit() == nil)
        #expect(try await pair.mirror.fetch() == .moved(from: nil, to: pair.first))
        #expect(try await pair.mirror.fetch() == .unchanged(pair.first))
        let second = try pair.remote.commit("Second", ["a.txt": "a"])
        #expect(try await pair.mirror.fetch() == .moved(from: pair.first, to: second))
        #expect(try await pair.mirror.newestCommit() == second)
    }

    @Test("A mirror is opened again where it was left, and reads without the remote")
    func reopens() async throws {
        let pair = try Pair(["a.txt": "a"])
        try await pair.fetch()
        try FileManager.default.removeItem(atPath: pair.remote.path)
        let again = try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote)
        #expect(try await again.newestCommit() == pair.first)
        #expect(try await again.snapshot(pair.first).read("a.txt") == Array("a".utf8))
    }

    @Test("Other branches and tags of the remote get no reference here")
    func fetchesOneBranch() async throws {
        let pair = try Pair()
        try pair.remote.git("checkout", "-q", "-b", "other")
        try pair.remote.commit("Other")
        try pair.remote.git("tag", "v1")
        try await pair.fetch()
        #expect(try run(["git", "for-each-ref", "--format=%(refname)"], in: pair.mirror.path) == "refs/remotes/origin/main\n")
    }

    @Test("A rewritten branch is reported and its old tip survives a garbage collection")
    func keepsRewrittenTip() async throws {
        let pair = try Pair()
        let lost = try pair.remote.commit("Lost", ["lost.txt": "lost"])
        try await pair.fetch()
        try pair.remote.git("reset", "-q", "--hard", pair.first.hex)
        let new = try pair.remote.commit("New", ["new.txt": "new"])
        #expect(try await pair.mirror.fetch() == .rewritten(from: lost, to: new))
        #expect(try await pair.mirror.keptCommits() == [lost])
        try run(["git", "gc", "-q", "--prune=now"], in: pair.mirror.path)
        #expect(try await pair.mirror.snapshot(lost).read("lost.txt") == Array("lost".utf8))
    }

    @Test("A branch set back to an ancestor counts as rewritten")
    func setBackIsRewritten() async throws {
        let pair = try Pair()
        let second = try pair.remote.commit("Second")
        try await pair.fetch()
        try pair.remote.git("reset", "-q", "--hard", pair.first.hex)
        #expect(try await pair.mirror.fetch() == .rewritten(from: second, to: pair.first))
    }

    @Test("A deleted branch is named with those that are there, and the last tip stays")
    func branchDeleted() async throws {
        let pair = try Pair()
        try await pair.fetch()
        try pair.remote.git("branch", "-m", "main", "trunk")
        #expect(
            await failure { try await pair.mirror.fetch() }
                == .branchMissing(url: pair.remote.path, branch: "main", others: ["trunk"]))
        #expect(try await pair.mirror.newestCommit() == pair.first)
        try pair.remote.git("branch", "main")
        #expect(try await pair.mirror.fetch() == .unchanged(pair.first))
    }

    @Test("A repository without a commit is empty, not broken")
    func remoteEmpty() async throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("empty"), bare: true)
        let mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: "file://" + remote.path, branch: "main"))
        let error = await failure { try await mirror.fetch() }
        #expect(error == .remoteEmpty(url: "file://" + remote.path))
        #expect(error?.disposition == .wait)
    }

    @Test("A repository that names objects by SHA-256 is refused as such")
    func sha256() async throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("new"), format: "sha256")
        try remote.write("a", "a")
        try remote.git("add", "-A")
        try remote.git("commit", "-q", "-m", "a")
        let mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: remote.path, branch: "main"))
        #expect(await failure { try await mirror.fetch() } == .sha256Repository(url: remote.path))
    }

    @Test(
        "What is not reachable is retried, and what is not supported is refused",
        arguments: [
            ("/nonexistent/repository", "RemoteUnreachable"), ("/etc", "RemoteUnreachable"),
            ("https://localhost:1/x.git", "RemoteUnreachable"), ("ssh://git@localhost:1/x.git", "RemoteUnreachable"),
            ("http://example.com/x.git", "RemoteURLUnsupported"), ("git://example.com/x", "RemoteURLUnsupported"),
            ("relative/path", "RemoteURLUnsupported"), ("", "RemoteURLUnsupported"),
            ("https://", "RemoteURLUnsupported"), ("ext::sh -c id", "RemoteURLUnsupported"),
        ])
    func unreachable(url: String, reason: String) async throws {
        let scratch = Scratch()
        let mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: url, branch: "main"))
        let error = await failure { try await mirror.fetch() }
        #expect(error?.reason == reason)
        #expect(error?.disposition == (reason == "RemoteUnreachable" ? .retry : .stall))
    }

    @Test("Keeping is idempotent, needs the commit, and outlives the branch")
    func keep() async throws {
        let pair = try Pair()
        try await pair.fetch()
        try await pair.mirror.keep(pair.first)
        try await pair.mirror.keep(pair.first)
        #expect(try await pair.mirror.keptCommits() == [pair.first])
        let unknown = try #require(GitObjectID(hex: String(repeating: "0a", count: 20)))
        #expect(await failure { try await pair.mirror.keep(unknown) } == .objectMissing(id: unknown.hex, place: "commit"))
    }

    @Test("Readers are not held up by a fetch in progress, and many at once agree")
    func concurrentReaders() async throws {
        let pair = try Pair(["a.txt": "a"])
        try await pair.fetch()
        let snapshot = try await pair.mirror.snapshot(pair.first)
        try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for index in 0..<40 {
                group.addTask {
                    if index % 8 == 0 { _ = try await pair.mirror.fetch() }
                    return try snapshot.read("a.txt")
                }
            }
            for try await bytes in group { #expect(bytes == Array("a".utf8)) }
        }
    }

    @Test("A text that cannot be a branch is refused before anything is made", arguments: ["", "a..b", "-x", "a b", "../x", "a:b", "x.lock"])
    func branchInvalid(branch: String) async throws {
        let scratch = Scratch()
        let remote = RemoteConfiguration(url: "/x", branch: branch)
        #expect(await failure { try Mirror.create(at: scratch("m"), remote: remote) } == .branchInvalid(branch))
        #expect(!FileManager.default.fileExists(atPath: scratch("m")))
    }
}
