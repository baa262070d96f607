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
        for line in text.split(whereSeparator: \.isNewline) {
            let words = Self.words(of: line)
            guard let names = words.first, !names.hasPrefix("#"), words.dropFirst().contains(where: { $0 == key }) else {
                continue
            }
            for name in names.split(separator: ",").map(String.init) where !name.hasPrefix("!") && !found.contains(name) {
                found.append(name)
            }
        }
        return found
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
