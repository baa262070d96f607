import Foundation
import Model
import Reconciler
import TenantStore

/// The example workspace with many more entities, each with documents of its own, and a home that is reconciled to it.
struct Fleet {
    static let tenant = "alder"
    static let deployment = "nav-monthly"
    /// The entities of the example: each of the others is a copy of one of these.
    static let models = ["alder-jersey", "alder-lux", "alder-uk"]

    let host: Host
    let home: TenantHome
    let period: Period
    /// The copies, in order.
    let entities: [String]

    static func model(of entity: String) -> String {
        models[(Int(entity.suffix(5)) ?? 0) % models.count]
    }

    /// - Parameter example: absolute path of `example-repo`.
    static func make(_ count: Int, example: String, host: Host) async throws -> Fleet {
        guard let period = Period("2026-03") else { throw BenchmarkError(message: "2026-03 is no period") }
        let entities = (1...count).map { "entity-" + String(100_000 + $0).dropFirst() }
        let fleet = Fleet(host: host, home: TenantHome(host.path("home")), period: period, entities: entities)
        try fleet.makeRepository(example)
        try fleet.makeDocuments(example)
        try HomeInitialiser(
            home: fleet.home, repository: host.path("workspace"), branch: "main", tenant: tenant,
            documents: host.path("documents"), dataPlatform: host.path("platform.db")
        ).create()
        let context = try HomeContext.open(fleet.home, readOnly: false)
        let result = try await ReconcilePass(context, mirror: try context.mirror()).run()
        guard result.status.outcome == .ready else { throw BenchmarkError(message: result.status.message) }
        return fleet
    }

    func request(_ entity: String) -> RunRequest {
        RunRequest(deployment: Fleet.deployment, entity: entity, period: period, requestedBy: "bench")
    }

    private func makeRepository(_ example: String) throws {
        let workspace = host.path("workspace")
        try host.copy(example + "/workspace", to: workspace)
        let folder = "\(workspace)/tenants/\(Fleet.tenant)/entities"
        for entity in entities {
            let model = Fleet.model(of: entity)
            let manifest = try host.read("\(folder)/\(model).yaml")
                .replacingOccurrences(of: "name: " + model, with: "name: " + entity)
                .replacingOccurrences(of: "displayName: ", with: "displayName: \(entity) ")
            try host.write(manifest, to: "\(folder)/\(entity).yaml")
        }
        try host.git("init", "-q", "-b", "main", in: workspace)
        try host.git("add", "-A", in: workspace)
        try host.git("commit", "-q", "-m", "Workspace", in: workspace)
    }

    private func makeDocuments(_ example: String) throws {
        for model in Fleet.models {
            try host.copy("\(example)/documents/\(model)/\(period)", to: host.path("documents/\(model)/\(period)"))
        }
        for entity in entities {
            let folder = host.path("documents/\(entity)/\(period)")
            try host.copy("\(example)/documents/\(Fleet.model(of: entity))/\(period)", to: folder)
            try makeUnlike(folder, entity: entity, name: try displayName(of: Fleet.model(of: entity), example))
        }
        let copies = entities.map {
            "INSERT INTO budget SELECT '\($0)', period, account, amount FROM budget WHERE entity = '\(Fleet.model(of: $0))';"
        }
        try host.write(
            try host.read(example + "/data-platform.sql") + copies.joined(separator: "\n"), to: host.path("platform.sql"))
        let program = "import sqlite3, sys; sqlite3.connect(sys.argv[2]).executescript(open(sys.argv[1], encoding='utf-8').read())"
        try host.run("python3", ["-c", program, host.path("platform.sql"), host.path("platform.db")])
    }

    private func displayName(of model: String, _ example: String) throws -> String {
        let lines = try host.read("\(example)/workspace/tenants/\(Fleet.tenant)/entities/\(model).yaml").split(separator: "\n")
        let key = "  displayName: "
        guard let line = lines.first(where: { $0.hasPrefix(key) }) else {
            throw BenchmarkError(message: "\(model) has no displayName")
        }
        return String(line.dropFirst(key.count))
    }

    /// Documents of two entities are never the same bytes, and neither must the copies be: an object that is kept
    /// already would cost nothing. White space at their end says the same, and a bank statement names its entity.
    private func makeUnlike(_ folder: String, entity: String, name: String) throws {
        let number = Int(entity.suffix(5)) ?? 0
        for case let path as String in FileManager.default.enumerator(atPath: folder) ?? .init()
        where path.hasSuffix(".xml") || path.hasSuffix(".json") {
            try host.write(
                try host.read("\(folder)/\(path)").replacingOccurrences(of: name, with: "\(entity) \(name)")
                    + String(repeating: "\n", count: number), to: "\(folder)/\(path)")
        }
    }
}
