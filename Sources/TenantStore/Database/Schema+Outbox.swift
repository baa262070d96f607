// What is to be said to the outside and has not arrived yet.
extension Schema {
    /// Triggers mark what changed in the transaction that changes it: no code can forget to, and no crash loses it. Only
    /// `setStatus` marks by itself: a status that says the same again differs in its time, and a trigger may not look into JSON.
    static let outboxTables = """
        CREATE TABLE report_marks (
            id INTEGER PRIMARY KEY AUTOINCREMENT, deployment TEXT, entity TEXT, period TEXT,
            CHECK ((deployment IS NULL) = (entity IS NULL) AND (entity IS NULL) = (period IS NULL))
        ) STRICT;
        CREATE TABLE report_state (id INTEGER PRIMARY KEY CHECK (id = 1), commit_id TEXT NOT NULL) STRICT;
        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('push', 'hook')),
            subject TEXT NOT NULL, payload TEXT NOT NULL, created_at TEXT NOT NULL,
            attempts INTEGER NOT NULL DEFAULT 0, next_attempt TEXT NOT NULL, reason TEXT, error TEXT, delivered_at TEXT
        ) STRICT;
        CREATE UNIQUE INDEX one_pending_item ON outbox (kind, subject) WHERE delivered_at IS NULL;
        CREATE INDEX outbox_by_time ON outbox (next_attempt) WHERE delivered_at IS NULL;
        CREATE INDEX runs_by_end ON runs (finished_at) WHERE finished_at IS NOT NULL;

        \(marking("report_repair", "AFTER INSERT ON repairs"))
        \(marking("report_suspension", "AFTER INSERT ON suspensions WHEN NEW.kind = 'Deployment'"))
        \(marking("report_hold", "AFTER INSERT ON deployment_holds"))
        \(marking("report_hold_changed", "AFTER UPDATE ON deployment_holds WHEN OLD.hold IS NOT NEW.hold"))
        \(marking("report_hold_ended", "AFTER DELETE ON deployment_holds"))
        CREATE TRIGGER report_run AFTER UPDATE OF state, superseded_by ON runs
        WHEN NEW.state NOT IN ('queued', 'running')
        BEGIN
            INSERT INTO report_marks (deployment, entity, period) VALUES (NEW.deployment, NEW.entity, NEW.period);
        END;

        INSERT INTO report_marks (deployment) SELECT NULL FROM reconcile_status;
        INSERT INTO report_marks (deployment, entity, period) SELECT DISTINCT deployment, entity, period FROM runs
            WHERE state NOT IN ('queued', 'running');
        """

    private static func marking(_ name: String, _ event: String) -> String {
        "CREATE TRIGGER \(name) \(event) BEGIN INSERT INTO report_marks (deployment) VALUES (NULL); END;"
    }
}
