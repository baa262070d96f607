import Model

// What people stopped on this host.
extension StoreDatabase {
    /// The suspension that stands; `nil` where the thing is not suspended on this host.
    public func suspension(of target: SuspensionTarget) throws -> Suspension? {
        let newest = try connection.row(
            """
            SELECT kind, name, suspended, by, reason, at FROM suspensions WHERE kind = ? AND name = ?
            ORDER BY id DESC LIMIT 1
            """, .text(target.kind.rawValue), .text(target.name), read: suspension)
        return newest.flatMap { $0.isSuspended ? $0 : nil }
    }

    /// Everything that is suspended on this host now.
    public func suspensions() throws -> [SuspensionTarget: Suspension] {
        let standing = try connection.rows(
            """
            SELECT kind, name, suspended, by, reason, at FROM suspensions
            WHERE id IN (SELECT max(id) FROM suspensions GROUP BY kind, name) AND suspended
            """, read: suspension)
        return Dictionary(standing.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Every suspension and every end of one, oldest first.
    public func suspensionHistory() throws -> [Suspension] {
        try connection.rows("SELECT kind, name, suspended, by, reason, at FROM suspensions ORDER BY id", read: suspension)
    }

    /// Notes that somebody suspended or resumed something; what is so already is left as it is.
    /// - Returns: whether that changed anything.
    @discardableResult
    public func note(_ suspension: Suspension) throws -> Bool {
        try transaction {
            guard try (self.suspension(of: suspension.target) != nil) != suspension.isSuspended else { return false }
            try connection.run(
                "INSERT INTO suspensions (kind, name, suspended, by, reason, at) VALUES (?, ?, ?, ?, ?, ?)",
                .text(suspension.target.kind.rawValue), .text(suspension.target.name), .bool(suspension.isSuspended),
                .text(suspension.by), .text(suspension.reason), .text(suspension.at))
            return true
        }
    }

    private func suspension(_ row: Row) throws -> Suspension {
        let name = row.text(1)
        let target = try row.value(0) { ResourceKind(rawValue: $0) } == .deployment
            ? SuspensionTarget.deployment(name) : .schedule(name)
        return Suspension(
            target: target, isSuspended: row.bool(2), by: row.text(3), reason: row.text(4), at: row.text(5))
    }
}
