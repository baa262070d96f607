import Model

/// Everything that is declared: what was just read, over what was accepted before.
///
/// A full load has nothing underneath. Checks ask this and so never know which of the two they run in.
final class Workspace {
    enum Lookup {
        case missing
        /// Declared, but not valid; whatever depends on what is in it cannot be judged.
        case broken
        case found(Resource)
    }

    private(set) var states: [ResourceKey: UnitState] = [:] { didSet { grouped = nil } }
    /// What was read from `workspace.yaml`; `nil` where that was not read.
    private(set) var workspaceFile: UnitState?
    private let base: (any ResourceIndex)?
    /// The tenant whose resources the base holds; all of them where `nil`.
    private let tenant: String?
    private var schemas: [String: ConfigSchema?] = [:]
    private var labelled: [String: LabelTable] = [:]
    private var grouped: [Group: Members]?
    private var namesOfGroup: [Group: [String]] = [:]

    /// What one list of resources is about.
    private struct Group: Hashable {
        var kind: ResourceKind
        var tenant: String?
    }

    /// What was read of a group.
    private struct Members {
        var valid: [Resource] = []
        var hasBroken = false
    }

    init(base: (any ResourceIndex)? = nil, tenant: String? = nil) {
        self.base = base
        self.tenant = tenant
    }

    func set(_ state: UnitState, for unit: Unit) throws {
        guard case .manifest(_, .workspace, _, _) = unit else {
            states[unit.key] = state
            return
        }
        // The one manifest that says its own name: the old name is gone, whatever the new one is.
        workspaceFile = state
        for old in try base?.resources(kind: .workspace, tenant: nil) ?? [] { states[old.key] = .absent }
        if case .valid(let resource) = state { states[resource.key] = state }
    }

    func lookup(_ key: ResourceKey) throws -> Lookup {
        switch states[key] {
        case .absent?: .missing
        case .broken?: .broken
        case .valid(let resource)?: .found(resource)
        case nil: try before(key).map(Lookup.found) ?? .missing
        }
    }

    /// What the base holds under this key.
    func before(_ key: ResourceKey) throws -> Resource? {
        guard let base, key.isKept(by: tenant) else { return nil }
        return try base.resource(key)
    }

    /// All valid resources of a kind, in no particular order.
    func resources(_ kind: ResourceKind, tenant owner: String?) throws -> [Resource] {
        var found: [Resource] = []
        if let base, owner == nil || tenant == nil || owner == tenant {
            found = try base.resources(kind: kind, tenant: owner).filter { states[$0.key] == nil }
        }
        return found + (members(kind, owner)?.valid ?? [])
    }

    /// Names of a kind that are declared, to suggest one; none where there are too many to compare.
    func names(_ kind: ResourceKind, tenant owner: String?) throws -> [String] {
        let group = Group(kind: kind, tenant: owner)
        if let known = namesOfGroup[group] { return known }
        let names = try resources(kind, tenant: owner).map(\.key.name)
        let few = names.count <= 200 ? names.sorted() : []
        namesOfGroup[group] = few
        return few
    }

    /// What was read of a kind and tenant; `nil` where nothing of it was touched.
    private func members(_ kind: ResourceKind, _ owner: String?) -> Members? {
        let group = Group(kind: kind, tenant: owner)
        if let grouped { return grouped[group] }
        var groups: [Group: Members] = [:]
        for (key, state) in states {
            let group = Group(kind: key.kind, tenant: key.tenant)
            switch state {
            case .valid(let resource): groups[group, default: Members()].valid.append(resource)
            case .broken: groups[group, default: Members()].hasBroken = true
            case .absent: groups[group, default: Members()].valid += []
            }
        }
        grouped = groups
        return groups[group]
    }

    /// Compiled once per runbook; `nil` where it has none.
    func configSchema(of runbook: Resource) -> ConfigSchema? {
        if let known = schemas[runbook.key.name] { return known }
        let schema = runbook.spec["config_schema"].flatMap { ConfigSchema.compile($0).0 }
        schemas[runbook.key.name] = .some(schema)
        return schema
    }

    /// The deployments that some of a tenant depend on, directly or in the end.
    func dependencies(of names: Set<String>, tenant: String?) throws -> Set<String> {
        var seen: Set<String> = [], next = Array(names)
        while let name = next.popLast() {
            next += try dependencies(of: name, tenant: tenant).filter { seen.insert($0).inserted }
        }
        return seen
    }

    /// The deployments that one waits for; none where it is not known.
    func dependencies(of name: String, tenant: String?) throws -> [String] {
        guard case .found(let found) = try lookup(ResourceKey(.deployment, tenant: tenant, name: name)) else { return [] }
        return found.dependencies
    }

    /// Whether what a deployment's labels select is as it was: neither it nor any entity was touched.
    func selectsAsBefore(_ deployment: Resource) throws -> Bool {
        guard let before = try before(deployment.key), before.spec["entities"] == deployment.spec["entities"] else {
            return false
        }
        return members(.entity, deployment.key.tenant) == nil
    }

    /// Whether an entity of the tenant carries all these labels, or one might that is not valid itself.
    func anyEntity(of owner: String, carries labels: [String: JSONValue]) throws -> Bool {
        if members(.entity, owner)?.hasBroken ?? false { return true }
        if let table = labelled[owner] { return table.anyCarries(labels) }
        let table = LabelTable(try resources(.entity, tenant: owner).map { $0.spec["labels"]?.object ?? [:] })
        labelled[owner] = table
        return table.anyCarries(labels)
    }
}

extension ResourceKey {
    /// The tenant that this belongs to; `nil` for what all share.
    var owner: String? { kind == .tenant ? name : tenant }

    /// Whether a home of `tenant` keeps this; a home of no tenant keeps all.
    func isKept(by tenant: String?) -> Bool { owner == nil || tenant == nil || owner == tenant }
}

extension Resource {
    /// The deployments that a deployment waits for.
    var dependencies: [String] { (spec["dependsOn"]?.array ?? []).compactMap(\.string) }
}
