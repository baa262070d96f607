import Foundation
import Model
import Testing

@testable import GitStore

/// Figures for people, not judgements: run with `ASSAY_MEASURE=1`, in a release build.
@Suite("Measurements", .serialized, .enabled(if: ProcessInfo.processInfo.environment["ASSAY_MEASURE"] != nil))
struct MeasureTests {
    @Test("Polling, comparing and judging 10,000 files")
    func tenThousandFiles() async throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        var stream = "commit refs/heads/main\ncommitter A <a@b> 1700000000 +0000\ndata 1\nx\n"
        for n in 0..<10_000 {
            stream += "M 100644 inline tenants/t\(n % 50)/entities/e\(n).yaml\ndata <<E\nname: \(n)\nkind: Entity\nE\n\n"
        }
        try remote.git("fast-import", "--quiet", input: stream)
        let first = try remote.tip("main")
        try remote.git("read-tree", "main")
        let mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: remote.path, branch: "main"))
        try await report("first fetch", times: 1) { _ = try await mirror.fetch() }
        try await report("poll without change", times: 200) { _ = try await mirror.fetch() }
        let blob = try remote.blob("changed")
        try remote.git("update-index", "--add", "--cacheinfo", "100644,\(blob),tenants/t7/entities/e7.yaml")
        let second = try remote.commit(treeID: remote.git("write-tree"))
        try await report("fetch of one change", times: 1) { _ = try await mirror.fetch() }
        try await report("changes, 1 of 10,000", times: 200) {
            let paths = try await mirror.changes(from: first, to: second).paths
            #expect(paths == ["tenants/t7/entities/e7.yaml"])
        }
        try await report("snapshot trusting the base", times: 200) {
            _ = try await mirror.snapshot(second, trusting: first)
        }
        try await report("snapshot, everything judged", times: 5) { _ = try await mirror.snapshot(second) }
        let snapshot = try await mirror.snapshot(second)
        try await report("read of all files", times: 3) {
            for file in try snapshot.files() { _ = try snapshot.read(file.path) }
        }
        try await report("objects verified", times: 3) { try await mirror.verifyObjects(second, paths: [""]) }
    }

    @Test("Fetching a history of 5,000 commits")
    func history() async throws {
        let scratch = Scratch()
        let remote = try Remote(scratch("remote"))
        var stream = ""
        for n in 1...5000 {
            stream += "commit refs/heads/main\ncommitter A <a@b> \(1_700_000_000 + n) +0000\ndata 1\nx\n"
            stream += "M 100644 inline d\(n % 100)/f\(n % 1000).txt\ndata <<E\nline \(n)\nE\n\n"
        }
        try remote.git("fast-import", "--quiet", input: stream)
        let mirror = try Mirror.create(
            at: scratch("mirror.git"), remote: RemoteConfiguration(url: remote.path, branch: "main"))
        try await report("first fetch", times: 1) { _ = try await mirror.fetch() }
        try await report("compaction of it", times: 1) { try await mirror.compact() }
        _ = try remote.commit(treeID: remote.git("rev-parse", "main^{tree}"))
        try await report("fetch of a rewritten branch", times: 1) { _ = try await mirror.fetch() }
    }

    private func report(_ what: String, times: Int, _ body: () async throws -> Void) async throws {
        var durations: [Duration] = []
        for _ in 0..<times { durations.append(try await ContinuousClock().measure(body)) }
        durations.sort()
        print("\(what): median \(durations[times / 2]), best \(durations[0])")
    }
}
