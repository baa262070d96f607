import ChildProcess
import Digests
import Executor
import Foundation
import Model
import TenantStore
import Testing

@testable import Reconciler

@Suite("The cache of interpreters for tests")
struct InterpreterCacheTests {
    @Test("what is kept is used as it is; once damaged it is made again, by one of two processes that find it so")
    func cache() async throws {
        let workspace = try ScenarioWorkspace(
            runbook: ScenarioWorkspace.bare("output(\"x.txt\", \"x\")"), ["2026-03/expected/x.txt": "x"])
        let cache = workspace.scratch.path + "/cache"
        let entry = try await seed(cache + "/assay/interpreters")
        @Sendable func test() throws -> ProcessResult { try workspace.test(home: false, environment: ["XDG_CACHE_HOME": cache]) }
        let kept = try test()
        #expect(kept.status == .exited(0) && kept.errorText == "", "\(kept.errorText)")

        try flip(in: entry)
        async let one = Task.detached { try test() }.value
        async let other = Task.detached { try test() }.value
        let both = try await [one, other]
        #expect(both.map(\.status) == [.exited(0), .exited(0)], "\(both.map(\.errorText))")
        #expect(both.count { $0.errorText.contains("is damaged and is made again") } == 1)
        #expect(both.count { $0.errorText.contains("compiling its standard library") } == 1)
        #expect(try test().errorText == "")
        #expect(try FileManager.default.contentsOfDirectory(atPath: cache + "/assay/interpreters").count == 2, "the entry and its lock")
    }

    @Test("the cache lies where the user keeps caches; without such a place there is none")
    func place() {
        #expect(InterpreterCache.standardFolder(["XDG_CACHE_HOME": "/var/cache/me", "HOME": "/"]) == "/var/cache/me/assay")
        #expect(InterpreterCache.standardFolder(["XDG_CACHE_HOME": "relative", "HOME": "/tmp"]) == "/tmp/.cache/assay")
        #expect(InterpreterCache.standardFolder(["HOME": "/nonexistent"]) == nil)
        #expect(InterpreterCache.standardFolder([:]) == nil)
    }

    /// An entry as the cache would make it, from what the template home holds: making one takes many seconds.
    private func seed(_ folder: String) async throws -> String {
        let template = try Template.shared.get().path + "/home"
        let keeper = try await InterpreterKeeper(try HomeContext.open(TenantHome(template), readOnly: true))
        let closure = try #require(try await keeper.pinned()), guest = try #require(try await keeper.keptGuest(for: closure))
        // The program's own files: those beside it, which are also beside the tests.
        let support = SupportFiles(guest: Program.products + "/assay_Executor.resources/Guest", shim: Program.products + "/libdeterminism.so")
        let entry = "\(folder)/\(try InterpreterOrigin.find(nil, support: support).digest.short)"
        try FileManager.default.createDirectory(atPath: entry, withIntermediateDirectories: true)
        for name in ["objects", "trees"] { try Program.output("cp", ["-al", "\(template)/\(name)", "\(entry)/\(name)"]) }
        let contents = try CanonicalJSON.encode(["closure": .string(closure.tree.hex), "guest": .string(guest.hex)])
        try Data(contents).write(to: URL(fileURLWithPath: entry + "/contents.json"))
        return entry
    }

    /// Changes one bit of a module of the standard library.
    private func flip(in entry: String) throws {
        let found = try #require(FileManager.default.subpaths(atPath: entry + "/trees")?.first { $0.hasSuffix("/decimal.py") })
        let path = "\(entry)/trees/\(found)"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 1
        // A file of its own: the original is shared by hard links.
        try Program.output("chmod", ["u+w", URL(fileURLWithPath: path).deletingLastPathComponent().path])
        try FileManager.default.removeItem(atPath: path)
        try bytes.write(to: URL(fileURLWithPath: path))
    }
}
