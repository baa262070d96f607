"""A test case that writes a runbook into a temporary workspace and runs it in a child Python."""

import tempfile
import textwrap
import unittest
from pathlib import Path

import guest_support as support  # noqa: F401
from harness import Host, period_fields, run

ACCOUNTS = [
    {"code": "1200", "name": "Cash", "type": "asset"}, {"code": "3000", "name": "Capital", "type": "equity"},
    {"code": "4000", "name": "Rent", "type": "income"},
]


def start(**changes):
    fields = {
        "tenant": {"name": "alder", "displayName": "Alder", "baseCurrency": "GBP", "timeZone": "Europe/London",
                   "fiscalYearEnd": "12-31", "reportingFramework": "IFRS"},
        "entity": {"name": "alder-uk", "displayName": "Alder UK", "type": "spv", "jurisdiction": "GB",
                   "currency": "GBP", "labels": {"fund": "alder"}},
        "period": period_fields("2026-03"), "deployment": "nav", "runbook": "nav", "entrypoint": "nav:close",
        "parameters": {"note": "2.50"}, "logicalTime": "2026-03-31T23:59:59+01:00", "accounts": ACCOUNTS,
        "config": {"fee": {"rate": "0.0125", "cash": "1200", "none": "9999"}, "bands": [{"rate": "1"}], "days": 30,
                   "date": "2026-03-25"},
    }
    fields.update(changes)
    return fields


class RunCase(unittest.TestCase):
    """Writes a runbook into a temporary workspace and runs it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.documents = self.root / "documents"
        self.write("documents/.keep", "")
        (self.documents / ".keep").unlink()

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")

    def close(self, body, *, changes=None, answers=None, opening=None, database=None, **options):
        """Runs `def close(run)` with this body; line 1 of the body is line 3 of the file."""
        code = "from runbook import *\ndef close(run):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
        self.write("runbooks/nav/nav.py", code + "\n")
        host = Host(start(**(changes or {})), self.documents, opening, database, answers)
        return run(self.root, host, **options)

    def succeeds(self, body, **options):
        result = self.close(body, **options)
        self.assertEqual((result.outcome, result.failure), ("succeeded", None), result.stderr)
        self.assertEqual(result.status, 0)
        return result

    def fails(self, body, reason, *words, line=None, **options):
        result = self.close(body, **options)
        self.assertEqual(result.outcome, "failed", result.stderr)
        self.assertEqual(result.status, 0)
        failure = result.failure
        self.assertEqual(failure["reason"], reason, failure)
        for word in words:
            self.assertIn(word, failure["message"])
        if line is not None:
            self.assertEqual((failure["file"], failure["line"]), ("runbooks/nav/nav.py", line), failure)
        return result
