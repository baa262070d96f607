import Glibc
import Synchronization
import Testing

@testable import ChildProcess

/// A command of the shell; the shell's own tools are called by absolute path, since the environment is empty.
func shell(_ script: String, _ change: (inout Command) -> Void = { _ in }) -> Command {
    var command = Command("/bin/sh", ["-c", script])
    change(&command)
    return command
}

/// A deadline that no healthy test reaches: it turns a hang into a failure.
let patience = Duration.seconds(60)

@Suite struct ChildProcessTests {
    @Test("An exit status comes back as it was", arguments: [0, 1, 42, 255] as [Int32])
    func exitStatus(code: Int32) throws {
        #expect(try ChildProcess.run(shell("exit \(code)"), deadline: patience).status == .exited(code))
    }

    @Test("A child killed by a signal names the signal")
    func signalled() throws {
        #expect(try ChildProcess.run(shell("kill -TERM $$"), deadline: patience).status == .signalled(SIGTERM))
    }

    @Test("Both outputs are kept apart and nothing is lost")
    func outputs() throws {
        let result = try ChildProcess.run(shell("echo out; echo err >&2"), deadline: patience)
        #expect(result.outputText == "out\n")
        #expect(result.errorText == "err\n")
        #expect(!result.standardOutputWasCut && !result.standardErrorWasCut)
    }

    @Test("A child that fills both pipes at once does not block, and output beyond the limit is cut and named")
    func largeOutputs() throws {
        let script = "/usr/bin/head -c 3000000 /dev/zero & /usr/bin/head -c 3000000 /dev/zero >&2; wait"
        let whole = try ChildProcess.run(shell(script), deadline: patience)
        #expect(whole.standardOutput.count == 3_000_000 && whole.standardError.count == 3_000_000)
        let cut = try ChildProcess.run(shell(script), deadline: patience, outputLimit: 1000)
        #expect(cut.succeeded && cut.standardOutput.count == 1000 && cut.standardOutputWasCut && cut.standardErrorWasCut)
    }

    @Test("Input larger than a pipe goes in while output comes out")
    func inputBytes() throws {
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let result = try ChildProcess.run(Command("/bin/cat", standardInput: .bytes(bytes)), deadline: patience)
        #expect(result.standardOutput == bytes)
    }

    @Test("A child that does not read its input ends as usual, and we survive the broken pipe")
    func unreadInput() throws {
        let input = Command.Input.bytes(Array(repeating: 0, count: 1_000_000))
        let result = try ChildProcess.run(Command("/bin/true", standardInput: input), deadline: patience)
        #expect(result.status == .exited(0))
        #expect(try ChildProcess.run(Command("/bin/cat", standardInput: .bytes([])), deadline: patience).succeeded)
    }

    @Test("A missing program is named")
    func missingProgram() {
        #expect(throws: ProcessError.programMissing(path: "/usr/bin/no-such-program")) {
            try ChildProcess.run(Command("/usr/bin/no-such-program"))
        }
    }

    @Test("A missing working directory is not mistaken for a missing program")
    func missingDirectory() throws {
        let error = #expect(throws: ProcessError.self) {
            try ChildProcess.run(Command("/bin/true", workingDirectory: "/no/such/folder"))
        }
        #expect(error?.message.contains("/no/such/folder") == true)
        let result = try ChildProcess.run(shell("pwd") { $0.workingDirectory = "/usr" }, deadline: patience)
        #expect(result.outputText == "/usr\n")
    }

    @Test(
        "Malformed commands are refused before anything starts",
        arguments: [
            Command("true"), Command("/bin/true", ["a\0b"]), Command("/bin/true", environment: ["A=B": "c"]),
            Command("/bin/true", environment: ["": "c"]), Command("/bin/true", descriptors: [1: 0]),
        ])
    func malformed(command: Command) {
        #expect { try ChildProcess.run(command) } throws: { ($0 as? ProcessError)?.reason == "CommandInvalid" }
    }

    @Test("The environment is exactly what was given")
    func environment() throws {
        #expect(try ChildProcess.run(Command("/usr/bin/env"), deadline: patience).outputText == "")
        let given = Command("/usr/bin/env", environment: ["B": "2", "A": "=x y"])
        #expect(try ChildProcess.run(given, deadline: patience).outputText == "A==x y\nB=2\n")
    }

    @Test("A child has its own process group, or its own session")
    func isolation() throws {
        // Fields 1, 5 and 6 of stat: pid, process group, session.
        let script = "read -r pid name state parent group session rest < /proc/self/stat; echo $pid $group $session"
        for isolation in [Command.Isolation.processGroup, .session] {
            let result = try ChildProcess.run(shell(script) { $0.isolation = isolation }, deadline: patience)
            let fields = result.outputText.split(whereSeparator: \.isWhitespace)
            try #require(fields.count == 3)
            #expect(fields[0] == fields[1])
            #expect((fields[0] == fields[2]) == (isolation == .session))
        }
    }

    @Test("The child starts with no signal ignored or blocked")
    func signals() throws {
        _ = try Descriptor.pipe()
        let command = Command("/bin/grep", ["-E", "^Sig(Blk|Ign)", "/proc/self/status"])
        let lines = try ChildProcess.run(command, deadline: patience).outputText.split(separator: "\n")
        #expect(lines.count == 2)
        // glibc itself leaves its two internal signals, 32 and 33, ignored in a spawned child.
        let masks = lines.compactMap { UInt64($0.split(separator: "\t").last ?? "", radix: 16) }
        #expect(masks.map { $0 & ~(3 << 31) } == [0, 0])
    }

    @Test("A failed program's error holds the end of what it said")
    func check() throws {
        let command = shell("echo first; echo the reason >&2; exit 3")
        let result = try ChildProcess.run(command, deadline: patience)
        #expect(throws: ProcessError.failed(path: "/bin/sh", status: .exited(3), output: "the reason")) {
            try result.check(command)
        }
    }

    @Test("The asynchronous form gives the same, many at once")
    func asynchronous() async throws {
        let codes = try await withThrowingTaskGroup(of: ProcessStatus.self) { group in
            for code in 0..<20 {
                group.addTask { try await ChildProcess.run(shell("exit \(code)"), deadline: patience).status }
            }
            return try await group.reduce(into: Set<ProcessStatus>()) { $0.insert($1) }
        }
        #expect(codes == Set((0..<20).map { .exited($0) }))
    }

    @Test("Starting a program costs little")
    func overhead() throws {
        let command = Command("/bin/true", standardOutput: .null, standardError: .null)
        let count = 50
        let best = try (0..<5).map { _ in
            try ContinuousClock().measure { for _ in 0..<count { _ = try ChildProcess.run(command) } }
        }.min() ?? .zero
        print("one /bin/true: \(best / count)")
        // Generous: the machine that runs the tests may be busy. Polling for the exit would be over 50 ms.
        #expect(best / count < .milliseconds(20))
    }
}
