import Model

/// Reads the units that files make up and notes what is wrong with each alone.
struct UnitPass {
    let reader: UnitReader

    /// Every path given exists.
    func read(_ paths: [String], into workspace: Workspace) throws -> [Problem] {
        var problems: [Problem] = []
        var folders: [Unit: [String]] = [:]
        for path in paths {
            let place = Place(of: path)
            problems += try complaints(place, path)
            switch place.unit {
            case nil: continue
            case .manifest?: problems += try read(place.unit, [path], into: workspace)
            case let unit?: folders[unit, default: []].append(path)
            }
        }
        for (unit, files) in folders { problems += try read(unit, files, into: workspace) }
        return problems
    }

    /// Reads one unit from its existing files; absent where there are none.
    func read(_ unit: Unit?, _ files: [String], into workspace: Workspace) throws -> [Problem] {
        guard let unit else { return [] }
        let state = try reader.read(unit, files: files)
        try workspace.set(state, for: unit)
        guard case .broken(let problems) = state else { return [] }
        return problems
    }

    /// What is wrong with a file's place, whatever unit it belongs to.
    func complaints(_ place: Place, _ path: String) throws -> [Problem] {
        if let problem = place.problem { return [problem] }
        guard place.isFixture, let line = Fixture.manifestLine(in: try reader.source.read(path)) else { return [] }
        return [
            Problem(
                file: path, line: line, column: 1,
                message: "A manifest stands among a runbook's tests: folders bind kinds",
                remedy: "Move it to the folder of its kind")
        ]
    }
}

/// A YAML file among a runbook's tests may be anything but a manifest.
enum Fixture {
    private static let start = Array("apiVersion:".utf8)
    private static let group = Array("assay/".utf8)

    /// The one-based line that makes it a manifest.
    static func manifestLine(in bytes: [UInt8]) -> Int? {
        let lines = bytes.split(separator: 0x0a, omittingEmptySubsequences: false)
        let index = lines.firstIndex { line in
            line.starts(with: start)
                && line.dropFirst(start.count).drop(while: { [0x20, 0x09, 0x22, 0x27].contains($0) }).starts(
                    with: group)
        }
        return index.map { $0 + 1 }
    }
}
