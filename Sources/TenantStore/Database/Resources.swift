import Model

// What is deployed on this home.
extension StoreDatabase {
    /// All deployed resources of a kind and tenant (all where `nil`), in the order of their keys.
    public func resources(kind: ResourceKind? = nil, tenant: String? = nil) throws -> [Resource] {
        try selectResources(
            "(?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR tenant = ?2)", .optional(kind?.rawValue), .optional(tenant))
    }

    /// The keys of everything that is deployed.
    public func keys() throws -> [ResourceKey] {
        try connection.rows("SELECT kind, tenant, name FROM resources ORDER BY kind, tenant, name") {
            try resourceKey($0, from: 0)
        }
    }

    public func resource(_ key: ResourceKey) throws -> Resource? {
        try selectResources("kind = ? AND tenant = ? AND name = ?", key.columns).first
    }

    /// The commit whose plan last wrote this resource.
    public func appliedCommit(of key: ResourceKey) throws -> GitObjectID? {
        try connection.statement("SELECT applied_commit FROM resources WHERE kind = ? AND tenant = ? AND name = ?")
            .firstRow(key.columns) { try $0.value(0) { GitObjectID(hex: $0) } }
    }

    /// Who names this resource and would miss it, in the order of their keys.
    public func referrers(to key: ResourceKey) throws -> [ResourceKey] {
        try connection.statement(
            """
            SELECT kind, tenant, name FROM resource_references WHERE to_kind = ? AND to_tenant = ? AND to_name = ?
            ORDER BY kind, tenant, name
            """
        ).rows(key.columns) { try resourceKey($0, from: 0) }
    }

    /// The resources that these files (or folders, for runbooks and capabilities) declare.
    public func resources(atPaths paths: [String]) throws -> [Resource] {
        try paths.flatMap { try selectResources("path = ?", .text($0)) }.sorted { $0.key < $1.key }
    }

    /// The resources declared in a folder or below it; the empty path is the whole repository.
    public func resources(under folder: String) throws -> [Resource] {
        if folder.isEmpty { return try resources() }
        // `0` follows `/`: a range of the index, and no pattern characters to escape.
        return try selectResources(
            "path = ?1 OR (path >= ?1 || '/' AND path < ?1 || '0')", .text(folder))
    }

    /// Writes or removes the resource of one change; doing so twice changes nothing.
    func write(_ change: Change, commit: GitObjectID) throws {
        guard change.action != .delete, let resource = change.resource else {
            let delete = try connection.statement("DELETE FROM resources WHERE kind = ? AND tenant = ? AND name = ?")
            return try delete.run(change.key.columns)
        }
        try connection.statement(
            """
            INSERT INTO resources (kind, tenant, name, path, spec, digest, applied_commit) VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (kind, tenant, name) DO UPDATE SET path = excluded.path, spec = excluded.spec,
                digest = excluded.digest, applied_commit = excluded.applied_commit
            """
        ).run(
            resource.key.columns + [
                .text(resource.path), .text(try JSONColumn.text(resource.spec)), .text(resource.digest.hex),
                .text(commit.hex),
            ])
        try connection.statement("DELETE FROM resource_references WHERE kind = ? AND tenant = ? AND name = ?")
            .run(resource.key.columns)
        let reference = try connection.statement("INSERT OR IGNORE INTO resource_references VALUES (?, ?, ?, ?, ?, ?)")
        for target in resource.references { try reference.run(resource.key.columns + target.columns) }
    }

    private func selectResources(_ condition: String, _ values: SQLValue...) throws -> [Resource] {
        try selectResources(condition, values)
    }

    private func selectResources(_ condition: String, _ values: [SQLValue]) throws -> [Resource] {
        var found = try connection.statement(
            """
            SELECT kind, tenant, name, path, spec, digest FROM resources WHERE \(condition) ORDER BY kind, tenant, name
            """
        ).rows(values) { row in
            Resource(
                key: try resourceKey(row, from: 0), path: row.text(3), spec: try JSONColumn.value(row.text(4)),
                digest: try row.digest(5), references: [])
        }
        let references = try connection.statement(
            """
            SELECT to_kind, to_tenant, to_name FROM resource_references WHERE kind = ? AND tenant = ? AND name = ?
            """)
        for index in found.indices {
            found[index].references =
                try references.rows(found[index].key.columns) { try resourceKey($0, from: 0) }.sorted()
        }
        return found
    }

    private func resourceKey(_ row: Row, from column: Int32) throws -> ResourceKey {
        let tenant = row.text(column + 1)
        return ResourceKey(
            try row.value(column) { ResourceKind(rawValue: $0) }, tenant: tenant.isEmpty ? nil : tenant,
            name: row.text(column + 2))
    }
}

extension ResourceKey {
    /// Kind, tenant and name as columns; a kind without tenant has the empty one, which no tenant can have.
    fileprivate var columns: [SQLValue] { [.text(kind.rawValue), .text(tenant ?? ""), .text(name)] }
}
