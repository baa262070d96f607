import Digests

/// Finds in an `allowed_signers` file under which names a key stands.
///
/// It decides nothing: each name is only a candidate that `ssh-keygen` then judges with the line's options.
struct AllowedSigners: Sendable {
    private let text: String

    init(_ text: String) { self.text = text }

    /// Principals of all lines that hold this key, in the order of the file. A pattern such as `*@example.com` stands for
    /// itself: a key that may sign for many is nobody in particular.
    func principals(ofKey blob: [UInt8]) -> [String] {
        let key = Base64.encode(blob)
        var found: [String] = []
        for line in lines where line.words.contains(where: { $0 == key }) {
            for name in line.names where !found.contains(name) { found.append(name) }
        }
        return found
    }

    /// The names of each line: who has several is listed with all of them in one.
    var namesOfLines: [[String]] { lines.map(\.names) }

    /// Lines that are no comments: the principals, and the words after them.
    private var lines: [(names: [String], words: ArraySlice<Substring>)] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = Self.words(of: line)
            guard let names = words.first, !names.hasPrefix("#") else { return nil }
            return (names.split(separator: ",").map(String.init).filter { !$0.hasPrefix("!") }, words.dropFirst())
        }
    }

    /// Words between white space; what stands in double quotes is one word, without the quotes around a whole one.
    static func words(of line: Substring) -> [Substring] {
        var words: [Substring] = []
        var start: Substring.Index?
        var isQuoted = false
        for index in line.indices {
            let character = line[index]
            if character == "\"" { isQuoted.toggle() }
            if !isQuoted, character == " " || character == "\t" {
                if let begun = start { words.append(line[begun..<index]) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let start { words.append(line[start...]) }
        return words.map { $0.count > 1 && $0.first == "\"" && $0.last == "\"" ? $0.dropFirst().dropLast() : $0 }
    }
}
