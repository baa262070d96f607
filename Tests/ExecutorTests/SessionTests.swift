import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Session")
struct SessionTests {
    static let runbook = """
        from runbook import Run, Money, journal, output, step, log, documents

        @step("Read")
        def read(run):
            return documents.one("*.csv").csv()

        def close(run: Run) -> None:
            total = Money.total([row["amount"].money("GBP") for row in read(run)], "GBP")
            journal.post(date=run.period.end, description="Interest",
                         lines=[journal.debit("1200", total), journal.credit("4100", total)])
            log("posted")
            print("hello from the runbook")
            output("interest.json", {"total": total, "period": run.period.name})
        """
    static let documents = ["interest.csv": "day,amount\n2026-03-04,10.50\n2026-03-20,0.61\n"]

    @Test("A runbook written with the SDK reads, posts and emits, and its replay is identical")
    func sdkRun() async throws {
        let shared = try await Shared.ready()
        let code = try Scratch(["runbooks/r/r.py": SessionTests.runbook, "runbooks/r/runbook.md": "---\nslug: r\n---\n"])
        defer { code.remove() }
        let request = try shared.request(guest: try await shared.guest(), code: code.path)
        let history = MemoryHistory()
        let outcome = try await shared.run(
            request, live: DocumentHost(documents: SessionTests.documents), history: history)
        let record = try #require(outcome.succeeded, "\(outcome)")
        #expect(record.entries.map(\.lines.count) == [2])
        #expect(record.entries[0].lines.map(\.minorUnits) == [1111, -1111])
        #expect(record.entries[0].file == "runbooks/r/r.py")
        #expect(record.steps.map(\.title) == ["Read"] && record.steps[0].ended)
        #expect(record.logs.map(\.message) == ["posted"])
        #expect(String(decoding: record.standardOutput, as: UTF8.self) == "hello from the runbook\n")
        #expect(try shared.vault.get(record.outputs[0].sha256) == Array(#"{"period":"2026-03","total":"11.11"}"#.utf8))
        #expect(record.lineage["interest.json"]?["figures"]?["/total"] != nil)
        #expect(record.mode == .hermetic)
        #expect(await history.events == record.events)

        let replay = try await shared.run(request, recorded: record.events, live: nil)
        #expect(replay.succeeded == record)
    }

    @Test("A crash at any point leaves a history from which the run ends the same", arguments: [
        FaultPoint.runEffectAnswered, .runEffectRecorded, .runGuestFinished,
    ])
    func crashAndResume(point: FaultPoint) async throws {
        let shared = try await Shared.ready()
        let text = """
            log("one")
            _, body = call("document.read", name="a")
            emit("a.txt", body)
            _, body = call("document.read", name="b")
            emit("b.txt", body)
            end()
            """
        let host = DocumentHost(documents: ["a": "text of a", "b": "text of b"])
        let undisturbed = try await shared.speak(text, live: host)
        for which in 1...(point == .runGuestFinished ? 1 : 2) {
            let history = MemoryHistory()
            let counter = Counter()
            await #expect(throws: Fault.self) {
                try await shared.speak(
                    text, live: host, history: history,
                    faults: FaultPoints { name in
                        if name == point.rawValue, counter.next() == which { throw Fault(point: name) }
                    })
            }
            let recorded = await history.events
            let resumed = try await shared.speak(text, recorded: recorded, live: host, history: history)
            #expect(resumed.succeeded == undisturbed.succeeded)
            #expect(await history.events == undisturbed.succeeded?.events)
        }
    }

    @Test("A run that waits for a person suspends, and goes on where the decision is in the history")
    func suspendAndResume() async throws {
        let shared = try await Shared.ready()
        let text = """
            log("asking")
            answer, _ = call("gate.ask", question="ok?")
            emit("decision.txt", json.dumps(answer["result"]).encode())
            end()
            """
        let history = MemoryHistory()
        let first = try await shared.speak(text, history: history)
        #expect(first.isSuspended, "\(first)")
        var events = await history.events
        #expect(events.count == 2 && events[1].completion == nil)

        events[1].responseSHA256 = try RecordedAnswer.store(.ok(["approved": true], body: nil), in: shared.vault)
        events[1].completion = 1
        events[1].actor = "person"
        let second = try await shared.speak(text, recorded: events)
        let record = try #require(second.succeeded, "\(second)")
        #expect(record.events[1].actor == "person")
        #expect(try shared.vault.get(record.outputs[0].sha256) == Array(#"{"approved": true}"#.utf8))
    }

    @Test("Calls in flight are answered in the recorded order of completion, whatever the world would do now")
    func completionOrder() async throws {
        let shared = try await Shared.ready()
        let text = """
            first, second = begin("gate.ask", question="slow"), begin("document.read", name="a")
            order = []
            order.append(wait(first, second)[0]["id"])
            order.append(wait(*[i for i in (first, second) if i not in order])[0]["id"])
            emit("order.txt", str(order).encode())
            end()
            """
        let history = MemoryHistory()
        let host = DocumentHost(documents: ["a": "text"])
        #expect(try await shared.speak(text, live: host, history: history).isSuspended)
        var events = await history.events
        #expect(events.map(\.completion) == [nil, 1])
        events[0].responseSHA256 = try RecordedAnswer.store(.ok([:], body: nil), in: shared.vault)
        events[0].completion = 2
        let record = try #require(try await shared.speak(text, recorded: events, live: host).succeeded)
        #expect(try shared.vault.get(record.outputs[0].sha256) == Array("[2, 1]".utf8))
    }

    @Test("A runbook that fails fails the same in replay, with reason, place and what it printed")
    func failing() async throws {
        let shared = try await Shared.ready()
        let text = "from runbook import log\ndef close(run):\n    log('x')\n    print('before')\n    run.fail('rent is missing')\n"
        let code = try Scratch(["runbooks/r/r.py": text, "runbooks/r/runbook.md": "---\nslug: r\n---\n"])
        defer { code.remove() }
        let request = try shared.request(guest: try await shared.guest(), code: code.path)
        let outcome = try await shared.run(request)
        let failure = try #require(outcome.failure, "\(outcome)")
        #expect(failure.reason == "RunbookFailed" && failure.message == "rent is missing")
        #expect(failure.file == "runbooks/r/r.py" && failure.line == 5)
        #expect(String(decoding: outcome.record.standardOutput, as: UTF8.self) == "before\n")
        let replay = try await shared.run(request, recorded: outcome.record.events, live: nil)
        #expect(replay.failure == failure && replay.record == outcome.record)
    }

    @Test("A runbook that tries what is denied fails with the call and the line, though it catches the error", arguments: [
        "import socket; socket.socket()", "import subprocess; subprocess.run(['x'])", "import os; os.fork()",
        "open('/work/x', 'w')", "import threading; threading.Thread(target=print).start()",
    ])
    func violations(deed: String) async throws {
        let shared = try await Shared.ready()
        let text = "def close(run):\n    try:\n        \(deed)\n    except Exception: pass\n"
        let code = try Scratch(["runbooks/r/r.py": text, "runbooks/r/runbook.md": "---\nslug: r\n---\n"])
        defer { code.remove() }
        let outcome = try await shared.run(try shared.request(guest: try await shared.guest(), code: code.path))
        let failure = try #require(outcome.failure, "\(outcome)")
        #expect(failure.reason == "SandboxViolation", "\(failure)")
        #expect(failure.file == "runbooks/r/r.py" && failure.line == 3)
    }

    @Test("The degraded mode runs the SDK and marks the record")
    func degraded() async throws {
        let shared = try await Shared.ready()
        let code = try Scratch(["runbooks/r/r.py": SessionTests.runbook, "runbooks/r/runbook.md": "---\nslug: r\n---\n"])
        defer { code.remove() }
        let request = try shared.request(guest: try await shared.guest(), code: code.path)
        let host = DocumentHost(documents: SessionTests.documents)
        let outcome = try await shared.run(request, live: host, sandbox: try Sandbox.degraded())
        let record = try #require(outcome.succeeded, "\(outcome)")
        #expect(record.mode == .degraded)
        #expect(record.outputs == (try #require(try await shared.run(request, live: host).succeeded)).outputs)
    }

    @Test("A cancelled run ends its guest at once")
    func cancelled() async throws {
        let shared = try await Shared.ready()
        let history = WaitingHistory()
        let text = "call('ledger.opening')\nr, w = os.pipe()\nos.read(r, 1)\n"
        let request = try shared.request(guest: try shared.guest(speaking: text), code: shared.support.guest)
        let task = Task {
            try await GuestSession(sandbox: shared.sandbox, vault: shared.vault).run(
                request, recorded: [], live: DocumentHost(), history: history, now: { "" })
        }
        await history.firstWrite()
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("A guest that cannot even start is our failure and says what the start said")
    func notStarted() async throws {
        let shared = try await Shared.ready()
        let guest = try shared.vault.putTree([TreeFile(path: "other.py", content: .bytes([]))])
        let error = await #expect(throws: ExecutorError.self) {
            try await shared.run(try shared.request(guest: guest, code: shared.support.guest))
        }
        #expect(error?.reason == "LaunchFailed")
        #expect(error?.message.contains("/guest/main.py") == true)
    }

    @Test("A refused call is recorded and replayed as it was")
    func refusal() async throws {
        let shared = try await Shared.ready()
        let text = """
            answer, _ = call("document.read", name="missing")
            emit("error.txt", answer["error"]["reason"].encode())
            end()
            """
        let record = try #require(try await shared.speak(text).succeeded)
        #expect(try shared.vault.get(record.outputs[0].sha256) == Array("DocumentMissing".utf8))
        #expect(try await shared.speak(text, recorded: record.events, live: nil).succeeded == record)
    }

    @Test("An answer in the vault whose bytes were changed is not replayed")
    func brokenAnswer() async throws {
        let shared = try await Shared.ready()
        let text = "call('document.read', name='c')\nend()\n"
        let record = try #require(try await shared.speak(text, live: DocumentHost(documents: ["c": "text of c"])).succeeded)
        let digest = try #require(record.events[0].responseSHA256)
        let path = "\(shared.vault.root)/objects/\(digest.hex)"
        let good = try Data(contentsOf: URL(fileURLWithPath: path))
        try Data("{}".utf8).write(to: URL(fileURLWithPath: path))
        await #expect(throws: VaultBroken.self) {
            try await shared.speak(text, recorded: record.events, live: nil)
        }
        try good.write(to: URL(fileURLWithPath: path))
    }
}

struct Fault: Error { var point: String }
