import Executor
import Model

/// What a scenario's folder says that a run must give.
struct ScenarioExpectation {
    private let files: ScenarioFiles
    private var fails: ScenarioSpec.Failure? { files.scenario.spec.fails }

    init(_ files: ScenarioFiles) { self.files = files }

    /// Whether this is how the scenario must fail.
    func meets(_ failure: RunFailure) -> Bool {
        guard let fails else { return false }
        return failure.reason == fails.reason && (fails.message.map { failure.message.contains($0) } ?? true)
    }

    func judge(_ outcome: SessionOutcome, _ report: inout ScenarioReport) {
        if let failure = outcome.failed { return judge(failure, &report) }
        if let fails {
            return report.fail(.scenarioFailed, "it must fail with \(fails.reason), and it succeeds")
        }
        if files.expected.isEmpty, files.posted == nil {
            return report.fail(
                .scenarioFailed, "it expects nothing yet. Write its expected outputs with assay test --update", file: files.scenario.folder)
        }
        judge(outcome.record, report.produced?.outputs ?? [:], &report)
        if report.passed, let posted = files.posted { judge(posted: posted, outcome.record, &report) }
    }

    private func judge(_ failure: RunFailure, _ report: inout ScenarioReport) {
        if meets(failure) { return }
        let wanted = fails.map { "must fail with \($0.reason)" + ($0.message.map { " that says “\($0)”" } ?? "") + ", and it " } ?? ""
        report.fail("it \(wanted)fails", with: failure)
    }

    /// Exactly the expected outputs, byte for byte; the one that the run gave first comes first.
    private func judge(_ record: SessionRecord, _ given: [String: [UInt8]], _ report: inout ScenarioReport) {
        guard !files.expected.isEmpty else {
            if let output = record.outputs.first {
                report.fail(
                    .scenarioFailed, "output '\(output.name)' is not expected. Take it with assay test --update", at: source(output.name, record))
            }
            return
        }
        for output in record.outputs {
            let path = files.scenario.path(ofOutput: output.name)
            guard let expected = files.expected[output.name] else {
                return report.fail(
                    .scenarioFailed, "output '\(output.name)' is not expected: there is no \(path)", at: source(output.name, record))
            }
            guard let found = ContentDifference.first(expected, given[output.name] ?? [], isJSON: output.isJSON) else { continue }
            report.fail(
                .scenarioFailed,
                "output '\(output.name)' \(found.place) must be \(found.shownBefore) and is \(found.shownAfter)",
                at: source(output.name, record))
            report.excerpt = found.excerpt
            return
        }
        if let missing = files.expected.keys.sorted().first(where: { given[$0] == nil }) {
            report.fail(
                .scenarioFailed, "output '\(missing)' is expected and not given", file: files.scenario.path(ofOutput: missing))
        }
    }

    private func judge(posted: [UInt8], _ record: SessionRecord, _ report: inout ScenarioReport) {
        guard let found = ContentDifference.first(posted, PostedEntries.csv(record.entries), isJSON: false) else { return }
        // The line of the first entry that differs; the header is line 1.
        let number = found.after.flatMap { Int($0.prefix { $0 != "," }) }
        let entry = record.entries.first { $0.number == number }
        report.fail(
            .scenarioFailed,
            "what is posted differs \(found.place) of posted.csv: it must be \(found.shownBefore) and is \(found.shownAfter)",
            file: entry?.file ?? files.scenario.postedPath, line: entry?.line)
        report.excerpt = found.excerpt
    }

    /// Where the runbook gave an output.
    private func source(_ name: String, _ record: SessionRecord) -> (file: String?, line: Int?) {
        let emitted = record.events.filter { $0.kind == "output" }
        guard let index = record.outputs.firstIndex(where: { $0.name == name }), index < emitted.count else { return (nil, nil) }
        return (emitted[index].file, emitted[index].line)
    }
}

extension ScenarioReport {
    mutating func fail(_ reason: PromotionReason, _ message: String, file: String? = nil, line: Int? = nil) {
        self.reason = reason.rawValue
        self.message = message
        self.file = file
        self.line = line
    }

    /// With the failure of a run: its first line in the message, the others and the way that led there below.
    mutating func fail(_ what: String, with failure: RunFailure) {
        var lines = failure.message.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        fail(.scenarioFailed, "\(what) with \(failure.reason): \(lines.removeFirst())", file: failure.file, line: failure.line)
        if failure.reason == "RunbookError" { lines += (failure.detail ?? "").split(separator: "\n").suffix(12).map(String.init) }
        excerpt = lines.prefix(20).map { clipped($0) }
    }

    fileprivate mutating func fail(_ reason: PromotionReason, _ message: String, at place: (file: String?, line: Int?)) {
        fail(reason, message, file: place.file, line: place.line)
    }
}
