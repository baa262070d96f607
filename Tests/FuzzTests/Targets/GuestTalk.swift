import Digests
import Foundation
import Model
import Synchronization

@testable import ChildProcess
@testable import Executor

/// One conversation of the host with a guest that says exactly these bytes, and then closes its end.
enum GuestTalk {
    struct Ended {
        var outcome: SessionOutcome
        var vault: MemoryVault
    }

    /// - Parameter live: whether the host answers; without it this is a replay of `recorded`.
    static func hold(
        _ bytes: [UInt8], recorded: [Event] = [], vault: MemoryVault = MemoryVault(), live: Bool, mostBytes: Int = 1 << 28
    ) async throws -> Ended {
        let attempt = GuestAttempt(
            channel: try channel(saying: bytes), vault: vault, live: live ? Answers() : nil, faults: .none,
            limits: .standard, now: { "2026-04-01T08:00:00.000Z" }, writer: NoHistory(),
            history: try RunHistory(recorded: recorded, mostBytes: mostBytes), tellings: try Tellings(spec))
        let ending = try await attempt.converse(["type": "start"])
        let result = ProcessResult(
            status: .exited(0), standardOutput: [], standardError: [], standardOutputWasCut: false,
            standardErrorWasCut: false)
        return Ended(outcome: try await attempt.outcome(ending, result, mode: .hermetic), vault: vault)
    }

    /// What does not fit into a pipe comes from a file: both end where the bytes end.
    static func channel(saying bytes: [UInt8]) throws -> sending FrameChannel {
        let reading: Int32
        if bytes.count <= 1 << 15 {
            let pipe = try Descriptor.pipe()
            try pipe.writing.writeAll(bytes)
            let ends = pipe.ends()
            close(ends.writing)
            reading = ends.reading
        } else {
            let path = NSTemporaryDirectory() + "guest-\(UUID().uuidString)"
            guard FileManager.default.createFile(atPath: path, contents: Data(bytes)) else { throw CocoaError(.fileWriteUnknown) }
            defer { unlink(path) }
            reading = try Descriptor.open(path).release()
        }
        return FrameChannel(
            reading: Descriptor(owning: reading), writing: try Descriptor.open("/dev/null", O_WRONLY))
    }

    /// Answers as a host may: with a result, a body, a refusal, or not yet.
    private struct Answers: EffectAnswering {
        func answer(_ call: EffectCall) -> EffectReply {
            switch call.kind {
            case "document.read": .answered(EffectAnswer(.ok(["name": "a"], body: .bytes(Array("content".utf8)))))
            case "ledger.opening": .answered(EffectAnswer(.ok(["currency": "GBP", "balances": []], body: nil)))
            case "gate.ask": .pending
            default: .answered(EffectAnswer(.error(reason: "Refused", message: "there is no \(call.kind.prefix(50))")))
            }
        }
    }

    static let spec: RunSpec = {
        let text = #"""
            {"version": 1, "tenant": "alder", "deployment": "r-uk", "runbook": "r", "entity": "alder-uk", "period": "2026-03",
             "parameters": {}, "commit": "\#(String(repeating: "a", count: 40))", "code": [], "entrypoint": "r:close",
             "config": {}, "limits": {"wallSeconds": 600, "cpuSeconds": 300, "memoryMiB": 1024, "outputMiB": 256, "effects": 100000},
             "entitySpec": {"displayName": "Alder UK", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "c", "labels": {}},
             "tenantSpec": {"displayName": "Alder", "baseCurrency": "GBP", "timeZone": "Europe/London", "fiscalYearEnd": "12-31",
                            "reportingFramework": "FRS 102"},
             "chart": {"accounts": [{"code": "1200", "name": "Bank", "type": "asset"},
                                    {"code": "4100", "name": "Interest", "type": "income"}]},
             "policies": "\#(nothing)", "logicalTime": "2026-03-31T23:59:59+01:00", "catalogue": [], "interpreter": "\#(nothing)",
             "guest": "\#(nothing)", "carriedFrom": [], "openingBalances": "\#(nothing)"}
            """#
        guard let spec = try? CanonicalJSON.decode(RunSpec.self, from: Array(text.utf8)) else {
            preconditionFailure("the text is a RunSpec")
        }
        return spec
    }()

    private static let nothing = String(repeating: "0", count: 64)
}

/// Objects in memory; what a run keeps is asked for again in the replay.
final class MemoryVault: ObjectVault {
    private let objects = Mutex<[ContentDigest: [UInt8]]>([:])

    func put(_ bytes: [UInt8]) -> ContentDigest {
        let digest = SHA256.digest(bytes)
        objects.withLock { $0[digest] = bytes }
        return digest
    }

    func get(_ digest: ContentDigest) throws -> [UInt8] {
        guard let bytes = objects.withLock({ $0[digest] }) else { throw BrokenPromise(description: "\(digest) was never kept") }
        return bytes
    }

    func putTree(_ files: [TreeFile]) throws -> ContentDigest { throw BrokenPromise(description: "a conversation keeps no tree") }
    func materialise(_ tree: ContentDigest) throws -> String { throw BrokenPromise(description: "a conversation reads no tree") }
}
