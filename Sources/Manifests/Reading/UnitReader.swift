import Digests
import Model

/// What a unit turned out to be.
enum UnitState: Sendable {
    /// Not there (any more).
    case absent
    /// There, but with problems: what refers to it has no problem of its own.
    case broken([Problem])
    case valid(Resource)
}

/// Reads one unit as far as it can be judged alone; what it names is checked later.
struct UnitReader {
    let source: any FileSource

    /// `files` are the files of the unit that exist.
    func read(_ unit: Unit, files: [String]) throws -> UnitState {
        switch unit {
        case .manifest(let path, let kind, let tenant, let name):
            guard !files.isEmpty, let table = KindTable.of(kind) else { return .absent }
            return try manifest(source.read(path), path, table, tenant, name)
        case .runbook(let slug):
            let code = files.filter(UnitReader.counts)
            guard !code.isEmpty else { return .absent }
            return try runbook(slug, unit, files)
        case .capabilities(let tenant):
            guard files.contains(where: { $0.hasSuffix(".py") }) else { return .absent }
            let spec = try tree(at: unit.path).map { ["tree": $0] } ?? [:]
            let references = tenant.map { [ResourceKey(.tenant, name: $0)] } ?? []
            return .valid(try resource(unit.key, unit.path, .object(spec), references))
        }
    }

    /// The front matter or manifest of a file again, to find where in it something stands.
    func root(of path: String) throws -> YAMLNode? {
        let bytes = try source.read(path)
        guard path.hasSuffix(".md") else { return YAMLDocument.read(bytes, file: path).root }
        guard case .success(let matter) = FrontMatter.find(in: bytes, file: path) else { return nil }
        return YAMLDocument.read(matter.yaml, file: path, firstLine: matter.firstLine).root
    }

    // MARK: Manifests

    private func manifest(
        _ bytes: [UInt8], _ path: String, _ table: KindTable, _ tenant: String?, _ name: String
    ) throws -> UnitState {
        let (root, syntax) = YAMLDocument.read(bytes, file: path)
        guard let root else { return .broken(syntax) }
        var reader = ShapeReader(file: path)
        guard hasRightKind(root, table, &reader),
            let document = reader.object(root, table.document, named: table.kind.rawValue),
            let spec = document["spec"], let ownName = document["name"]?.string
        else { return .broken(syntax + reader.problems) }
        if table.kind != .workspace, ownName != name {
            let what = table.kind == .tenant ? "folder" : "file"
            reader.note(
                root.position(of: [.key("name")]), "The name '\(ownName)' differs from the \(what)'s name '\(name)'",
                "Write name: \(name), or rename the \(what)")
        }
        reader.note(LoneCheck.findings(table.kind, spec), in: root)
        let problems = syntax + reader.problems
        guard problems.isEmpty else { return .broken(problems) }
        let key = ResourceKey(table.kind, tenant: tenant, name: ownName)
        return .valid(try resource(key, path, spec, Reference.keys(of: spec, table.spec, tenant: tenant)))
    }

    /// Says where a manifest of another kind belongs; its keys are then not judged by the wrong table.
    private func hasRightKind(_ root: YAMLNode, _ table: KindTable, _ reader: inout ShapeReader) -> Bool {
        guard let entry = root.entry("kind"), let word = entry.value.string, word != table.kind.rawValue else {
            return true
        }
        let right = ResourceKind(rawValue: word).flatMap(KindTable.of)
        let near = nearest(to: word, among: KindTable.all.map(\.kind.rawValue))
        reader.note(
            entry.value.position,
            "The kind here must be \(table.kind.rawValue), not '\(excerpt(word))': folders bind kinds",
            right.map { "Move the \($0.kind.rawValue) to \($0.place)" } ?? near.map { "Did you mean '\($0)'?" }
                ?? "Write kind: \(table.kind.rawValue)")
        return false
    }

    // MARK: Runbooks

    private func runbook(_ slug: String, _ unit: Unit, _ files: [String]) throws -> UnitState {
        let path = unit.path + "/runbook.md"
        guard files.contains(path) else {
            return .broken([
                Problem(
                    file: path, message: "The runbook '\(slug)' has no runbook.md",
                    remedy: "Add it, with front matter that has slug, name, version, state and author")
            ])
        }
        let matter: FrontMatter
        switch FrontMatter.find(in: try source.read(path), file: path) {
        case .failure(.invalid(let problems)): return .broken(problems)
        case .success(let found): matter = found
        }
        let (root, syntax) = YAMLDocument.read(matter.yaml, file: path, firstLine: matter.firstLine)
        guard let root else { return .broken(syntax) }
        var reader = ShapeReader(file: path)
        guard case .object(var spec)? = reader.object(root, KindTable.runbook, named: "The front matter") else {
            return .broken(syntax + reader.problems)
        }
        reader.note(LoneCheck.runbookFindings(.object(spec), slug: slug, files: Set(files)), in: root)
        let problems = syntax + reader.problems
        guard problems.isEmpty else { return .broken(problems) }
        spec["tree"] = try tree(at: unit.path)
        return .valid(try resource(unit.key, unit.path, .object(spec), []))
    }

    /// A folder with nothing but a README or hidden files is not yet a runbook.
    private static func counts(_ path: String) -> Bool {
        let parts = path.split(separator: "/").map(String.init)
        return !Place.isAside(parts) && parts.last?.lowercased() != "readme.md"
    }

    private func tree(at path: String) throws -> JSONValue? {
        try source.tree(at: path).map { .string($0.hex) }
    }

    private func resource(
        _ key: ResourceKey, _ path: String, _ spec: JSONValue, _ references: [ResourceKey]
    ) throws -> Resource {
        Resource(key: key, path: path, spec: spec, digest: try CanonicalJSON.digest(spec), references: references)
    }
}
