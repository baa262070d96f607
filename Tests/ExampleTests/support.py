"""Runs of the example through the guest's harness, kept so that tests can share them."""

import csv
import functools
import io
import sqlite3
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLE = ROOT / "example-repo"
WORKSPACE, DOCUMENTS = EXAMPLE / "workspace", EXAMPLE / "documents"
sys.path.append(str(ROOT / "Tests" / "GuestTests"))

try:
    import harness
    import yaml
    WHY_NOT = ""
except ImportError as missing:
    harness = yaml = None
    WHY_NOT = f"Python's module {missing.name} is not there"

needs_harness = unittest.skipIf(harness is None, WHY_NOT)
ENTITIES = {"alder-uk": "GB", "alder-jersey": "JE", "alder-lux": "LU"}
PERIODS = ("2026-03", "2026-04")
#: Removed when the process ends.
SCRATCH = tempfile.TemporaryDirectory()


def database(name="platform.db", script=None):
    """A data platform from SQL, the example's own if none is given."""
    path = Path(SCRATCH.name) / name
    if not path.exists():
        connection = sqlite3.connect(path)
        connection.executescript(script or (EXAMPLE / "data-platform.sql").read_text("utf-8"))
        connection.commit()
        connection.close()
    return path


@functools.lru_cache(maxsize=None)
def start(entity, period, workspace):
    return harness.start_from_workspace(workspace, "alder", entity, "nav-monthly", period, {})


def execute(entity, period, documents=None, opening=None, workspace=WORKSPACE, platform=None):
    """One run of the close; its result, and the closing balances as the next period's opening."""
    host = harness.Host(start(entity, period, workspace), documents or DOCUMENTS / entity / period, opening, platform or database())
    result = harness.run(workspace.resolve(), host)
    closing = harness.closing_balances(host, result)
    carried = {"carriedFrom": [{"deployment": "nav-monthly", "period": period, "runKey": "0" * 64}],
               "balances": [{"account": code, "amount": f"{amount:.2f}"} for code, amount in sorted(closing.items()) if amount]}
    return result, carried


@functools.lru_cache(maxsize=None)
def closed(entity, period):
    """The example's own run of a period, after the one before it."""
    opening = None if period == PERIODS[0] else closed(entity, PERIODS[0])[1]
    return execute(entity, period, opening=opening)


def rows(result, name):
    """A CSV output as dicts."""
    return list(csv.DictReader(io.StringIO(result.outputs[name].decode("utf-8"))))


def configuration():
    return yaml.safe_load((WORKSPACE / "tenants/alder/deployments/nav-monthly.yaml").read_text("utf-8"))["spec"]["config"]


def signed(row):
    """Debit less credit of a row."""
    return Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
