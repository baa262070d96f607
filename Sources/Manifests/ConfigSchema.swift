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

    /// The values of an `enum`, to look one up and to name some.
    struct Choices: Sendable {
        private let all: Set<JSONValue>
        let first: [JSONValue]

        init(_ values: [JSONValue]) {
            all = Set(values)
            first = Array(values.prefix(12))
        }

        func contains(_ value: JSONValue) -> Bool { all.contains(value) }
    }

    let kinds: Set<Kind>?
    let properties: [String: ConfigSchema]
    let required: [String]
    let additional: Additional
    let choices: Choices?
    let pattern: Pattern?
    let length: ClosedRange<Int>
    let range: ClosedRange<Int64>
    let items: ConfigSchema?
    let count: ClosedRange<Int>

    init(
        kinds: Set<Kind>?, properties: [String: ConfigSchema], required: [String], additional: Additional,
        choices: Choices?, pattern: Pattern?, length: ClosedRange<Int>, range: ClosedRange<Int64>,
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

    /// What is wrong with a configuration, up to as many findings as a file may have; pointers start with `pointer`.
    func findings(in value: JSONValue, at pointer: [PathStep]) -> [Finding] {
        var check = ConfigCheck()
        check.check(value, self, pointer)
        return check.findings
    }

    /// The property that a mistyped key most likely meant; none where there are too many to compare.
    func property(near key: String) -> String? {
        properties.count <= 200 ? nearest(to: key, among: properties.keys.sorted()) : nil
    }
}
