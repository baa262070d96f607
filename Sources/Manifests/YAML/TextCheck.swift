import Model

/// Refuses bytes that are not clean text before a YAML parser sees them.
///
/// Each of these makes two readers see two different files: a byte order mark, CR line ends, NUL and other control
/// characters, and invalid UTF-8.
enum TextCheck {
    static func problem(_ bytes: [UInt8], file: String, firstLine: Int = 1) -> Problem? {
        if bytes.count > YAMLDocument.maximumBytes {
            return Problem(
                file: file, message: "The file has \(bytes.count) bytes; at most \(YAMLDocument.maximumBytes) are read",
                remedy: "Split it into smaller manifests")
        }
        if let mark = byteOrderMark(bytes) {
            return Problem(
                file: file, line: firstLine, column: 1, message: "The file starts with a \(mark) byte order mark",
                remedy: "Save it as UTF-8 without a byte order mark")
        }
        if let index = bytes.firstIndex(where: isControl) {
            return controlProblem(bytes, index, file, firstLine)
        }
        if String(validating: bytes, as: UTF8.self) == nil {
            return Problem(
                file: file, line: firstInvalidLine(bytes) + firstLine - 1, message: "The line is not valid UTF-8",
                remedy: "Save the file as UTF-8")
        }
        return nil
    }

    private static func isControl(_ byte: UInt8) -> Bool {
        (byte < 0x20 && byte != 0x0a && byte != 0x09) || byte == 0x7f
    }

    private static func byteOrderMark(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xef, 0xbb, 0xbf]) { return "UTF-8" }
        if bytes.starts(with: [0xfe, 0xff]) || bytes.starts(with: [0xff, 0xfe]) { return "UTF-16" }
        return nil
    }

    private static func controlProblem(_ bytes: [UInt8], _ index: Int, _ file: String, _ firstLine: Int) -> Problem {
        let before = bytes[..<index]
        let line = before.count(where: { $0 == 0x0a }) + firstLine
        // Continuation bytes are not characters of their own.
        let start = before.lastIndex(of: 0x0a).map { $0 + 1 } ?? 0
        let column = before[start...].count(where: { $0 & 0xc0 != 0x80 }) + 1
        let (message, remedy) =
            switch bytes[index] {
            case 0x0d: ("The line ends in CR", "Save the file with LF line ends")
            case 0x00: ("The line holds a NUL byte", "Remove it: a manifest is text")
            default: ("The line holds the control character \(bytes[index])", "Remove it")
            }
        return Problem(file: file, line: line, column: column, message: message, remedy: remedy)
    }

    private static func firstInvalidLine(_ bytes: [UInt8]) -> Int {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        let index = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
        return (index ?? 0) + 1
    }
}
