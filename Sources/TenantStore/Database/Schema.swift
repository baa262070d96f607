/// Version 1 of the store, as SQL.
///
/// The file itself keeps the promises: triggers refuse what no code of ours does, so a hand on the database (or a
/// later bug) cannot quietly change history.
enum Schema {
    static let version1 = [
        deployedState, history, runs, runGuards, ledger, ledgerGuards, views,
        appendOnly("revisions", keys: [["id"]]),
        appendOnly("settings", keys: [["id"]]),
        appendOnly("attempts", keys: [["run", "number"]]),
        appendOnly("carried_from", keys: [["run", "deployment", "period", "run_key"]]),
        appendOnly("outputs", keys: [["run", "name"]]),
        appendOnly("run_records", keys: [["run"]]),
        appendOnly("stamps", keys: [["run"]]),
        appendOnly("verdicts", keys: [["id"]]),
        appendOnly("journal_entries", keys: [["id"], ["run", "number"], ["reverses_run", "reverses_number"]]),
        appendOnly("journal_lines", keys: [["entry", "ordinal"]]),
    ].joined(separator: "\n")

    /// Triggers that refuse update, delete and replacement.
    ///
    /// `INSERT OR REPLACE` removes the old row without firing delete triggers (unless `recursive_triggers` is on), so a
    /// trigger before insert refuses every key that exists.
    static func appendOnly(_ table: String, keys: [[String]]) -> String {
        """
        CREATE TRIGGER \(table)_no_update BEFORE UPDATE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END;
        CREATE TRIGGER \(table)_no_delete BEFORE DELETE ON \(table)
        BEGIN SELECT RAISE(ABORT, '\(table) is append-only'); END;
        \(noReplace(table, keys: keys))
        """
    }

    static func noReplace(_ table: String, keys: [[String]]) -> String {
        let exists = keys.map { key in
            "EXISTS (SELECT 1 FROM \(table) WHERE " + key.map { "\($0) = NEW.\($0)" }.joined(separator: " AND ") + ")"
        }
        return """
            CREATE TRIGGER \(table)_no_replace BEFORE INSERT ON \(table)
            WHEN \(exists.joined(separator: " OR "))
            BEGIN SELECT RAISE(ABORT, '\(table): this row exists already'); END;
            """
    }

    /// What is deployed: the one part that is replaced in place; its history is the repository's.
    private static let deployedState = """
        CREATE TABLE resources (
            kind TEXT NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL,
            path TEXT NOT NULL, spec TEXT NOT NULL, digest TEXT NOT NULL, applied_commit TEXT NOT NULL,
            PRIMARY KEY (kind, tenant, name)
        ) STRICT;
        CREATE INDEX resources_by_path ON resources (path);
        CREATE TABLE resource_references (
            kind TEXT NOT NULL, tenant TEXT NOT NULL, name TEXT NOT NULL,
            to_kind TEXT NOT NULL, to_tenant TEXT NOT NULL, to_name TEXT NOT NULL,
            PRIMARY KEY (kind, tenant, name, to_kind, to_tenant, to_name),
            FOREIGN KEY (kind, tenant, name) REFERENCES resources ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX references_by_target ON resource_references (to_kind, to_tenant, to_name);

        CREATE TABLE plans (
            id INTEGER PRIMARY KEY, plan TEXT NOT NULL, created_at TEXT NOT NULL,
            steps INTEGER NOT NULL, next_step INTEGER NOT NULL DEFAULT 0 CHECK (next_step BETWEEN 0 AND steps),
            status TEXT NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'applied', 'abandoned')),
            finished_at TEXT
        ) STRICT;
        CREATE UNIQUE INDEX one_open_plan ON plans (status) WHERE status = 'open';
        CREATE TRIGGER plans_no_delete BEFORE DELETE ON plans
        BEGIN SELECT RAISE(ABORT, 'plans are kept'); END;
        CREATE TRIGGER plans_fixed BEFORE UPDATE OF id, plan, created_at, steps ON plans
        BEGIN SELECT RAISE(ABORT, 'a plan does not change'); END;
        CREATE TRIGGER plans_finished BEFORE UPDATE ON plans WHEN OLD.status <> 'open'
        BEGIN SELECT RAISE(ABORT, 'a finished plan does not change'); END;
        \(noReplace("plans", keys: [["id"]]))

        CREATE TABLE reconcile_status (id INTEGER PRIMARY KEY CHECK (id = 1), status TEXT NOT NULL) STRICT;
        """

    private static let history = """
        CREATE TABLE revisions (
            id INTEGER PRIMARY KEY, commit_id TEXT NOT NULL, revision TEXT NOT NULL, first_seen TEXT NOT NULL,
            outcome TEXT NOT NULL, changes INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX revisions_by_commit ON revisions (commit_id);
        CREATE TABLE settings (
            id INTEGER PRIMARY KEY, key TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX settings_by_key ON settings (key, id);
        """

    private static let runs = """
        CREATE TABLE runs (
            position INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE, idempotency_key TEXT NOT NULL UNIQUE, run_key TEXT NOT NULL, spec TEXT NOT NULL,
            deployment TEXT NOT NULL, entity TEXT NOT NULL,
            period TEXT NOT NULL, period_start TEXT NOT NULL, period_end TEXT NOT NULL, commit_id TEXT NOT NULL,
            requested_at TEXT NOT NULL, requested_by TEXT NOT NULL,
            ledger_mark INTEGER NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
            mode TEXT, started_at TEXT, finished_at TEXT, failure TEXT,
            supersedes TEXT REFERENCES runs (id), superseded_by TEXT REFERENCES runs (id),
            published INTEGER NOT NULL DEFAULT 0 CHECK (published IN (0, 1))
        ) STRICT;
        CREATE UNIQUE INDEX one_live_run ON runs (run_key)
            WHERE state IN ('queued', 'running', 'waiting') OR (state = 'succeeded' AND superseded_by IS NULL);
        CREATE UNIQUE INDEX one_effective_run ON runs (deployment, entity, period)
            WHERE state = 'succeeded' AND superseded_by IS NULL;
        CREATE INDEX effective_by_key ON runs (run_key) WHERE state = 'succeeded' AND superseded_by IS NULL;
        CREATE INDEX runs_by_subject ON runs (entity, period, deployment);
        CREATE INDEX runs_by_state ON runs (state);

        CREATE TABLE attempts (
            run TEXT NOT NULL REFERENCES runs (id), number INTEGER NOT NULL, at TEXT NOT NULL,
            PRIMARY KEY (run, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE carried_from (
            run TEXT NOT NULL REFERENCES runs (id), deployment TEXT NOT NULL, period TEXT NOT NULL,
            run_key TEXT NOT NULL,
            PRIMARY KEY (run, deployment, period, run_key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX carried_by_key ON carried_from (run_key);
        CREATE TABLE events (
            run TEXT NOT NULL REFERENCES runs (id), sequence INTEGER NOT NULL CHECK (sequence > 0),
            kind TEXT NOT NULL, request TEXT NOT NULL, request_sha256 TEXT NOT NULL,
            response_sha256 TEXT, completion INTEGER, actor TEXT NOT NULL, recorded_at TEXT NOT NULL,
            file TEXT, line INTEGER,
            PRIMARY KEY (run, sequence)
        ) STRICT, WITHOUT ROWID;
        CREATE UNIQUE INDEX events_by_completion ON events (run, completion) WHERE completion IS NOT NULL;
        CREATE TABLE outputs (
            run TEXT NOT NULL REFERENCES runs (id), name TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL,
            media_type TEXT NOT NULL,
            PRIMARY KEY (run, name)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE run_records (
            run TEXT PRIMARY KEY REFERENCES runs (id), steps TEXT NOT NULL, logs TEXT NOT NULL
        ) STRICT;
        CREATE TABLE stamps (
            run TEXT PRIMARY KEY REFERENCES runs (id), envelope_sha256 TEXT NOT NULL, signature BLOB NOT NULL
        ) STRICT;
        CREATE TABLE verdicts (
            id INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES runs (id), envelope BLOB NOT NULL, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX verdicts_by_run ON verdicts (run);
        """

    private static let runGuards = """
        CREATE TRIGGER runs_no_delete BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'runs are kept'); END;
        \(noReplace("runs", keys: [["position"], ["id"], ["idempotency_key"]]))
        CREATE TRIGGER runs_no_replace_live BEFORE INSERT ON runs
        WHEN EXISTS (SELECT 1 FROM runs WHERE run_key = NEW.run_key AND (state IN ('queued', 'running', 'waiting')
            OR (state = 'succeeded' AND superseded_by IS NULL)))
        BEGIN SELECT RAISE(ABORT, 'runs: a live run with this key exists already'); END;
        CREATE TRIGGER runs_start_queued BEFORE INSERT ON runs
        WHEN NEW.state <> 'queued' OR NEW.superseded_by IS NOT NULL OR NEW.published
        BEGIN SELECT RAISE(ABORT, 'a run starts queued'); END;
        CREATE TRIGGER runs_fixed BEFORE UPDATE OF position, id, idempotency_key, run_key, spec, deployment, entity,
            period, period_start, period_end, commit_id, requested_at, requested_by, ledger_mark ON runs
        BEGIN SELECT RAISE(ABORT, 'what a run was asked for does not change'); END;
        CREATE TRIGGER runs_ended BEFORE UPDATE OF state, mode, started_at, finished_at, failure, supersedes ON runs
        WHEN OLD.state IN ('succeeded', 'failed', 'cancelled')
        BEGIN SELECT RAISE(ABORT, 'an ended run does not change'); END;
        CREATE TRIGGER runs_superseded_once BEFORE UPDATE OF superseded_by ON runs
        WHEN OLD.superseded_by IS NOT NULL OR NEW.superseded_by IS NULL OR OLD.state <> 'succeeded'
        BEGIN SELECT RAISE(ABORT, 'a run is superseded once, after it succeeded'); END;
        CREATE TRIGGER runs_published_once BEFORE UPDATE OF published ON runs WHEN OLD.published AND NOT NEW.published
        BEGIN SELECT RAISE(ABORT, 'a published run stays published'); END;

        CREATE TRIGGER events_no_delete BEFORE DELETE ON events
        BEGIN SELECT RAISE(ABORT, 'events are append-only'); END;
        CREATE TRIGGER events_completed_once BEFORE UPDATE ON events
        WHEN OLD.completion IS NOT NULL OR OLD.response_sha256 IS NOT NULL
            OR NEW.completion IS NULL OR NEW.response_sha256 IS NULL
            OR NEW.run <> OLD.run OR NEW.sequence <> OLD.sequence OR NEW.kind <> OLD.kind
            OR NEW.request <> OLD.request OR NEW.request_sha256 <> OLD.request_sha256
            OR NEW.file IS NOT OLD.file OR NEW.line IS NOT OLD.line
        BEGIN SELECT RAISE(ABORT, 'an event changes only when its answer comes, once'); END;
        \(noReplace("events", keys: [["run", "sequence"], ["run", "completion"]]))
        \(duringRun("events", run: "NEW.run"))
        \(duringRun("outputs", run: "NEW.run"))
        \(duringRun("run_records", run: "NEW.run"))
        \(duringRun("stamps", run: "NEW.run"))
        """

    /// What belongs to a run is written before it ends, in the transaction that ends it at the latest.
    private static func duringRun(_ table: String, run: String) -> String {
        """
        CREATE TRIGGER \(table)_during_run BEFORE INSERT ON \(table)
        WHEN (SELECT state FROM runs WHERE id = \(run)) IN ('succeeded', 'failed', 'cancelled')
        BEGIN SELECT RAISE(ABORT, '\(table): the run has ended'); END;
        """
    }

    private static let ledger = """
        CREATE TABLE journal_entries (
            id INTEGER PRIMARY KEY,
            run TEXT NOT NULL REFERENCES runs (id), number INTEGER NOT NULL CHECK (number > 0),
            entity TEXT NOT NULL, date TEXT NOT NULL, description TEXT NOT NULL,
            opening INTEGER NOT NULL CHECK (opening IN (0, 1)), file TEXT, line INTEGER,
            reverses_run TEXT, reverses_number INTEGER,
            UNIQUE (run, number),
            FOREIGN KEY (reverses_run, reverses_number) REFERENCES journal_entries (run, number),
            CHECK ((reverses_run IS NULL) = (reverses_number IS NULL))
        ) STRICT;
        CREATE UNIQUE INDEX reversed_once ON journal_entries (reverses_run, reverses_number)
            WHERE reverses_run IS NOT NULL;
        CREATE INDEX entries_by_entity ON journal_entries (entity, date);
        CREATE TABLE journal_lines (
            entry INTEGER NOT NULL REFERENCES journal_entries (id), ordinal INTEGER NOT NULL,
            account TEXT NOT NULL, currency TEXT NOT NULL,
            minor_units INTEGER NOT NULL CHECK (minor_units <> 0 AND minor_units > -9223372036854775807 - 1),
            memo TEXT,
            PRIMARY KEY (entry, ordinal)
        ) STRICT, WITHOUT ROWID;
        """

    private static let ledgerGuards = """
        \(duringRun("journal_entries", run: "NEW.run"))
        \(duringRun("journal_lines", run: "(SELECT run FROM journal_entries WHERE id = NEW.entry)"))
        CREATE TRIGGER runs_balanced BEFORE UPDATE OF state ON runs
        WHEN NEW.state = 'succeeded' AND EXISTS (
            SELECT 1 FROM journal_entries e LEFT JOIN journal_lines l ON l.entry = e.id WHERE e.run = NEW.id
            GROUP BY e.id, l.currency HAVING sum(l.minor_units) IS NOT 0)
        BEGIN SELECT RAISE(ABORT, 'an entry of the run does not balance'); END;
        """

    /// The entries that count: of runs that succeeded and stand, without those that only take back others.
    private static let views = """
        CREATE VIEW effective_runs AS SELECT * FROM runs WHERE state = 'succeeded' AND superseded_by IS NULL;
        CREATE VIEW effective_entries AS
            SELECT e.*, r.deployment, r.period, r.period_start, r.period_end
            FROM journal_entries e JOIN effective_runs r ON r.id = e.run WHERE e.reverses_run IS NULL;
        """
}
