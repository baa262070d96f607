import ChildProcess
import Digests
import Foundation
import Model

/// Something that the guest sent and that the protocol does not allow.
struct ProtocolBreach: Error {
    var message: String
}

/// One frame of the guest protocol.
struct Frame {
    var header: JSONValue
    var body: [UInt8]
}

/// Frames over the pipe pair to one guest (see `docs/guest-protocol.md`).
///
/// Reads are buffered: a guest sends thousands of small tells in one write. Used by one session only, on its own queue.
final class FrameChannel {
    static let largestHeader = 16 << 20
    static let largestBody = 1 << 30

    private let reading: Descriptor
    private let writing: Descriptor
    private var buffer: [UInt8] = []
    private var position = 0

    init(reading: consuming Descriptor, writing: consuming Descriptor) {
        self.reading = reading
        self.writing = writing
    }

    /// The next frame; `nil` where the guest has closed its end between two frames.
    /// - Parameter bodyLimit: a larger body is a breach, found before anything of it is kept.
    func receive(bodyLimit: Int) throws -> Frame? {
        let lengths = try take(8)
        if lengths.isEmpty { return nil }
        guard lengths.count == 8 else { throw Cut(message: "a frame ends within its lengths") }
        let headerLength = lengths[..<4].reduce(0) { $0 << 8 | Int($1) }
        let bodyLength = lengths[4...].reduce(0) { $0 << 8 | Int($1) }
        guard headerLength <= FrameChannel.largestHeader, bodyLength <= FrameChannel.largestBody else {
            throw ProtocolBreach(message: "a frame announces \(headerLength) and \(bodyLength) bytes")
        }
        guard bodyLength <= bodyLimit else { throw BodyTooLarge(size: bodyLength) }
        let header = try take(headerLength), body = try take(bodyLength)
        guard header.count == headerLength, body.count == bodyLength else {
            throw Cut(message: "a frame ends before the length that it announces")
        }
        do {
            return Frame(header: try CanonicalJSON.parse(header), body: body)
        } catch let error as any AssayError {
            throw ProtocolBreach(message: "a header is unreadable: \(error.message)")
        }
    }

    struct BodyTooLarge: Error { var size: Int }
    /// The guest's end closed within a frame: a breach, unless its process was ended in the middle of writing.
    struct Cut: Error { var message: String }
    /// The guest no longer reads: how its process ended says why.
    struct GuestGone: Error {}

    func send(_ header: JSONValue, body: [UInt8] = []) throws {
        let encoded = try CanonicalJSON.encode(header)
        var frame: [UInt8] = []
        frame.reserveCapacity(8 + encoded.count + body.count)
        for length in [encoded.count, body.count] {
            for shift in [24, 16, 8, 0] { frame.append(UInt8(truncatingIfNeeded: length >> shift)) }
        }
        frame += encoded
        frame += body
        do {
            try writing.writeAll(frame)
        } catch is ProcessError {
            throw GuestGone()
        }
    }

    /// That many bytes, fewer only at the end.
    private func take(_ count: Int) throws -> [UInt8] {
        if buffer.count - position >= count {
            defer { position += count }
            return Array(buffer[position..<(position + count)])
        }
        var taken = Array(buffer[position...])
        buffer.removeAll(keepingCapacity: true)
        position = 0
        if count - taken.count >= 1 << 16 {
            taken += try reading.read(exactly: count - taken.count)
            return taken
        }
        while taken.count < count {
            let piece = try fill()
            if piece == 0 { break }
            let used = min(count - taken.count, buffer.count)
            taken += buffer[..<used]
            position = used
        }
        return taken
    }

    /// What is there, into the empty buffer.
    private func fill() throws -> Int {
        buffer = try [UInt8](unsafeUninitializedCapacity: 1 << 16) { storage, count in
            count = try reading.read(into: UnsafeMutableRawBufferPointer(storage)) ?? 0
        }
        position = 0
        return buffer.count
    }
}
