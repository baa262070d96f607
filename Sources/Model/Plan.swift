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
    public var version: Int
    /// `nil` for the first.
    public var from: GitObjectID?
    public var to: Revision
    public var changes: [Change]

    public init(from: GitObjectID?, to: Revision, changes: [Change]) {
        version = Plan.formatVersion
        self.from = from
        self.to = to
        self.changes = changes
    }
}
