import Digests
import Executor
import Foundation
import Model
import TenantStore

/// Runs scenarios of one runbook through the machinery of real runs: code layout, sandbox, guest, answers, journal rules.
///
/// What differs from a run: the answers come from the scenario's folder, and nothing is recorded.
struct ScenarioExecution: Sendable {
    let session: GuestSession
    let runbook: RunbookSpec
    let entrypoint: String
    /// Whose capabilities are found.
    let tenant: String
    /// Absolute path of the code as the sandbox mounts it, and what it is.
    let code: String
    let trees: [CodeTree]
    let interpreter: ContentDigest
    let guest: ContentDigest
    /// Upper bounds, from policies.
    let bounded: @Sendable (Limits) -> Limits
    /// Scratch space for SQLite files.
    let scratch: String

    /// No scenario may take longer than a person waits.
    private static let ceiling = Limits(wallSeconds: 60, cpuSeconds: 60, memoryMiB: 2048, outputMiB: 256, effects: 100_000)

    func run(_ files: ScenarioFiles) async throws -> ScenarioReport {
        let clock = ContinuousClock(), started = clock.now
        var report = ScenarioReport(scenario: files.scenario.name, folder: files.scenario.folder)
        do {
            let stage = try stage(files)
            try await judge(stage, files, &report)
        } catch let failure as DataPlatformScript.Failure {
            report.fail(.scenarioFailed, failure.message, file: files.scenario.dataPlatform, line: failure.line)
        }
        report.milliseconds = Int((clock.now - started) / .milliseconds(1))
        return report
    }

    // MARK: Two executions

    private func judge(_ stage: Stage, _ files: ScenarioFiles, _ report: inout ScenarioReport) async throws {
        async let one = session.rehearse(stage.request, in: .standard, live: stage.answers)
        async let other = session.rehearse(stage.request, in: .varied(seed: stage.seed), live: stage.answers)
        let (first, second) = try await (one, other)
        // Where a limit strikes depends on how busy the host is, so two such ends need not agree.
        for outcome in [first, second] {
            guard let failure = outcome.failed, failure.isOfHost, !ScenarioExpectation(files).meets(failure) else { continue }
            return report.fail("it fails", with: failure)
        }
        if first.failed?.isOfHost != true,
            let difference = try ExecutionComparison(vault: session.vault).firstDifference(first, second)
        {
            report.causes = try await causes(stage, first)
            report.fail(
                .determinismCheckFailed, difference.message + Self.explained(report.causes), file: difference.file, line: difference.line)
            report.excerpt = difference.excerpt
            return
        }
        if case .succeeded(let record) = first { report.produced = try produced(record) }
        ScenarioExpectation(files).judge(first, &report)
    }

    /// The aspects that show when they alone differ. Each of them also moves objects about a little, so where addresses
    /// show, the others say nothing.
    private func causes(_ stage: Stage, _ first: SessionOutcome) async throws -> [String] {
        func shows(_ aspect: Surroundings.Aspect) async throws -> Bool {
            let outcome = try await session.rehearse(stage.request, in: .varied([aspect], seed: stage.seed), live: stage.answers)
            return try ExecutionComparison(vault: session.vault).firstDifference(first, outcome) != nil
        }
        if try await shows(.addresses) { return [Surroundings.Aspect.addresses.rawValue] }
        var causes: [String] = []
        for aspect in Surroundings.Aspect.allCases where aspect != .addresses {
            if try await shows(aspect) { causes.append(aspect.rawValue) }
        }
        return causes
    }

    private static func explained(_ causes: [String]) -> String {
        guard let first = causes.first else { return ". No one of the surroundings alone shows it" }
        let words = causes.count == 1 ? first : causes.dropLast().joined(separator: ", ") + " and " + (causes.last ?? "")
        return ". It depends on the \(words): \(Surroundings.Aspect(rawValue: first)?.remedy ?? "")"
    }

    private func produced(_ record: SessionRecord) throws -> ScenarioReport.Produced {
        var outputs: [String: [UInt8]] = [:]
        for output in record.outputs { outputs[output.name] = try session.vault.get(output.sha256) }
        return ScenarioReport.Produced(
            outputs: outputs, posted: record.entries.isEmpty ? [] : PostedEntries.csv(record.entries))
    }

    // MARK: What the run gets

    /// What both executions share.
    private struct Stage: Sendable {
        var request: SessionRequest
        var answers: EffectAnswers
        /// Decides the varied surroundings: follows from code and scenario alone, so that every host agrees.
        var seed: ContentDigest
    }

    private func stage(_ files: ScenarioFiles) throws -> Stage {
        let scenario = files.scenario
        let opening = try OpeningBalances(scenario, deployment: runbook.slug)
        let catalogue = try zip(scenario.documents, files.documents).map { name, bytes in
            CatalogueEntry(name: name, sha256: try session.vault.put(bytes), size: Int64(bytes.count))
        }
        let spec = try spec(scenario, opening, catalogue)
        let identity: [JSONValue] = ["scenario", .string(runbook.slug), .string(scenario.name)] + trees.map { .string($0.sha256.hex) }
        return Stage(
            request: SessionRequest(spec: spec, runKey: try CanonicalJSON.digest(spec), code: code),
            answers: EffectAnswers(spec: spec, opening: opening.answer, query: try query(files)),
            seed: try CanonicalJSON.digest(.array(identity)))
    }

    private func query(_ files: ScenarioFiles) throws -> EffectAnswers.Query {
        guard let sql = files.sql else {
            return { _, _ in
                .error(reason: "DataPlatformMissing", message: "the scenario has no data-platform.sql")
            }
        }
        try FileSystem.makeDirectories(scratch)
        let path = "\(scratch)/\(files.scenario.name).db"
        try DataPlatformScript.run(sql, into: path)
        let reader = DataPlatformReader(path: path)
        return { sql, parameters in await reader.query(sql, parameters) }
    }

    private func spec(
        _ scenario: Scenario, _ opening: OpeningBalances, _ catalogue: [CatalogueEntry]
    ) throws -> RunSpec {
        let facts = scenario.spec, entity = facts.entity
        guard let time = LogicalTime.end(of: facts.period, zone: facts.tenant.timeZone) else {
            throw RunError.timeZoneUnknown(facts.tenant.timeZone)
        }
        return RunSpec(
            tenant: tenant, deployment: runbook.slug, runbook: runbook.slug, entity: entity.name, period: facts.period,
            parameters: facts.parameters, commit: .zero, code: trees, entrypoint: entrypoint, config: facts.config,
            limits: bounded(facts.limits.within(Self.ceiling)),
            entitySpec: EntitySpec(
                displayName: entity.displayName ?? entity.name, type: entity.type, jurisdiction: entity.jurisdiction,
                currency: entity.currency, chart: facts.chart ?? "scenario", labels: entity.labels),
            tenantSpec: TenantSpec(
                displayName: facts.tenant.displayName, baseCurrency: facts.tenant.baseCurrency ?? entity.currency,
                timeZone: facts.tenant.timeZone, fiscalYearEnd: facts.tenant.fiscalYearEnd,
                reportingFramework: facts.tenant.reportingFramework),
            chart: scenario.chart, policies: SHA256.digest([UInt8]()), logicalTime: time, catalogue: catalogue,
            interpreter: interpreter, guest: guest, carriedFrom: opening.carriedFrom, openingBalances: try opening.digest())
    }
}

extension RunFailure {
    /// Whether the host ended it, by a limit or otherwise, and not the runbook itself.
    fileprivate var isOfHost: Bool { reason == "LimitExceeded" || reason == "GuestLost" }
}

extension Limits {
    fileprivate func within(_ other: Limits) -> Limits {
        Limits(
            wallSeconds: min(wallSeconds, other.wallSeconds), cpuSeconds: min(cpuSeconds, other.cpuSeconds),
            memoryMiB: min(memoryMiB, other.memoryMiB), outputMiB: min(outputMiB, other.outputMiB),
            effects: min(effects, other.effects))
    }
}

extension OpeningBalances {
    /// What a scenario carries forward: as if the same deployment had closed the period before.
    init(_ scenario: Scenario, deployment: String) throws {
        let facts = scenario.spec
        guard let currency = Currency(facts.entity.currency) else {
            throw RunError.runbookUnusable(slug: deployment, why: "\(facts.entity.currency) is no currency")
        }
        let balances = (facts.opening ?? [:]).compactMap { code, text in
            Amount(text, currency: currency).map { Balance(account: code, minorUnits: $0.minorUnits) }
        }
        var carried: [RunSpec.CarriedRun] = []
        if let opening = facts.opening, let previous = facts.period.previous {
            let key = try CanonicalJSON.digest(.object(opening.mapValues { .string($0) }))
            carried = [RunSpec.CarriedRun(deployment: deployment, period: previous, runKey: key)]
        }
        self.init(
            currency: currency, asOf: facts.period.start.previousDay, carriedFrom: carried,
            balances: balances.filter { $0.minorUnits != 0 }
                .sorted { $0.account.utf8.lexicographicallyPrecedes($1.account.utf8) })
    }
}

extension Surroundings.Aspect {
    /// What its author can do about a runbook that shows it.
    var remedy: String {
        switch self {
        case .hashSeed: "sort what comes out of a set before its order matters"
        case .folderOrder: "sort what a folder lists"
        case .clock: "use run.logical_time or run.period instead of the clock"
        case .timeZone: "give times a zone of their own, such as run.tenant.time_zone"
        case .locale: "format without the locale"
        case .chance: "derive what you need from the inputs instead of drawing it"
        case .addresses: "do not use id(), and sort sets of objects by what they hold"
        }
    }
}
