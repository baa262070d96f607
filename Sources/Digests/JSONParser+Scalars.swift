import Model

/// Strings and numbers.
extension JSONParser {
    mutating func parseString() throws -> String {
        let start = position
        position += 1
        let runStart = position
        var seen: UInt8 = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                let run = UnsafeBufferPointer(rebasing: bytes[runStart..<position])
                // What is ASCII is valid, and most is.
                let text = seen < 0x80 ? String(decoding: run, as: UTF8.self) : try validated(run, start)
                position += 1
                return text
            }
            seen |= byte
            if byte == UInt8(ascii: "\\") { return try parseEscapedString(start: start) }
            guard byte >= 0x20 else { throw failure("a control character in a string must be escaped") }
            position += 1
        }
        throw failure("the string is not closed", at: start)
    }

    /// The slower path, entered at the first escape: what stands before it is copied.
    private mutating func parseEscapedString(start: Int) throws -> String {
        var text = Array(bytes[(start + 1)..<position])
        var runStart = position
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case UInt8(ascii: "\""):
                text.append(contentsOf: bytes[runStart..<position])
                position += 1
                return try text.withUnsafeBufferPointer { try validated($0, start) }
            case UInt8(ascii: "\\"):
                text.append(contentsOf: bytes[runStart..<position])
                try parseEscape(into: &text)
                runStart = position
            default:
                guard byte >= 0x20 else { throw failure("a control character in a string must be escaped") }
                position += 1
            }
        }
        throw failure("the string is not closed", at: start)
    }

    private mutating func parseEscape(into text: inout [UInt8]) throws {
        position += 1
        guard let byte = peek() else { throw failure("the document ends inside an escape") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try parseUnicodeEscape()).utf8)
        default: throw failure("no escape is written with \(describe(byte))", at: position - 1)
        }
    }

    /// The scalar of `\uXXXX`, or of a surrogate pair of two such escapes; stands after the first `\u`.
    private mutating func parseUnicodeEscape() throws -> Unicode.Scalar {
        let start = position - 2
        let first = try parseFourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("a lone surrogate is not a character", at: start)
        }
        let second = try parseFourHexDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("a lone surrogate is not a character", at: start) }
        return scalar
    }

    private mutating func parseFourHexDigits() throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = hexValue(byte) else { throw failure("four hexadecimal digits are expected") }
            value = value << 4 | digit
            position += 1
        }
        return value
    }

    private func hexValue(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }

    private func validated(_ text: UnsafeBufferPointer<UInt8>, _ start: Int) throws -> String {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw failure("the string that starts here is not valid UTF-8", at: start)
        }
        guard !heapsMarks(string, moreThan: JSONParser.mostMarks) else {
            throw failure("the string that starts here heaps more than \(JSONParser.mostMarks) marks on one letter", at: start)
        }
        return string
    }

    mutating func parseNumber() throws -> JSONValue {
        let start = position
        let negative = take(UInt8(ascii: "-"))
        let integerStart = position
        let digits = skipDigits()
        guard digits > 0 else { throw failure("a digit is expected") }
        guard digits == 1 || bytes[integerStart] != UInt8(ascii: "0") else {
            throw failure("a number must not start with a superfluous zero", at: start)
        }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            guard skipDigits() > 0 else { throw failure("a digit is expected after the decimal point") }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard skipDigits() > 0 else { throw failure("a digit is expected in the exponent") }
        }
        if isInteger, digits <= 16 {
            let magnitude = bytes[integerStart..<position].reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) }
            if magnitude <= CanonicalJSON.largestInteger { return .integer(negative ? -magnitude : magnitude) }
        }
        return try parseDouble(start: start, isInteger: isInteger)
    }

    /// A fraction, or an integer beyond ±(2^53 − 1). The latter is accepted only where it is exactly how a double is
    /// written canonically (such as 1e20), so that what we write we read again and no digit is ever lost.
    private func parseDouble(start: Int, isInteger: Bool) throws -> JSONValue {
        let text = bytes[start..<position]
        guard let value = Double(String(decoding: text, as: UTF8.self)), value.isFinite else {
            throw failure("the number is too large", at: start)
        }
        guard !isInteger || ECMAScriptNumber.bytes(of: value).elementsEqual(text) else {
            throw failure("the integer is outside ±\(CanonicalJSON.largestInteger)", at: start)
        }
        return .number(value)
    }

    private mutating func skipDigits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }
}
