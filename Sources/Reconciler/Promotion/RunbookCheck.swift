import Executor
import Manifests
import Model

/// Checks one runbook as it lies in a source: its code compiles, its scenarios pass.
///
/// The one check behind a promotion and `assay test`: what differs is where files and interpreter come from.
struct RunbookCheck: Sendable {
    let slug: String
    let tenant: String
    /// Absolute path of the code as the sandbox mounts it.
    let code: String
    let trees: [CodeTree]
    let sandbox: Sandbox
    let interpreter: InterpreterClosure
    let guest: ContentDigest
    let vault: any ObjectVault
    let bounded: @Sendable (Limits) -> Limits
    let scratch: String
    /// How many scenarios are executed at the same time; each is two processes.
    let width: Int

    /// - Parameter only: names of scenarios; all where empty.
    func run(_ loaded: ScenarioLoader.Result, from source: any FileSource, only: Set<String> = []) async throws -> RunbookReport {
        async let syntax = SyntaxCheck.run(code, interpreter: interpreter, sandbox: sandbox, vault: vault)
        switch loaded {
        case .problems(let problems):
            let compiled = try await syntax
            return RunbookReport(runbook: slug, files: compiled.files, problems: (Self.problems(compiled) + problems), scenarios: [])
        case .loaded(let found):
            let files = try found.scenarios.filter { isOurs($0, only) }.map { try ScenarioFiles.read($0, from: source) }
            let reports = try await execute(files, of: found.runbook)
            let compiled = try await syntax
            let problems = Self.problems(compiled)
            // What does not compile has failed wherever it was imported: that is said once, with its line.
            return RunbookReport(runbook: slug, files: compiled.files, problems: problems, scenarios: problems.isEmpty ? reports : [])
        }
    }

    private func isOurs(_ scenario: Scenario, _ only: Set<String>) -> Bool {
        (scenario.spec.tenants.isEmpty || scenario.spec.tenants.contains(tenant)) && (only.isEmpty || only.contains(scenario.name))
    }

    /// In the order of their names, whichever ends first.
    private func execute(_ files: [ScenarioFiles], of runbook: RunbookSpec) async throws -> [ScenarioReport] {
        // The loader has said so where there are scenarios and no entry point.
        guard let entrypoint = runbook.entrypoint else { return [] }
        let execution = ScenarioExecution(
            session: GuestSession(sandbox: sandbox, vault: vault), runbook: runbook, entrypoint: entrypoint, tenant: tenant, code: code,
            trees: trees, interpreter: interpreter.tree, guest: guest, bounded: bounded, scratch: scratch)
        return try await withThrowingTaskGroup(of: (Int, ScenarioReport).self) { group in
            var reports = [ScenarioReport?](repeating: nil, count: files.count)
            for (index, one) in files.enumerated() {
                if index >= width, let (at, report) = try await group.next() { reports[at] = report }
                group.addTask { (index, try await execution.run(one)) }
            }
            for try await (at, report) in group { reports[at] = report }
            return reports.compactMap(\.self)
        }
    }

    private static func problems(_ result: SyntaxCheck.Result) -> [Problem] {
        result.problems.map {
            Problem(
                file: $0.file, line: $0.line ?? 0, message: "\($0.file) does not compile: \($0.message)", remedy: "Correct the code")
        }
    }
}
