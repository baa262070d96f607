import Model

/// A strict parser of one JSON document over bytes that the caller keeps alive.
struct JSONParser {
    /// Longer heaps of marks on one letter are refused: text that people write, however odd, stays far below, and the cost of
    /// comparing it with another grows with the square.
    static let mostMarks = 500

    let bytes: UnsafeBufferPointer<UInt8>
    let maximumDepth: Int
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>, maximumDepth: Int) {
        self.bytes = bytes
        self.maximumDepth = maximumDepth
    }

    mutating func parseDocument() throws -> JSONValue {
        let value = try parseValue(depth: 0)
        skipWhitespace()
        guard position == bytes.count else { throw failure("something follows the document") }
        return value
    }

    private mutating func parseValue(depth: Int) throws -> JSONValue {
        skipWhitespace()
        guard let byte = peek() else { throw failure("the document ends where a value is expected") }
        switch byte {
        case UInt8(ascii: "{"): return .object(try parseObject(depth: try deeper(depth)))
        case UInt8(ascii: "["): return .array(try parseArray(depth: try deeper(depth)))
        case UInt8(ascii: "\""): return .string(try parseString())
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
        case UInt8(ascii: "t"): return try parseWord("true", .bool(true))
        case UInt8(ascii: "f"): return try parseWord("false", .bool(false))
        case UInt8(ascii: "n"): return try parseWord("null", .null)
        default: throw failure("a value cannot start with \(describe(byte))")
        }
    }

    private func deeper(_ depth: Int) throws -> Int {
        guard depth < maximumDepth else { throw failure("nested deeper than \(maximumDepth) levels") }
        return depth + 1
    }

    private mutating func parseObject(depth: Int) throws -> [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return members }
        // Most objects and arrays are small: one allocation instead of several.
        members.reserveCapacity(6)
        while true {
            skipWhitespace()
            let keyOffset = position
            guard peek() == UInt8(ascii: "\"") else { throw failure("a key is expected") }
            let key = try parseString()
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw failure("':' is expected after a key") }
            let value = try parseValue(depth: depth)
            guard members.updateValue(value, forKey: key) == nil else {
                throw failure("the key \"\(excerpt(key))\" appears twice", at: keyOffset)
            }
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure("',' or '}' is expected") }
            return members
        }
    }

    private mutating func parseArray(depth: Int) throws -> [JSONValue] {
        var elements: [JSONValue] = []
        position += 1
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return elements }
        elements.reserveCapacity(4)
        while true {
            elements.append(try parseValue(depth: depth))
            skipWhitespace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw failure("',' or ']' is expected") }
            return elements
        }
    }

    private mutating func parseWord(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let matches = word.withUTF8Buffer { expected in
            bytes.count - position >= expected.count
                && bytes[position..<(position + expected.count)].elementsEqual(expected)
        }
        guard matches else { throw failure("'\(word)' is expected") }
        position += word.utf8CodeUnitCount
        return value
    }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    func failure(_ problem: String, at offset: Int? = nil) -> DigestError {
        .invalidJSON(offset: offset ?? position, problem: problem)
    }

    func describe(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "byte 0x\(lowerHex([byte]))"
    }
}
