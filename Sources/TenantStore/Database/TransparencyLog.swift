import Digests
import Model

// Every stamp, verdict and change of trust root or configuration, in the order in which the home came to it.
extension StoreDatabase {
    /// How many leaves the log has.
    public func logSize() throws -> Int {
        try connection.row("SELECT coalesce(max(position) + 1, 0) FROM log_leaves") { $0.int(0) } ?? 0
    }

    public func logTree() throws -> MerkleTree {
        MerkleTree(size: try logSize()) { level, place in
            let hash = try self.connection.row(
                "SELECT hash FROM log_nodes WHERE level = ? AND place = ?", .int(level), .int(place)
            ) { try $0.digest(0) }
            guard let hash else { throw StoreError.logBroken(detail: "the node \(place) of level \(level) is missing") }
            return hash
        }
    }

    /// Adds a leaf; part of the transaction that makes what it names. `digest`: of the object that is logged.
    func appendLeaf(_ kind: LogLeaf.Kind, subject: String, digest: ContentDigest, at: String) throws {
        let tree = try logTree()
        let leaf = MerkleTree.leaf(digest.bytes)
        try connection.run(
            "INSERT INTO log_leaves VALUES (?, ?, ?, ?, ?)", .int(tree.size), .text(kind.rawValue), .text(subject),
            .text(digest.hex), .text(at))
        for node in try tree.appending(leaf) {
            try connection.run(
                "INSERT INTO log_nodes VALUES (?, ?, ?)", .int(node.level), .int(node.index), .text(node.hash.hex))
        }
    }

    /// Logs the state of something that is one at a time (the trust root, the configuration), if it is another than the last.
    /// - Returns: whether it was.
    @discardableResult
    public func logChange(_ kind: LogLeaf.Kind, digest: ContentDigest, at: String) throws -> Bool {
        try transaction {
            let last = try connection.row(
                "SELECT sha256 FROM log_leaves WHERE kind = ? ORDER BY position DESC LIMIT 1", .text(kind.rawValue)
            ) { try $0.digest(0) }
            guard last != digest else { return false }
            try appendLeaf(kind, subject: "", digest: digest, at: at)
            return true
        }
    }

    /// The leaf of a stamp or another logged object.
    public func logLeaf(of digest: ContentDigest) throws -> LogLeaf? {
        try selectLeaves("sha256 = ? ORDER BY position LIMIT 1", .text(digest.hex)).first
    }

    /// Leaves in their order.
    public func logLeaves(from position: Int = 0, limit: Int) throws -> [LogLeaf] {
        try selectLeaves("position >= ? ORDER BY position LIMIT ?", .int(position), .int(max(0, limit)))
    }

    /// Notes that a head of the log is held outside this host.
    public func addWitness(_ witness: LogWitness) throws {
        try connection.run(
            "INSERT INTO log_witnesses (size, root, holder, evidence, at) VALUES (?, ?, ?, ?, ?)", .int(witness.size),
            .text(witness.root.hex), .text(witness.holder), .text(witness.evidence), .text(witness.at))
    }

    /// The oldest head held outside that covers a leaf.
    public func oldestWitness(covering position: Int) throws -> LogWitness? {
        try connection.row(
            "SELECT size, root, holder, evidence, at FROM log_witnesses WHERE size > ? ORDER BY id LIMIT 1", .int(position),
            read: witness)
    }

    /// The size of the largest head that somebody holds.
    func largestWitness(of holder: String) throws -> Int? {
        try connection.row("SELECT max(size) FROM log_witnesses WHERE holder = ?", .text(holder)) { $0.optionalInt(0) } ?? nil
    }

    public func witnesses() throws -> [LogWitness] {
        try connection.rows("SELECT size, root, holder, evidence, at FROM log_witnesses ORDER BY id", read: witness)
    }

    /// Every run that has a stamp, with its digest.
    public func stampedRuns() throws -> [String: ContentDigest] {
        Dictionary(
            try connection.rows("SELECT run, envelope_sha256 FROM stamps") { ($0.text(0), try $0.digest(1)) },
            uniquingKeysWith: { first, _ in first })
    }

    private func witness(_ row: Row) throws -> LogWitness {
        LogWitness(
            size: row.int(0), root: try row.digest(1), holder: row.text(2), evidence: row.text(3), at: row.text(4))
    }

    private func selectLeaves(_ condition: String, _ values: SQLValue...) throws -> [LogLeaf] {
        try connection.statement("SELECT position, kind, subject, sha256, at FROM log_leaves WHERE \(condition)")
            .rows(values) {
                LogLeaf(
                    position: $0.int(0), kind: try $0.value(1) { LogLeaf.Kind(rawValue: $0) }, subject: $0.text(2),
                    digest: try $0.digest(3), at: $0.text(4))
            }
    }
}
