import Model

/// How much of what a store holds.
public struct StoreFigures: Hashable, Sendable {
    /// Number of runs by state.
    public var runs: [String: Int]
    /// Starts that wait for the run before.
    public var queued: Int
    /// Entities of fired starts that have no run yet.
    public var pending: Int
    /// What is suspended on this host.
    public var suspensions: Int
}

extension StoreDatabase {
    /// From indexes alone: cheap however many runs there are.
    public func figures() throws -> StoreFigures {
        let states = try connection.rows("SELECT state, count(*) FROM runs GROUP BY state") { ($0.text(0), $0.int(1)) }
        let counts = try connection.row(
            """
            SELECT (SELECT count(*) FROM firings WHERE decision = 'queued'),
                (SELECT count(*) FROM firing_runs WHERE state IN ('pending', 'accepted') AND state = 'pending')
            """) { ($0.int(0), $0.int(1)) }
        return StoreFigures(
            runs: Dictionary(states, uniquingKeysWith: +), queued: counts?.0 ?? 0, pending: counts?.1 ?? 0,
            suspensions: try suspensions().count)
    }
}
