import Model

/// What a value may be.
///
/// One table of these per kind is the only description of that kind: validation, defaults, references and the
/// published JSON Schema all come from it.
indirect enum FieldType: Sendable {
    case text(TextRule)
    /// The name of another resource. Of the same tenant, for a kind that belongs to one.
    case reference(ResourceKind)
    case boolean
    case integer(ClosedRange<Int64>)
    case choice([String])
    case list(FieldType, atLeast: Int)
    /// Free keys, checked by a rule, all with values of one type.
    case map(keys: TextRule, FieldType)
    case object(ObjectType)
    /// Any block of keys; decimals in it stand in quotes.
    case anyObject
    case any
    /// A JSON Schema in the subset of `ConfigSchema`.
    case configSchema
}

/// The keys of an object.
struct ObjectType: Sendable {
    var fields: [Field]
    /// What the value of one choice asks of the other keys.
    var variants: [Variant] = []

    private let names: Set<String>

    init(_ fields: [Field], variants: [Variant] = []) {
        self.fields = fields
        self.variants = variants
        names = Set(fields.map(\.name))
    }

    func knows(_ name: String) -> Bool { names.contains(name) }
}

struct Field: Sendable {
    let name: String
    let type: FieldType
    let isRequired: Bool
    /// What a missing key stands for; `nil` leaves it out.
    let standard: JSONValue?
    /// One sentence for editors.
    let help: String

    static func required(_ name: String, _ type: FieldType, _ help: String) -> Field {
        Field(name: name, type: type, isRequired: true, standard: nil, help: help)
    }

    static func optional(
        _ name: String, _ type: FieldType, standard: JSONValue? = nil, _ help: String
    ) -> Field {
        Field(name: name, type: type, isRequired: false, standard: standard, help: help)
    }
}

/// Where `field` has this value, these keys are needed and those are refused.
struct Variant: Sendable {
    var field: String
    var value: String
    var needs: [String] = []
    var refuses: [String] = []
}
