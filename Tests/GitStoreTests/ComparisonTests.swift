import Foundation
import Model
import Testing

@testable import GitStore

@Suite("Comparing commits")
struct ComparisonTests {
    @Test("Added, modified and deleted files are told apart, also when a file becomes a folder")
    func kinds() async throws {
        let pair = try Pair(["keep": "k", "change": "1", "gone/a": "a", "gone/b/c": "c", "swap": "file", "mode.sh": "m"])
        for name in ["gone", "swap"] { try FileManager.default.removeItem(atPath: pair.remote.path + "/" + name) }
        try pair.remote.write("mode.sh", "m", executable: true)
        let to = try pair.remote.commit("Next", ["change": "22", "new/d": "dd", "swap/inner": "i"])
        try await pair.fetch()
        let comparison = try await pair.mirror.changes(from: pair.first, to: to)
        #expect(
            comparison.changes.map { "\($0.action) \($0.path) \($0.kind) \($0.size)" } == [
                "modified change file 2", "deleted gone/a file 0", "deleted gone/b/c file 0", "modified mode.sh executable 1",
                "added new/d file 2", "deleted swap file 0", "added swap/inner file 1",
            ])
        #expect(try await pair.mirror.changes(from: to, to: to).isEmpty)
        #expect(try await pair.mirror.changes(from: nil, to: pair.first).paths == ["change", "gone/a", "gone/b/c", "keep", "mode.sh", "swap"])
    }

    @Test("Random histories compare as git diff-tree says", arguments: 1...3)
    func agreesWithGit(seed: Int) async throws {
        print("seed \(seed)")
        var random = Generator(state: UInt64(seed))
        let pair = try Pair()
        var commits = [pair.first]
        for round in 0..<5 {
            for _ in 0..<12 {
                let depth = Int.random(in: 1...3, using: &random)
                let path = (0..<depth).map { _ in "\(["a", "a-", "a.b", "ab", "é"].randomElement(using: &random) ?? "")" }
                    .joined(separator: "/")
                let absolute = pair.remote.path + "/" + path
                if Bool.random(using: &random) {
                    // A file that stands where a folder is needed gives way.
                    var prefix = pair.remote.path
                    for part in path.split(separator: "/") {
                        prefix += "/" + part
                        var isFolder: ObjCBool = false
                        if FileManager.default.fileExists(atPath: prefix, isDirectory: &isFolder), !isFolder.boolValue {
                            try FileManager.default.removeItem(atPath: prefix)
                        }
                    }
                    try? FileManager.default.removeItem(atPath: absolute)
                    try pair.remote.write(path, "\(round) \(Int.random(in: 0...3, using: &random))", executable: .random(using: &random))
                } else {
                    try? FileManager.default.removeItem(atPath: absolute)
                }
            }
            commits.append(try pair.remote.commit("Round \(round)"))
        }
        try await pair.fetch()
        for from in commits {
            for to in commits where to != from {
                let ours = try await pair.mirror.changes(from: from, to: to).changes
                    .map { "\(["added": "A", "modified": "M", "deleted": "D"][$0.action.rawValue] ?? "")\t\($0.path)" }
                let theirs = try pair.remote.git("-c", "core.quotePath=false", "diff-tree", "-r", "--no-renames", "--name-status", from.hex, to.hex)
                    .split(separator: "\n").map(String.init)
                #expect(ours == theirs)
            }
        }
    }
}

/// SplitMix64: the same numbers for the same seed everywhere.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
