import Model

/// One difference between the deployed state and the applied commit that was put right.
public struct RepairRecord: Hashable, Sendable {
    /// What had to be done: `create` what was missing, `update` what differed, `delete` what no commit declares.
    public var action: Change.Action
    public var key: ResourceKey
    /// Dotted paths that differed.
    public var fields: [String]
    /// The commit that the state was made to match.
    public var commit: GitObjectID
    /// RFC 3339, UTC.
    public var at: String
}
