import Model

extension StoreDatabase {
    /// The commit that the deployed resources are of: a pass writes both in one transaction.
    public func appliedRevision() throws -> Revision? { try status()?.applied }

    /// Several reads of one unchanging state, whoever writes meanwhile.
    public func reading<T>(_ body: () throws -> T) throws -> T { try connection.snapshotUnlessInTransaction(body) }
}
