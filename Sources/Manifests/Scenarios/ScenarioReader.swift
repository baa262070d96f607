import Model

/// Puts a scenario together from its folder, its `scenario.yaml` and the shared one, and notes all that is wrong.
struct ScenarioReader {
    private(set) var problems: Set<Problem> = []
    private let runbook: RunbookSpec
    private let schema: ConfigSchema?
    private let tests: String
    private let hasSharedSQL: Bool
    private let charts: ChartShelf
    private let source: any FileSource

    /// One `scenario.yaml`, as far as it could be read.
    private struct File {
        var path: String
        var root: YAMLNode?
        var members: [String: JSONValue] = [:]
        /// What it says is not known, so what it lacks cannot be judged.
        var isBroken = false
    }

    init(runbook: RunbookSpec, tests: String, hasSharedSQL: Bool, charts: ChartShelf, source: some FileSource) {
        self.runbook = runbook
        self.tests = tests
        self.hasSharedSQL = hasSharedSQL
        self.charts = charts
        self.source = source
        schema = runbook.config_schema.flatMap { ConfigSchema.compile($0).0 }
    }

    /// Every scenario that has no problem of its own.
    mutating func read(_ folders: [ScenarioFolder]) throws -> [Scenario] {
        guard !folders.isEmpty else { return [] }
        if runbook.entrypoint == nil {
            problems.insert(
                Problem(
                    file: String(tests.dropLast("/tests".count)) + "/runbook.md",
                    message: "The runbook has scenarios and names no entrypoint", remedy: "Add 'entrypoint': module:function"))
        }
        let shared = try file(tests + "/" + ScenarioTable.file)
        return try folders.compactMap { folder in
            problems.formUnion(folder.problems)
            return try scenario(folder, shared: shared)
        }
    }

    private mutating func file(_ path: String) throws -> File {
        guard try source.exists(path) else { return File(path: path) }
        let (root, syntax) = YAMLDocument.read(try source.read(path), file: path)
        problems.formUnion(syntax)
        guard let root else { return File(path: path, isBroken: true) }
        var reader = ShapeReader(file: path)
        let members = reader.object(root, ScenarioTable.document, named: "The scenario")?.object
        problems.formUnion(reader.problems)
        return File(path: path, root: root, members: members ?? [:], isBroken: members == nil || !syntax.isEmpty)
    }

    private mutating func scenario(_ folder: ScenarioFolder, shared: File) throws -> Scenario? {
        let own = try file(folder.path + "/" + ScenarioTable.file)
        guard !own.isBroken, !shared.isBroken else { return nil }
        var members = shared.members
        // The two exclude each other, so either one replaces whichever is shared.
        if own.members["chart"] != nil || own.members["accounts"] != nil {
            members["chart"] = nil
            members["accounts"] = nil
        }
        members.merge(own.members) { $1 }
        members.merge(ScenarioTable.standards) { first, _ in first }
        if members["period"] == nil { members["period"] = folder.period.map { .string($0.description) } }

        var findings = needs(members) + exclusions(members, folder)
        guard findings.isEmpty else {
            note(findings, own, shared)
            return nil
        }
        let spec = try JSONValue.object(members).decode(ScenarioSpec.self)
        let chart = try chart(of: spec, &findings)
        findings += facts(spec) + (try tenants(spec))
        if let chart { findings += opening(spec, chart) }
        findings += schema?.findings(in: spec.config, at: [.key("config")]) ?? []
        note(findings, own, shared)
        guard findings.isEmpty, let chart else { return nil }
        return Scenario(
            name: folder.name, folder: folder.path, spec: spec, chart: chart, documents: folder.documents,
            outputs: folder.outputs, hasPosted: folder.hasPosted,
            dataPlatform: folder.hasSQL ? "\(folder.path)/\(ScenarioFolder.sql)"
                : hasSharedSQL ? "\(tests)/\(ScenarioFolder.sql)" : nil)
    }

    /// A finding stands in the file that has its key; where neither has, in the scenario's own.
    private mutating func note(_ findings: [Finding], _ own: File, _ shared: File) {
        for finding in findings.prefix(YAMLDocument.maximumProblems) {
            guard case .key(let key)? = finding.pointer.first else { continue }
            let file = own.root?.entry(key) == nil && shared.root?.entry(key) != nil ? shared : own
            let position = file.root?.position(of: finding.pointer)
            problems.insert(
                Problem(
                    file: file.path, line: position?.line ?? 0, column: position?.column ?? 0, message: finding.message,
                    remedy: finding.remedy))
        }
    }

    // MARK: What a table cannot say

    private func needs(_ members: [String: JSONValue]) -> [Finding] {
        var findings: [Finding] = []
        if members["period"] == nil {
            findings.append(
                Finding(
                    pointer: [.key("period")], message: "The scenario has no period",
                    remedy: "Begin the folder's name with it, such as 2026-03-late-payment, or add 'period'"))
        }
        if members["entity"] == nil {
            findings.append(
                Finding(
                    pointer: [.key("entity")], message: "The scenario has no entity",
                    remedy: "Add 'entity' with currency and jurisdiction, here or in \(tests)/\(ScenarioTable.file)"))
        }
        return findings
    }

    private func exclusions(_ members: [String: JSONValue], _ folder: ScenarioFolder) -> [Finding] {
        var findings: [Finding] = []
        if members["chart"] != nil, members["accounts"] != nil {
            findings.append(
                Finding(
                    pointer: [.key("accounts")], message: "'accounts' and 'chart' exclude each other", remedy: "Keep one of the two"))
        }
        if members["fails"] != nil, folder.hasPosted || !folder.outputs.isEmpty {
            findings.append(
                Finding(
                    pointer: [.key("fails")], message: "A run that fails gives no outputs and posts nothing, and this scenario expects some",
                    remedy: "Remove 'fails', or expected/ and \(ScenarioFolder.posted)"))
        }
        return findings
    }

    private func chart(of spec: ScenarioSpec, _ findings: inout [Finding]) throws -> ChartSpec? {
        func find(_ message: String, _ remedy: String) -> ChartSpec? {
            findings.append(Finding(pointer: [.key("chart")], message: message, remedy: remedy))
            return nil
        }
        if let accounts = spec.accounts {
            findings += LoneCheck.repeatedAccounts(accounts.map(\.code))
            return ChartSpec(accounts: accounts)
        }
        let names = try charts.names()
        guard let name = spec.chart ?? (names.count == 1 ? names[0] : nil) else {
            return find(
                "The scenario names no chart, and the workspace has \(names.count)", "Add 'chart' with one of them, or 'accounts'")
        }
        switch try charts.chart(name) {
        case .chart(let chart): return chart
        case .broken(let problems): return find("The chart '\(name)' is not valid: \(problems[0].message)", problems[0].remedy)
        case .missing:
            let near = nearest(to: name, among: names)
            return find("There is no ChartOfAccounts '\(name)'", near.map { "Did you mean '\($0)'?" } ?? "Add it under charts/, or correct the name")
        }
    }

    private func facts(_ spec: ScenarioSpec) -> [Finding] {
        let known = runbook.parameters.map(\.name)
        let unknown = spec.parameters.keys.sorted().filter { !known.contains($0) }
        return unknown.prefix(YAMLDocument.maximumProblems).map { name in
            Finding(
                pointer: [.key("parameters"), .key(name)], message: "The runbook declares no parameter '\(name)'",
                remedy: nearest(to: name, among: known).map { "Did you mean '\($0)'?" }
                    ?? (known.isEmpty ? "It takes none" : "It takes " + known.joined(separator: ", ")))
        }
    }

    private func tenants(_ spec: ScenarioSpec) throws -> [Finding] {
        try spec.tenants.enumerated().compactMap { index, name in
            if try source.exists("tenants/\(name)/tenant.yaml") { return nil }
            return Finding(
                pointer: [.key("tenants"), .index(index)], message: "There is no tenant '\(name)'",
                remedy: "Correct the name, or leave 'tenants' out")
        }
    }

    /// A ledger's balances always come to nothing, account by account in the entity's currency.
    private func opening(_ spec: ScenarioSpec, _ chart: ChartSpec) -> [Finding] {
        guard let opening = spec.opening, let currency = Currency(spec.entity.currency) else { return [] }
        let codes = Set(chart.accounts.map(\.code))
        var findings: [Finding] = []
        func find(_ code: String?, _ message: String, _ remedy: String) {
            findings.append(Finding(pointer: [.key("opening")] + (code.map { [.key($0)] } ?? []), message: message, remedy: remedy))
        }
        var sum: Int64 = 0
        for (code, text) in opening.sorted(by: { $0.key < $1.key }) {
            if !codes.contains(code) { find(code, "Account \(code) is not in the chart", "Correct the code") }
            guard let amount = Amount(text, currency: currency) else {
                find(code, "\(text) is not an amount of \(currency)", "Write it with at most \(currency.exponent) decimals")
                continue
            }
            let (next, overflow) = sum.addingReportingOverflow(amount.minorUnits)
            if overflow { find(code, "The balances are larger than a ledger can hold", "Use smaller amounts") }
            sum = next
        }
        if findings.isEmpty, sum != 0 {
            let difference = Amount(minorUnits: sum, currency: currency).decimal
            find(nil, "The opening balances come to \(difference) \(currency) and not to nothing", "Correct an amount: debits are positive, credits negative")
        }
        return findings
    }
}
