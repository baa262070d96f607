import Digests
import Executor
import Foundation
import Model
import Reconciler
import TenantStore

/// The floor of a run: the same work as a plain script in the same sandbox (`bare.py` says what it leaves out).
struct BareScripts {
    let folder: String
    private let sandbox: Sandbox
    private let vault: Vault
    private let closure: InterpreterClosure
    /// What the run of each model entity was made from and did.
    private let models: [String: Model]

    private struct Model {
        var details: RunDetails
        var answers: JSONValue
    }

    /// Copies guest, code and documents out of a home in which each model entity has been closed already.
    /// - Parameter script: absolute path of `bare.py`.
    init(_ fleet: Fleet, _ context: HomeContext, script: String) async throws {
        folder = fleet.host.path("bare")
        sandbox = try Sandbox.open(.required)
        vault = Vault(objects: context.objects, trees: context.home.trees)
        var models: [String: Model] = [:]
        for name in Fleet.models {
            guard let run = try await context.store.effectiveRuns(entity: name, period: fleet.period).first else {
                throw BenchmarkError(message: "\(name) has not been closed")
            }
            let details = try await RunDetails.read(run, context)
            models[name] = Model(details: details, answers: try BareScripts.answers(details.events, vault))
        }
        guard let spec = models.values.first?.details.spec else { throw BenchmarkError(message: "there is no model") }
        self.models = models
        closure = try InterpreterClosure.load(spec.interpreter, vault: vault)
        try fleet.host.copy(try vault.materialise(spec.guest), to: folder + "/guest")
        for tree in spec.code {
            try fleet.host.copy("\(fleet.host.path("workspace"))/\(tree.path)", to: "\(folder)/code/\(tree.path)")
        }
        for entity in fleet.entities {
            try fleet.host.copy(script, to: "\(folder)/\(entity).py")
            try fleet.host.copy(
                fleet.host.path("documents/\(entity)/\(fleet.period)"), to: "\(folder)/documents/\(entity)")
            try fleet.host.write(try facts(of: entity), to: "\(folder)/entities/\(entity).json")
        }
    }

    /// Runs the script of one entity, and checks that it did what the run does.
    func run(_ entity: String) async throws {
        let model = try model(of: entity).details
        let result = try await sandbox.runScript(
            entity + ".py", in: folder, closure: closure, vault: vault, seed: model.run.runKey,
            logicalTime: model.spec.logicalTime, limits: model.spec.limits)
        let effects = String(decoding: result.standardOutput, as: UTF8.self)
        guard result.exit == .exited(0), Int(effects.dropLast()) == model.events.count else {
            let said = effects + String(decoding: result.standardError, as: UTF8.self)
            throw BenchmarkError(message: "the bare script of \(entity) ended with \(result.exit): \(said)")
        }
    }

    private func model(of entity: String) throws -> Model {
        guard let model = models[Fleet.model(of: entity)] else { throw BenchmarkError(message: "\(entity) has no model") }
        return model
    }

    /// What the start frame says and what the host answers, with the copy's name and documents for the model's.
    private func facts(of entity: String) throws -> String {
        let model = try model(of: entity)
        var spec = model.details.spec
        spec.entitySpec.displayName = "\(entity) \(spec.entitySpec.displayName)"
        let facts: JSONValue = ["run": GuestStart.run(spec), "answers": model.answers]
        var text = try CanonicalJSON.string(facts).replacingOccurrences(
            of: "\"\(Fleet.model(of: entity))\"", with: "\"\(entity)\"")
        for document in model.details.spec.catalogue {
            let digest = try SHA256.digest(ofFile: "\(folder)/documents/\(entity)/\(document.name)")
            text = text.replacingOccurrences(of: document.sha256.hex, with: digest.hex)
        }
        return text
    }

    private static func answers(_ events: [Event], _ vault: Vault) throws -> JSONValue {
        var answers: [JSONValue] = []
        for event in events {
            guard let response = event.responseSHA256 else { continue }
            guard case .ok(let result, _) = try RecordedAnswer.load(response, from: vault).outcome else {
                throw BenchmarkError(message: "a model's run was refused \(event.kind)")
            }
            answers.append(
                ["kind": .string(event.kind), "request": try CanonicalJSON.parse(Array(event.request.utf8)), "result": result])
        }
        return .array(answers)
    }
}

/// The objects of a home, for reading only.
private struct Vault: ObjectVault {
    let objects: ObjectStore
    let trees: String

    func put(_ bytes: [UInt8]) throws -> ContentDigest { try objects.put(bytes) }
    func get(_ digest: ContentDigest) throws -> [UInt8] { try objects.get(digest) }
    func putTree(_ files: [TreeFile]) throws -> ContentDigest {
        throw BenchmarkError(message: "a bare script keeps no trees")
    }
    func materialise(_ tree: ContentDigest) throws -> String {
        let place = "\(trees)/\(tree)"
        try objects.materialise(tree: tree, into: place)
        return place
    }
}
