import Model

/// Where the reconciliation of this home stands: what was attempted, what is applied, and why they differ.
public struct ReconcileStatus: Hashable, Sendable, Codable {
    public enum Outcome: String, Sendable, Codable { case ready, progressing, waiting, stalled }

    public var attempted: Revision?
    public var applied: Revision?
    public var outcome: Outcome
    /// Stable PascalCase, such as `ManifestInvalid`; empty when ready.
    public var reason: String
    public var message: String
    public var problems: [Problem]
    /// RFC 3339, UTC.
    public var at: String

    public init(
        attempted: Revision?, applied: Revision?, outcome: Outcome, reason: String, message: String,
        problems: [Problem], at: String
    ) {
        self.attempted = attempted
        self.applied = applied
        self.outcome = outcome
        self.reason = reason
        self.message = message
        self.problems = problems
        self.at = at
    }
}

/// One entry of the append-only list of revisions that this home has seen.
public struct RevisionRecord: Hashable, Sendable {
    public var revision: Revision
    /// RFC 3339, UTC: when this host first saw the commit. This time decides trust, never the committer's.
    public var firstSeen: String
    public var outcome: ReconcileStatus.Outcome
    /// How many changes its plan held.
    public var changes: Int
    /// Stable PascalCase, such as `ManifestInvalid`; empty for a commit that was applied itself.
    public var reason: String
    public var message: String

    public init(
        revision: Revision, firstSeen: String, outcome: ReconcileStatus.Outcome, changes: Int, reason: String = "",
        message: String = ""
    ) {
        self.revision = revision
        self.firstSeen = firstSeen
        self.outcome = outcome
        self.changes = changes
        self.reason = reason
        self.message = message
    }
}

/// A plan that was written before its first effect and has not been finished.
public struct UnfinishedPlan: Hashable, Sendable {
    public var id: Int64
    public var plan: Plan
    /// Zero-based index into `plan.changes` of the first step that is not applied yet.
    public var nextStep: Int
    public var at: String
}

/// How a plan ended.
public enum PlanStatus: String, Sendable { case applied, abandoned }
