import Model

/// A runbook and everything that its tests say, checked.
public struct RunbookScenarios: Hashable, Sendable {
    public var runbook: RunbookSpec
    /// By name.
    public var scenarios: [Scenario]
}

/// Reads the scenarios of one runbook: its folder and the charts that are named, and nothing else of the workspace.
public enum ScenarioLoader {
    public enum Result: Hashable, Sendable {
        case loaded(RunbookScenarios)
        /// Sorted by file, line and column; never empty.
        case problems([Problem])
    }

    public static func load(_ slug: String, from source: some FileSource) throws -> Result {
        let reader = UnitReader(source: source)
        let root = "runbooks/\(slug)"
        let files = try source.files(under: root).map(\.path)
        let runbook: RunbookSpec
        switch try reader.read(.runbook(slug: slug), files: files) {
        case .valid(let resource): runbook = try resource.spec.decode(RunbookSpec.self)
        case .broken(let problems): return .problems(problems.sorted())
        case .absent:
            return .problems([
                Problem(file: root, message: "There is no runbook '\(slug)'", remedy: "Add \(root)/runbook.md, or correct the name")
            ])
        }
        let folders = ScenarioFolder.all(in: root + "/tests", files: files)
        var scenarios = ScenarioReader(
            runbook: runbook, tests: root + "/tests", hasSharedSQL: files.contains(root + "/tests/\(ScenarioFolder.sql)"),
            charts: ChartShelf(reader: reader), source: source)
        let found = try scenarios.read(folders)
        guard scenarios.problems.isEmpty else { return .problems(scenarios.problems.sorted()) }
        return .loaded(RunbookScenarios(runbook: runbook, scenarios: found))
    }

    /// What is wrong with the scenarios of every runbook of a workspace; a runbook that is not valid itself is left out,
    /// because `ManifestLoader` says why.
    public static func problems(in source: some FileSource) throws -> [Problem] {
        let reader = UnitReader(source: source)
        var slugs: [String: [String]] = [:]
        for path in try source.files(under: "runbooks").map(\.path) {
            if case .runbook(let slug)? = Place(of: path).unit { slugs[slug, default: []].append(path) }
        }
        var problems: Set<Problem> = []
        for (slug, files) in slugs where files.contains(where: { $0.hasPrefix("runbooks/\(slug)/tests/") }) {
            guard case .valid = try reader.read(.runbook(slug: slug), files: files) else { continue }
            if case .problems(let found) = try load(slug, from: source) { problems.formUnion(found) }
        }
        return problems.sorted()
    }
}

/// The charts of a workspace, read when they are asked for.
struct ChartShelf {
    let reader: UnitReader

    enum Found {
        case chart(ChartSpec)
        /// There, and not valid.
        case broken([Problem])
        case missing
    }

    func chart(_ name: String) throws -> Found {
        let path = "charts/\(name).yaml"
        guard try reader.source.exists(path) else { return .missing }
        let unit = Unit.manifest(path: path, kind: .chartOfAccounts, tenant: nil, name: name)
        switch try reader.read(unit, files: [path]) {
        case .valid(let resource): return .chart(try resource.spec.decode(ChartSpec.self))
        case .broken(let problems): return .broken(problems)
        case .absent: return .missing
        }
    }

    /// Of all that are there, valid or not.
    func names() throws -> [String] {
        try reader.source.files(under: "charts").compactMap { Place(of: $0.path).unit?.key.name }
    }
}
