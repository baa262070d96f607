import Digests
import Model
import Testing

@testable import Manifests

@Suite("A runbook's config_schema")
struct ConfigSchemaTests {
    private func findings(_ schema: JSONValue, _ value: JSONValue) throws -> [Finding] {
        let (compiled, wrong) = ConfigSchema.compile(schema)
        #expect(wrong.isEmpty, "\(wrong)")
        return try #require(compiled).findings(in: value, at: [])
    }

    @Test("A finding says where in the configuration it stands")
    func pointers() throws {
        let schema: JSONValue = [
            "properties": ["rates": ["items": ["properties": ["basis": ["enum": ["nav", "gav"]]]]]],
            "required": ["rates"],
        ]
        let found = try findings(schema, ["rates": [["basis": "nav"], ["basis": "x"]]])
        #expect(found.map(\.pointer) == [[.key("rates"), .index(1), .key("basis")]])
        #expect(found.map(\.message) == ["'basis' must be one of 'nav', 'gav'"])
        #expect(try findings(schema, [:]).map(\.message) == ["The value lacks the key 'rates'"])
    }

    @Test(
        "What is not in the subset is a finding at its keyword, never ignored",
        arguments: [
            (["anyOf": []], "anyOf"), (["$ref": "#"], "$ref"), (["format": "date"], "format"),
            (["typ": "string"], "typ"),
            (["type": "text"], "type"), (["type": []], "type"), (["enum": []], "enum"), (["required": "a"], "required"),
            (["minLength": -1], "minLength"), (["minimum": "1"], "minimum"), (["pattern": "("], "pattern"),
            (["properties": []], "properties"),
        ] as [(JSONValue, String)])
    func outside(schema: JSONValue, keyword: String) {
        let (compiled, found) = ConfigSchema.compile(schema)
        #expect(compiled == nil)
        #expect(found.map(\.pointer) == [[.key(keyword)]])
    }

    @Test("A configuration has at most as many findings as a file has problems, and the first ones")
    func many() throws {
        let schema: JSONValue = ["additionalProperties": false]
        let config = JSONValue.object(Dictionary(uniqueKeysWithValues: (100..<900).map { ("k\($0)", .null) }))
        let found = try findings(schema, config)
        #expect(found.map(\.pointer) == (100..<150).map { [.key("k\($0)")] })
        let unknown = JSONValue.object(Dictionary(uniqueKeysWithValues: (100..<900).map { ("k\($0)", .null) }))
        #expect(ConfigSchema.compile(unknown).1.map(\.pointer) == (100..<150).map { [.key("k\($0)")] })
    }

    @Test("A text that would take a pattern too long is a finding, and so are patterns that are too large together")
    func slow() throws {
        let slow: JSONValue = ["properties": ["a": ["pattern": "(a?b?){499}c$"], "b": ["pattern": "^b$"]]]
        let found = try findings(slow, ["a": .string(String(repeating: "ab", count: 100_000)), "b": "b"])
        #expect(found.map(\.pointer) == [[.key("a")]])
        #expect(found.first?.message.hasPrefix("'a' takes too long") == true)
        let large = JSONValue.object(
            ["properties": .object(Dictionary(uniqueKeysWithValues: (10..<60).map { ("k\($0)", ["pattern": "(((a{9}){9}){9}){2}"]) }))])
        #expect(ConfigSchema.compile(large).1.first?.message == "'pattern' cannot be used: it and those before it are too large together")
    }

    @Test("Bounds that exclude everything, and schemas that are none, are findings")
    func senseless() {
        for schema: JSONValue in [
            ["minimum": 2, "maximum": 1], ["minItems": 2, "maxItems": 1], ["items": true], ["additionalProperties": 1],
            "string", nil,
        ] {
            #expect(ConfigSchema.compile(schema).1.count == 1)
        }
    }

    @Test(
        "Python's jsonschema judges random configurations alike",
        .enabled(if: Python.hasJSONSchema, "jsonschema is not importable"))
    func agrees() throws {
        let seed = UInt64.random(in: 0 ... .max)
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var schemas: [String: JSONValue] = [:]
        var cases: [JSONValue] = []
        var verdicts: [Bool] = []
        for index in 0..<150 {
            let schema = randomSchema(depth: 3, &random)
            schemas["\(index)"] = schema
            for _ in 0..<12 {
                let value = randomValue(depth: 3, &random)
                cases.append([.string("\(index)"), value])
                verdicts.append(try findings(schema, value).isEmpty)
            }
        }
        let input = try CanonicalJSON.encode(["schemas": .object(schemas), "cases": .array(cases)] as JSONValue)
        let theirs = try CanonicalJSON.parse(Python.judge(input)).array?.compactMap(\.bool) ?? []
        try #require(theirs.count == verdicts.count)
        for (index, (ours, theirs)) in zip(verdicts, theirs).enumerated() where ours != theirs {
            Issue.record("seed \(seed): \(schemas["\(index / 12)"] ?? nil) on \(cases[index])")
        }
        #expect(verdicts.contains(true) && verdicts.contains(false))
    }

    private let words: [JSONValue] = ["a", "ab", "", "ü", 0, 1, -3, 7, true, false, nil]

    private func randomSchema(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        var schema: [String: JSONValue] = [:]
        func chance() -> Bool { Int.random(in: 0..<4, using: &random) == 0 }
        if chance() {
            schema["type"] = .string(
                ["object", "array", "string", "integer", "number", "boolean", "null"].randomElement(using: &random)
                    ?? "")
        }
        if chance() { schema["enum"] = .array((0..<4).map { _ in words.randomElement(using: &random) ?? nil }) }
        if chance() { schema["const"] = words.randomElement(using: &random) }
        if chance() { schema["pattern"] = .string(["^a", "b$", "^[a-b]*$", "ü?"].randomElement(using: &random) ?? "") }
        if chance() { schema["minLength"] = 1 }
        if chance() { schema["maxLength"] = 1 }
        if chance() { schema["minimum"] = 0 }
        if chance() { schema["maximum"] = 5 }
        if chance() { schema["minItems"] = 1 }
        if chance() { schema["maxItems"] = 1 }
        if chance() { schema["required"] = ["a"] }
        if depth > 0 {
            if chance() { schema["items"] = randomSchema(depth: depth - 1, &random) }
            if chance() {
                schema["properties"] = [
                    "a": randomSchema(depth: depth - 1, &random), "b": randomSchema(depth: depth - 1, &random),
                ]
            }
            if chance() { schema["additionalProperties"] = chance() ? false : randomSchema(depth: depth - 1, &random) }
        }
        return .object(schema)
    }

    private func randomValue(depth: Int, _ random: inout SeededGenerator) -> JSONValue {
        let count = Int.random(in: 0...2, using: &random)
        switch depth > 0 ? Int.random(in: 0..<4, using: &random) : 0 {
        case 2: return .array((0..<count).map { _ in randomValue(depth: depth - 1, &random) })
        case 3:
            var members: [String: JSONValue] = [:]
            for key in ["a", "b", "c"].shuffled(using: &random).prefix(count) {
                members[key] = randomValue(depth: depth - 1, &random)
            }
            return .object(members)
        default: return words.randomElement(using: &random) ?? nil
        }
    }
}
