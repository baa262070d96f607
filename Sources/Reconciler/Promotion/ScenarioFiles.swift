import Model

/// A scenario with the bytes of its files, read at once: from here on it depends on no source.
struct ScenarioFiles: Sendable {
    var scenario: Scenario
    /// In the order of `scenario.documents`.
    var documents: [[UInt8]]
    /// By name.
    var expected: [String: [UInt8]]
    var posted: [UInt8]?
    var sql: [UInt8]?

    static func read(_ scenario: Scenario, from source: any FileSource) throws -> ScenarioFiles {
        var expected: [String: [UInt8]] = [:]
        for name in scenario.outputs { expected[name] = try source.read(scenario.path(ofOutput: name)) }
        return ScenarioFiles(
            scenario: scenario, documents: try scenario.documents.map { try source.read(scenario.path(ofDocument: $0)) },
            expected: expected, posted: scenario.hasPosted ? try source.read(scenario.postedPath) : nil,
            sql: try scenario.dataPlatform.map { try source.read($0) })
    }
}
