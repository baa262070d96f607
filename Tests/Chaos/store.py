"""The home's database, read beside whoever writes to it. Nothing here writes."""

import contextlib
import hashlib
import json
import sqlite3

from tools import require

ENDED = ("succeeded", "failed", "cancelled")


class Store:
    def __init__(self, home):
        self._home = home

    @contextlib.contextmanager
    def _open(self):
        connection = sqlite3.connect(f"file:{self._home}/state.db?mode=ro", uri=True, timeout=30)
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        finally:
            connection.close()

    def rows(self, sql, *values):
        with self._open() as connection:
            return connection.execute(sql, values).fetchall()

    def value(self, sql, *values):
        return self.rows(sql, *values)[0][0]

    def has_table(self, name):
        return self.value("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", name) == 1

    def status(self):
        found = self.rows("SELECT status FROM reconcile_status")
        return json.loads(found[0][0]) if found else {}

    def runs(self, after=0):
        return self.rows("SELECT * FROM runs WHERE position > ? ORDER BY position", after)

    def outputs(self, run):
        return {row["name"]: row["sha256"] for row in self.rows("SELECT name, sha256 FROM outputs WHERE run = ?", run)}

    def object(self, digest):
        """The bytes of an object; what lies under a name must be what the name says."""
        with open(f"{self._home}/objects/{digest[:2]}/{digest[2:]}", "rb") as file:
            data = file.read()
        require(hashlib.sha256(data).hexdigest() == digest, f"the object {digest} has other bytes than its name says")
        return data

    def check(self):
        """What holds whenever nothing is under way."""
        with self._open() as connection:
            def none(sql, what):
                found = [tuple(row) for row in connection.execute(sql)]
                require(not found, f"{what}: {found[:5]}")

            none("SELECT id FROM plans WHERE status = 'open'", "a plan is open")
            none("SELECT id, state FROM runs WHERE state IN ('queued', 'running')", "a run has not ended")
            none("SELECT id FROM runs WHERE state = 'succeeded' AND NOT published", "a run is not published")
            none("PRAGMA foreign_key_check", "rows refer to what is not there")
            none(
                "SELECT deployment, entity, period, count(*) FROM runs WHERE state = 'succeeded' AND superseded_by IS NULL"
                " GROUP BY deployment, entity, period HAVING count(*) > 1", "more than one run is effective")

    def check_integrity(self):
        with self._open() as connection:
            said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        require(said == ["ok"], f"the store is damaged: {said[:5]}")
