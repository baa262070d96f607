extension StoreDatabase {
    /// How many times another commit was applied than the one before. Repairs and repetitions do not count.
    public func applications() throws -> Int {
        try connection.row(
            """
            SELECT count(*) FROM (
                SELECT to_commit, lag(to_commit) OVER (ORDER BY id) AS earlier FROM plans WHERE status = 'applied'
            ) WHERE earlier IS NOT to_commit
            """
        ) { $0.int(0) } ?? 0
    }
}

extension TenantStore {
    public func applications() throws -> Int { try database.applications() }
}
