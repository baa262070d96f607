import Model

/// One place of a spec that names another resource.
struct Reference {
    /// From the root of the document.
    var pointer: [PathStep]
    var key: ResourceKey

    /// All references of a spec, by its table.
    static func all(of spec: JSONValue, _ type: ObjectType, tenant: String?) -> [Reference] {
        var found: [Reference] = []
        collect(spec, .object(type), tenant, [.key("spec")], &found)
        return found
    }

    /// The keys that a spec names, with the tenant it belongs to; sorted, each once.
    static func keys(of spec: JSONValue, _ type: ObjectType, tenant: String?) -> [ResourceKey] {
        var keys = Set(all(of: spec, type, tenant: tenant).map(\.key))
        if let tenant { keys.insert(ResourceKey(.tenant, name: tenant)) }
        return keys.sorted()
    }

    private static func collect(
        _ value: JSONValue, _ type: FieldType, _ tenant: String?, _ pointer: [PathStep], _ found: inout [Reference]
    ) {
        switch (type, value) {
        case (.reference(let kind), .string(let name)):
            let key = ResourceKey(kind, tenant: kind.belongsToTenant ? tenant : nil, name: name)
            found.append(Reference(pointer: pointer, key: key))
        case (.list(let element, _), .array(let items)) where element.mayRefer:
            for (index, item) in items.enumerated() {
                collect(item, element, tenant, pointer + [.index(index)], &found)
            }
        case (.map(_, let element), .object(let members)) where element.mayRefer:
            for (key, member) in members.sorted(by: { $0.key < $1.key }) {
                collect(member, element, tenant, pointer + [.key(key)], &found)
            }
        case (.object(let object), .object(let members)):
            for field in object.fields where field.type.mayRefer {
                guard let member = members[field.name] else { continue }
                collect(member, field.type, tenant, pointer + [.key(field.name)], &found)
            }
        default: break
        }
    }
}

extension FieldType {
    /// Whether a value of this type can name another resource.
    fileprivate var mayRefer: Bool {
        switch self {
        case .reference: true
        case .list(let element, _), .map(_, let element): element.mayRefer
        case .object(let object): object.fields.contains { $0.type.mayRefer }
        default: false
        }
    }
}
