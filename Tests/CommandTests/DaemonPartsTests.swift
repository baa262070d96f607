import Foundation
import Model
import Reconciler
import Synchronization
import Testing

@testable import assay

@Suite("Parts of the daemon")
struct DaemonPartsTests {
    @Test("a bell that was rung before wakes at once; a moment that has come wakes too; an old timer wakes nobody")
    func bell() async {
        let bell = Bell()
        bell.ring()
        bell.ring()
        #expect(await bell.wait(for: .seconds(600)))
        #expect(await !bell.wait(until: Date().addingTimeInterval(-5)))
        #expect(await !bell.wait(until: Date().addingTimeInterval(0.05)))
        // Rings that come together with the timer are never lost.
        for _ in 0..<200 {
            Task { bell.ring() }
            while await !bell.wait(for: .microseconds(50)) {}
        }
    }

    @Test("a latch lets everybody through once it is open")
    func latch() async {
        let latch = Latch()
        async let first: Void = latch.wait()
        async let second: Void = latch.wait()
        latch.open()
        _ = await (first, second)
        await latch.wait()
        #expect(latch.isOpen)
    }

    @Test("a loop that is not heard of in time is overdue; one that rests is not")
    func pulse() {
        let pulse = Pulse(), now = ContinuousClock.now
        pulse.expect("a", within: .seconds(10))
        pulse.expect("b", within: .seconds(100))
        #expect(pulse.overdue(at: now).isEmpty && pulse.overdue(at: now + .seconds(50)) == ["a"])
        pulse.expect("a", within: .seconds(100))
        pulse.rest("b")
        #expect(pulse.overdue(at: now + .seconds(50)).isEmpty && pulse.overdue(at: now + .seconds(500)) == ["a"])
    }

    @Test("waits double from a second up to the bound, five per cent either way")
    func backoff() {
        var backoff = Backoff()
        for seconds in [1.0, 2, 4, 8, 10, 10] {
            let wait = backoff.next(upTo: .seconds(10)) / .seconds(1)
            #expect(abs(wait - seconds) <= seconds * 0.05 + 0.001, "\(wait) is not about \(seconds)")
        }
        backoff.reset()
        #expect(backoff.next(upTo: .seconds(10)) < .seconds(2))
        for _ in 0..<100 { #expect(backoff.next(upTo: .seconds(3_600)) <= .seconds(3_600 * 1.05)) }
    }

    @Test("wake-ups that wait are one; stopping comes first; what nobody will do is given back")
    func inbox() async {
        let inbox = Inbox()
        for _ in 0..<50 { inbox.put(.wake("notify")) }
        guard case .wake = await inbox.next() else { return #expect(Bool(false), "no wake") }
        inbox.put(.wake("interval"))
        inbox.put(.stop)
        guard case .stop = await inbox.next(), case .wake("interval") = await inbox.next() else {
            return #expect(Bool(false), "not in order")
        }
        #expect(inbox.abandon().isEmpty)
    }

    @Test("a chore is done at the start, when something happens, and again soon after a passing failure")
    func chore() async throws {
        let home = try TestHome()
        let context = try HomeContext.open(TenantHome(home.path), readOnly: false)
        let core = DaemonCore(
            home: HeldHome(context), log: DaemonLog(tenant: "oak"), manager: ServiceManager(environment: [:]))
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let count = Mutex(0)
        let chore = Chore(
            name: "test", every: .seconds(600), pause: .milliseconds(1),
            wakesOn: { if case .reloaded = $0 { true } else { false } }
        ) { _ in
            let number = count.withLock { $0 += 1; return $0 }
            continuation.yield(number)
            if number == 1 { throw ControlError.stopping }
        }
        let task = Task { await chore.run(core) }
        core.ready.open()
        for await number in stream {
            if number == 2 { core.events.send(.reloaded) }
            if number == 3 { break }
        }
        task.cancel()
        await task.value
    }

    @Test("metrics escape what would break the format")
    func metrics() {
        let family = MetricFamily("x", "A help\nof two lines \\", by: "name", ["a\"b\\c\nd": 1.5])
        #expect(
            family.text(["tenant": "oak"])
                == "# HELP assay_x A help\\nof two lines \\\\\n# TYPE assay_x gauge\nassay_x{name=\"a\\\"b\\\\c\\nd\",tenant=\"oak\"} 1.5\n")
        #expect(MetricFamily("y", "h", value: nil).text([:]).isEmpty)
    }
}
