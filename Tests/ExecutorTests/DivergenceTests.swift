import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Divergence")
struct DivergenceTests {
    static let original = """
        log("one")
        call("document.read", name="a")
        emit("x.txt", b"body")
        end()
        """

    private func replay(_ text: String, dropping: Int = 0) async throws -> (Divergence, Shared) {
        let shared = try await Shared.ready()
        let host = DocumentHost(documents: ["a": "1", "b": "2"])
        let record = try #require(try await shared.speak(DivergenceTests.original, live: host).succeeded)
        let outcome = try await shared.speak(text, recorded: Array(record.events.dropLast(dropping)), live: nil)
        return (try #require(outcome.divergence, "\(outcome)"), shared)
    }

    @Test("A different request names both requests and the runbook's line")
    func different() async throws {
        let (divergence, _) = try await replay("log(\"one\")\ncall(\"document.read\", name=\"b\")\nend()\n")
        #expect(divergence.sequence == 2)
        #expect(divergence.expected?.request == #"{"name":"a"}"#)
        #expect(divergence.actual?.request == #"{"name":"b"}"#)
        #expect(divergence.file == "runbooks/r/r.py")
        #expect(try #require(divergence.line) > 0)
        #expect(divergence.message.contains(#"recorded document.read {"name":"a"}, now document.read {"name":"b"}"#))
    }

    @Test("A different body is a divergence though the request is the same")
    func differentBody() async throws {
        let (divergence, _) = try await replay(
            DivergenceTests.original.replacingOccurrences(of: "b\"body\"", with: "b\"bodY\""))
        #expect(divergence.sequence == 3)
        #expect(divergence.expected?.request == divergence.actual?.request)
        #expect(divergence.expected?.requestSHA256 != divergence.actual?.requestSHA256)
    }

    @Test("A missing event at the end, an extra one and a swapped pair are divergences")
    func missingExtraSwapped() async throws {
        let missing = try await replay("log(\"one\")\ncall(\"document.read\", name=\"a\")\nend()\n").0
        #expect(missing.sequence == 3 && missing.actual == nil && missing.expected?.kind == "output")
        let extra = try await replay(DivergenceTests.original, dropping: 1).0
        #expect(extra.sequence == 3 && extra.expected == nil && extra.actual?.kind == "output")
        let swapped = try await replay("call(\"document.read\", name=\"a\")\nlog(\"one\")\nend()\n").0
        #expect(swapped.sequence == 1 && swapped.expected?.kind == "log" && swapped.actual?.kind == "document.read")
    }

    @Test("A resumed run that does not come to its record diverges too, and writes nothing")
    func resumeDiverges() async throws {
        let shared = try await Shared.ready()
        let host = DocumentHost(documents: ["a": "1"])
        let record = try #require(try await shared.speak(DivergenceTests.original, live: host).succeeded)
        let history = MemoryHistory(record.events)
        let outcome = try await shared.speak(
            "log(\"two\")\nend()\n", recorded: record.events, live: host, history: history)
        #expect(outcome.divergence?.sequence == 1)
        #expect(await history.writes == 0)
    }
}
