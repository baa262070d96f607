"""Runs a runbook in a child Python over real pipes, without sandbox or record.

For the SDK's tests, and for developing a runbook:

    python3 Tests/GuestTests/harness.py --workspace DIR --tenant T --entity E --deployment D --period P \
        --documents DIR [--opening FILE.json] [--database FILE.db] [--parameter name=value] [--out DIR]

It prints what the run did, writes the outputs, `journal.json` and `closing.json` (the next period's `--opening`) to
the folder of `--out`, and ends with status 1 when the run failed.
"""

import argparse
import calendar
import json
import sys
from pathlib import Path

from host import GUEST, Host, Refusal, Result, closing_balances, run

__all__ = [
    "GUEST", "Host", "Refusal", "Result", "closing_balances", "period_fields", "run", "start_from_workspace",
]


def period_fields(name):
    """`{name, start, end, previous}` of a month, a quarter or a year."""
    year = int(name[:4])
    if len(name) == 4:
        first, last, previous = 1, 12, f"{year - 1:04d}"
    elif name[5] == "Q":
        quarter = int(name[6])
        first, last = quarter * 3 - 2, quarter * 3
        previous = f"{year:04d}-Q{quarter - 1}" if quarter > 1 else f"{year - 1:04d}-Q4"
    else:
        first = last = int(name[5:])
        previous = f"{year:04d}-{first - 1:02d}" if first > 1 else f"{year - 1:04d}-12"
    end = calendar.monthrange(year, last)[1]
    return {
        "name": name, "start": f"{year:04d}-{first:02d}-01", "end": f"{year:04d}-{last:02d}-{end:02d}",
        "previous": previous,
    }


def start_from_workspace(workspace, tenant, entity, deployment, period, parameters):
    """The `run` of a start frame from the manifests; needs PyYAML."""
    import yaml

    def spec(path):
        with open(Path(workspace) / path, encoding="utf-8") as file:
            return yaml.safe_load(file)["spec"]

    house = spec(f"tenants/{tenant}/tenant.yaml")
    body = spec(f"tenants/{tenant}/entities/{entity}.yaml")
    work = spec(f"tenants/{tenant}/deployments/{deployment}.yaml")
    front = (Path(workspace) / "runbooks" / work["runbook"] / "runbook.md").read_text("utf-8").split("---\n")[1]
    fields = period_fields(period)
    house_fields = ("displayName", "baseCurrency", "timeZone", "fiscalYearEnd", "reportingFramework")
    body_fields = ("displayName", "type", "jurisdiction", "currency")
    return {
        "tenant": {"name": tenant, **{key: house[key] for key in house_fields}},
        "entity": {"name": entity, "labels": body.get("labels", {}), **{key: body[key] for key in body_fields}},
        "period": fields,
        "deployment": deployment,
        "runbook": work["runbook"],
        "entrypoint": yaml.safe_load(front)["entrypoint"],
        "parameters": parameters,
        "config": work.get("config", {}),
        "logicalTime": f"{fields['end']}T23:59:59+00:00",
        "accounts": spec(f"charts/{body['chart']}.yaml")["accounts"],
    }


def main():
    parser = argparse.ArgumentParser(description="Runs a runbook without sandbox and record, for its development.")
    for name in ("workspace", "entity", "deployment", "period", "documents"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--tenant", help="needed where the workspace has several")
    parser.add_argument("--opening", help="closing.json of the period before")
    parser.add_argument("--database", help="SQLite file that answers queries")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--out")
    given = parser.parse_args()
    tenants = sorted(path.name for path in (Path(given.workspace) / "tenants").iterdir() if path.is_dir())
    tenant = given.tenant or (tenants[0] if len(tenants) == 1 else parser.error("say --tenant"))
    parameters = dict(one.split("=", 1) for one in given.parameter)
    start = start_from_workspace(given.workspace, tenant, given.entity, given.deployment, given.period, parameters)
    opening = json.loads(Path(given.opening).read_text("utf-8")) if given.opening else None
    host = Host(start, given.documents, opening, given.database)
    result = run(Path(given.workspace).resolve(), host, given.python)
    report(given, host, result)
    sys.exit(0 if result.outcome == "succeeded" else 1)


def report(given, host, result):
    """Prints the run and writes its files."""
    sys.stdout.write(result.stdout)
    sys.stderr.write(result.stderr)
    for message in result.logs:
        print(f"log: {message}")
    if result.outcome != "succeeded":
        failure = result.failure or {"reason": "GuestLost", "message": f"status {result.status}"}
        place = f"{failure.get('file')}:{failure.get('line')}: " if failure.get("file") else ""
        print(f"{place}{failure['reason']}: {failure['message']}\n{failure.get('detail') or ''}")
        return
    lines = sum(len(entry["lines"]) for entry in result.entries)
    print(f"{len(result.entries)} entries with {lines} lines, {len(result.events)} effects")
    for name, body in result.outputs.items():
        print(f"{name}: {len(body)} bytes")
    if given.out is None:
        return
    folder = Path(given.out)
    for name, body in result.outputs.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    folder.mkdir(parents=True, exist_ok=True)
    carried = [{"deployment": given.deployment, "period": given.period, "runKey": "0" * 64}]
    balances = [
        {"account": code, "amount": str(amount)} for code, amount in sorted(closing_balances(host, result).items())
    ]
    closing = {"carriedFrom": carried, "asOf": host.start["period"]["end"], "balances": balances}
    (folder / "closing.json").write_text(json.dumps(closing, indent=1), "utf-8")
    (folder / "journal.json").write_text(json.dumps(result.entries, indent=1, ensure_ascii=False), "utf-8")


if __name__ == "__main__":
    main()
