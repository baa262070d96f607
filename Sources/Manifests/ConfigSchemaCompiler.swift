import Model

/// Reads the text of a `config_schema` and finds what is not in the subset.
struct ConfigSchemaCompiler {
    /// More instructions than this for all patterns together are refused: a pattern of few characters can have thousands.
    static let maximumInstructions = 20_000

    private(set) var findings: [Finding] = []
    private var instructions = 0
    private var isFull: Bool { findings.count >= YAMLDocument.maximumProblems }

    private static let annotations: Set<String> = [
        "title", "description", "default", "examples", "$schema", "$comment",
    ]
    static let keywords = [
        "type", "properties", "required", "additionalProperties", "enum", "const", "pattern", "minLength", "maxLength",
        "minimum", "maximum", "items", "minItems", "maxItems",
    ]

    mutating func compile(_ value: JSONValue, at pointer: [PathStep]) -> ConfigSchema? {
        guard case .object(let members) = value else {
            find(pointer, "A schema must be a block of keys", "Write keywords such as type and properties")
            return nil
        }
        for key in members.keys.sorted() where !Self.keywords.contains(key) && !Self.annotations.contains(key) {
            find(
                pointer + [.key(key)], "The keyword '\(excerpt(key))' is not supported in a config_schema",
                nearest(to: key, among: Self.keywords).map { "Did you mean '\($0)'?" } ?? "Remove it, or use one of "
                    + Self.keywords.joined(separator: ", "))
        }
        return ConfigSchema(
            kinds: kinds(members, pointer), properties: properties(members, pointer),
            required: required(members, pointer), additional: additional(members, pointer),
            choices: choices(members, pointer), pattern: pattern(members, pointer),
            length: bounds(members, "minLength", "maxLength", pointer),
            range: range(members, pointer),
            items: members["items"].flatMap { compile($0, at: pointer + [.key("items")]) },
            count: bounds(members, "minItems", "maxItems", pointer))
    }

    private mutating func find(_ pointer: [PathStep], _ message: String, _ remedy: @autoclosure () -> String) {
        guard !isFull else { return }
        findings.append(Finding(pointer: pointer, message: message, remedy: remedy()))
    }

    private mutating func kinds(_ members: [String: JSONValue], _ pointer: [PathStep]) -> Set<ConfigSchema.Kind>? {
        guard let value = members["type"] else { return nil }
        let words = value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
        let kinds = words.compactMap(ConfigSchema.Kind.init(rawValue:))
        guard !kinds.isEmpty, kinds.count == (value.array?.count ?? 1) else {
            find(
                pointer + [.key("type")], "'type' must name JSON types",
                "Use " + ConfigSchema.Kind.allCases.map(\.rawValue).joined(separator: ", "))
            return nil
        }
        return Set(kinds)
    }

    private mutating func properties(_ members: [String: JSONValue], _ pointer: [PathStep]) -> [String: ConfigSchema] {
        guard let value = members["properties"] else { return [:] }
        guard let object = value.object else {
            find(pointer + [.key("properties")], "'properties' must be a block of keys", "Write one schema per key")
            return [:]
        }
        var result: [String: ConfigSchema] = [:]
        for (key, schema) in object.sorted(by: { $0.key < $1.key }) where !isFull {
            result[key] = compile(schema, at: pointer + [.key("properties"), .key(key)])
        }
        return result
    }

    private mutating func required(_ members: [String: JSONValue], _ pointer: [PathStep]) -> [String] {
        guard let value = members["required"] else { return [] }
        let words = value.array?.compactMap(\.string) ?? []
        if words.count != value.array?.count ?? -1 {
            find(
                pointer + [.key("required")], "'required' must be a list of key names", "List the keys that are needed")
        }
        return words
    }

    private mutating func additional(
        _ members: [String: JSONValue], _ pointer: [PathStep]
    ) -> ConfigSchema.Additional {
        switch members["additionalProperties"] {
        case nil, .bool(true)?: return .allowed
        case .bool(false)?: return .refused
        case let value?:
            return compile(value, at: pointer + [.key("additionalProperties")]).map { .schema($0) } ?? .allowed
        }
    }

    private mutating func choices(_ members: [String: JSONValue], _ pointer: [PathStep]) -> ConfigSchema.Choices? {
        if let constant = members["const"] {
            guard let list = members["enum"]?.array else { return ConfigSchema.Choices([constant]) }
            return ConfigSchema.Choices(list.filter { $0 == constant })
        }
        guard let value = members["enum"] else { return nil }
        guard let list = value.array, !list.isEmpty else {
            find(pointer + [.key("enum")], "'enum' must be a list of values", "List the values that are taken")
            return nil
        }
        return ConfigSchema.Choices(list)
    }

    private mutating func pattern(_ members: [String: JSONValue], _ pointer: [PathStep]) -> Pattern? {
        guard let value = members["pattern"] else { return nil }
        do {
            guard let text = value.string else { throw PatternError(message: "it is not text") }
            guard instructions < Self.maximumInstructions else {
                throw PatternError(message: "it and those before it are too large together")
            }
            let pattern = try Pattern(text)
            instructions += pattern.size
            return pattern
        } catch {
            let reason = (error as? PatternError)?.message ?? "unreadable"
            find(
                pointer + [.key("pattern")], "'pattern' cannot be used: \(reason)", "Write a simpler regular expression"
            )
            return nil
        }
    }

    private mutating func range(_ members: [String: JSONValue], _ pointer: [PathStep]) -> ClosedRange<Int64> {
        let low = integer(members, "minimum", least: .min, pointer) ?? .min
        let high = integer(members, "maximum", least: .min, pointer) ?? .max
        guard low <= high else {
            find(pointer, "'minimum' is greater than 'maximum'", "Correct one of the two")
            return .min ... .max
        }
        return low...high
    }

    private mutating func bounds(
        _ members: [String: JSONValue], _ lower: String, _ upper: String, _ pointer: [PathStep]
    ) -> ClosedRange<Int> {
        let low = Int(integer(members, lower, least: 0, pointer) ?? 0)
        let high = integer(members, upper, least: 0, pointer).map { Int($0) } ?? .max
        guard low <= high else {
            find(pointer, "'\(lower)' is greater than '\(upper)'", "Correct one of the two")
            return 0 ... .max
        }
        return low...high
    }

    private mutating func integer(
        _ members: [String: JSONValue], _ key: String, least: Int64, _ pointer: [PathStep]
    ) -> Int64? {
        guard let value = members[key] else { return nil }
        if let number = value.integer, number >= least { return number }
        find(pointer + [.key(key)], "'\(key)' must be a whole number", "Write a whole number")
        return nil
    }
}
