"""The workspace repository: what it says at each commit, and real pushes of it.

Commits are made by `git fast-import` in a repository of their author, so that fifty of them take one process, and reach
the remote only by `git push`.
"""

import copy
import dataclasses
import itertools
import os

from tools import run

RUNBOOK = '''from runbook import Money, Run, journal, output, step
from capabilities.rules import is_interest

GENERATION = {generation}


def close(run: Run) -> None:
    opening = journal.balance("1200")
    lines = read(run)
    post(run, lines)
    rates = run.query("SELECT name, rate FROM rates WHERE rate > ? ORDER BY name", [0])
    output("close.json", {{
        "entity": run.entity.name,
        "period": run.period.name,
        "generation": GENERATION,
        "label": run.config.label,
        "opening": opening,
        "cash": journal.balance("1200"),
        "rates": len(list(rates)),
    }})
    rows = [{{"reference": line["reference"].str(), "amount": line["amount"].money("GBP")}} for line in lines]
    output("lines.csv", rows, columns=["reference", "amount"])


@step("Read the statement")
def read(run):
    table = run.documents.one("bank/*.csv").csv()
    return [row for row in table if is_interest(row)]


@step("Post interest")
def post(run, lines):
    carried = run.ledger.opening().carried
    run.log(f"carried forward: {{carried}}")
    for line in lines:
        enter(run, "Interest " + line["reference"].str(), line["amount"].money("GBP"))
    enter(run, f"Generation {{GENERATION}}", Money(f"{{GENERATION}}.00", "GBP"))


def enter(run, description, amount):
    journal.post(
        date=run.period.end,
        description=description,
        lines=[journal.debit("1200", amount), journal.credit(run.config.income_account, amount)],
    )
'''

SKILL = '''---
slug: interest
name: Interest for the month
version: 1.0.{generation}
state: ACTIVE
author: engineering
entrypoint: interest:close
steps:
  - {{id: read, label: Read the statement}}
  - {{id: post, label: Post interest}}
config_schema:
  type: object
  properties:
    income_account: {{type: string}}
    label: {{type: string}}
  required: [income_account, label]
---
## When to use
At month end.
'''


def manifest(kind, name, spec):
    body = "".join(f"  {line}\n" for line in spec.strip().split("\n"))
    return f"apiVersion: assay/v1\nkind: {kind}\nname: {name}\nspec:\n{body}"


def entity(name, display):
    return manifest("Entity", name, f"displayName: {display}\ntype: spv\njurisdiction: GB\ncurrency: GBP\nchart: small")


def deployment(name, entities, label):
    names = ", ".join(entities)
    return manifest(
        "Deployment", name,
        f'runbook: interest\nentities:\n  names: [{names}]\nconfig:\n  income_account: "4000"\n  label: {label}')


@dataclasses.dataclass
class State:
    """What a commit says, in the terms in which the model predicts."""

    #: Entities that close on request: always there, so that a request is never in doubt.
    closing: tuple = ("oak-a", "oak-b")
    #: Others come and go.
    others: dict = dataclasses.field(default_factory=dict)
    generation: int = 1
    label: str = "first"
    #: Appended to the tenant's capability.
    remark: int = 0

    def files(self):
        result = {
            "workspace.yaml": manifest("Workspace", "small", "minimumVersion: 0.1.0"),
            "charts/small.yaml": manifest("ChartOfAccounts", "small", (
                'accounts:\n  - {code: "1200", name: Cash, type: asset}\n  - {code: "3000", name: Capital, type: equity}\n'
                '  - {code: "4000", name: Interest, type: income}')),
            "policies/small.yaml": manifest("Policy", "small", (
                "signatures: none\nsandbox: required\ndegradedRunsMayPost: false\nfourEyes: false\nquorum: 1\npaths: []")),
            "tenants/oak/tenant.yaml": manifest("Tenant", "oak", (
                'displayName: Oak Fund\nbaseCurrency: GBP\ntimeZone: Europe/London\nfiscalYearEnd: "12-31"\n'
                "reportingFramework: IFRS")),
            "tenants/oak/deployments/interest.yaml": deployment("interest", self.closing, self.label),
            "tenants/oak/capabilities/rules.py": (
                'def is_interest(row):\n    return row["kind"].str() == "interest"\n' + f"# {self.remark}\n"),
            "runbooks/interest/runbook.md": SKILL.format(generation=self.generation),
            "runbooks/interest/interest.py": RUNBOOK.format(generation=self.generation),
        }
        for name in self.closing:
            result[f"tenants/oak/entities/{name}.yaml"] = entity(name, name)
        for name, display in self.others.items():
            result[f"tenants/oak/entities/{name}.yaml"] = entity(name, display)
        return result

    @property
    def entities(self):
        return sorted([*self.closing, *self.others])

    deployments = ["interest"]
    schedules = []


@dataclasses.dataclass(eq=False)
class Commit:
    id: str
    parent: "Commit"
    subject: str
    state: State
    #: Reason for which it must be refused; empty for a good one.
    refused: str = ""
    files: dict = dataclasses.field(default_factory=dict, repr=False)

    def line(self):
        """This commit and those before it."""
        commit = self
        while commit:
            yield commit
            commit = commit.parent

    def descends_from(self, other):
        return any(commit is other for commit in self.line())


class Workspace:
    """The author's repository, and the remote that it pushes to."""

    def __init__(self, folder):
        self.author, self.remote = f"{folder}/author.git", f"{folder}/workspace.git"
        for path in (self.author, self.remote):
            run("git", "init", "-q", "--bare", "-b", "main", path)
            # Nothing of Git's own housekeeping in between: the campaign decides what happens when.
            run("git", "-C", path, "config", "gc.auto", "0")
            run("git", "-C", path, "config", "receive.autogc", "false")
        self.commits = {}
        self._clock = itertools.count(1_767_225_600, 60)

    def commit(self, parent, changes):
        """Makes a line of commits. A change is (subject, state, refused reason, files that replace the state's).

        A file of `None` is left out."""
        stream, made = [], []
        for number, (subject, state, refused, files) in enumerate(changes, start=1):
            wanted = {**state.files(), **(files or {})}
            wanted = {path: text for path, text in wanted.items() if text is not None}
            before = parent.files if parent else {}
            when = next(self._clock)
            origin = f"from {parent.id}\n" if parent and not made else (f"from :{number - 1}\n" if made else "")
            stream.append(
                f"commit refs/heads/made\nmark :{number}\nauthor Ada <ada@example.com> {when} +0000\n"
                f"committer Ada <ada@example.com> {when} +0000\ndata {len(subject.encode())}\n{subject}\n{origin}")
            for path in sorted(before.keys() - wanted.keys()):
                stream.append(f"D {path}\n")
            for path, text in sorted(wanted.items()):
                if before.get(path) != text:
                    mode = "120000" if text.startswith("link:") else "100644"
                    data = text.removeprefix("link:")
                    stream.append(f"M {mode} inline {path}\ndata {len(data.encode())}\n{data}\n")
            parent = Commit("", parent, subject, copy.deepcopy(state), refused, wanted)
            made.append(parent)
        marks = self.author + "/made.marks"
        run("git", "-C", self.author, "fast-import", "--quiet", "--force", f"--export-marks={marks}",
            input="".join(stream).encode())
        with open(marks) as file:
            ids = dict(line.split() for line in file)
        os.unlink(marks)
        for number, commit in enumerate(made, start=1):
            commit.id = ids[f":{number}"]
            self.commits[commit.id] = commit
        return made

    def push(self, commit, force=False):
        run("git", "-C", self.author, "push", "-q", *(["--force"] if force else []), self.remote, f"{commit.id}:refs/heads/main")
