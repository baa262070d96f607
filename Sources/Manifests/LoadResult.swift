import Model

/// What reading a whole workspace gave: every resource, or every problem.
public enum LoadResult: Sendable, Hashable {
    /// Sorted by key.
    case loaded([Resource])
    /// Sorted by file, line and column; never empty.
    case problems([Problem])
}

/// What reading only the changed part of a workspace gave: the small difference, or every problem.
public enum ChangeResult: Sendable, Hashable {
    case changed(Delta)
    /// Sorted by file, line and column; never empty.
    case problems([Problem])
}

/// The difference between what an index holds and what the workspace now declares.
public struct Delta: Sendable, Hashable {
    /// New and different resources, sorted by key.
    public var upserts: [Resource]
    /// Keys that the index holds and the workspace no longer declares, sorted.
    public var deletes: [ResourceKey]

    public init(upserts: [Resource] = [], deletes: [ResourceKey] = []) {
        self.upserts = upserts
        self.deletes = deletes
    }

    public var isEmpty: Bool { upserts.isEmpty && deletes.isEmpty }
}

/// What was accepted before: the other half of a comparison, supplied by whoever keeps it (the store).
///
/// It must hold exactly what the last accepted load gave, for the same tenant.
public protocol ResourceIndex {
    func resource(_ key: ResourceKey) throws -> Resource?
    /// Keys of the resources whose `references` name `key`.
    func referrers(to key: ResourceKey) throws -> [ResourceKey]
    /// All resources of a kind: those of `tenant` for a kind that belongs to one, else `tenant` is `nil`.
    func resources(kind: ResourceKind, tenant: String?) throws -> [Resource]
}
