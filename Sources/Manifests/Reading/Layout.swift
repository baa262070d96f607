import Model

/// A piece of the workspace that is read as a whole.
enum Unit: Hashable, Sendable {
    case manifest(path: String, kind: ResourceKind, tenant: String?, name: String)
    case runbook(slug: String)
    case capabilities(tenant: String?)

    /// The file, or the folder.
    var path: String {
        switch self {
        case .manifest(let path, _, _, _): path
        case .runbook(let slug): "runbooks/\(slug)"
        case .capabilities(let tenant): tenant.map { "tenants/\($0)/capabilities" } ?? "capabilities"
        }
    }

    /// Where a runbook, a deployment or capabilities are declared; `nil` for other kinds.
    init?(declaring key: ResourceKey) {
        switch (key.kind, key.tenant) {
        case (.runbook, _): self = .runbook(slug: key.name)
        case (.capabilities, let tenant): self = .capabilities(tenant: tenant)
        case (.deployment, let tenant?):
            self = .manifest(
                path: "tenants/\(tenant)/deployments/\(key.name).yaml", kind: .deployment, tenant: tenant, name: key.name)
        default: return nil
        }
    }

    /// What it declares. Follows from the path alone, but for the workspace, which says its own name.
    var key: ResourceKey {
        switch self {
        case .manifest(_, let kind, let tenant, let name):
            ResourceKey(kind, tenant: kind.belongsToTenant ? tenant : nil, name: name)
        case .runbook(let slug): ResourceKey(.runbook, name: slug)
        case .capabilities(let tenant): ResourceKey(.capabilities, tenant: tenant, name: tenant ?? "shared")
        }
    }

    /// The tenant whose `tenant.yaml` it is.
    var declaredTenant: String? { key.kind == .tenant ? key.name : nil }
}

/// What a path of the workspace means: folders bind kinds, so the path alone says it.
///
/// Every name follows from a path, so two things of one kind and tenant cannot have the same name.
struct Place {
    /// The unit that the file is part of.
    var unit: Unit?
    /// Why the file may not stand here, whatever is in it.
    var problem: Problem?
    /// A fixture of a runbook's tests: any YAML but a manifest.
    var isFixture = false

    init(of path: String) {
        let parts = path.split(separator: "/").map(String.init)
        guard let file = parts.last else { return }
        switch parts[0] {
        case "runbooks" where parts.count > 2: runbook(parts, path)
        case "capabilities" where parts.count > 1: code(.capabilities(tenant: nil), path, file)
        case "tenants" where parts.count > 2: tenant(parts, path, file)
        default:
            guard !Place.isAside(parts) else { return }
            if path == "workspace.yaml" {
                unit = .manifest(path: path, kind: .workspace, tenant: nil, name: "workspace")
            } else if parts.count == 2, let kind = Place.sharedFolders[parts[0]] {
                manifest(kind, tenant: nil, path, file)
            } else if Place.isYAML(file) {
                stray(path)
            }
        }
    }

    private static let sharedFolders: [String: ResourceKind] = [
        "policies": .policy, "charts": .chartOfAccounts, "calendars": .calendar, "agents": .agent,
        "notifications": .notificationChannel,
    ]
    private static let tenantFolders: [String: ResourceKind] = [
        "entities": .entity, "deployments": .deployment, "schedules": .schedule,
    ]

    private mutating func runbook(_ parts: [String], _ path: String) {
        guard TextRule.name.accepts(parts[1]) else {
            if !Place.isAside(parts) { badFolder("runbooks/\(parts[1])", "a runbook's slug") }
            return
        }
        unit = .runbook(slug: parts[1])
        guard Place.isYAML(parts[parts.count - 1]), !Place.isAside(parts) else { return }
        if parts[2] == "tests" { isFixture = true } else { stray(path) }
    }

    private mutating func tenant(_ parts: [String], _ path: String, _ file: String) {
        let tenant = parts[1]
        guard TextRule.name.accepts(tenant) else {
            if !Place.isAside(parts) { badFolder("tenants/\(tenant)", "a tenant's name") }
            return
        }
        if parts[2] == "capabilities", parts.count > 3 { return code(.capabilities(tenant: tenant), path, file) }
        guard !Place.isAside(parts) else { return }
        if parts.count == 3, file == "tenant.yaml" {
            unit = .manifest(path: path, kind: .tenant, tenant: nil, name: tenant)
        } else if parts.count == 4, let kind = Place.tenantFolders[parts[2]] {
            manifest(kind, tenant: tenant, path, file)
        } else if Place.isYAML(file) {
            stray(path)
        }
    }

    private mutating func manifest(_ kind: ResourceKind, tenant: String?, _ path: String, _ file: String) {
        guard Place.isYAML(file) else { return }
        let stem = String(file.dropLast(file.lowercased().hasSuffix(".yml") ? 4 : 5))
        if !file.hasSuffix(".yaml") {
            problem = Problem(
                file: path, message: "A manifest's file name ends in .yaml", remedy: "Rename it to \(stem).yaml")
        } else if !TextRule.name.accepts(stem) {
            problem = Problem(
                file: path, message: "The file name must be \(TextRule.name.description), then .yaml",
                remedy: "Rename the file: it is the name of the \(kind.rawValue)")
        } else {
            unit = .manifest(path: path, kind: kind, tenant: tenant, name: stem)
        }
    }

    private mutating func code(_ unit: Unit, _ path: String, _ file: String) {
        self.unit = unit
        if Place.isYAML(file), !Place.isAside(path.split(separator: "/").map(String.init)) { stray(path) }
    }

    private mutating func badFolder(_ folder: String, _ what: String) {
        problem = Problem(
            file: folder, message: "The folder's name is \(what) and must be \(TextRule.name.description)",
            remedy: "Rename the folder")
    }

    private mutating func stray(_ path: String) {
        problem = Problem(
            file: path, message: "No manifest may stand here: folders bind kinds",
            remedy: "Move it to the folder of its kind (policies, charts, calendars, agents, notifications, or "
                + "entities, deployments, schedules of a tenant), or rename it if it is not a manifest")
    }

    static func isYAML(_ file: String) -> Bool {
        let lowered = file.lowercased()
        return lowered.hasSuffix(".yaml") || lowered.hasSuffix(".yml")
    }

    /// Hidden files and folders are not ours to judge.
    static func isAside(_ parts: [String]) -> Bool { parts.contains { $0.hasPrefix(".") } }
}
