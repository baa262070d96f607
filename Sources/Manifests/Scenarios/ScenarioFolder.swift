import Model

/// The files of one folder of `tests/`, by what they are for.
struct ScenarioFolder {
    static let sql = "data-platform.sql"
    static let posted = "posted.csv"
    private static let names = [ScenarioTable.file, "documents", "expected", posted, sql]

    let name: String
    let path: String
    private(set) var documents: [String] = []
    private(set) var outputs: [String] = []
    private(set) var hasPosted = false
    private(set) var hasSQL = false
    private(set) var problems: [Problem] = []

    /// By name. Folders whose names begin with `_` hold what scenarios do not need to know.
    static func all(in tests: String, files: [String]) -> [ScenarioFolder] {
        var folders: [String: [String]] = [:]
        for path in files where path.hasPrefix(tests + "/") {
            let rest = path.dropFirst(tests.count + 1).split(separator: "/", maxSplits: 1).map(String.init)
            guard rest.count == 2, !rest[0].hasPrefix("_"), !rest[0].hasPrefix(".") else { continue }
            folders[rest[0], default: []].append(rest[1])
        }
        return folders.sorted { $0.key < $1.key }.map { ScenarioFolder(name: $0.key, tests: tests, files: $0.value) }
    }

    private init(name: String, tests: String, files: [String]) {
        self.name = name
        path = "\(tests)/\(name)"
        if !TextRule.label.accepts(name) {
            problems.append(
                Problem(
                    file: path, message: "The name of a scenario must be \(TextRule.label.description)", remedy: "Rename the folder"))
        }
        for file in files { sort(file) }
        documents.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        outputs.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    private mutating func sort(_ file: String) {
        let parts = file.split(separator: "/", maxSplits: 1).map(String.init)
        // An output may have any name, so every file is one.
        if parts[0] == "expected", parts.count == 2 { return outputs.append(parts[1]) }
        // As in the document store, other names that begin with a dot are the operating system's own.
        guard !Place.isAside(file.split(separator: "/").map(String.init)) else { return }
        switch (parts[0], parts.count) {
        case ("documents", 2): documents.append(parts[1])
        case (ScenarioFolder.posted, 1): hasPosted = true
        case (ScenarioFolder.sql, 1): hasSQL = true
        case (ScenarioTable.file, 1): break
        case (let name, 1) where name.lowercased().hasPrefix("readme"): break
        default:
            let near = nearest(to: parts[0], among: ScenarioFolder.names)
            let problem = Problem(
                file: "\(path)/\(parts[0])", message: "A scenario has nothing that is called '\(excerpt(parts[0]))'",
                remedy: near.map { "Did you mean '\($0)'?" }
                    ?? "Remove it: a scenario has " + ScenarioFolder.names.joined(separator: ", "))
            if !problems.contains(problem) { problems.append(problem) }
        }
    }

    /// The period that the name begins with, such as that of `2026-03-take-on`.
    var period: Period? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return Period(parts.prefix(2).joined(separator: "-")) ?? Period(String(parts[0]))
    }
}
