import Digests
import Model

/// The published JSON Schemas (draft 2020-12), made from the same tables that validate.
///
/// Editors complete and check with them. They say everything that the tables say; what needs a calendar, a list of
/// time zones or another file is judged by `assay validate` alone.
public enum Schemas {
    /// Text of each schema by file name, as it lies in `docs/schemas/`.
    public static let all: [String: String] = {
        var texts: [String: String] = [:]
        for table in KindTable.all {
            texts[fileName(table.kind)] = text(table.document, title: table.kind.rawValue, table.help)
        }
        texts["runbook.schema.json"] = text(
            KindTable.runbook, title: "Runbook", "The front matter of a runbook.md.")
        texts["scenario.schema.json"] = text(
            ScenarioTable.document, title: "Scenario", "A scenario.yaml of a runbook's tests.")
        texts["config.schema.json"] = text(
            HomeConfiguration.table, title: "Configuration", "The config.yaml of a tenant home.")
        return texts
    }()

    /// Such as `chart-of-accounts.schema.json`.
    static func fileName(_ kind: ResourceKind) -> String {
        var name = ""
        for letter in kind.rawValue {
            if letter.isUppercase, !name.isEmpty { name += "-" }
            name += letter.lowercased()
        }
        return name + ".schema.json"
    }

    private static func text(_ type: ObjectType, title: String, _ help: String) -> String {
        var schema = object(type)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = .string(title)
        schema["description"] = .string(help)
        if type.fields.contains(where: { if case .configSchema = $0.type { true } else { false } }) {
            schema["$defs"] = ["configSchema": configSchema]
        }
        // The tables hold nothing without a canonical form; a test compares the text with the files.
        return (try? IndentedJSON.text(.object(schema))) ?? ""
    }

    // MARK: From tables

    private static func schema(_ type: FieldType) -> [String: JSONValue] {
        switch type {
        case .text(let rule): ["type": "string", "pattern": .string(rule.pattern)]
        case .reference: ["type": "string", "pattern": .string(TextRule.name.pattern)]
        case .boolean: ["type": "boolean"]
        case .integer(let range):
            ["type": "integer", "minimum": .integer(range.lowerBound), "maximum": .integer(range.upperBound)]
        case .choice(let words):
            words.count == 1 ? ["const": .string(words[0])] : ["enum": .array(words.map { .string($0) })]
        case .list(let element, let least):
            least == 0
                ? ["type": "array", "items": .object(schema(element))]
                : ["type": "array", "items": .object(schema(element)), "minItems": .integer(Int64(least))]
        case .map(let keys, let element):
            [
                "type": "object", "propertyNames": ["pattern": .string(keys.pattern)],
                "additionalProperties": .object(schema(element)),
            ]
        case .object(let type): object(type)
        case .anyObject: ["type": "object"]
        case .any: [:]
        case .configSchema: ["$ref": "#/$defs/configSchema"]
        }
    }

    private static func object(_ type: ObjectType) -> [String: JSONValue] {
        var properties: [String: JSONValue] = [:]
        for field in type.fields {
            var property = schema(field.type)
            property["description"] = .string(field.help)
            if let standard = field.standard { property["default"] = standard }
            properties[field.name] = .object(property)
        }
        var result: [String: JSONValue] = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        let required = type.fields.filter(\.isRequired).map(\.name)
        if !required.isEmpty { result["required"] = names(required) }
        if !type.variants.isEmpty { result["allOf"] = .array(type.variants.map(variant)) }
        return result
    }

    private static func variant(_ variant: Variant) -> JSONValue {
        var then: [String: JSONValue] = [:]
        if !variant.needs.isEmpty { then["required"] = names(variant.needs) }
        if !variant.refuses.isEmpty {
            then["properties"] = .object(Dictionary(uniqueKeysWithValues: variant.refuses.map { ($0, .bool(false)) }))
        }
        let condition: JSONValue = [
            "properties": .object([variant.field: ["const": .string(variant.value)]]),
            "required": names([variant.field]),
        ]
        return ["if": condition, "then": .object(then)]
    }

    private static func names(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }

    // MARK: The subset of JSON Schema

    private static let configSchema: JSONValue = {
        let one: JSONValue = ["$ref": "#/$defs/configSchema"]
        let count: JSONValue = ["type": "integer", "minimum": 0]
        let kinds: JSONValue = ["enum": .array(ConfigSchema.Kind.allCases.map { .string($0.rawValue) })]
        let keywords: [String: JSONValue] = [
            "type": ["anyOf": [kinds, ["type": "array", "items": kinds, "minItems": 1]]],
            "properties": ["type": "object", "additionalProperties": one],
            "required": ["type": "array", "items": ["type": "string"]],
            "additionalProperties": ["anyOf": [["type": "boolean"], one]],
            "enum": ["type": "array", "minItems": 1], "const": [:], "pattern": ["type": "string"],
            "minLength": count, "maxLength": count, "minItems": count, "maxItems": count,
            "minimum": ["type": "integer"], "maximum": ["type": "integer"], "items": one,
            "title": ["type": "string"], "description": ["type": "string"], "default": [:], "examples": [:],
            "$schema": ["type": "string"], "$comment": ["type": "string"],
        ]
        return ["type": "object", "properties": .object(keywords), "additionalProperties": false]
    }()
}
