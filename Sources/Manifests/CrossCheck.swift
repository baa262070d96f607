import Model

/// Checks what resources say about each other.
///
/// A check reads only the normalised resource; the file is read again only where something is wrong, to say on
/// which line. So a resource that did not change is checked without reading it.
struct CrossCheck {
    let workspace: Workspace
    let reader: UnitReader
    private(set) var problems: Set<Problem> = []
    /// By tenant.
    private var circles: [String?: Circles] = [:]

    init(workspace: Workspace, reader: UnitReader) {
        self.workspace = workspace
        self.reader = reader
    }

    mutating func add(_ more: some Sequence<Problem>) { problems.formUnion(more) }

    mutating func check(_ resource: Resource) throws {
        let key = resource.key
        if let tenant = key.tenant { try checkTenant(tenant) }
        guard let table = KindTable.of(key.kind) else { return }
        var findings: [Finding] = []
        for reference in Reference.all(of: resource.spec, table.spec, tenant: key.tenant) {
            guard findings.count < YAMLDocument.maximumProblems else { break }
            if let finding = try missing(reference) { findings.append(finding) }
        }
        if key.kind == .deployment { findings += try deploymentFindings(resource) }
        guard !findings.isEmpty else { return }
        let root = try reader.root(of: resource.path)
        for finding in findings {
            let position = root?.position(of: finding.pointer)
            problems.insert(
                Problem(
                    file: resource.path, line: position?.line ?? 0, column: position?.column ?? 0,
                    message: finding.message, remedy: finding.remedy))
        }
    }

    /// A tenant's folder needs a `tenant.yaml`; said once, however much is in the folder.
    mutating func checkTenant(_ tenant: String) throws {
        guard case .missing = try workspace.lookup(ResourceKey(.tenant, name: tenant)) else { return }
        // From the files: what was accepted before holds only the home's own tenant.
        let others = try reader.source.files(under: "tenants").compactMap { Place(of: $0.path).unit?.declaredTenant }
        let rest = others.count > 12 ? ", …" : ""
        let known =
            others.isEmpty ? "" : "; the repository's tenants are: " + others.prefix(12).joined(separator: ", ") + rest
        problems.insert(
            Problem(
                file: "tenants/\(tenant)/tenant.yaml", message: "The tenant '\(tenant)' has no tenant.yaml" + known,
                remedy: "Add the file, or remove what else is in its folder, or correct the tenant's name in the home"))
    }

    /// A workspace without `workspace.yaml` is no workspace.
    mutating func noWorkspace() {
        problems.insert(
            Problem(
                file: "workspace.yaml", message: "The repository has no workspace.yaml",
                remedy: "Add it, with apiVersion, kind: Workspace, name and spec"))
    }

    private func missing(_ reference: Reference) throws -> Finding? {
        guard case .missing = try workspace.lookup(reference.key) else { return nil }
        let key = reference.key
        let near = nearest(to: key.name, among: try workspace.names(key.kind, tenant: key.tenant))
        let owner = key.tenant.map { " of tenant '\($0)'" } ?? ""
        let place = KindTable.of(key.kind)?.place ?? "runbooks/"
        return Finding(
            pointer: reference.pointer, message: "There is no \(key.kind.rawValue) '\(key.name)'\(owner)",
            remedy: near.map { "Did you mean '\($0)'?" } ?? "Add it under \(place), or correct the name")
    }

    private mutating func deploymentFindings(_ deployment: Resource) throws -> [Finding] {
        var findings: [Finding] = []
        let spec = deployment.spec
        if let labels = spec["entities"]?["labels"]?.object, !labels.isEmpty, let tenant = deployment.key.tenant,
            try !workspace.selectsAsBefore(deployment), try !workspace.anyEntity(of: tenant, carries: labels)
        {
            findings.append(
                Finding(
                    pointer: [.key("spec"), .key("entities"), .key("labels")],
                    message: "No entity of tenant '\(tenant)' carries these labels",
                    remedy: "Correct the labels, or give them to an entity"))
        }
        findings += try dependencyFindings(deployment)
        // Code of another commit has that commit's schema, which a working tree cannot look up.
        guard spec["source"] == nil, let name = spec["runbook"]?.string,
            case .found(let runbook) = try workspace.lookup(ResourceKey(.runbook, name: name)),
            let schema = workspace.configSchema(of: runbook)
        else { return findings }
        return findings + schema.findings(in: spec["config"] ?? [:], at: [.key("spec"), .key("config")])
    }

    /// A deployment that in the end waits for itself would wait for ever.
    private mutating func dependencyFindings(_ deployment: Resource) throws -> [Finding] {
        let (name, tenant) = (deployment.key.name, deployment.key.tenant)
        var findings: [Finding] = []
        for (index, first) in deployment.dependencies.enumerated() where findings.count < YAMLDocument.maximumProblems {
            let isCircle = try circles[tenant, default: Circles()].join(first, name) { [workspace] in
                try workspace.dependencies(of: $0, tenant: tenant)
            }
            guard isCircle else { continue }
            findings.append(
                Finding(
                    pointer: [.key("spec"), .key("dependsOn"), .index(index)],
                    message: "'\(name)' depends on itself" + (first == name ? "" : " by way of '\(first)'"),
                    remedy: "Remove one of the dependencies of the circle"))
        }
        return findings
    }
}
