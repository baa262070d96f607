import Foundation
import Model
import Testing

@testable import GitStore

/// Nothing that somebody can send makes the daemon think for long: what it costs grows with its size, not with its square.
///
/// `ASSAY_GROWTH=1040000` asks for texts as large as manifests may be.
@Suite("Growth")
struct GrowthTests {
    /// Seconds: far above what an ordinary text of this size costs in a debug build.
    static let limit = 2.0
    static let size = ProcessInfo.processInfo.environment["ASSAY_GROWTH"].flatMap(Int.init) ?? 1 << 18

    @Test("A large hostile text costs little time and few words", arguments: HostileText.all)
    func costsLittle(_ text: HostileText) throws {
        let small = try Self.measure(nil, text.make(Self.size / 4))
        let whole = try Self.measure("\(text.name), \(Self.size) bytes", text.make(Self.size))
        // Four times the text takes four times as long; a square would make it sixteen.
        if whole > 0.2 { #expect(whole < 9 * small, "\(text.name): \(small) s for a quarter, \(whole) s for all") }
    }

    @Test("A large hostile tree costs little time and few words", arguments: HostileTree.all)
    func costsLittle(_ tree: HostileTree) async throws {
        try await ScratchRepository.lend { repository in
            let root = try tree.write(repository)
            // The number of entries is what costs: a tenth of the standard, in a build that is ten times slower.
            let limits = TreeLimits(fileBytes: 10 << 20, depth: 32, entries: 50_000, pathBytes: 6 << 20)
            try Self.measure(tree.name) {
                do {
                    let handle = try Repository(opening: repository.path)
                    _ = try TreeWalk.compare(nil, root, place: "The tree", in: handle, limits: limits)
                } catch GitStoreError.treeRefused(_, let problems) {
                    try BrokenPromise.check(problems)
                    try promise(problems.count <= TreeRules.mostProblems, "\(problems.count) problems")
                }
            }
            try Self.measure(tree.name + ", only its paths") {
                do {
                    let handle = try Repository(opening: repository.path)
                    var walk = PathWalk(repository: handle, limits: limits, place: "The tree")
                    try walk.compare("", nil, root, depth: 0)
                } catch let error as GitStoreError {
                    try BrokenPromise.check(error)
                }
            }
        }
    }

    @Test(
        "A large hostile commit costs little time",
        arguments: ["\n", "x", "x\n", "gpgsig x\n", "a\u{0301}\u{0316}", "\u{0301}\u{0316}"])
    func commit(_ piece: String) async throws {
        try await ScratchRepository.lend { repository in
            let text = String(repeating: piece, count: (4 << 20) / piece.utf8.count)
            let tree = try repository.tree([])
            let person = "\(piece == "x" ? text : "Ada") <ada@example.com> 1767225600 +0000"
            let header = "tree \(tree.hex)\nauthor \(person)\ncommitter \(person)\n\(piece.hasPrefix("gpgsig") ? text : "")"
            let id = try repository.write(type: "commit", Array("\(header)\n\(text)".utf8))
            let bytes = Array("\(header)\n\(text)".utf8)
            try Self.measure("a commit of \(piece.debugDescription)") {
                let handle = try Repository(opening: repository.path)
                do {
                    let revision = try handle.revision(id)
                    try promise(revision.body.utf8.count <= 3 << 20, "a revision is as large as somebody likes")
                } catch let error as GitStoreError {
                    try BrokenPromise.check(error)
                }
                _ = SignedContent(commit: bytes)
            }
        }
    }

    @Test("What a guest asks and tells is bounded altogether, and a replay ends where the run did")
    func guestsTalk() async throws {
        let log = "{\"type\":\"tell\",\"id\":ID,\"kind\":\"log\",\"request\":{\"level\":\"info\",\"message\":\"\(String(repeating: "x", count: 1_000))\"}}\n"
        let tells = (1...50).map { log.replacing("ID", with: String($0)) }.joined()
        let bytes = GuestScript.bytes(of: Array("lines\n{\"type\":\"hello\",\"protocol\":1}\n\(tells)".utf8))
        let first = try await GuestTalk.hold(bytes, live: true, mostBytes: 20_000)
        guard case .failed(let failure, let record) = first.outcome else { throw BrokenPromise(description: "\(first.outcome)") }
        #expect(failure.reason == "LimitExceeded" && failure.message.hasPrefix("what the runbook asks and tells is larger"))
        #expect((15...25).contains(record.events.count))
        let again = try await GuestTalk.hold(bytes, recorded: record.events, vault: first.vault, live: false, mostBytes: 20_000)
        guard case .failed(failure, _) = again.outcome else { throw BrokenPromise(description: "\(again.outcome)") }
    }

    @discardableResult
    private static func measure(_ name: String?, _ work: () throws -> Void) throws -> Double {
        let start = processorSeconds()
        try work()
        let spent = processorSeconds() - start
        guard let name else { return spent }
        print("growth: \(name): \(Int(spent * 1000)) ms")
        #expect(spent < limit * Double(max(1, size >> 18)), "\(name) took \(spent) s")
        return spent
    }

    /// Of this thread alone: other tests run beside it.
    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
