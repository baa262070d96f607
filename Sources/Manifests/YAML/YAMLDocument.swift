import Model

/// Reads one YAML document of a strict subset into nodes with positions.
///
/// Refused: several documents, directives, anchors, aliases, tags, merge keys, duplicate keys, keys that are not text, more than
/// 32 levels, more than 1 MiB, letters under a heap of marks, and bytes that are not clean UTF-8 text. A file can give several problems; reading goes on
/// where what follows still has a meaning.
public enum YAMLDocument {
    public static let maximumBytes = 1 << 20
    public static let maximumDepth = 32
    /// After this many problems a file is not read further.
    static let maximumProblems = 50

    /// The root of the document; throws `ManifestError` with all problems.
    public static func parse(_ bytes: [UInt8], file: String) throws -> YAMLNode {
        let (root, problems) = read(bytes, file: file)
        guard problems.isEmpty, let root else { throw ManifestError.invalid(problems.sorted()) }
        return root
    }

    /// The root, where there is one, and all problems. `firstLine` is the file's line on which `bytes` start.
    static func read(_ bytes: [UInt8], file: String, firstLine: Int = 1) -> (root: YAMLNode?, problems: [Problem]) {
        if let problem = TextCheck.problem(bytes, file: file, firstLine: firstLine) ?? directive(bytes, file, firstLine) {
            return (nil, [problem])
        }
        var builder = Builder(file: file, firstLine: firstLine)
        let root = bytes.withUnsafeBufferPointer { builder.document($0) }
        return (root, builder.problems)
    }

    /// Looked for before libyaml sees the file: it compares every directive with all before it.
    private static func directive(_ bytes: [UInt8], _ file: String, _ firstLine: Int) -> Problem? {
        var line = firstLine
        var startsLine = true
        for byte in bytes {
            if startsLine, byte == UInt8(ascii: "%") {
                return Problem(
                    file: file, line: line, column: 1, message: "A directive (%) stands here",
                    remedy: "Remove it: every file is read by the same rules")
            }
            startsLine = byte == UInt8(ascii: "\n")
            if startsLine { line += 1 }
        }
        return nil
    }
}

/// Builds nodes from events and collects what is refused on the way.
private struct Builder {
    let file: String
    let firstLine: Int
    var problems: [Problem] = []

    /// Thrown after the problem that ends reading was noted.
    private struct Stop: Error {}

    mutating func document(_ bytes: UnsafeBufferPointer<UInt8>) -> YAMLNode? {
        do {
            let events = try YAMLEvents(bytes, firstLine: firstLine)
            var root: YAMLNode?
            while true {
                switch try events.next() {
                case .other: continue
                case .streamEnd:
                    if root == nil, problems.isEmpty {
                        note(.init(line: firstLine, column: 1), "The file is empty", "Write one YAML document in it")
                    }
                    return root
                case .documentStart(let marks):
                    guard root == nil else {
                        note(
                            marks.position, "A second YAML document starts here",
                            "Give every manifest a file of its own")
                        return root
                    }
                    root = try value(events.next(), events, depth: 1)
                default: continue
                }
            }
        } catch let error as YAMLEvents.SyntaxError {
            note(error.position, "Not valid YAML: \(error.text)", "Correct the YAML at this line")
        } catch {}
        return nil
    }

    private mutating func value(_ event: YAMLEvents.Event, _ events: YAMLEvents, depth: Int) throws -> YAMLNode {
        switch event {
        case .scalar(let text, let plain, let marks):
            try check(marks)
            guard try isReadable(text, marks) else { return YAMLNode(value: .refused, position: marks.position) }
            return YAMLNode(value: plain ? PlainScalar.resolve(text) : .string(text), position: marks.position)
        case .sequenceStart(let marks):
            try check(marks)
            try limit(depth, marks)
            return YAMLNode(value: .sequence(try items(events, depth)), position: marks.position)
        case .mappingStart(let marks):
            try check(marks)
            try limit(depth, marks)
            return YAMLNode(value: .mapping(try entries(events, depth)), position: marks.position)
        case .alias(let marks):
            try refuse(
                marks.position, "An alias (*) stands here", "Write the value out: anchors and aliases are refused")
            return YAMLNode(value: .refused, position: marks.position)
        default:
            throw Stop()  // libyaml gives no other event where a value stands
        }
    }

    private mutating func items(_ events: YAMLEvents, _ depth: Int) throws -> [YAMLNode] {
        var items: [YAMLNode] = []
        while true {
            let event = try events.next()
            if case .sequenceEnd = event { return items }
            items.append(try value(event, events, depth: depth + 1))
        }
    }

    private mutating func entries(_ events: YAMLEvents, _ depth: Int) throws -> [YAMLNode.Entry] {
        var entries: [YAMLNode.Entry] = []
        var lines: [String: Int] = [:]
        while true {
            let event = try events.next()
            if case .mappingEnd = event { return entries }
            let key = try self.key(event, events, depth)
            let node = try value(events.next(), events, depth: depth + 1)
            guard let key else { continue }
            if let line = lines.updateValue(key.position.line, forKey: key.text) {
                try refuse(
                    key.position, "The key '\(excerpt(key.text))' stands here a second time (first on line \(line))",
                    "Keep one of the two")
                continue
            }
            entries.append(.init(key: key.text, keyPosition: key.position, value: node))
        }
    }

    /// `nil` for a key that was refused: its value is read and dropped.
    private mutating func key(
        _ event: YAMLEvents.Event, _ events: YAMLEvents, _ depth: Int
    ) throws -> (text: String, position: YAMLNode.Position)? {
        guard case .scalar(let text, let plain, let marks) = event else {
            let node = try value(event, events, depth: depth + 1)
            if case .refused = node.value { return nil }
            try refuse(node.position, "A key must be text, not \(node.kindInWords)", "Use a word as the key")
            return nil
        }
        try check(marks)
        guard try isReadable(text, marks) else { return nil }
        if plain, text == "<<" {
            try refuse(marks.position, "A merge key (<<) stands here", "Write the keys out: merging is refused")
            return nil
        }
        if plain {
            guard case .string = PlainScalar.resolve(text) else {
                let shown = text.isEmpty ? "nothing" : excerpt(text)
                try refuse(
                    marks.position, "A key must be text, not \(shown)", "Write the key in quotes: '\(excerpt(text))'")
                return nil
            }
        }
        return (text, marks.position)
    }

    private mutating func check(_ marks: YAMLEvents.Marks) throws {
        if marks.anchored {
            try refuse(marks.position, "An anchor (&) stands here", "Remove it: anchors and aliases are refused")
        }
        if marks.tagged {
            try refuse(marks.position, "A tag (!) stands here", "Remove it: every key has its type already")
        }
    }

    private mutating func isReadable(_ text: String, _ marks: YAMLEvents.Marks) throws -> Bool {
        guard heapsMarks(text) else { return true }
        try refuse(marks.position, "More than thirty marks are heaped on one letter here", "Remove them")
        return false
    }

    private mutating func limit(_ depth: Int, _ marks: YAMLEvents.Marks) throws {
        guard depth > YAMLDocument.maximumDepth else { return }
        note(
            marks.position, "The file is nested deeper than \(YAMLDocument.maximumDepth) levels",
            "Write it with fewer levels")
        throw Stop()
    }

    private mutating func refuse(_ position: YAMLNode.Position, _ message: String, _ remedy: String) throws {
        note(position, message, remedy)
        if problems.count >= YAMLDocument.maximumProblems { throw Stop() }
    }

    private mutating func note(_ position: YAMLNode.Position, _ message: String, _ remedy: String) {
        problems.append(
            Problem(file: file, line: position.line, column: position.column, message: message, remedy: remedy))
    }
}
