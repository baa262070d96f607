import Digests
import Foundation
import Model
import Synchronization

@testable import Executor

/// A run history in memory, with how often it was written to.
actor MemoryHistory: HistoryWriter {
    private(set) var events: [Event] = []
    private(set) var writes = 0

    init(_ events: [Event] = []) { self.events = events }

    func append(_ new: [Event]) {
        events += new
        writes += 1
    }

    func complete(_ event: Event) {
        events[event.sequence - 1] = event
        writes += 1
    }
}

/// A history that tells when the run has come to its first answer.
actor WaitingHistory: HistoryWriter {
    private let signal = AsyncStream<Void>.makeStream()
    func append(_ events: [Event]) { signal.continuation.yield() }
    func complete(_ event: Event) {}
    func firstWrite() async { for await _ in signal.stream { return } }
}

/// Answers from documents in memory; what it does not know is pending.
struct DocumentHost: EffectAnswering {
    var documents: [String: String] = [:]
    var answers: [String: EffectReply] = [:]

    func answer(_ call: EffectCall) -> EffectReply {
        if let answer = answers[call.kind] { return answer }
        switch call.kind {
        case "document.find":
            let entries = documents.sorted { $0.key < $1.key }.map { entry($0.key, $0.value) }
            return .answered(EffectAnswer(.ok(["documents": .array(entries)], body: nil)))
        case "document.read":
            guard let name = call.request["name"]?.string, let text = documents[name] else {
                return .answered(EffectAnswer(.error(reason: "DocumentMissing", message: "there is no such document")))
            }
            return .answered(EffectAnswer(.ok(entry(name, text), body: .bytes(Array(text.utf8)))))
        case "ledger.opening":
            let result: JSONValue = ["currency": "GBP", "asOf": "2026-02-28", "carriedFrom": [], "balances": []]
            return .answered(EffectAnswer(.ok(result, body: nil)))
        default: return .pending
        }
    }

    private func entry(_ name: String, _ text: String) -> JSONValue {
        let bytes = Array(text.utf8)
        return [
            "name": .string(name), "sha256": .string(SHA256.digest(bytes).hex), "size": .integer(Int64(bytes.count)),
        ]
    }
}

extension Shared {
    /// The guest package as it is in the sources, kept once.
    func guest() async throws -> ContentDigest {
        try await GuestPackage.store(support, closure: closure, sandbox: sandbox, vault: vault)
    }

    /// A guest that is one script, speaking the protocol itself. `call`, `tell`, `wait`, `send`, `receive` are there.
    func guest(speaking text: String) throws -> ContentDigest {
        try vault.putTree([TreeFile(path: "main.py", content: .bytes(Array((Shared.protocolText + text).utf8)))])
    }

    private static let protocolText = """
        import json, os, sys, time
        def exactly(n):
            data = b""
            while len(data) < n:
                piece = os.read(3, n - len(data))
                if not piece: sys.exit(9)
                data += piece
            return data
        def receive():
            h, b = int.from_bytes(exactly(4), "big"), int.from_bytes(exactly(4), "big")
            return json.loads(exactly(h)), exactly(b)
        def write(data):
            while data: data = data[os.write(4, data):]
        def send(header, body=b""):
            text = json.dumps(header).encode()
            write(len(text).to_bytes(4, "big") + len(body).to_bytes(4, "big") + text + body)
        count = 0
        def ask(type, kind, request, body=b"", **more):
            global count
            count += 1
            send({"type": type, "id": count, "kind": kind, "request": request,
                  "at": {"file": "runbooks/r/r.py", "line": sys._getframe(2).f_lineno}, **more}, body)
            return count
        def call(kind, **request):
            ask("call", kind, request, wait=True)
            return receive()
        def begin(kind, **request): return ask("call", kind, request)
        def tell(kind, body=b"", **request): ask("tell", kind, request, body)
        def wait(*ids):
            send({"type": "wait", "ids": list(ids)})
            return receive()
        def end():
            send({"type": "end", "outcome": "succeeded"}); os._exit(0)
        def log(message): tell("log", level="info", message=message)
        def emit(name, body): tell("output", body, name=name, mediaType="text/plain", lineage=None)
        start, _ = receive()
        send({"type": "hello", "protocol": 1})

        """

    func request(
        guest: ContentDigest, code: String, entrypoint: String = "r:close", limits: Limits = .standard,
        closure: InterpreterClosure? = nil
    ) throws -> SessionRequest {
        let spec = try Shared.spec(
            entrypoint: entrypoint, limits: limits, interpreter: (closure ?? self.closure).tree, guest: guest)
        return SessionRequest(spec: spec, runKey: try CanonicalJSON.digest(spec), code: code)
    }

    /// Runs, in one line: a script that speaks the protocol, or the SDK with `runbooks/r/r.py`.
    func run(
        _ request: SessionRequest, recorded: [Event] = [], live: (any EffectAnswering)? = DocumentHost(),
        history: MemoryHistory? = nil, faults: FaultPoints = .none, sandbox: Sandbox? = nil
    ) async throws -> SessionOutcome {
        try await GuestSession(sandbox: sandbox ?? self.sandbox, vault: vault).run(
            request, recorded: recorded, live: live, history: history ?? MemoryHistory(recorded), faults: faults,
            now: { "2026-04-01T08:00:00.000Z" })
    }

    func speak(
        _ text: String, recorded: [Event] = [], live: (any EffectAnswering)? = DocumentHost(),
        history: MemoryHistory? = nil, limits: Limits = .standard, faults: FaultPoints = .none
    ) async throws -> SessionOutcome {
        try await run(
            try request(guest: try guest(speaking: text), code: support.guest, limits: limits), recorded: recorded,
            live: live, history: history, faults: faults)
    }

    static func spec(entrypoint: String, limits: Limits, interpreter: ContentDigest, guest: ContentDigest) throws -> RunSpec {
        let period = try found(Period("2026-03")), nothing = SHA256.digest([UInt8]())
        return RunSpec(
            tenant: "alder", deployment: "r-uk", runbook: "r", entity: "alder-uk", period: period, parameters: [:],
            commit: try found(GitObjectID(hex: String(repeating: "a", count: 40))), code: [], entrypoint: entrypoint,
            config: ["rate": "0.0125"], limits: limits,
            entitySpec: try decoded(
                """
                {"displayName": "Alder UK", "type": "spv", "jurisdiction": "GB", "currency": "GBP", "chart": "c", "labels": {}}
                """),
            tenantSpec: try decoded(
                """
                {"displayName": "Alder", "baseCurrency": "GBP", "timeZone": "Europe/London", "fiscalYearEnd": "12-31",
                 "reportingFramework": "FRS 102"}
                """),
            chart: try decoded(
                """
                {"accounts": [{"code": "1200", "name": "Bank", "type": "asset"},
                              {"code": "4100", "name": "Interest", "type": "income"}]}
                """), policies: nothing,
            logicalTime: Shared.time, catalogue: [], interpreter: interpreter, guest: guest, carriedFrom: [],
            openingBalances: nothing)
    }
}

private func decoded<T: Decodable>(_ text: String) throws -> T {
    try CanonicalJSON.decode(T.self, from: Array(text.utf8))
}

struct NotFound: Error {}
func found<T>(_ value: T?) throws -> T {
    guard let value else { throw NotFound() }
    return value
}

extension SessionOutcome {
    var succeeded: SessionRecord? { if case .succeeded(let record) = self { record } else { nil } }
    var failure: RunFailure? { if case .failed(let failure, _) = self { failure } else { nil } }
    var divergence: Divergence? { if case .diverged(let divergence, _) = self { divergence } else { nil } }
    var isSuspended: Bool { if case .suspended = self { true } else { false } }
}

/// Counts calls from several threads.
final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> Int { count.withLock { $0 += 1; return $0 } }
}
