import Model

/// Holds a configuration against a schema, and collects what is wrong.
///
/// Both come from the repository, so both may be as large and as unlike each other as a file can be: it ends when a file has
/// all the problems that it may have, and when patterns have taken as many steps as they may.
struct ConfigCheck {
    private(set) var findings: [Finding] = []
    private var steps = Pattern.Steps.ofOneFile

    private var isFull: Bool { findings.count >= YAMLDocument.maximumProblems }

    mutating func check(_ value: JSONValue, _ schema: ConfigSchema, _ pointer: [PathStep]) {
        if isFull { return }
        let name = ConfigCheck.name(of: pointer), kinds = ConfigCheck.kinds(of: value)
        if let wanted = schema.kinds, wanted.isDisjoint(with: kinds) {
            let words = wanted.map(\.rawValue).sorted().joined(separator: " or ")
            return find(
                pointer, "\(name) must be \(words), not \(kinds.map(\.rawValue).sorted()[0])",
                "Give it a value that the runbook's config_schema takes")
        }
        if let choices = schema.choices, !choices.contains(value) {
            let words = choices.first.map(ConfigCheck.shown).joined(separator: ", ")
            find(pointer, "\(name) must be one of \(words)", "Use one of these values")
        }
        switch value {
        case .string(let text): checkText(text, schema, pointer, name)
        case .integer(let number):
            let range = schema.range
            if !range.contains(number) {
                let bound = number < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
                find(
                    pointer, "\(name) must be \(bound), not \(number)",
                    "Use a number that the runbook's config_schema takes")
            }
        case .array(let elements): checkItems(elements, schema, pointer, name)
        case .object(let members): checkMembers(members, schema, pointer, name)
        case .null, .bool, .number: break
        }
    }

    private mutating func find(_ pointer: [PathStep], _ message: String, _ remedy: @autoclosure () -> String) {
        guard !isFull else { return }
        findings.append(Finding(pointer: pointer, message: message, remedy: remedy()))
    }

    private mutating func checkText(_ text: String, _ schema: ConfigSchema, _ pointer: [PathStep], _ name: String) {
        let characters = text.unicodeScalars.count
        if let bound = ConfigCheck.bound(characters, schema.length) {
            find(pointer, "\(name) must have \(bound) characters, not \(characters)", "Change the text")
        }
        guard let pattern = schema.pattern, steps.left > 0 else { return }
        switch pattern.matches(text, &steps) {
        case true?: break
        case false?:
            find(pointer, "\(name) does not match the pattern \(excerpt(pattern.text, 100))", "Write it in that form")
        case nil:
            find(
                pointer, "\(name) takes too long to be compared with the pattern \(excerpt(pattern.text, 100))",
                "Write shorter texts, or a simpler pattern in the runbook's config_schema")
        }
    }

    private mutating func checkItems(
        _ elements: [JSONValue], _ schema: ConfigSchema, _ pointer: [PathStep], _ name: String
    ) {
        if let bound = ConfigCheck.bound(elements.count, schema.count) {
            find(pointer, "\(name) must have \(bound) items, not \(elements.count)", "Change the list")
        }
        guard let items = schema.items else { return }
        for (index, element) in elements.enumerated() where !isFull { check(element, items, pointer + [.index(index)]) }
    }

    private mutating func checkMembers(
        _ members: [String: JSONValue], _ schema: ConfigSchema, _ pointer: [PathStep], _ name: String
    ) {
        for key in schema.required where members[key] == nil {
            if isFull { return }
            find(
                pointer, "\(name) lacks the key '\(excerpt(key))'",
                "Add it: the runbook's config_schema requires it")
        }
        for (key, member) in members.sorted(by: { $0.key < $1.key }) where !isFull {
            let place = pointer + [.key(key)]
            if let property = schema.properties[key] {
                check(member, property, place)
                continue
            }
            switch schema.additional {
            case .allowed: break
            case .schema(let additional): check(member, additional, place)
            case .refused:
                find(
                    place, "\(name) has no key '\(excerpt(key))' in the runbook's config_schema",
                    schema.property(near: key).map { "Did you mean '\(excerpt($0))'?" } ?? "Remove it")
            }
        }
    }

    /// How many there must be; `nil` where there are as many.
    private static func bound(_ count: Int, _ range: ClosedRange<Int>) -> String? {
        if range.contains(count) { return nil }
        return count < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
    }

    private static func kinds(of value: JSONValue) -> Set<ConfigSchema.Kind> {
        switch value {
        case .null: [.null]
        case .bool: [.boolean]
        case .integer: [.integer, .number]
        case .number: [.number]
        case .string: [.string]
        case .array: [.array]
        case .object: [.object]
        }
    }

    private static func name(of pointer: [PathStep]) -> String {
        switch pointer.last {
        case .key(let key)?: "'\(excerpt(key))'"
        case .index(let index)?: "Item \(index + 1)"
        case nil: "The value"
        }
    }

    private static func shown(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): String(value)
        case .string(let value): "'\(excerpt(value))'"
        case .array: "a list"
        case .object: "a block of keys"
        }
    }
}
