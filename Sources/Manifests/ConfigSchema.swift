import Model

/// A runbook's `config_schema`: the subset of JSON Schema that a deployment's `config` is checked against.
///
/// A keyword outside the subset is a problem, never ignored: a rule that is not applied must not look applied. Only what
/// annotates (`title`, `description`, `default`, `examples`, `$schema`, `$comment`) has no effect.
final class ConfigSchema: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case object, array, string, integer, number, boolean, null
    }

    enum Additional: Sendable {
        case allowed
        case refused
        case schema(ConfigSchema)
    }

    let kinds: Set<Kind>?
    let properties: [String: ConfigSchema]
    let required: [String]
    let additional: Additional
    let choices: [JSONValue]?
    let pattern: Pattern?
    let length: ClosedRange<Int>
    let range: ClosedRange<Int64>
    let items: ConfigSchema?
    let count: ClosedRange<Int>

    init(
        kinds: Set<Kind>?, properties: [String: ConfigSchema], required: [String], additional: Additional,
        choices: [JSONValue]?, pattern: Pattern?, length: ClosedRange<Int>, range: ClosedRange<Int64>,
        items: ConfigSchema?, count: ClosedRange<Int>
    ) {
        self.kinds = kinds
        self.properties = properties
        self.required = required
        self.additional = additional
        self.choices = choices
        self.pattern = pattern
        self.length = length
        self.range = range
        self.items = items
        self.count = count
    }

    /// The schema, where the text is one, and what is wrong with it; pointers start at the schema.
    static func compile(_ value: JSONValue) -> (ConfigSchema?, [Finding]) {
        var compiler = ConfigSchemaCompiler()
        let schema = compiler.compile(value, at: [])
        return (compiler.findings.isEmpty ? schema : nil, compiler.findings)
    }

    /// What is wrong with a configuration; pointers start with `pointer`.
    func findings(in value: JSONValue, at pointer: [PathStep]) -> [Finding] {
        var findings: [Finding] = []
        check(value, pointer, &findings)
        return findings
    }

    private func check(_ value: JSONValue, _ pointer: [PathStep], _ findings: inout [Finding]) {
        func find(_ message: String, _ remedy: String, at place: [PathStep]? = nil) {
            findings.append(Finding(pointer: place ?? pointer, message: message, remedy: remedy))
        }
        let name = ConfigSchema.name(of: pointer)
        if let kinds, kinds.isDisjoint(with: ConfigSchema.kinds(of: value)) {
            let wanted = kinds.map(\.rawValue).sorted().joined(separator: " or ")
            let found = ConfigSchema.kinds(of: value).map(\.rawValue).sorted()[0]
            return find(
                "\(name) must be \(wanted), not \(found)", "Give it a value that the runbook's config_schema takes")
        }
        if let choices, !choices.contains(value) {
            let words = choices.prefix(12).map(ConfigSchema.shown).joined(separator: ", ")
            find("\(name) must be one of \(words)", "Use one of these values")
        }
        switch value {
        case .string(let text): checkText(text, name, find)
        case .integer(let number):
            if !range.contains(number) {
                let bound = number < range.lowerBound ? "at least \(range.lowerBound)" : "at most \(range.upperBound)"
                find("\(name) must be \(bound), not \(number)", "Use a number that the runbook's config_schema takes")
            }
        case .array(let elements):
            if !count.contains(elements.count) {
                let bound =
                    elements.count < count.lowerBound ? "at least \(count.lowerBound)" : "at most \(count.upperBound)"
                find("\(name) must have \(bound) items, not \(elements.count)", "Change the list")
            }
            if let items {
                for (index, element) in elements.enumerated() {
                    items.check(element, pointer + [.index(index)], &findings)
                }
            }
        case .object(let members): checkMembers(members, pointer, name, &findings)
        case .null, .bool, .number: break
        }
    }

    private func checkText(_ text: String, _ name: String, _ find: (String, String, [PathStep]?) -> Void) {
        let characters = text.unicodeScalars.count
        if !length.contains(characters) {
            let bound =
                characters < length.lowerBound ? "at least \(length.lowerBound)" : "at most \(length.upperBound)"
            find("\(name) must have \(bound) characters, not \(characters)", "Change the text", nil)
        }
        if let pattern, !pattern.matches(text) {
            find("\(name) does not match the pattern \(pattern.text)", "Write it in that form", nil)
        }
    }

    private func checkMembers(
        _ members: [String: JSONValue], _ pointer: [PathStep], _ name: String, _ findings: inout [Finding]
    ) {
        for key in required where members[key] == nil {
            findings.append(
                Finding(
                    pointer: pointer, message: "\(name) lacks the key '\(key)'",
                    remedy: "Add it: the runbook's config_schema requires it"))
        }
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            let place = pointer + [.key(key)]
            if let schema = properties[key] {
                schema.check(member, place, &findings)
                continue
            }
            switch additional {
            case .allowed: break
            case .schema(let schema): schema.check(member, place, &findings)
            case .refused:
                let near = nearest(to: key, among: properties.keys.sorted())
                findings.append(
                    Finding(
                        pointer: place, message: "\(name) has no key '\(excerpt(key))' in the runbook's config_schema",
                        remedy: near.map { "Did you mean '\($0)'?" } ?? "Remove it"))
            }
        }
    }

    private static func kinds(of value: JSONValue) -> Set<Kind> {
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
