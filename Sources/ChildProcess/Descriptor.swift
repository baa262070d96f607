import CSpawn
import Glibc

/// Owns one file descriptor and closes it when it goes.
///
/// Every descriptor made here is close-on-exec. Writing to a pipe that nobody reads any more is an error here and not a
/// signal: the first pipe made in this process makes it ignore SIGPIPE (children get the default back).
public struct Descriptor: ~Copyable, Sendable {
    /// For system calls; whoever takes it does not close it.
    public let raw: Int32

    public init(owning raw: Int32) { self.raw = raw }

    deinit { close(raw) }

    /// Gives the descriptor away without closing it.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// The two ends of a new pipe.
    public struct Pipe: ~Copyable, Sendable {
        public var reading: Descriptor
        public var writing: Descriptor

        public consuming func ends() -> (reading: Int32, writing: Int32) { (reading.release(), writing.release()) }
    }

    public static func pipe() throws -> Pipe {
        _ = ignoringBrokenPipes
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw ProcessError.inputOutput("make a pipe") }
        return Pipe(reading: Descriptor(owning: ends[0]), writing: Descriptor(owning: ends[1]))
    }

    public static func open(_ path: String, _ flags: Int32 = O_RDONLY, mode: mode_t = 0o600) throws -> Descriptor {
        let raw = Glibc.open(path, flags | O_CLOEXEC, mode)
        guard raw >= 0 else { throw ProcessError.inputOutput("open \(path)") }
        return Descriptor(owning: raw)
    }

    /// Reads what is there, at least one byte; 0 at the end. `nil` where a non-blocking descriptor has nothing yet.
    public borrowing func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int? {
        while true {
            let count = Glibc.read(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            if errno == EAGAIN { return nil }
            if errno != EINTR { throw ProcessError.inputOutput("read from descriptor \(raw)") }
        }
    }

    /// Blocks for exactly `count` bytes; fewer where the writer closed its end before.
    public borrowing func read(exactly count: Int) throws -> [UInt8] {
        try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let rest = UnsafeMutableRawBufferPointer(rebasing: UnsafeMutableRawBufferPointer(buffer)[filled...])
                guard let more = try read(into: rest) else {
                    try waitUntilReady(Int16(POLLIN))
                    continue
                }
                if more == 0 { return }
                filled += more
            }
        }
    }

    /// Everything until the writer closes its end, but no more than `limit` bytes.
    public borrowing func readAll(limit: Int = .max) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit {
            let piece = try read(exactly: min(1 << 16, limit - bytes.count))
            if piece.isEmpty { break }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }

    /// Writes all of it, blocking where the reader is slow; a reader that has gone is an error.
    public borrowing func writeAll(_ bytes: UnsafeRawBufferPointer) throws {
        _ = Descriptor.ignoringBrokenPipes
        var rest = bytes
        while !rest.isEmpty {
            let count = write(raw, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            } else if errno == EAGAIN {
                try waitUntilReady(Int16(POLLOUT))
            } else if errno != EINTR {
                throw ProcessError.inputOutput("write to descriptor \(raw)")
            }
        }
    }

    public borrowing func writeAll(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try writeAll($0) } }

    private borrowing func waitUntilReady(_ events: Int16) throws {
        var entry = pollfd(fd: raw, events: events, revents: 0)
        guard poll(&entry, 1, -1) >= 0 || errno == EINTR else { throw ProcessError.inputOutput("wait for descriptor \(raw)") }
    }

    borrowing func makeNonBlocking() throws {
        let flags = fcntl(raw, F_GETFL)
        guard flags >= 0, fcntl(raw, F_SETFL, flags | O_NONBLOCK) == 0 else {
            throw ProcessError.inputOutput("prepare descriptor \(raw)")
        }
    }

    static let ignoringBrokenPipes: Void = { _ = signal(SIGPIPE, SIG_IGN) }()
}
