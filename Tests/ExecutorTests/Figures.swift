import Digests
import Foundation
import Model
import Testing

@testable import Executor

/// Prints what things cost; runs only where it is asked for, because it measures and proves nothing.
@Suite("Figures", .enabled(if: ProcessInfo.processInfo.environment["ASSAY_FIGURES"] != nil))
struct Figures {
    @Test("What closure, bare start, run and replay cost")
    func costs() async throws {
        let clock = ContinuousClock()
        let vault = try FolderVault()
        defer { vault.remove() }
        let sandbox = try Sandbox.open(.required), support = try Shared.supportFiles(in: vault.root)
        print("sandbox opened in", try clock.measure { _ = try Sandbox.open(.required) })
        let started = clock.now
        var closure: InterpreterClosure?
        for round in ["cold", "again"] {
            let took = try await clock.measure {
                closure = try await InterpreterClosure.build(
                    from: nil, support: support, sandbox: sandbox, vault: vault,
                    progress: { print("  \(clock.now - started) \($0)") })
            }
            print("closure built \(round) in", took)
        }
        let built = try found(closure)
        print("materialised in", try clock.measure { _ = try vault.materialise(built.tree) })
        let shared = Shared(vault: vault, sandbox: sandbox, support: support, closure: built)
        let entries = try TreeDigest.parse(try vault.get(built.tree))
        print("closure: \(entries.count) files, \(try entries.reduce(0) { $0 + (try vault.get($1.digest).count) } >> 20) MiB")
        let folder = try Scratch(["script.py": "pass\n"])
        defer { folder.remove() }
        var times: [Duration] = []
        for _ in 1...50 {
            times.append(
                try await clock.measure {
                    _ = try await sandbox.runScript(
                        "script.py", in: folder.path, closure: built, vault: vault, seed: Shared.seed,
                        logicalTime: Shared.time, limits: .standard)
                })
        }
        print("bare script in the sandbox, median of 50:", times.sorted()[25])
        let guest = try await shared.guest()
        let code = try Scratch(["runbooks/r/r.py": "def close(run):\n    pass\n"])
        defer { code.remove() }
        let request = try shared.request(guest: guest, code: code.path)
        times = []
        for _ in 1...50 { times.append(try await clock.measure { _ = try await shared.run(request) }) }
        print("empty runbook with the SDK, median of 50:", times.sorted()[25])
        let chatty = try shared.guest(speaking: "for i in range(5000): call('ledger.opening')\nend()\n")
        let calls = try shared.request(guest: chatty, code: code.path)
        print("5000 calls:", try await clock.measure { _ = try await shared.run(calls) })
        let talkative = try shared.guest(speaking: "for i in range(50000): log('x' * 100)\nend()\n")
        let tells = try shared.request(guest: talkative, code: code.path)
        print("50000 tellings:", try await clock.measure { _ = try await shared.run(tells) })
    }
}
