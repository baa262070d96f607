import Digests
import Foundation
import Model
import Testing

@testable import Executor

@Suite("Limits")
struct LimitTests {
    private func failure(_ text: String, _ change: (inout Limits) -> Void) async throws -> RunFailure {
        let shared = try await Shared.ready()
        var limits = Limits.standard
        change(&limits)
        let outcome = try await shared.speak(text, limits: limits)
        let failure = try #require(outcome.failure, "\(outcome)")
        #expect(failure.reason == "LimitExceeded", "\(failure)")
        return failure
    }

    @Test("A run that takes too long is stopped, though it does nothing")
    func wall() async throws {
        // Reads a pipe of its own that nobody writes to: real waiting, unlike any sleep.
        let failure = try await failure("r, w = os.pipe(); os.read(r, 1)\n") { $0.wallSeconds = 1 }
        #expect(failure.message == "the run took longer than its limit of 1 seconds")
    }

    @Test("A run that is stopped by its limit in the middle of a frame is stopped by its limit")
    func withinFrame() async throws {
        let failure = try await failure("os.write(4, bytes(3)); r, w = os.pipe(); os.read(r, 1)\n") { $0.wallSeconds = 1 }
        #expect(failure.message == "the run took longer than its limit of 1 seconds")
    }

    @Test("A run that computes too long is stopped")
    func processor() async throws {
        let failure = try await failure("while True: pass\n") { $0.cpuSeconds = 1 }
        #expect(failure.message == "the run used more than its limit of 1 seconds of processor time")
    }

    @Test("Memory beyond the limit is the limit's failure, not an error of the runbook")
    func memory() async throws {
        let shared = try await Shared.ready()
        let code = try Scratch(["runbooks/r/r.py": "def close(run):\n    return bytearray(600 << 20)\n"])
        defer { code.remove() }
        var limits = Limits.standard
        limits.memoryMiB = 512
        let request = try shared.request(guest: try await shared.guest(), code: code.path, limits: limits)
        let failure = try #require(try await shared.run(request).failure)
        #expect(failure.reason == "LimitExceeded")
        #expect(failure.message == "the run needed more than its limit of 512 MiB of memory")
        #expect(failure.file == "runbooks/r/r.py" && failure.line == 2)
    }

    @Test("Outputs beyond their limit are stopped before they are read")
    func outputs() async throws {
        let failure = try await failure("emit('a', bytes(1 << 20))\nemit('b', bytes(1 << 20))\nend()\n") { $0.outputMiB = 1 }
        #expect(failure.message == "the outputs are larger than their limit of 1 MiB")
    }

    @Test("More effects than allowed are stopped")
    func effects() async throws {
        let failure = try await failure("for i in range(11): log('x')\nend()\n") { $0.effects = 10 }
        #expect(failure.message.contains("limit of 10"))
    }

    @Test("A file in /tmp cannot grow beyond the limit, nor can all of them together")
    func files() async throws {
        let shared = try await Shared.ready()
        var limits = Limits.standard
        limits.outputMiB = 2
        let result = try await shared.script(
            """
            import errno
            def fill(name, count):
                try:
                    with open(name, "wb", buffering=0) as file:
                        for _ in range(count): file.write(bytes(1 << 20))
                except OSError as error: print(errno.errorcode[error.errno])
            fill("/tmp/one", 3)
            fill("/tmp/two", 1)
            """, limits: limits)
        #expect(result.output == "EFBIG\nENOSPC\n" || result.output == "ENOSPC\nENOSPC\n", "\(result)")
    }

    @Test("What a runbook prints is kept up to a bound, and does not block it")
    func printing() async throws {
        let shared = try await Shared.ready()
        let outcome = try await shared.speak("for i in range(64): os.write(1, bytes(1 << 17))\nend()\n")
        #expect(try #require(outcome.succeeded).standardOutput.count == GuestSession.printedLimit)
    }
}
