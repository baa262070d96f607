import Model

/// Writes a value as YAML that has one reading: one line, every text in quotes, nothing but ASCII.
enum FlowYAML {
    static func text(_ value: JSONValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let value): String(value)
        case .integer(let value): String(value)
        case .number(let value): quoted(String(value))
        case .string(let value): quoted(value)
        case .array(let items): "[" + items.map(text).joined(separator: ", ") + "]"
        case .object(let members):
            // With `?`, or a key could not be longer than 1024 characters.
            "{" + members.sorted { $0.key < $1.key }.map { "? \(quoted($0.key)) : \(text($0.value))" }
                .joined(separator: ", ") + "}"
        }
    }

    private static func quoted(_ text: String) -> String {
        "\"" + text.unicodeScalars.map(escaped).joined() + "\""
    }

    private static func escaped(_ scalar: Unicode.Scalar) -> String {
        switch scalar {
        case "\"", "\\": return "\\" + String(scalar)
        case " "..."~": return String(scalar)
        default:
            let digits = String(scalar.value, radix: 16)
            return "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
        }
    }
}
