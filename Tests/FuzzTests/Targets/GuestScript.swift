/// What a guest writes on its pipe, said in text: after a first line `lines` each line is the header of a frame, and a
/// line that starts with `+` is the body of the frame before it. Any other input is the bytes themselves.
enum GuestScript {
    static func bytes(of input: [UInt8]) -> [UInt8] {
        let mark = Array("lines\n".utf8)
        guard input.starts(with: mark) else { return input }
        var frames: [(header: ArraySlice<UInt8>, body: ArraySlice<UInt8>)] = []
        for line in input[mark.count...].split(separator: UInt8(ascii: "\n")) {
            if line.first == UInt8(ascii: "+"), !frames.isEmpty {
                frames[frames.count - 1].body = line.dropFirst()
            } else {
                frames.append((line, []))
            }
        }
        return frames.flatMap { length($0.header.count) + length($0.body.count) + $0.header + $0.body }
    }

    static func length(_ count: Int) -> [UInt8] { [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) } }
}
