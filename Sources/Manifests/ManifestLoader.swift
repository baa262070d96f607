import Model

/// Reads a workspace: files in, validated resources or all problems out.
///
/// Nothing here knows where files come from or what was deployed before: both are handed in.
public enum ManifestLoader {
    /// Reads and validates everything.
    ///
    /// With a `tenant`, the whole workspace is validated all the same, but only what is shared and what is that
    /// tenant's becomes a resource.
    public static func load(_ source: some FileSource, tenant: String? = nil) throws -> LoadResult {
        let workspace = Workspace()
        let reader = UnitReader(source: source)
        var check = CrossCheck(workspace: workspace, reader: reader)
        let paths = try source.files().map(\.path)
        check.add(try UnitPass(reader: reader).read(paths, into: workspace))
        if workspace.workspaceFile == nil { check.noWorkspace() }
        if let tenant { try check.checkTenant(tenant) }
        var resources: [Resource] = []
        for case .valid(let resource) in workspace.states.values {
            try check.check(resource)
            if resource.key.isKept(by: tenant) { resources.append(resource) }
        }
        guard check.problems.isEmpty else { return .problems(check.problems.sorted()) }
        return .loaded(resources.sorted { $0.key < $1.key })
    }

    /// The valid manifests of one kind, each judged alone, for those who need no more than these; `load` says what is wrong
    /// with the others.
    public static func manifests(_ kind: ResourceKind, in source: some FileSource) throws -> [Resource] {
        guard let table = KindTable.of(kind) else { return [] }
        let reader = UnitReader(source: source)
        let folder = table.place.hasPrefix("tenants/") ? "tenants" : String(table.place.dropLast())
        return try source.files(under: folder).compactMap { file in
            guard let unit = Place(of: file.path).unit, unit.key.kind == kind,
                case .valid(let resource) = try reader.read(unit, files: [file.path])
            else { return nil }
            return resource
        }
    }

    /// Reads only the units that `changedPaths` touch and checks them against what was accepted before.
    ///
    /// `index` must hold what `load` (or this) gave for the base of the change, for the same `tenant`. The outcome
    /// equals that of a full load: the same problems, or a difference which turns the index into what a full load
    /// would give.
    public static func loadChanged(
        _ source: some FileSource, changedPaths: [String], index: some ResourceIndex, tenant: String? = nil
    ) throws -> ChangeResult {
        var loader = ChangeLoader(source: source, index: index, tenant: tenant)
        return try loader.load(changedPaths)
    }

    /// One runbook, deployment or capabilities as a source declares it, judged alone; `nil` where there is none.
    ///
    /// For what was accepted as a whole before. Throws `ManifestError` with all problems.
    public static func declared(_ key: ResourceKey, in source: some FileSource) throws -> Resource? {
        guard let unit = Unit(declaring: key) else { return nil }
        let files: [String]
        if case .manifest(let path, _, _, _) = unit {
            files = try source.exists(path) ? [path] : []
        } else {
            files = try source.files(under: unit.path).map(\.path)
        }
        switch try UnitReader(source: source).read(unit, files: files) {
        case .valid(let resource): return resource
        case .absent: return nil
        case .broken(let problems): throw ManifestError.invalid(problems)
        }
    }

    /// What is wrong with a deployment's configuration for this version of its runbook; `source` holds its manifest.
    public static func configurationProblems(
        _ deployment: Resource, runbook: Resource, in source: some FileSource
    ) throws -> [Problem] {
        guard let schema = runbook.spec["config_schema"].flatMap({ ConfigSchema.compile($0).0 }) else { return [] }
        let findings = schema.findings(in: deployment.spec["config"] ?? [:], at: [.key("spec"), .key("config")])
        guard !findings.isEmpty else { return [] }
        let root = try UnitReader(source: source).root(of: deployment.path)
        return findings.map { finding in
            let position = root?.position(of: finding.pointer)
            return Problem(
                file: deployment.path, line: position?.line ?? 0, column: position?.column ?? 0,
                message: finding.message, remedy: finding.remedy)
        }
    }
}
