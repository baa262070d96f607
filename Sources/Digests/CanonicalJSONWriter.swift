import Model

/// Appends the canonical form of values to a byte array.
struct CanonicalJSONWriter {
    private(set) var bytes: [UInt8] = []
    /// Where the writer stands, so that an error can name the place.
    private var path: [PathStep] = []

    private enum PathStep {
        case key(String)
        case index(Int)
    }

    mutating func write(_ value: JSONValue, depth: Int) throws {
        guard depth <= CanonicalJSON.maximumEncodedDepth else {
            throw noForm("it is nested deeper than \(CanonicalJSON.maximumEncodedDepth) levels")
        }
        switch value {
        case .null: append("null")
        case .bool(let value): append(value ? "true" : "false")
        case .integer(let value): try write(integer: value)
        case .number(let value):
            guard value.isFinite else { throw noForm("\(value) is not finite") }
            bytes.append(contentsOf: ECMAScriptNumber.bytes(of: value))
        case .string(let value): write(string: value)
        case .array(let elements): try write(array: elements, depth: depth)
        case .object(let members): try write(object: members, depth: depth)
        }
    }

    private mutating func write(integer value: Int64) throws {
        guard value.magnitude <= UInt64(CanonicalJSON.largestInteger) else {
            throw noForm("the integer \(value) is outside ±\(CanonicalJSON.largestInteger)")
        }
        bytes.append(contentsOf: String(value).utf8)
    }

    private mutating func write(array elements: [JSONValue], depth: Int) throws {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            path.append(.index(index))
            try write(element, depth: depth + 1)
            path.removeLast()
        }
        bytes.append(UInt8(ascii: "]"))
    }

    private mutating func write(object members: [String: JSONValue], depth: Int) throws {
        bytes.append(UInt8(ascii: "{"))
        let sorted = members.sorted { utf16Precedes($0.key, $1.key) }
        for (index, member) in sorted.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            write(string: member.key)
            bytes.append(UInt8(ascii: ":"))
            path.append(.key(member.key))
            try write(member.value, depth: depth + 1)
            path.removeLast()
        }
        bytes.append(UInt8(ascii: "}"))
    }

    private mutating func write(string: String) {
        bytes.append(UInt8(ascii: "\""))
        var string = string
        string.withUTF8 { appendEscaped($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs that need no escape in one piece: most strings are one run.
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        var runStart = 0
        for index in 0..<text.count {
            let byte = text[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: text[runStart..<index])
            appendEscape(byte)
            runStart = index + 1
        }
        bytes.append(contentsOf: text[runStart...])
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case 0x08: append("\\b")
        case 0x09: append("\\t")
        case 0x0A: append("\\n")
        case 0x0C: append("\\f")
        case 0x0D: append("\\r")
        case UInt8(ascii: "\""): append("\\\"")
        case UInt8(ascii: "\\"): append("\\\\")
        default:
            append("\\u00")
            bytes.append(contentsOf: lowerHex(CollectionOfOne(byte)).utf8)
        }
    }

    private mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    private func noForm(_ problem: String) -> DigestError {
        let place = path.prefix(20).map { step in
            switch step {
            case .key(let key): jsonPointerStep(key)
            case .index(let index): "/\(index)"
            }
        }
        return .noCanonicalForm(place: place.joined() + (path.count > 20 ? "/…" : ""), problem: problem)
    }
}

/// One step of a JSON pointer (RFC 6901).
func jsonPointerStep(_ key: String) -> String {
    var text = "/"
    for scalar in key.unicodeScalars {
        switch scalar {
        case "~": text += "~0"
        case "/": text += "~1"
        default: text.unicodeScalars.append(scalar)
        }
    }
    return text
}

/// Whether `a` sorts before `b` by UTF-16 code units.
///
/// UTF-8 sorts by code point. The two orders differ in one place only: scalars beyond U+FFFF (lead bytes from 0xF0)
/// are surrogates in UTF-16 and sort before U+E000…U+FFFF (lead bytes 0xEE and 0xEF).
func utf16Precedes(_ a: String, _ b: String) -> Bool {
    var first = a.utf8.makeIterator()
    var second = b.utf8.makeIterator()
    while true {
        guard let right = second.next() else { return false }
        guard let left = first.next() else { return true }
        guard left != right else { continue }
        if left >= 0xEE, right >= 0xEE, (left >= 0xF0) != (right >= 0xF0) { return left >= 0xF0 }
        return left < right
    }
}
