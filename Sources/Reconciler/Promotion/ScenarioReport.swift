import Model

/// What became of one scenario.
public struct ScenarioReport: Sendable, Hashable {
    /// The folder's name.
    public var scenario: String
    /// Its path in the workspace.
    public var folder: String
    /// `ScenarioFailed` or `DeterminismCheckFailed`; empty where it passed.
    public var reason = ""
    /// The first difference, in one sentence; empty where it passed.
    public var message = ""
    /// Path in the workspace and one-based line, where the difference has a place.
    public var file: String?
    public var line: Int?
    /// A few lines that show the difference, as in a unified diff.
    public var excerpt: [String] = []
    /// Which of the surroundings show, each alone, where two executions differ.
    public var causes: [String] = []
    /// What the run gave, where it succeeded and the surroundings do not show: what `--update` writes.
    public var produced: Produced?
    public var milliseconds = 0

    public struct Produced: Sendable, Hashable {
        public var outputs: [String: [UInt8]]
        /// The text of `posted.csv`; empty where nothing was posted.
        public var posted: [UInt8]
    }

    public var passed: Bool { reason.isEmpty }

    public init(scenario: String, folder: String) {
        self.scenario = scenario
        self.folder = folder
    }
}

/// What became of a runbook: whether its code compiles, and its scenarios.
public struct RunbookReport: Sendable, Hashable {
    public var runbook: String
    /// How many Python files were compiled.
    public var files: Int
    /// What keeps code or scenarios from being read; then no scenario was run.
    public var problems: [Problem]
    /// By name.
    public var scenarios: [ScenarioReport]

    public var passed: Bool { problems.isEmpty && scenarios.allSatisfy(\.passed) }

    /// The same in the few words that are kept. The first problem, else the first scenario that failed, decides.
    public var verdict: PromotionVerdict {
        if let problem = problems.first {
            return PromotionVerdict(
                passed: false, reason: PromotionReason.scenarioFailed.rawValue, message: "\(problem.message). \(problem.remedy)",
                file: problem.file, line: problem.line > 0 ? problem.line : nil, scenarios: 0)
        }
        guard let failed = scenarios.first(where: { !$0.passed }) else {
            return PromotionVerdict(passed: true, scenarios: scenarios.count)
        }
        return PromotionVerdict(
            passed: false, reason: failed.reason, message: "Scenario '\(failed.scenario)': \(failed.message)", file: failed.file,
            line: failed.line, scenarios: scenarios.count)
    }
}

/// Why a runbook may not serve.
public enum PromotionReason: String, Sendable {
    case scenarioFailed = "ScenarioFailed"
    case scenarioMissing = "ScenarioMissing"
    case determinismCheckFailed = "DeterminismCheckFailed"
}

extension PromotionVerdict {
    /// The same under policies: one of them may ask for scenarios where there are none.
    ///
    /// Apart from the check itself, because policies change and the verdict on a content is kept.
    func judged(by policies: PolicySet, runbook: String) -> PromotionVerdict {
        guard passed, scenarios == 0, let policy = policies.requiringScenarios else { return self }
        return PromotionVerdict(
            passed: false, reason: PromotionReason.scenarioMissing.rawValue,
            message: "Policy '\(policy)' requires scenarios, and runbook '\(runbook)' has none. Add one under runbooks/\(runbook)/tests/",
            scenarios: 0)
    }
}
