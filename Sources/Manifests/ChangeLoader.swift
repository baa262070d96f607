import Model

/// Loads a change: reads the touched units, and checks them and whatever depends on them.
///
/// What was accepted before had no problem, so a problem can come only from a touched unit or from a resource that
/// names one. `affected` lists the latter; everything else is as right as it was.
struct ChangeLoader {
    private let source: any FileSource
    /// Whose resources the index holds; all of them where `nil`.
    private let tenant: String?
    private let index: any ResourceIndex
    private let workspace: Workspace
    private let pass: UnitPass
    private var check: CrossCheck

    init(source: any FileSource, index: any ResourceIndex, tenant: String?) {
        self.source = source
        self.tenant = tenant
        self.index = index
        workspace = Workspace(base: index, tenant: tenant)
        let reader = UnitReader(source: source)
        pass = UnitPass(reader: reader)
        check = CrossCheck(workspace: workspace, reader: reader)
    }

    mutating func load(_ changedPaths: [String]) throws -> ChangeResult {
        try readTouched(changedPaths)
        if case .absent? = workspace.workspaceFile { check.noWorkspace() }
        try readOtherTenants(changedPaths)
        for resource in try affected() + workspace.valid { try check.check(resource) }
        if let tenant { try check.checkTenant(tenant) }
        guard check.problems.isEmpty else { return .problems(check.problems.sorted()) }
        return .changed(try delta())
    }

    // MARK: Reading

    private mutating func readTouched(_ paths: [String]) throws {
        var units: Set<Unit> = []
        for path in Set(paths) {
            let place = Place(of: path)
            if let unit = place.unit { units.insert(unit) }
            if place.problem != nil || place.isFixture, try source.exists(path) {
                check.add(try pass.complaints(place, path))
            }
        }
        for unit in units {
            let files: [String]
            if case .manifest(let path, _, _, _) = unit {
                files = try source.exists(path) ? [path] : []
            } else {
                files = try source.files(under: unit.path).map(\.path)
            }
            check.add(try pass.read(unit, files, into: workspace))
        }
    }

    /// The index of a home knows only its own tenant. Where the change can matter to another one, that tenant's part is
    /// read as a whole: it must be valid too, or a full load would refuse the same commit.
    private mutating func readOtherTenants(_ paths: [String]) throws {
        guard let tenant else { return }
        let all = try sharedLoss()
        var folders = Set<String>()
        for path in all ? try source.files(under: "tenants").map(\.path) : paths {
            let parts = path.split(separator: "/", maxSplits: 2)
            guard parts.count == 3, parts[0] == "tenants", parts[1] != tenant else { continue }
            folders.insert(String(parts[1]))
        }
        for folder in folders.sorted() {
            let files = try source.files(under: "tenants/\(folder)").map(\.path)
            check.add(try pass.read(files, into: workspace))
        }
    }

    /// Whether something that all tenants share vanished or takes other configurations than before.
    private func sharedLoss() throws -> Bool {
        // Without this tenant's own file a full load names the other tenants, so they are read.
        if let tenant, case .absent? = workspace.states[ResourceKey(.tenant, name: tenant)] { return true }
        for (key, state) in workspace.states where key.owner == nil && key.kind != .workspace {
            guard let before = try workspace.before(key) else { continue }
            switch state {
            case .absent: return true
            case .valid(let now): if before.spec["config_schema"] != now.spec["config_schema"] { return true }
            case .broken: continue
            }
        }
        return false
    }

    // MARK: What depends on the touched units

    /// Untouched resources that a touched one may have made wrong.
    private func affected() throws -> [Resource] {
        var keys: Set<ResourceKey> = []
        var lostLabels: [String: [[String: JSONValue]]] = [:]
        var deployments: [String?: Set<String>] = [:]
        for (key, state) in workspace.states {
            if key.kind == .deployment, case .valid = state { deployments[key.tenant, default: []].insert(key.name) }
            guard let before = try workspace.before(key) else { continue }
            var now: Resource?
            switch state {
            case .broken: continue
            case .absent: keys.formUnion(try index.referrers(to: key))
            case .valid(let resource):
                now = resource
                if before.spec["config_schema"] != resource.spec["config_schema"] {
                    keys.formUnion(try index.referrers(to: key))
                }
            }
            if key.kind == .entity, let tenant = key.tenant, let labels = before.spec["labels"]?.object,
                !labels.isEmpty,
                labels != now?.spec["labels"]?.object
            {
                lostLabels[tenant, default: []].append(labels)
            }
        }
        // A new dependency can close a circle of old ones.
        for (tenant, names) in deployments {
            let others = try workspace.dependencies(of: names, tenant: tenant)
            keys.formUnion(others.map { ResourceKey(.deployment, tenant: tenant, name: $0) })
        }
        for (tenant, lost) in lostLabels { keys.formUnion(try selecting(lost, of: tenant)) }
        return try keys.filter { workspace.states[$0] == nil }.compactMap { try index.resource($0) }
    }

    /// Deployments whose labels selected an entity that carried one of these sets of labels.
    private func selecting(_ lost: [[String: JSONValue]], of tenant: String) throws -> [ResourceKey] {
        let lost = LabelTable(lost)
        return try workspace.resources(.deployment, tenant: tenant).compactMap { deployment in
            guard let labels = deployment.spec["entities"]?["labels"]?.object, lost.anyCarries(labels) else { return nil }
            return deployment.key
        }
    }

    // MARK: The difference

    private func delta() throws -> Delta {
        var delta = Delta()
        for (key, state) in workspace.states where key.isKept(by: tenant) {
            let before = try workspace.before(key)
            switch state {
            case .valid(let now): if !isSame(now, before) { delta.upserts.append(now) }
            case .absent: if before != nil { delta.deletes.append(key) }
            case .broken: continue  // it has a problem, and then there is no difference to give
            }
        }
        delta.upserts.sort { $0.key < $1.key }
        delta.deletes.sort()
        return delta
    }

    /// By digest: two texts that Swift calls equal can differ in their bytes.
    private func isSame(_ now: Resource, _ before: Resource?) -> Bool {
        now.digest == before?.digest && now.path == before?.path && now.references == before?.references
    }
}

extension Workspace {
    /// The resources that were read and are valid.
    fileprivate var valid: [Resource] {
        states.values.compactMap { if case .valid(let resource) = $0 { resource } else { nil } }
    }
}
