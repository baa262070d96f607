import CLibgit2
import CLibz
import Glibc

/// A loose object as it lies on disk: kind, size and content, compressed together.
///
/// Read by us because libgit2's own reader goes on for ever where such a file was cut short.
struct LooseObjectFile {
    struct Damaged: Error { var detail: String }

    struct Header {
        var kind: git_object_t
        /// Bytes of the content.
        var size: Int
        /// Bytes before the content.
        fileprivate var length: Int
    }

    let header: Header
    private let bytes: [UInt8]

    /// `nil` where there is no such file.
    init?(_ path: String) throws(Damaged) {
        guard let bytes = try LooseObjectFile.read(path) else { return nil }
        self.bytes = bytes
        var start = [UInt8](repeating: 0, count: 32)
        let count = try Inflater(bytes).fill(&start)
        guard let header = Header(start[..<count]) else { throw Damaged(detail: "it does not begin as an object does") }
        // Nothing is compressed further than this: a larger size is a lie, and memory for it is not to be had.
        guard header.size <= bytes.count * 1040 else { throw Damaged(detail: "it is smaller than it says") }
        self.header = header
    }

    /// The content, whole: exactly as many bytes as the header says, and nothing after them.
    ///
    /// - Parameter memory: as many bytes as that.
    func inflate(into memory: UnsafeMutableRawBufferPointer) throws(Damaged) {
        let inflater = try Inflater(bytes)
        var (head, beyond) = ([UInt8](repeating: 0, count: header.length), [UInt8(0)])
        _ = try inflater.fill(&head)
        guard try inflater.fill(memory) == header.size, try inflater.fill(&beyond) == 0, inflater.isFinished else {
            throw Damaged(detail: "its content is not as long as it says")
        }
    }

    private static func read(_ path: String) throws(Damaged) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw Damaged(detail: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else { throw Damaged(detail: "it is not a file") }
        let size = Int(facts.st_size)
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
            while filled < size {
                let count = Glibc.read(descriptor, buffer.baseAddress?.advanced(by: filled), size - filled)
                if count < 0, errno == EINTR { continue }
                if count <= 0 { break }
                filled += count
            }
        }
        guard bytes.count == size else { throw Damaged(detail: "it could not be read to its end") }
        return bytes
    }
}

extension LooseObjectFile.Header {
    /// Such as `blob 12` and a zero byte.
    fileprivate init?(_ start: ArraySlice<UInt8>) {
        guard let end = start.firstIndex(of: 0), let space = start[..<end].firstIndex(of: 0x20),
            start[(space + 1)..<end].allSatisfy({ (0x30...0x39).contains($0) }),
            let size = Int(String(decoding: start[(space + 1)..<end], as: UTF8.self))
        else { return nil }
        kind = git_object_string2type(String(decoding: start[..<space], as: UTF8.self))
        guard git_object_typeisloose(kind) == 1 else { return nil }
        self.size = size
        length = end + 1
    }
}

/// zlib's stream over bytes in memory.
private final class Inflater {
    private let input: [UInt8]
    private var consumed = 0
    private var hasEnded = false
    // zlib keeps the address.
    private let stream: UnsafeMutablePointer<z_stream>

    init(_ input: [UInt8]) throws(LooseObjectFile.Damaged) {
        self.input = input
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard assay_inflate_init(stream) == Z_OK else { throw LooseObjectFile.Damaged(detail: "there is no memory to read it") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Whether all of the input was one whole stream.
    var isFinished: Bool { hasEnded && consumed == input.count }

    func fill(_ bytes: inout [UInt8]) throws(LooseObjectFile.Damaged) -> Int {
        try bytes.withUnsafeMutableBufferPointer { buffer throws(LooseObjectFile.Damaged) in
            try fill(UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Inflates until the memory is full or the stream ends; the number of bytes.
    func fill(_ memory: UnsafeMutableRawBufferPointer) throws(LooseObjectFile.Damaged) -> Int {
        var filled = 0
        while filled < memory.count, !hasEnded {
            let (given, room) = (min(input.count - consumed, 1 << 30), min(memory.count - filled, 1 << 30))
            let code = input.withUnsafeBufferPointer { input in
                stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.advanced(by: consumed))
                stream.pointee.avail_in = UInt32(given)
                stream.pointee.next_out = memory.baseAddress?.advanced(by: filled).assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(room)
                return inflate(stream, Z_NO_FLUSH)
            }
            consumed += given - Int(stream.pointee.avail_in)
            filled += room - Int(stream.pointee.avail_out)
            switch code {
            case Z_OK: continue
            case Z_STREAM_END: hasEnded = true
            case Z_BUF_ERROR: throw LooseObjectFile.Damaged(detail: "it was cut short")
            default: throw LooseObjectFile.Damaged(detail: stream.pointee.msg.map { String(cString: $0) } ?? "it is not compressed")
            }
        }
        return filled
    }
}
