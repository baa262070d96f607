import Digests
import Foundation
import Model
import Reconciler
import TenantStore

extension Commands {
    static let run = CommandDefinition(
        name: "run", summary: "run a deployment for an entity and period",
        arguments: [ArgumentDefinition(name: "DEPLOYMENT", help: "name of the deployment")],
        options: [
            .value("entity", "NAME", "the entity", repeatable: true),
            .flag("all-entities", "every entity that the deployment selects"),
            .value("period", "PERIOD", "the period: 2026-03, 2026-Q1 or 2026"),
            .value("param", "KEY=VALUE", "a parameter for the runbook", repeatable: true),
            .flag("cascade", "then repeat the later runs that carried the superseded balances forward"),
            .flag("wait", "wait for the end, as a run in this process always does"),
            .home, .json,
        ],
        details: "Runs the code and configuration of the applied commit. A request equal to an earlier run returns that run; "
            + "another one for the same entity and period supersedes it: its entries are reversed and the new ones posted.",
        example: "assay run nav-monthly --entity alder-uk --period 2026-03", changesHome: true,
        lane: .runs
    ) { invocation in
        guard let text = invocation.value("period") else {
            throw UsageError(message: "run needs --period", remedy: "Write --period 2026-03, for example")
        }
        let period = try period(text)
        let parameters = try parameters(invocation.all("param"))
        try checkEntities(invocation)
        return try await changing(invocation) { context in
            // A daemon finished what was interrupted when it started, and may be in the middle of a pass now.
            if held == nil { try await ReconcilePass(context, mirror: try context.mirror()).recover() }
            let entities = try await entities(invocation, context: context)
            let coordinator = try await coordinator(context)
            let requests = entities.map {
                RunRequest(
                    deployment: invocation.arguments[0], entity: $0, period: period, parameters: parameters,
                    requestedBy: user)
            }
            let batch = try await execute(requests, with: coordinator, cascade: invocation.has("cascade"), context)
            if held == nil { await coordinator.close() }
            console.endProgress()
            try await report(batch, context: context, json: invocation.json)
            return batch.exitCode
        }
    }

    /// The daemon's, or one of our own that has finished what was interrupted.
    private static func coordinator(_ context: HomeContext) async throws -> RunCoordinator {
        let console = console
        if let lend = held?.coordinator { return try await lend { console.progress($0) } }
        let coordinator = try await RunCoordinator(
            context, mirror: try context.mirror(), progress: { console.progress($0) })
        let recovery = try await coordinator.recover()
        for run in recovery.finished {
            console.message("finished run \(run.id.prefix(12)) of \(run.entity) \(run.period), which was interrupted: \(run.state.rawValue)")
        }
        recovery.problems.forEach { console.message($0) }
        return coordinator
    }

    private static func parameters(_ words: [String]) throws -> [String: String] {
        var result: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError(message: "'\(word)' is no parameter", remedy: "Write --param name=value")
            }
            guard result.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw UsageError(message: "parameter '\(parts[0])' is given twice", remedy: "Give it once")
            }
        }
        return result
    }

    private static func checkEntities(_ invocation: Invocation) throws {
        let named = !invocation.all("entity").isEmpty
        if named, invocation.has("all-entities") {
            throw UsageError(message: "--entity and --all-entities exclude each other", remedy: "Give one of them")
        }
        if !named, !invocation.has("all-entities") {
            throw UsageError(message: "run needs --entity or --all-entities", remedy: "'assay get entities' lists them")
        }
    }

    private static func entities(_ invocation: Invocation, context: HomeContext) async throws -> [String] {
        guard invocation.has("all-entities") else { return invocation.all("entity") }
        return try await RunSelection.entities(of: invocation.arguments[0], context)
    }

    /// What became of the requests of one command.
    private struct Batch {
        var outcomes: [RunCoordinator.Outcome] = []
        /// Requests that did not become runs, and why.
        var refusals: [(request: RunRequest, error: any AssayError)] = []

        var exitCode: ExitCode {
            let failures = outcomes.filter { $0.run.state == .failed }
            if refusals.isEmpty, failures.isEmpty {
                return outcomes.allSatisfy { $0.run.state == .succeeded } ? .done : .waiting
            }
            let denied = failures.allSatisfy { $0.run.failure?.reason == "PolicyDenied" }
                && refusals.allSatisfy { $0.error.reason == "PolicyDenied" }
            return denied ? .refused : .failed
        }
    }

    /// One after another. What keeps one entity from closing does not keep the others.
    private static func execute(
        _ requests: [RunRequest], with coordinator: RunCoordinator, cascade: Bool, _ context: HomeContext
    ) async throws -> Batch {
        var batch = Batch()
        for (index, request) in requests.enumerated() {
            if console.interactive {
                console.progress("running \(request.entity) \(request.period) (\(index + 1) of \(requests.count))")
            }
            if held?.isStopping() == true {
                batch.refusals.append((request, ControlError.stopping))
                continue
            }
            do {
                batch.outcomes.append(try await coordinator.run(request))
            } catch let error as any AssayError where requests.count > 1 {
                batch.refusals.append((request, error))
            }
        }
        if cascade {
            let closed = batch.outcomes.filter { $0.run.state == .succeeded }.map(\.run.entity)
            try await repeatStale(of: Set(closed), with: coordinator, into: &batch, context)
        }
        return batch
    }

    /// In order of period: repeating one run can make the next one stale. An entity stops at its first failure, because
    /// what comes after would carry forward what could not be repeated.
    private static func repeatStale(
        of entities: Set<String>, with coordinator: RunCoordinator, into batch: inout Batch, _ context: HomeContext
    ) async throws {
        var entities = entities
        var repeated: Set<String> = []
        while let stale = try await RunSelection.nextStale(of: entities, except: repeated, context) {
            if held?.isStopping() == true { return }
            repeated.insert(stale.id)
            if console.interactive { console.progress("repeating \(stale.entity) \(stale.period)") }
            let request = try RunSelection.request(repeating: stale)
            do {
                let outcome = try await coordinator.run(request)
                batch.outcomes.append(outcome)
                if outcome.run.state != .succeeded { entities.remove(stale.entity) }
            } catch let error as any AssayError {
                batch.refusals.append((request, error))
                entities.remove(stale.entity)
            }
        }
    }

    private static func report(_ batch: Batch, context: HomeContext, json: Bool) async throws {
        let stale = try await context.store.staleRuns()
        if json {
            let names = Set(stale.map(\.id))
            var items: [JSONValue] = []
            for outcome in batch.outcomes {
                items.append(try await RunReport(context).json(outcome.run, isStale: names.contains(outcome.run.id)))
            }
            // One run is the documented object itself; several are a list of them.
            if items.count == 1, batch.refusals.isEmpty { return try print(json: items[0]) }
            let refusals = batch.refusals.map { refusal -> JSONValue in
                ["entity": .string(refusal.request.entity), "period": .string(refusal.request.period.description),
                    "reason": .string(refusal.error.reason), "message": .string(refusal.error.description)]
            }
            return try print(json: ["runs": .array(items), "refused": .array(refusals)])
        }
        for outcome in batch.outcomes { try await show(outcome, context) }
        for refusal in batch.refusals {
            console.message(
                "\(console.paint("refused", .red)) \(refusal.request.entity) \(refusal.request.period): \(refusal.error.description)")
        }
        if !stale.isEmpty {
            let names = stale.map { "\($0.entity) \($0.period)" }.joined(separator: ", ")
            console.message("stale, because what they carried forward was superseded: \(names). Run them again in order, or use --cascade")
        }
    }

    private static func show(_ outcome: RunCoordinator.Outcome, _ context: HomeContext) async throws {
        let run = outcome.run
        let colour: Console.Colour = run.state == .succeeded ? .green : .red
        var line = "\(console.paint(run.state.rawValue, colour)) \(run.entity) \(run.period) run \(run.id.prefix(12))"
        if !outcome.isNew { line += " (an equal run existed)" }
        if let earlier = run.supersedes { line += ", supersedes \(earlier.prefix(12))" }
        if run.state == .succeeded {
            line += ", \(try await context.store.outputs(run: run.id).count) outputs"
        }
        console.print(line)
        // The whole of it, with Python's traceback, is what `show` is for.
        if let failure = run.failure { console.print(RunReport.text(failure, detail: false)) }
    }

    static let runs = CommandDefinition(
        name: "runs", summary: "list runs, newest first",
        options: [
            .value("entity", "NAME", "only this entity"), .value("period", "PERIOD", "only this period"),
            .value("deployment", "NAME", "only this deployment"),
            .value("state", "STATE", "only this state", choices: ["queued", "running", "waiting", "succeeded", "failed", "cancelled"]),
            .value("limit", "N", "at most this many (default: 100)"),
            .flag("ids", "print ids only, one a line"), .home, .json,
        ],
        example: "assay runs --entity alder-uk"
    ) { invocation in
        guard let limit = Int(invocation.value("limit") ?? "100"), limit > 0 else {
            throw UsageError(message: "--limit takes a whole number above zero", remedy: "Write --limit 20")
        }
        let period = try invocation.value("period").map(period)
        let context = try reading(invocation)
        let filter = RunFilter(
            deployment: invocation.value("deployment"), entity: invocation.value("entity"), period: period,
            state: invocation.value("state").flatMap(RunState.init(rawValue:)))
        let found = try await context.store.runs(filter, limit: limit)
        let stale = Set(try await context.store.staleRuns().map(\.id))
        if invocation.json {
            try print(json: ["runs": .array(found.map { RunReport.summary($0, stale: stale.contains($0.id)) })])
        } else if invocation.has("ids") {
            found.forEach { console.print($0.id) }
        } else if found.isEmpty {
            console.message("no runs")
        } else {
            let rows = found.map { run in
                let note = run.supersededBy.map { "superseded by \($0.prefix(12))" } ?? (stale.contains(run.id) ? "stale" : "")
                return [String(run.id.prefix(12)), run.state.rawValue, run.entity, run.period.description, run.deployment,
                    run.commit.short, run.startedAt ?? run.requestedAt, note]
            }
            console.print(
                console.table(rows, header: ["RUN", "STATE", "ENTITY", "PERIOD", "DEPLOYMENT", "COMMIT", "STARTED", "NOTE"]))
        }
        return .done
    }

    static let show = CommandDefinition(
        name: "show", summary: "one run: inputs, steps, outputs, stamp; or one revision",
        arguments: [
            ArgumentDefinition(name: "RUN", help: "a run's id, or enough of its first digits; or the word 'revision'"),
            ArgumentDefinition(name: "COMMIT", help: "after 'revision': a commit, or enough of its first digits", required: false),
        ],
        options: [.home, .json, .flag("events", "every recorded effect"), .flag("stamp", "the statement that the stamp signs")],
        details: "'assay show revision COMMIT' tells who wrote and merged it, when this host first saw it, what became of it and what it changed.",
        example: "assay show 3f2a9c --stamp"
    ) { invocation in
        if invocation.arguments[0] == "revision" { return try await showRevision(invocation) }
        guard invocation.arguments.count == 1 else {
            throw UsageError(message: "'\(invocation.arguments[1])' is one word too many", remedy: "Write 'assay show RUN' or 'assay show revision COMMIT'")
        }
        let context = try reading(invocation)
        let run = try await RunSelection.run(invocation.arguments[0], context)
        let report = RunReport(context)
        if invocation.has("stamp") {
            let statement = try await report.statement(run)
            console.print(invocation.json ? try CanonicalJSON.string(statement) : PrettyJSON.text(statement))
        } else if invocation.json {
            try print(json: try await report.json(run, events: invocation.has("events")))
        } else {
            console.print(try await report.text(run, events: invocation.has("events"), console: console))
        }
        return .done
    }

    static let diff = CommandDefinition(
        name: "diff", summary: "how the outputs of two runs differ",
        arguments: [
            ArgumentDefinition(name: "RUN1", help: "the earlier run"), ArgumentDefinition(name: "RUN2", help: "the later run"),
        ],
        options: [.home, .json, .flag("all", "every difference (default: at most 12 a file)")],
        details: "Exit 0: the same; 1: they differ.", example: "assay diff 3f2a9c 81d0e4"
    ) { invocation in
        let context = try reading(invocation)
        let before = try await RunSelection.run(invocation.arguments[0], context)
        let after = try await RunSelection.run(invocation.arguments[1], context)
        let differences = try OutputComparison(context).compare(
            try await context.store.outputs(run: before.id), try await context.store.outputs(run: after.id))
        if invocation.json {
            try print(json: RunReport.json(differences, before: before, after: after))
        } else {
            console.print("--- \(before.id.prefix(12)) at commit \(before.commit.short)")
            console.print("+++ \(after.id.prefix(12)) at commit \(after.commit.short)")
            for difference in differences {
                console.print(RunReport.text(difference, limit: invocation.has("all") ? .max : 12, console: console))
            }
        }
        return differences.allSatisfy { $0.kind == .same } ? .done : .failed
    }
}
