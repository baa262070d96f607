import Glibc
import Testing

@testable import ChildProcess

@Suite struct DescriptorTests {
    /// The numbers that the child itself has open; `ls` needs one more for the folder it lists.
    private func openDescriptors(_ descriptors: [Int32: Int32]) throws -> [String] {
        let command = Command("/bin/sh", ["-c", "echo /proc/self/fd/*"], descriptors: descriptors)
        let text = try ChildProcess.run(command, deadline: patience).outputText
        return text.split(whereSeparator: \.isWhitespace).map { String($0.split(separator: "/").last ?? "") }
    }

    @Test("A child has its three standard descriptors and those it was given, nothing else")
    func nothingLeaks() throws {
        // Leaky on purpose: not close-on-exec, low and high.
        let leaks = (0..<20).map { _ in open("/dev/null", O_RDONLY) }
        let high = fcntl(leaks[0], F_DUPFD, 700)
        defer { for leak in leaks + [high] { close(leak) } }
        // The shell holds one more while it lists the folder: the lowest free one.
        #expect(try openDescriptors([:]) == ["0", "1", "2", "3"])
        #expect(try Set(openDescriptors([3: leaks[3], 9: leaks[4]])) == ["0", "1", "2", "3", "4", "9"])
    }

    @Test("Descriptors can be swapped: each child number gets the source it was promised")
    func swapped() throws {
        let first = try Descriptor.pipe().ends()
        let second = try Descriptor.pipe().ends()
        // Sources that are themselves numbers of the child, crosswise.
        let a = first.writing, b = second.writing
        let command = Command("/bin/sh", ["-c", "echo one >&\(b); echo two >&\(a)"], descriptors: [b: a, a: b])
        // A shell's redirection takes one digit only, and parallel tests take the low numbers.
        if a < 10, b < 10 {
            #expect(try ChildProcess.run(command, deadline: patience).succeeded)
        } else {
            let plain = Command("/bin/sh", ["-c", "echo one >&3; echo two >&4"], descriptors: [3: a, 4: b])
            #expect(try ChildProcess.run(plain, deadline: patience).succeeded)
        }
        close(a)
        close(b)
        #expect(try Descriptor(owning: first.reading).readAll() == Array("one\n".utf8))
        #expect(try Descriptor(owning: second.reading).readAll() == Array("two\n".utf8))
    }

    @Test("Reading exactly gives fewer bytes only at the end, and reading all stops at the limit")
    func reading() throws {
        let ends = try Descriptor.pipe().ends()
        let reader = Descriptor(owning: ends.reading)
        let writer = Descriptor(owning: ends.writing)
        try writer.writeAll(Array(0..<10))
        #expect(try reader.read(exactly: 4) == [0, 1, 2, 3])
        #expect(try reader.readAll(limit: 3) == [4, 5, 6])
        _ = consume writer
        #expect(try reader.read(exactly: 100) == [7, 8, 9])
        #expect(try reader.read(exactly: 1).isEmpty)
    }

    @Test("Writing to a pipe that nobody reads is an error and not a signal")
    func brokenPipe() throws {
        let ends = try Descriptor.pipe().ends()
        let writer = Descriptor(owning: ends.writing)
        close(ends.reading)
        #expect(throws: ProcessError.self) { try writer.writeAll([1]) }
    }

    @Test("Programs are found in standard folders first, then in PATH, and only by plain name")
    func toolLocator() {
        #expect(ToolLocator.find("sh", path: "/nowhere") == "/usr/bin/sh")
        #expect(ToolLocator.find("self/exe", path: "/proc") == nil)
        #expect(ToolLocator.find("no-such-program-at-all") == nil)
        #expect(ToolLocator.find("passwd", path: "/etc") == "/usr/bin/passwd")
        #expect(ToolLocator.find("") == nil)
    }
}
