import Glibc

/// Our end of a child's standard output or error: keeps the first bytes and drains the rest.
final class OutputCollector {
    let descriptor: Descriptor
    private let limit: Int
    private(set) var kept: [UInt8] = []
    private(set) var wasCut = false

    init(_ descriptor: consuming Descriptor, limit: Int) throws {
        try descriptor.makeNonBlocking()
        self.descriptor = descriptor
        self.limit = limit
    }

    /// Reads once into the scratch space: the number of bytes, 0 at the end, `nil` where there is nothing yet.
    func read(_ scratch: UnsafeMutableRawBufferPointer) throws -> Int? {
        guard let count = try descriptor.read(into: scratch) else { return nil }
        let room = min(count, limit - kept.count)
        kept.append(contentsOf: scratch[..<room])
        if room < count { wasCut = true }
        return count
    }
}

/// Our end of a child's standard input, and what is to be written to it.
final class InputFeeder {
    let descriptor: Descriptor
    private let bytes: [UInt8]
    private var written = 0

    init(_ descriptor: consuming Descriptor, bytes: [UInt8]) throws {
        _ = Descriptor.ignoringBrokenPipes
        try descriptor.makeNonBlocking()
        self.descriptor = descriptor
        self.bytes = bytes
    }

    /// Writes what the pipe takes; `true` when done. A child that closed its input does not want the rest.
    func write() throws -> Bool {
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { Glibc.write(descriptor.raw, $0.baseAddress?.advanced(by: written), $0.count - written) }
            if count >= 0 {
                written += count
            } else if errno == EPIPE {
                return true
            } else if errno == EAGAIN {
                return false
            } else if errno != EINTR {
                throw ProcessError.inputOutput("write to a child's input")
            }
        }
        return true
    }
}

/// The standard descriptors of a child about to start: the child's ends by number, and ours.
struct ProcessPipes: ~Copyable {
    /// What `Spawn` takes. The numbers stay valid as long as this value lives.
    private(set) var childDescriptors: [Int32: Int32]
    private(set) var input: InputFeeder?
    private(set) var output: OutputCollector?
    private(set) var error: OutputCollector?
    private var childEnds: [Int32] = []

    init(_ command: Command, outputLimit: Int) throws {
        childDescriptors = command.descriptors
        switch command.standardInput {
        case .null: try useNull(for: 0)
        case .descriptor(let raw): childDescriptors[0] = raw
        case .bytes(let bytes):
            let ends = try Descriptor.pipe().ends()
            use(ends.reading, for: 0)
            input = try InputFeeder(Descriptor(owning: ends.writing), bytes: bytes)
        }
        output = try collector(command.standardOutput, for: 1, outputLimit)
        error = try collector(command.standardError, for: 2, outputLimit)
    }

    deinit { for end in childEnds { close(end) } }

    private mutating func collector(_ kind: Command.Output, for child: Int32, _ limit: Int) throws -> OutputCollector? {
        switch kind {
        case .null: try useNull(for: child)
        case .descriptor(let raw): childDescriptors[child] = raw
        case .captured:
            let ends = try Descriptor.pipe().ends()
            use(ends.writing, for: child)
            return try OutputCollector(Descriptor(owning: ends.reading), limit: max(0, limit))
        }
        return nil
    }

    private mutating func useNull(for child: Int32) throws {
        use(try Descriptor.open("/dev/null", O_RDWR).release(), for: child)
    }

    private mutating func use(_ end: Int32, for child: Int32) {
        childEnds.append(end)
        childDescriptors[child] = end
    }
}
