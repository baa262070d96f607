import Model

/// Appends the canonical form of values to a byte array.
struct CanonicalJSONWriter {
    private(set) var bytes: [UInt8] = []

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
        var rest = value.magnitude
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        let start = bytes.count
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    private mutating func write(array elements: [JSONValue], depth: Int) throws {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            do {
                try write(element, depth: depth + 1)
            } catch let problem as NoForm {
                throw problem.inside("/\(index)")
            }
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
            do {
                try write(member.value, depth: depth + 1)
            } catch let problem as NoForm {
                throw problem.inside(jsonPointerStep(member.key))
            }
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
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart..<index]))
            appendEscape(byte)
            runStart = index + 1
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[runStart...]))
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

    private func noForm(_ problem: String) -> NoForm { NoForm(problem: problem) }
}

/// A value without canonical form; its place is put together on the way out, so that writing pays nothing for it.
struct NoForm: Error {
    var problem: String
    /// Steps of the place, innermost first.
    private var steps: [String] = []

    init(problem: String) { self.problem = problem }

    func inside(_ step: String) -> NoForm {
        var outer = self
        outer.steps.append(step)
        return outer
    }

    var error: DigestError {
        let place = steps.reversed().prefix(20).joined() + (steps.count > 20 ? "/…" : "")
        return .noCanonicalForm(place: place, problem: problem)
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
