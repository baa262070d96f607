// What became of revisions, repairs of the deployed state, and which version of a deployment serves.
extension Schema {
    static let reconcileHistory = """
        ALTER TABLE revisions ADD COLUMN reason TEXT NOT NULL DEFAULT '';
        ALTER TABLE revisions ADD COLUMN message TEXT NOT NULL DEFAULT '';
        ALTER TABLE plans ADD COLUMN to_commit TEXT NOT NULL DEFAULT '';
        CREATE INDEX plans_by_commit ON plans (to_commit);

        CREATE TABLE repairs (
            id INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, action TEXT NOT NULL, kind TEXT NOT NULL,
            tenant TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL, found TEXT, at TEXT NOT NULL
        ) STRICT;
        \(appendOnly("repairs", keys: [["id"]]))

        CREATE TABLE promotions (
            id INTEGER PRIMARY KEY, runbook TEXT NOT NULL, code TEXT NOT NULL, commit_id TEXT NOT NULL,
            verdict TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX promotions_by_code ON promotions (runbook, code);
        \(appendOnly("promotions", keys: [["id"]]))

        CREATE TABLE deployment_holds (deployment TEXT PRIMARY KEY, hold TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """
}
