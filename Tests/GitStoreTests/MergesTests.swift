import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Merges")
struct MergesTests {
    /// A branch `work` with two commits beside one of `main`, not merged yet.
    private func forked(_ main: [String: String], _ work: [String: String]) throws -> (pair: Pair, work: [GitObjectID]) {
        let pair = try Pair(["a": "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "b": "b\n"])
        try pair.remote.git("checkout", "-q", "-b", "work")
        let commits = [try pair.remote.commit("One", work), try pair.remote.commit("Two")]
        try pair.remote.git("checkout", "-q", "main")
        try pair.remote.commit("Main", main)
        return (pair, commits)
    }

    @Test("What a merge brings in is told without itself, its first parent's line and what counted before")
    func broughtIn() async throws {
        let (pair, work) = try forked(["b": "c\n"], ["c": "c\n"])
        let main = try pair.remote.tip("main")
        try pair.remote.git("merge", "-q", "--no-ff", "-m", "Merge", "work")
        let merge = try await pair.fetch()
        #expect(try await pair.mirror.broughtIn(by: merge, beyond: nil).map(\.commit) == work.reversed())
        #expect(try await pair.mirror.broughtIn(by: merge, beyond: work[0]).map(\.commit) == [work[1]])
        #expect(try await pair.mirror.broughtIn(by: merge, beyond: work[1]) == [])
        #expect(try await pair.mirror.broughtIn(by: main, beyond: nil) == [], "it is no merge")
        #expect(try await pair.mirror.mergeBase(main, work[1]) == pair.first)
        try pair.remote.git("checkout", "-q", "--orphan", "other")
        let orphan = try pair.remote.commit("Other")
        try pair.remote.git("branch", "-f", "main", "other")
        try await pair.fetch()
        #expect(try await pair.mirror.mergeBase(main, orphan) == nil)
    }

    @Test("A merge is clean where merging by machine gives the same tree, and looking leaves nothing behind")
    func clean() async throws {
        // Both sides change one file, in different places.
        let (pair, _) = try forked(["a": "one\n2\n3\n4\n5\n6\n7\n8\n9\n"], ["a": "1\n2\n3\n4\n5\n6\n7\n8\nnine\n"])
        try pair.remote.git("merge", "-q", "--no-ff", "-m", "Merge", "work")
        let merge = try await pair.fetch()
        let before = try run(["find", pair.mirror.path + "/objects", "-type", "f"], in: "/")
        #expect(try await pair.mirror.isCleanMerge(merge))
        #expect(try run(["find", pair.mirror.path + "/objects", "-type", "f"], in: "/") == before)
        #expect(try await !pair.mirror.isCleanMerge(pair.first), "it is no merge")

        try pair.remote.write("b", "smuggled in\n")
        try pair.remote.git("add", "-A")
        try pair.remote.git("commit", "-q", "--amend", "--no-edit")
        #expect(try await !pair.mirror.isCleanMerge(try await pair.fetch()))
    }

    @Test("A merge that resolves a conflict, keeps one side or has three parents is not clean")
    func unclean() async throws {
        let (pair, work) = try forked(["b": "main\n"], ["b": "work\n"])
        let main = try pair.remote.tip("main")
        for strategy in ["ours", "octopus"] {
            try pair.remote.git("reset", "-q", "--hard", main.hex)
            if strategy == "ours" {
                try pair.remote.git("merge", "-q", "-s", "ours", "-m", "Keep ours", "work")
            } else {
                let tree = try pair.remote.git("rev-parse", "HEAD^{tree}")
                let commit = try pair.remote.git(
                    "commit-tree", "-m", "Three", "-p", main.hex, "-p", work[0].hex, "-p", work[1].hex, tree)
                try pair.remote.git("reset", "-q", "--hard", commit)
            }
            #expect(try await !pair.mirror.isCleanMerge(try await pair.fetch()), "\(strategy)")
        }
        try pair.remote.git("reset", "-q", "--hard", main.hex)
        _ = try? pair.remote.git("merge", "-q", "--no-ff", "work")
        try pair.remote.commit("Resolved", ["b": "both\n"])
        #expect(try await !pair.mirror.isCleanMerge(try await pair.fetch()))
    }
}
