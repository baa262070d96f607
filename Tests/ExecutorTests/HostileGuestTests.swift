import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Hostile guests")
struct HostileGuestTests {
    struct Attack: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var reason: String
        var message: String
        var testDescription: String { name }
    }

    static let post = #"tell("journal.post", date="2026-03-31", description="d", opening=False, lines="#
    static func line(_ side: String, _ amount: String, account: String = "1200", currency: String = "GBP") -> String {
        #"{"account": "\#(account)", "side": "\#(side)", "amount": "\#(amount)", "currency": "\#(currency)", "memo": None, "lineage": None}"#
    }

    static let attacks: [Attack] = [
        Attack(name: "a second hello", text: #"send({"type": "hello", "protocol": 1}); time.sleep(9)"#,
            reason: "GuestProtocolBroken", message: "hello comes twice"),
        Attack(name: "an unknown type", text: #"send({"type": "shout"})"#,
            reason: "GuestProtocolBroken", message: "unknown type shout"),
        Attack(name: "an unknown member", text: #"send({"type": "end", "outcome": "succeeded", "extra": 1})"#,
            reason: "GuestProtocolBroken", message: "unknown member extra"),
        Attack(name: "a skipped number", text: #"count = 5; log("x")"#,
            reason: "GuestProtocolBroken", message: "event 6 comes where 1 is next"),
        Attack(name: "a header that is not JSON", text: #"write(b"\0\0\0\3\0\0\0\0{]}")"#,
            reason: "GuestProtocolBroken", message: "a header is unreadable"),
        Attack(name: "a duplicate key", text: #"write(b"\0\0\0\x0d\0\0\0\0" + b'{"a":1,"a":2}')"#,
            reason: "GuestProtocolBroken", message: "a header is unreadable"),
        Attack(name: "a deep header", text: #"h = b"[" * 100000; write(len(h).to_bytes(4, "big") + b"\0\0\0\0" + h)"#,
            reason: "GuestProtocolBroken", message: "a header is unreadable"),
        Attack(name: "a length of four gigabytes", text: #"write(b"\xff" * 8)"#,
            reason: "GuestProtocolBroken", message: "a frame announces 4294967295"),
        Attack(name: "a frame cut in its lengths", text: #"write(b"\0\0\0"); os._exit(0)"#,
            reason: "GuestProtocolBroken", message: "ends within its lengths"),
        Attack(name: "a frame cut in its header", text: #"write(b"\0\0\0\x09\0\0\0\0{"); os._exit(0)"#,
            reason: "GuestProtocolBroken", message: "ends before the length"),
        Attack(name: "waiting for what was not asked", text: #"send({"type": "wait", "ids": [1]})"#,
            reason: "GuestProtocolBroken", message: "waits for what it has not asked"),
        Attack(name: "an unknown telling", text: #"tell("host.reboot")"#,
            reason: "GuestProtocolBroken", message: "no telling of kind host.reboot"),
        Attack(name: "a step that ends without a begin", text: #"tell("step.end", id="x")"#,
            reason: "GuestProtocolBroken", message: "has not begun"),
        Attack(name: "an entry out of balance", text: post + "[\(line("debit", "1.00")), \(line("credit", "0.99", account: "4100"))])",
            reason: "EntryRefused", message: "out of balance by 0.01 GBP"),
        Attack(name: "an unknown account", text: post + "[\(line("debit", "1.00", account: "9")), \(line("credit", "1.00"))])",
            reason: "EntryRefused", message: "account 9 is not in the entity's chart"),
        Attack(name: "another currency", text: post + "[\(line("debit", "1.00", currency: "USD")), \(line("credit", "1.00"))])",
            reason: "EntryRefused", message: "a line is in USD"),
        Attack(name: "a third decimal", text: post + "[\(line("debit", "1.001")), \(line("credit", "1.001"))])",
            reason: "EntryRefused", message: "1.001 is not an amount"),
        Attack(name: "an amount written otherwise", text: post + "[\(line("debit", "1")), \(line("credit", "1"))])",
            reason: "EntryRefused", message: "1 is not an amount"),
        Attack(name: "a negative amount", text: post + "[\(line("debit", "-1.00")), \(line("credit", "-1.00"))])",
            reason: "EntryRefused", message: "-1.00 is not an amount"),
        Attack(name: "a sum beyond 64 bits",
            text: post + "[\(line("debit", "92233720368547758.07")), \(line("debit", "92233720368547758.07"))])",
            reason: "EntryRefused", message: "larger than the ledger can hold"),
        Attack(name: "a date outside the period",
            text: post.replacingOccurrences(of: "2026-03-31", with: "2026-04-01") + "[])",
            reason: "EntryRefused", message: "2026-04-01 lies outside the period 2026-03"),
        Attack(name: "a take-on entry of another day",
            text: post.replacingOccurrences(of: "opening=False", with: "opening=True") + "[])",
            reason: "EntryRefused", message: "a take-on entry is dated 2026-02-28"),
        Attack(name: "an output outside its folder", text: #"emit("../../etc/passwd", b"x")"#,
            reason: "OutputRefused", message: "is not a name for an output"),
        Attack(name: "an absolute output", text: #"emit("/etc/passwd", b"x")"#,
            reason: "OutputRefused", message: "is not a name for an output"),
        Attack(name: "an output in the place of a stamp", text: #"emit("nav.json.stamp.json", b"x")"#,
            reason: "OutputRefused", message: "is not a name for an output"),
        Attack(name: "an output twice", text: #"emit("a", b"x"); emit("a", b"y")"#,
            reason: "OutputRefused", message: "the output a is emitted a second time"),
        Attack(name: "an output that is a folder of another", text: #"emit("a/b", b"x"); emit("a", b"y")"#,
            reason: "OutputRefused", message: "both a file and a folder"),
        Attack(name: "no end", text: #"log("x"); os._exit(0)"#,
            reason: "GuestLost", message: "exited with status 0 before the runbook ended"),
        Attack(name: "an exception of the guest itself", text: #"raise RuntimeError("inside")"#,
            reason: "GuestLost", message: "exited with status 1"),
        Attack(name: "a signal", text: #"os.kill(os.getpid(), 11)"#,
            reason: "GuestLost", message: "killed by signal 11"),
        Attack(name: "an end, and then a failure to exit well", text: #"send({"type": "end", "outcome": "succeeded"}); os._exit(3)"#,
            reason: "GuestLost", message: "exited with status 3"),
        Attack(name: "a frame after the end", text: #"send({"type": "end", "outcome": "succeeded"}); log("more")"#,
            reason: "GuestProtocolBroken", message: "a frame follows the end"),
        Attack(name: "closed pipes", text: #"os.close(3); os.close(4); time.sleep(1)"#,
            reason: "GuestLost", message: "exited with status 0"),
        Attack(name: "a made-up reason",
            text: #"send({"type": "end", "outcome": "failed", "failure": {"reason": "Approved", "message": "m", "file": None, "line": None, "detail": None}})"#,
            reason: "GuestProtocolBroken", message: "unknown reason Approved"),
    ]

    @Test("What the protocol does not allow fails the run and names it", arguments: attacks)
    func attack(_ attack: Attack) async throws {
        let shared = try await Shared.ready()
        let outcome = try await shared.speak(attack.text + "\n")
        let failure = try #require(outcome.failure, "\(outcome)")
        #expect(failure.reason == attack.reason)
        #expect(failure.message.contains(attack.message), "\(failure)")
        #expect(outcome.record.outputs.count <= 1)
    }

    @Test("A frame cut at any byte never passes for an end", arguments: [UInt64(20_260_331)])
    func cutAnywhere(seed: UInt64) async throws {
        print("seed \(seed)")
        var generator = SplitMix(state: seed)
        let shared = try await Shared.ready()
        let frame = #"h = b'{"outcome":"succeeded","type":"end"}'; f = len(h).to_bytes(4, "big") + b"\0\0\0\0" + h"#
        for _ in 1...5 {
            let cut = Int(generator.next() % 44)
            let outcome = try await shared.speak("\(frame)\nwrite(f[:\(cut)])\nos._exit(0)\n")
            #expect(outcome.failure != nil, "cut at \(cut)")
        }
    }

    @Test("A thousand tellings in one write arrive, in order")
    func manyTellings() async throws {
        let shared = try await Shared.ready()
        let outcome = try await shared.speak("for i in range(1000): log(str(i))\nend()\n")
        #expect(outcome.succeeded?.logs.map(\.message) == (0..<1000).map(String.init))
    }

    @Test("A body of many megabytes and an empty one arrive whole")
    func bodies() async throws {
        let shared = try await Shared.ready()
        let outcome = try await shared.speak("emit('big', bytes(range(256)) * 40000)\nemit('empty', b'')\nend()\n")
        let record = try #require(outcome.succeeded, "\(outcome)")
        #expect(record.outputs.map(\.size) == [10_240_000, 0])
        #expect(try shared.vault.get(record.outputs[1].sha256) == [])
    }
}

/// A small generator for random tests: the seed is printed, so that a failure can be repeated.
struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
