import Model

/// Reads a node as what a table says it must be: a normalised value with defaults filled in, and all problems.
struct ShapeReader {
    let file: String
    private(set) var problems: [Problem] = []

    init(file: String) { self.file = file }

    /// `nil` where the value is not of this type; then there is a problem that says so.
    mutating func read(_ node: YAMLNode, as type: FieldType, named name: String) -> JSONValue? {
        switch type {
        case .text(let rule): return text(node, rule, name)
        case .reference(let kind):
            return text(node, .name, kind == .runbook ? "\(name), the slug of a runbook," : name)
        case .boolean:
            if case .bool(let value) = node.value { return .bool(value) }
            return wrong(node, name, "true or false")
        case .integer(let range):
            if case .integer(let value) = node.value, range.contains(value) { return .integer(value) }
            return wrong(node, name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        case .choice(let words): return choice(node, words, name)
        case .list(let element, let least): return list(node, element, least, name)
        case .map(let rule, let element): return map(node, rule, element, name)
        case .object(let type): return object(node, type, named: name)
        case .anyObject:
            guard node.entries != nil else { return wrong(node, name, "a block of keys") }
            return free(node, name)
        case .any: return free(node, name)
        case .configSchema: return schema(node, name)
        }
    }

    /// The keys of an object: unknown ones refused with the nearest known, missing ones filled in or reported.
    mutating func object(_ node: YAMLNode, _ type: ObjectType, named name: String) -> JSONValue? {
        guard let entries = node.entries else { return wrong(node, name, "a block of keys") }
        let before = problems.count
        var members: [String: JSONValue] = [:]
        for entry in entries where !type.knows(entry.key) { unknown(entry, type, name) }
        for field in type.fields {
            if let entry = entries.first(where: { $0.key == field.name }) {
                members[field.name] = read(entry.value, as: field.type, named: "'\(field.name)'")
            } else if field.isRequired {
                note(
                    node.position, "\(name) lacks the key '\(field.name)'",
                    "Add '\(field.name)': \(lowercasedStart(field.help))")
            } else if let standard = field.standard {
                members[field.name] = standard
            }
        }
        checkVariants(node, type, members, name)
        return problems.count == before ? .object(members) : nil
    }

    /// After so many problems nothing more is said about a file, and so nothing more is looked for.
    private var hasRoom: Bool { problems.count < YAMLDocument.maximumProblems }

    mutating func note(_ position: YAMLNode.Position, _ message: String, _ remedy: String) {
        guard hasRoom else { return }
        problems.append(
            Problem(file: file, line: position.line, column: position.column, message: message, remedy: remedy))
    }

    mutating func note(_ findings: [Finding], in root: YAMLNode) {
        for finding in findings.prefix(YAMLDocument.maximumProblems) {
            note(root.position(of: finding.pointer), finding.message, finding.remedy)
        }
    }

    // MARK: Scalars

    private mutating func text(_ node: YAMLNode, _ rule: TextRule, _ name: String) -> JSONValue? {
        if case .string(let text) = node.value, rule.accepts(text) { return .string(text) }
        return wrong(node, name, rule.description)
    }

    private mutating func choice(_ node: YAMLNode, _ words: [String], _ name: String) -> JSONValue? {
        guard case .string(let text) = node.value else { return wrong(node, name, oneOf(words)) }
        if words.contains(text) { return .string(text) }
        let near = nearest(to: text, among: words)
        note(
            node.position, "\(name) must be \(oneOf(words)), not '\(excerpt(text))'",
            near.map { "Did you mean '\($0)'?" } ?? "Write one of these words")
        return nil
    }

    private func oneOf(_ words: [String]) -> String {
        words.count == 1 ? "'\(words[0])'" : "one of " + words.joined(separator: ", ")
    }

    /// Always `nil`: notes that something else was expected.
    private mutating func wrong(_ node: YAMLNode, _ name: String, _ expected: String) -> JSONValue? {
        let remedy: String
        switch node.value {
        case .refused: return nil
        case .inexactNumber(let text): remedy = "If it is text, write it in quotes: '\(excerpt(text))'"
        case .integer(let value): remedy = "If it is text, write it in quotes: '\(value)'"
        case .null: remedy = "Give it a value or remove the key"
        default: remedy = "Correct the value"
        }
        note(node.position, "\(name) must be \(expected), not \(node.kindInWords)", remedy)
        return nil
    }

    // MARK: Collections

    private mutating func list(_ node: YAMLNode, _ element: FieldType, _ least: Int, _ name: String) -> JSONValue? {
        guard case .sequence(let items) = node.value else { return wrong(node, name, "a list") }
        if items.count < least {
            note(node.position, "\(name) is an empty list", "Add at least one item")
            return nil
        }
        let before = problems.count
        let values = items.compactMap { read($0, as: element, named: "An item of \(name)") }
        return problems.count == before && values.count == items.count ? .array(values) : nil
    }

    private mutating func map(
        _ node: YAMLNode, _ rule: TextRule, _ element: FieldType, _ name: String
    ) -> JSONValue? {
        guard let entries = node.entries else { return wrong(node, name, "a block of keys") }
        let before = problems.count
        var members: [String: JSONValue] = [:]
        for entry in entries {
            if !rule.accepts(entry.key) {
                note(
                    entry.keyPosition, "A key of \(name) must be \(rule.description), not '\(excerpt(entry.key))'",
                    "Rename the key")
            }
            members[entry.key] = read(entry.value, as: element, named: "'\(excerpt(entry.key))' in \(name)")
        }
        return problems.count == before ? .object(members) : nil
    }

    private mutating func unknown(_ entry: YAMLNode.Entry, _ type: ObjectType, _ name: String) {
        guard hasRoom else { return }
        let known = type.fields.map(\.name)
        let near = nearest(to: entry.key, among: known)
        note(
            entry.keyPosition, "\(name) has no key '\(excerpt(entry.key))'",
            near.map { "Did you mean '\($0)'?" } ?? "Remove it, or use one of " + known.joined(separator: ", "))
    }

    private mutating func checkVariants(
        _ node: YAMLNode, _ type: ObjectType, _ members: [String: JSONValue], _ name: String
    ) {
        for variant in type.variants where members[variant.field]?.string == variant.value {
            for key in variant.needs where node.entry(key) == nil {
                note(
                    node.position, "\(name) with \(variant.field) '\(variant.value)' lacks the key '\(key)'",
                    "Add '\(key)'")
            }
            for key in variant.refuses {
                guard let entry = node.entry(key) else { continue }
                note(
                    entry.keyPosition, "'\(key)' has no meaning with \(variant.field) '\(variant.value)'", "Remove it")
            }
        }
    }

    // MARK: Free-form

    /// Any value as JSON; a number that would lose its exact form is a problem.
    private mutating func free(_ node: YAMLNode, _ name: String) -> JSONValue? {
        switch node.value {
        case .null: return .null
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .string(let text): return .string(text)
        case .refused: return nil
        case .inexactNumber(let text):
            note(
                node.position, "\(name) holds the number \(excerpt(text)), which has no one exact form",
                "Write it in quotes: '\(excerpt(text))'")
            return nil
        case .sequence(let items):
            let values = items.map { free($0, "An item of \(name)") ?? .null }
            return .array(values)
        case .mapping(let entries):
            var members: [String: JSONValue] = [:]
            for entry in entries { members[entry.key] = free(entry.value, "'\(excerpt(entry.key))'") ?? .null }
            return .object(members)
        }
    }

    private mutating func schema(_ node: YAMLNode, _ name: String) -> JSONValue? {
        let before = problems.count
        guard node.entries != nil else { return wrong(node, name, "a block of keys") }
        guard let value = free(node, name), problems.count == before else { return nil }
        let (_, findings) = ConfigSchema.compile(value)
        note(findings, in: node)
        return findings.isEmpty ? value : nil
    }
}

/// For a help sentence that follows a colon; an abbreviation keeps its capitals.
private func lowercasedStart(_ text: String) -> String {
    guard let first = text.first, let second = text.dropFirst().first, second.isLowercase || second == " " else {
        return text
    }
    return first.lowercased() + text.dropFirst()
}
