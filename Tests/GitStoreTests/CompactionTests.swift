import Dispatch
import Foundation
import Model
import Synchronization
import Testing

@testable import GitStore

@Suite("Putting a mirror together")
struct CompactionTests {
    private static let soon = CompactionLimits(packs: 3, plainBytes: 1 << 20, looseObjects: 20, looseReferences: 5)

    /// A mirror that was fetched into once for each commit, with a rewritten branch on the way.
    private func worn(_ rounds: Int = 6) async throws -> (pair: Pair, commits: [GitObjectID]) {
        let pair = try Pair(["a.txt": String(repeating: "alder ", count: 500)])
        var commits = [try await pair.fetch()]
        for round in 0..<rounds {
            if round == 3 { try pair.remote.git("reset", "-q", "--hard", pair.first.hex) }
            try pair.remote.commit("Round \(round)", ["b/\(round).txt": "\(round)", "a.txt": String(repeating: "alder ", count: 500) + "\(round)"])
            commits.append(try await pair.fetch())
        }
        return (pair, commits)
    }

    private final class Outcome: Sendable { let result = Mutex<FetchResult?>(nil) }

    private func packs(_ mirror: Mirror) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: mirror.path + "/objects/pack").filter { $0.hasSuffix(".pack") }
    }

    @Test("Many packs become one with every object, and open readers go on")
    func compacts() async throws {
        let (pair, commits) = try await worn()
        // This handle has seen the packs and not opened them all.
        let reader = try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote)
        _ = try await reader.revision(commits[0])
        let snapshot = try await reader.snapshot(commits[1])
        let objects = try run(["sh", "-c", "git cat-file --batch-check --batch-all-objects | sort -u"], in: pair.mirror.path)
        #expect(try packs(pair.mirror).count == commits.count)
        #expect(try await pair.mirror.compact(Self.soon))
        #expect(try packs(pair.mirror).count == 1)
        #expect(try run(["sh", "-c", "git cat-file --batch-check --batch-all-objects | sort -u"], in: pair.mirror.path) == objects)
        #expect(try snapshot.read("b/0.txt") == Array("0".utf8))
        for (round, commit) in commits.dropFirst().enumerated() {
            for mirror in [reader, pair.mirror] {
                #expect(try await mirror.snapshot(commit).read("b/\(round).txt") == Array("\(round)".utf8))
            }
        }
        #expect(try await pair.mirror.keptCommits() == [commits[3]])
        try checkWithGit(pair.mirror)
        let next = try pair.remote.commit("Next", ["n": "n"])
        #expect(try await pair.mirror.fetch().tip == next)
        try checkWithGit(pair.mirror)
    }

    @Test("Few packs are left alone")
    func leavesAlone() async throws {
        let (pair, _) = try await worn(2)
        let before = try contents(of: pair.mirror)
        #expect(try await pair.mirror.compact(Self.soon) == false)
        #expect(try contents(of: pair.mirror) == before)
    }

    @Test("What a fetch from this host wrote without compressing it is compressed once it is much")
    func plainPacks() async throws {
        let pair = try Pair(["a.txt": String(repeating: "alder ", count: 200_000)])
        try await pair.fetch()
        func bytes() throws -> Int {
            try packs(pair.mirror).reduce(0) { try $0 + Data(contentsOf: URL(fileURLWithPath: "\(pair.mirror.path)/objects/pack/\($1)")).count }
        }
        #expect(try bytes() > 1_200_000)
        #expect(try await pair.mirror.compact(Self.soon))
        #expect(try bytes() < 10_000)
        #expect(try await pair.mirror.compact(Self.soon) == false)
        try checkWithGit(pair.mirror)
        try await pair.mirror.verifyObjects(pair.first, paths: [""])
    }

    @Test("Fetches and readers go on while it is at work")
    func concurrently() async throws {
        let (pair, commits) = try await worn()
        let mirror = pair.mirror
        let next = try pair.remote.commit("Next", ["n": "n"])
        // The fetch comes when the new pack is published and the old ones are about to go.
        let fetched = Outcome()
        let other = try Mirror(opening: mirror.path, remote: mirror.remote)
        let turn = DispatchSemaphore(value: 0)
        let faults = FaultPoints {
            guard $0 == FaultPoint.compactPublished.rawValue else { return }
            Task.detached {
                let result = try await other.fetch()
                fetched.result.withLock { $0 = result }
                turn.signal()
            }
            turn.wait()
        }
        #expect(try await Mirror(opening: mirror.path, remote: mirror.remote, faults: faults).compact(Self.soon))
        #expect(fetched.result.withLock { $0 } == .moved(from: commits[6], to: next))
        try checkWithGit(mirror)
        #expect(try await mirror.snapshot(next).read("n") == Array("n".utf8))
    }

    @Test("Loose objects and references are put together too")
    func loose() async throws {
        let (pair, commits) = try await worn(1)
        for commit in commits { try await pair.mirror.keep(commit) }
        try run(["sh", "-ec", "for n in $(seq 30); do echo $n | git hash-object -w --stdin; git update-ref refs/assay/keep/$n \(commits[0]); done"], in: pair.mirror.path)
        let refs = try run(["git", "for-each-ref"], in: pair.mirror.path)
        // Of a process that was killed while it did the same.
        let lock = pair.mirror.path + "/packed-refs.lock"
        #expect(FileManager.default.createFile(atPath: lock, contents: Data("half".utf8)))
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSinceNow: -3)], ofItemAtPath: lock)
        #expect(try await pair.mirror.compact(Self.soon))
        let counts = try run(["git", "count-objects", "-v"], in: pair.mirror.path)
        #expect(counts.contains("count: 0\n") && counts.contains("packs: 1\n"))
        #expect(try run(["git", "for-each-ref"], in: pair.mirror.path) == refs)
        #expect(try run(["sh", "-c", "find refs -type f"], in: pair.mirror.path).isEmpty)
        #expect(try run(["sh", "-c", "echo 30 | git hash-object --stdin | git cat-file --batch"], in: pair.mirror.path).contains("\n30\n"))
        #expect(try await pair.mirror.keptCommits() == commits.sorted())
    }

    @Test("Stopped at any point, nothing is lost, and the next time finishes", arguments: [
        FaultPoint.compactPacked, .fetchPackPublished, .compactPublished, .compactIndexRemoved,
    ])
    func stopped(point: FaultPoint) async throws {
        let (pair, commits) = try await worn()
        let faults = FaultPoints { if $0 == point.rawValue { throw InterruptedFetchTests.Stopped() } }
        let failing = try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote, faults: faults)
        await #expect(throws: InterruptedFetchTests.Stopped.self) { try await failing.compact(Self.soon) }
        let fresh = try Mirror(opening: pair.mirror.path, remote: pair.mirror.remote)
        for mirror in [pair.mirror, fresh] {
            for commit in commits { try await mirror.verifyObjects(commit, paths: [""]) }
        }
        try checkWithGit(fresh)
        #expect(try await fresh.compact(Self.soon))
        try checkWithGit(fresh)
        for commit in commits { try await fresh.verifyObjects(commit, paths: [""]) }
    }

    @Test("A damaged object stops it, is named, and everything stays")
    func damaged() async throws {
        let (pair, commits) = try await worn()
        try run(["sh", "-ec", "p=$(ls objects/pack/*.pack | head -1); mv $p ../p; rm ${p%.pack}.*; git unpack-objects -q < ../p"], in: pair.mirror.path)
        let loose = try run(["sh", "-c", "find objects -path 'objects/??/*' | head -1"], in: pair.mirror.path).trimmingCharacters(in: .newlines)
        let file = pair.mirror.path + "/" + loose
        chmod(file, 0o644)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: file))
        bytes[bytes.count - 6] ^= 1
        try bytes.write(to: URL(fileURLWithPath: file))
        let before = try contents(of: pair.mirror)
        let error = await failure { try await pair.mirror.compact(Self.soon) }
        #expect(error?.reason == "MirrorCorrupted", "\(error as Any)")
        #expect(try contents(of: pair.mirror) == before)
        #expect(try await pair.mirror.newestCommit() == commits.last)
    }

    @Test("Only packs that are small beside the rest are written again")
    func choosesSmallOnes() {
        #expect(Compaction.worthMerging([1000, 3, 2, 1]) == [1, 2, 3])
        #expect(Compaction.worthMerging([1, 400, 2, 3, 100]) == [3, 2, 0])
        #expect(Compaction.worthMerging([10, 10, 10]) == [0, 1, 2])
        #expect(Compaction.worthMerging([10, 1]) == [0, 1])
        #expect(Compaction.worthMerging([10]) == [0])
        #expect(Compaction.worthMerging([]).isEmpty)
    }
}
