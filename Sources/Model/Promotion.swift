/// What the check of a runbook's changed code came to: whether it may serve.
public struct PromotionVerdict: Hashable, Sendable, Codable {
    public var passed: Bool
    /// `ScenarioFailed`, `ScenarioMissing` or `DeterminismCheckFailed`; empty where it passed.
    public var reason: String
    /// The first difference, in one sentence with the scenario's name; empty where it passed.
    public var message: String
    /// Path inside the repository and one-based line, where the difference has a place.
    public var file: String?
    public var line: Int?
    /// How many scenarios were executed.
    public var scenarios: Int

    public init(
        passed: Bool, reason: String = "", message: String = "", file: String? = nil, line: Int? = nil, scenarios: Int
    ) {
        self.passed = passed
        self.reason = reason
        self.message = message
        self.file = file
        self.line = line
        self.scenarios = scenarios
    }
}

/// A deployment that does not serve the applied commit, and why.
///
/// Where there is none, a deployment serves what is applied.
public struct DeploymentHold: Hashable, Sendable, Codable {
    /// Name of the deployment.
    public var deployment: String
    /// The commit whose manifest and code serve meanwhile; `nil` where none ever passed.
    public var serving: GitObjectID?
    /// The commit that may not serve.
    public var attempted: GitObjectID
    public var reason: String
    public var message: String
    /// RFC 3339, UTC.
    public var since: String

    public init(
        deployment: String, serving: GitObjectID?, attempted: GitObjectID, reason: String, message: String, since: String
    ) {
        self.deployment = deployment
        self.serving = serving
        self.attempted = attempted
        self.reason = reason
        self.message = message
        self.since = since
    }
}
