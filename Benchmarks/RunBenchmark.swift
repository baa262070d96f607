import ChildProcess
import Foundation
import Model
import Reconciler
import TenantStore

/// Runs of the monthly close against bare scripts that do the same work in the same sandbox.
struct RunBenchmark {
    let fleet: Fleet
    /// Absolute path of the program `assay`.
    let program: String
    let bare: BareScripts

    static func make(_ fleet: Fleet, program: String, script: String) async throws -> RunBenchmark {
        let context = try HomeContext.open(fleet.home, readOnly: false)
        let coordinator = try await RunCoordinator(context, mirror: try context.mirror())
        for model in Fleet.models { try await close(model, fleet, coordinator) }
        await coordinator.close()
        return RunBenchmark(
            fleet: fleet, program: program, bare: try await BareScripts(fleet, context, script: script))
    }

    /// One run, as a person or a schedule asks for it: a process from its start to its end.
    func command(_ entities: some Collection<String>) async throws -> Comparison {
        var comparison = Comparison(
            "run", what: "'assay run' for one entity: a process from start to end, outputs stamped and published",
            floor: "the same runbook on the same documents as a bare script in the same sandbox", goal: 1.5)
        for entity in entities {
            let arguments = [
                "run", Fleet.deployment, "--entity", entity, "--period", fleet.period.description, "--home",
                fleet.home.path,
            ]
            let command = Command(program, arguments, environment: ["PATH": "/usr/bin:/bin"])
            _ = try await comparison.measured.time { try await ChildProcess.run(command) }.check(command)
            try await comparison.bare.time { try await bare.run(entity) }
        }
        return comparison
    }

    /// Many runs one after another, as `assay run --all-entities` makes them.
    func sequence(_ entities: some Collection<String>) async throws -> Comparison {
        var comparison = Comparison(
            "\(entities.count) entities",
            what: "\(entities.count) entities closed one after another by one process, its preparation included",
            floor: "\(entities.count) bare scripts one after another", goal: 1.3)
        comparison.basis = .totals
        let context = try HomeContext.open(fleet.home, readOnly: false)
        let lock = try HomeLock.acquire(home: fleet.home.path, command: "bench", since: context.clock.now())
        defer { withExtendedLifetime(lock) {} }
        let start = ContinuousClock.now
        let coordinator = try await RunCoordinator(context, mirror: try context.mirror())
        try await coordinator.recover()
        var preparation = ContinuousClock.now - start
        for entity in entities {
            let start = ContinuousClock.now
            try await RunBenchmark.close(entity, fleet, coordinator)
            comparison.measured.add(ContinuousClock.now - start + preparation)
            preparation = .zero
            try await comparison.bare.time { try await bare.run(entity) }
        }
        await coordinator.close()
        return comparison
    }

    private static func close(_ entity: String, _ fleet: Fleet, _ coordinator: RunCoordinator) async throws {
        let outcome = try await coordinator.run(fleet.request(entity))
        guard outcome.isNew, outcome.run.state == .succeeded else {
            throw BenchmarkError(message: "the close of \(entity) is \(outcome.run.state): \(outcome.run.failure?.message ?? "not new")")
        }
    }
}
