import Digests

/// Finds in an `allowed_signers` file under which names a key stands.
///
/// It decides nothing: each name is only a candidate that `ssh-keygen` then judges with the line's options. Like that
/// program it reads bytes, to which an accent after a comma is no other comma.
struct AllowedSigners: Sendable {
    private let text: String

    init(_ text: String) { self.text = text }

    /// Principals of all lines that hold this key, in the order of the file. A pattern such as `*@example.com` stands for
    /// itself: a key that may sign for many is nobody in particular.
    func principals(ofKey blob: [UInt8]) -> [String] {
        let key = Base64.encode(blob)
        var found: [String] = []
        var seen: Set<[UInt8]> = []
        for line in lines where line.words.contains(where: { $0.elementsEqual(key.utf8) }) {
            found += line.names.filter { seen.insert(Array($0)).inserted }.map { String(Substring($0)) }
        }
        return found
    }

    /// The names of each line: who has several is listed with all of them in one.
    var namesOfLines: [[String]] { lines.map { $0.names.map { String(Substring($0)) } } }

    private typealias Word = Substring.UTF8View

    private static let lineFeed = UInt8(ascii: "\n"), comma = UInt8(ascii: ","), quote = UInt8(ascii: "\"")
    private static let hash = UInt8(ascii: "#"), exclamationMark = UInt8(ascii: "!")
    private static let whiteSpace = [UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r")]

    /// Lines that are no comments: the principals, and the words after them.
    private var lines: [(names: [Word], words: ArraySlice<Word>)] {
        text.utf8.split(separator: Self.lineFeed).compactMap { line in
            let words = Self.words(of: line)
            guard let names = words.first, names.first != Self.hash else { return nil }
            return (names.split(separator: Self.comma).filter { $0.first != Self.exclamationMark }, words.dropFirst())
        }
    }

    /// Words between white space; what stands in double quotes is one word, without the quotes around a whole one.
    private static func words(of line: Word) -> [Word] {
        var words: [Word] = []
        var start: Word.Index?
        var isQuoted = false
        for index in line.indices {
            if line[index] == quote { isQuoted.toggle() }
            if !isQuoted, whiteSpace.contains(line[index]) {
                if let begun = start { words.append(line[begun..<index]) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let start { words.append(line[start...]) }
        return words.map { $0.count > 1 && $0.first == quote && $0.last == quote ? $0.dropFirst().dropLast() : $0 }
    }
}
