import Model

/// One value of a YAML file and where it stands.
public struct YAMLNode: Sendable, Hashable {
    public indirect enum Value: Sendable, Hashable {
        case null
        case bool(Bool)
        case integer(Int64)
        /// A plain scalar that other readers take for a number but that would lose its exact form: `0.015`, `1e3`,
        /// `007`, `0x1F`, or more than 2⁵³ − 1.
        case inexactNumber(String)
        case string(String)
        case sequence([YAMLNode])
        case mapping([Entry])
        /// Already reported; says nothing more.
        case refused
    }

    public struct Entry: Sendable, Hashable {
        public var key: String
        public var keyPosition: Position
        public var value: YAMLNode
    }

    /// One-based line and column of the file, the column in characters.
    public struct Position: Sendable, Hashable {
        public var line: Int
        public var column: Int
    }

    public var value: Value
    public var position: Position
}

extension YAMLNode {
    var entries: [Entry]? { if case .mapping(let entries) = value { entries } else { nil } }
    var string: String? { if case .string(let text) = value { text } else { nil } }

    func entry(_ key: String) -> Entry? { entries?.first { $0.key == key } }

    /// What the value is, in words for a message.
    var kindInWords: String {
        switch value {
        case .null: "nothing"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): "the number \(value)"
        case .inexactNumber(let text): "the number \(excerpt(text))"
        case .string(let text): "'\(excerpt(text))'"
        case .sequence: "a list"
        case .mapping: "a block of keys"
        case .refused: "something refused"
        }
    }

    /// Where the thing at `pointer` stands: its key where it has one, else the nearest parent that exists.
    func position(of pointer: [PathStep]) -> Position {
        var node = self
        var found = position
        for step in pointer {
            switch (step, node.value) {
            case (.key(let key), .mapping(let entries)):
                guard let entry = entries.first(where: { $0.key == key }) else { return found }
                found = entry.keyPosition
                node = entry.value
            case (.index(let index), .sequence(let items)) where items.indices.contains(index):
                node = items[index]
                found = node.position
            default: return found
            }
        }
        return found
    }
}

/// One step from a value to a value inside it.
enum PathStep: Sendable, Hashable {
    case key(String)
    case index(Int)
}

/// Something wrong inside a resource, before it is known where in the file that stands.
struct Finding: Sendable, Hashable {
    /// From the root of the document, such as `spec`, `config`, `rate`.
    var pointer: [PathStep]
    var message: String
    var remedy: String
}
