// What became of each start of a schedule, and what the host suspends.
extension Schema {
    static let scheduleTables = [progress, firings, firingRuns, suspensions].joined(separator: "\n")

    /// How far each schedule is decided. `terms` is what its decisions depend on, as last seen; absent while the schedule
    /// is not deployed.
    private static let progress = """
        CREATE TABLE schedule_progress (
            schedule TEXT PRIMARY KEY, first_seen INTEGER NOT NULL, handled INTEGER NOT NULL, terms TEXT,
            CHECK (handled >= first_seen)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER schedule_progress_grows BEFORE UPDATE ON schedule_progress
        WHEN NEW.schedule <> OLD.schedule OR NEW.first_seen <> OLD.first_seen OR NEW.handled < OLD.handled
        BEGIN SELECT RAISE(ABORT, 'the progress of a schedule only grows'); END;
        CREATE TRIGGER schedule_progress_no_delete BEFORE DELETE ON schedule_progress
        BEGIN SELECT RAISE(ABORT, 'the progress of a schedule is kept'); END;
        \(noReplace("schedule_progress", keys: [["schedule"]]))
        """

    /// One decision for each start, for ever. Only a queued one takes another step, once.
    private static let firings = """
        CREATE TABLE firings (
            schedule TEXT NOT NULL REFERENCES schedule_progress (schedule), nominal INTEGER NOT NULL,
            decision TEXT NOT NULL CHECK (decision IN ('fired', 'queued', 'skipped')),
            reason TEXT NOT NULL, message TEXT NOT NULL, period TEXT NOT NULL, deployment TEXT NOT NULL,
            commit_id TEXT NOT NULL, decided_at TEXT NOT NULL, fired_at TEXT,
            PRIMARY KEY (schedule, nominal),
            CHECK ((fired_at IS NOT NULL) = (decision = 'fired')), CHECK ((reason <> '') = (decision = 'skipped'))
        ) STRICT;
        CREATE INDEX firings_by_time ON firings (nominal);
        CREATE INDEX firings_queued ON firings (schedule, nominal) WHERE decision = 'queued';
        CREATE INDEX firings_skipped ON firings (nominal) WHERE decision = 'skipped';
        CREATE TRIGGER firings_no_delete BEFORE DELETE ON firings BEGIN SELECT RAISE(ABORT, 'firings are kept'); END;
        CREATE TRIGGER firings_once BEFORE UPDATE ON firings
        WHEN OLD.decision <> 'queued' OR NEW.decision = 'queued'
            OR NEW.schedule <> OLD.schedule OR NEW.nominal <> OLD.nominal OR NEW.period <> OLD.period
            OR NEW.deployment <> OLD.deployment OR NEW.commit_id <> OLD.commit_id OR NEW.decided_at <> OLD.decided_at
        BEGIN SELECT RAISE(ABORT, 'only a queued firing takes a step, once'); END;
        \(noReplace("firings", keys: [["schedule", "nominal"]]))
        """

    /// What each entity of a fired start became: pending, then refused, or accepted as a run, which then ends.
    private static let firingRuns = """
        CREATE TABLE firing_runs (
            schedule TEXT NOT NULL, nominal INTEGER NOT NULL, entity TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'accepted', 'ended', 'refused')),
            run TEXT REFERENCES runs (id), reason TEXT NOT NULL DEFAULT '', message TEXT NOT NULL DEFAULT '',
            at TEXT NOT NULL,
            PRIMARY KEY (schedule, nominal, entity),
            FOREIGN KEY (schedule, nominal) REFERENCES firings (schedule, nominal),
            CHECK ((run IS NOT NULL) = (state IN ('accepted', 'ended'))), CHECK (state <> 'refused' OR reason <> '')
        ) STRICT;
        CREATE INDEX firing_runs_open ON firing_runs (schedule, nominal, entity) WHERE state IN ('pending', 'accepted');
        CREATE INDEX firing_runs_refused ON firing_runs (nominal) WHERE state = 'refused';
        CREATE INDEX firing_runs_by_run ON firing_runs (run);
        CREATE TRIGGER firing_runs_no_delete BEFORE DELETE ON firing_runs
        BEGIN SELECT RAISE(ABORT, 'firing runs are kept'); END;
        CREATE TRIGGER firing_runs_start_pending BEFORE INSERT ON firing_runs
        WHEN NEW.state <> 'pending' OR NOT EXISTS (
            SELECT 1 FROM firings WHERE schedule = NEW.schedule AND nominal = NEW.nominal AND decision = 'fired')
        BEGIN SELECT RAISE(ABORT, 'a firing run starts pending, in a firing that fired'); END;
        CREATE TRIGGER firing_runs_step BEFORE UPDATE ON firing_runs
        WHEN NEW.schedule <> OLD.schedule OR NEW.nominal <> OLD.nominal OR NEW.entity <> OLD.entity
            OR OLD.state IN ('ended', 'refused') OR (OLD.state = 'accepted' AND NEW.state <> 'ended')
            OR (OLD.state = 'pending' AND NEW.state = 'ended') OR (OLD.run IS NOT NULL AND NEW.run IS NOT OLD.run)
        BEGIN SELECT RAISE(ABORT, 'a firing run only goes on, and gets its run once'); END;
        \(noReplace("firing_runs", keys: [["schedule", "nominal", "entity"]]))
        """

    /// Who suspended or resumed what on this host, when and why; the newest row of a thing counts.
    private static let suspensions = """
        CREATE TABLE suspensions (
            id INTEGER PRIMARY KEY, kind TEXT NOT NULL CHECK (kind IN ('Deployment', 'Schedule')), name TEXT NOT NULL,
            suspended INTEGER NOT NULL CHECK (suspended IN (0, 1)), by TEXT NOT NULL, reason TEXT NOT NULL, at TEXT NOT NULL
        ) STRICT;
        CREATE INDEX suspensions_by_name ON suspensions (kind, name, id);
        \(appendOnly("suspensions", keys: [["id"]]))
        """
}
