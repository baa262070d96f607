// The home's transparency log (RFC 6962): leaves in their order, and the hashes of complete subtrees.
extension Schema {
    static let logTables = """
        CREATE TABLE log_leaves (
            position INTEGER PRIMARY KEY, kind TEXT NOT NULL, subject TEXT NOT NULL, sha256 TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX log_leaves_by_digest ON log_leaves (sha256);
        CREATE INDEX log_leaves_by_kind ON log_leaves (kind, position);
        CREATE TABLE log_nodes (
            level INTEGER NOT NULL, place INTEGER NOT NULL, hash TEXT NOT NULL, PRIMARY KEY (level, place)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE log_witnesses (
            id INTEGER PRIMARY KEY, size INTEGER NOT NULL, root TEXT NOT NULL, holder TEXT NOT NULL, evidence TEXT NOT NULL,
            at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX log_witnesses_by_size ON log_witnesses (size);
        \(appendOnly("log_leaves", keys: [["position"]]))
        \(appendOnly("log_nodes", keys: [["level", "place"]]))
        \(appendOnly("log_witnesses", keys: [["id"]]))
        """
}
