/// One difference between what should be and what is.
public struct Change: Hashable, Sendable, Codable {
    public enum Action: String, Sendable, Codable, Comparable {
        case create, update, delete
        public static func < (a: Self, b: Self) -> Bool { a.order < b.order }
        private var order: Int { self == .create ? 0 : self == .update ? 1 : 2 }
    }

    public var action: Action
    public var key: ResourceKey
    /// Dotted paths of the spec that differ, sorted; empty for create and delete.
    public var fields: [String]
    /// What to write; `nil` for delete.
    public var resource: Resource?

    public init(action: Action, key: ResourceKey, fields: [String] = [], resource: Resource?) {
        self.action = action
        self.key = key
        self.fields = fields
        self.resource = resource
    }
}

/// The steps from one applied commit to another: serialisable, ordered, each idempotent.
///
/// Written to the store before its first effect and finished at start-up when it was interrupted.
public struct Plan: Hashable, Sendable, Codable {
    public static let formatVersion = 1

    public enum Purpose: String, Sendable, Codable {
        /// Brings in another commit.
        case deploy
        /// Makes the store match the commit that is applied already.
        case repair
    }

    public var version: Int
    /// `nil` for the first.
    public var from: GitObjectID?
    public var to: Revision
    public var changes: [Change]
    /// Absent in plans of the first version, which all deployed.
    public var purpose: Purpose?
    /// Every deployment that does not serve `to` once this is applied; `nil` leaves them as they are.
    public var holds: [DeploymentHold]?

    public init(
        from: GitObjectID?, to: Revision, changes: [Change], purpose: Purpose = .deploy, holds: [DeploymentHold]? = nil
    ) {
        version = Plan.formatVersion
        self.from = from
        self.to = to
        self.changes = changes
        self.purpose = purpose
        self.holds = holds
    }

    public var repairs: Bool { purpose == .repair }
}
