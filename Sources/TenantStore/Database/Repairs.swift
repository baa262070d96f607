import Model

// Differences between the deployed state and its commit that a pass found and put right.
extension StoreDatabase {
    /// The newest repairs, newest first.
    public func repairs(limit: Int) throws -> [RepairRecord] {
        try connection.rows(
            "SELECT action, kind, tenant, name, fields, commit_id, at FROM repairs ORDER BY id DESC LIMIT ?",
            .int(max(0, limit))
        ) { row in
            let tenant = row.text(2)
            return RepairRecord(
                action: try row.value(0) { Change.Action(rawValue: $0) },
                key: ResourceKey(
                    try row.value(1) { ResourceKind(rawValue: $0) }, tenant: tenant.isEmpty ? nil : tenant,
                    name: row.text(3)),
                fields: try JSONColumn.value([String].self, row.text(4)),
                commit: try row.value(5) { GitObjectID(hex: $0) }, at: row.text(6))
        }
    }

    /// Keeps what stood there before it is written over; part of the transaction that applies a plan.
    func keepRepaired(_ change: Change, commit: GitObjectID, at: String) throws {
        let found = try resource(change.key)
        try connection.run(
            """
            INSERT INTO repairs (commit_id, action, kind, tenant, name, fields, found, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """, .text(commit.hex), .text(change.action.rawValue), .text(change.key.kind.rawValue),
            .text(change.key.tenant ?? ""), .text(change.key.name), .text(try JSONColumn.text(change.fields)),
            .optional(try found.map { try JSONColumn.text($0) }), .text(at))
    }

    /// Whether nobody else has changed the file since the deployed state was found to match this commit.
    ///
    /// SQLite counts the changes of other connections, in this process and in others; what this one wrote since is known.
    public func isKnownToMatch(_ commit: GitObjectID) throws -> Bool {
        guard let comparison, comparison.commit == commit else { return false }
        return try changesByOthers() == comparison.changesByOthers
    }

    /// Notes that the deployed state matches a commit. `before`: what `changesByOthers` gave before it was compared.
    public func noteMatch(_ commit: GitObjectID, before: Int64) { comparison = (commit, before) }

    /// After a plan of this connection: the state matches the new commit as surely as it did the old one.
    public func carryMatch(from: GitObjectID?, to: GitObjectID) {
        guard let from, let comparison, comparison.commit == from else { return }
        self.comparison = (to, comparison.changesByOthers)
    }

    public func changesByOthers() throws -> Int64 {
        try connection.row("PRAGMA data_version") { $0.integer(0) } ?? 0
    }
}
