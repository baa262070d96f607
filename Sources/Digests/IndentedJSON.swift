import Model

/// JSON for people and for `git diff`: keys sorted, two spaces a level, one member a line, a final newline.
///
/// Equal values give equal bytes here too; numbers and texts are written as canonical JSON writes them.
public enum IndentedJSON {
    public static func text(_ value: JSONValue) throws -> String {
        var text = ""
        try write(value, "\n", &text)
        return text + "\n"
    }

    private static func write(_ value: JSONValue, _ line: String, _ text: inout String) throws {
        switch value {
        case .array(let items):
            try write(items.map { (nil, $0) }, "[", "]", line, &text)
        case .object(let members):
            let sorted = members.sorted { $0.key.utf16.lexicographicallyPrecedes($1.key.utf16) }
            try write(sorted.map { ($0.key, $0.value) }, "{", "}", line, &text)
        default:
            text += try CanonicalJSON.string(value)
        }
    }

    private static func write(
        _ members: [(key: String?, value: JSONValue)], _ open: String, _ close: String, _ line: String,
        _ text: inout String
    ) throws {
        text += open
        for (index, member) in members.enumerated() {
            text += (index > 0 ? "," : "") + line + "  "
            if let key = member.key { text += try CanonicalJSON.string(.string(key)) + ": " }
            try write(member.value, line + "  ", &text)
        }
        text += (members.isEmpty ? "" : line) + close
    }
}
