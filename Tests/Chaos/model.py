"""What must be true: which commits were pushed and what each must come to, and what every run must have closed with.

The model never asks the product what should be. It is told what was pushed and requested, and predicts the rest.
"""

import dataclasses
import hashlib
import json
import random

from tools import require


@dataclasses.dataclass(frozen=True)
class Slot:
    """What is closed: at most one run of it is effective at a time."""

    deployment: str
    entity: str
    period: str


@dataclasses.dataclass
class Statement:
    """A bank statement in the document store, in one of its versions."""

    rows: tuple

    @property
    def text(self):
        return "reference,kind,amount\n" + "".join(
            f"{reference},{kind},{pence // 100}.{pence % 100:02d}\n" for reference, kind, pence in self.rows)

    @property
    def sha256(self):
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def interest(self):
        return sum(pence for _, kind, pence in self.rows if kind == "interest")

    @staticmethod
    def random(rng: random.Random):
        return Statement(tuple(
            (f"M{number}", rng.choice(["interest", "interest", "fee"]), rng.randrange(1, 10_000_000))
            for number in range(rng.randrange(1, 5))))


@dataclasses.dataclass
class Request:
    """Somebody wants a slot to be closed, and asks until it is."""

    slot: Slot
    asked: int = 0
    #: The run that the answer names.
    run: str = ""


@dataclasses.dataclass
class Closed:
    """The effective run of a slot, as predicted from its commit and its document."""

    run: str
    key: str
    commit: object
    statement: Statement
    opening: int
    carried: tuple

    @property
    def amount(self):
        return self.statement.interest + self.commit.state.generation * 100

    @property
    def terms(self):
        """Equal terms are an equal request, which gets the run that there is."""
        return (self.commit, self.statement.text, self.opening, self.carried)


class Model:
    def __init__(self):
        self.head = None
        #: Set while the branch was rewritten and nobody has said that this is right.
        self.rewritten = False
        self.applied = None
        #: Commits that may have been applied at some time since the daemon last came to rest.
        self.maybe = set()
        #: Commits that the home must list, and those that it may.
        self.must_list, self.may_list = set(), set()
        self.statements = {}
        self.closed, self.ever_closed = {}, []
        self.requests = []
        #: Commit at which the status reference was seen last.
        self.told = ""
        #: Deployments whose runs come from a schedule.
        self.scheduled = set()
        #: Position of the newest run that has been accounted for, and how many there were.
        self.position, self.runs = 0, 0
        #: Reasons for which a run may have failed since the last rest, and how many did.
        self.may_fail, self.failed = set(), 0

    # Commits.

    def pushed(self, commits, rewritten=False):
        """The branch has come to the last of these, one push after another or all at once."""
        self.head, self.rewritten = commits[-1], rewritten
        self.may_list.update(commit.id for commit in commits)
        if not rewritten:
            self.maybe.update(commit for commit in commits if not commit.refused)

    @property
    def expected(self):
        """Outcome and reason once the daemon has come to rest."""
        if self.rewritten:
            return "stalled", "HistoryRewritten"
        return ("stalled", self.head.refused) if self.head.refused else ("ready", "")

    @property
    def everything_is_reachable(self):
        """Whether the branch still holds every commit that a run was made of."""
        return all(self.head.descends_from(run.commit) for run in self.ever_closed)

    def came_to_rest(self, applied):
        """The daemon says that it stands at `applied`."""
        name = applied.subject if applied else "nothing"
        if self.expected[0] == "ready":
            require(applied is self.head, f"applied is '{name}', not the newest commit '{self.head.subject}'")
        else:
            require(applied in self.maybe, f"applied is '{name}', which it may not be")
        before = self.applied
        if before and self.head.descends_from(before):
            for commit in self.head.line():
                if commit is before:
                    break
                self.must_list.add(commit.id)
        else:
            self.must_list.add(self.head.id)
        self.applied, self.maybe = applied, {applied}

    # Runs.

    def ask(self, slot):
        request = Request(slot)
        self.requests.append(request)
        return request

    def opening(self, slot):
        """Pence carried into a slot, and the deployments and run keys of the latest close before it."""
        earlier = {s: run for s, run in self.closed.items() if s.entity == slot.entity and s.period < slot.period}
        latest = max((s.period for s in earlier), default=None)
        carried = tuple(sorted((s.deployment, run.key) for s, run in earlier.items() if s.period == latest))
        return sum(run.amount for run in earlier.values()), carried

    def statement(self, slot):
        return self.statements[slot.entity, slot.period]

    def is_new(self, slot, commit):
        """Whether a request at this commit makes a run; otherwise it gets the one that there is."""
        before = self.closed.get(slot)
        return not before or before.terms != (commit, self.statement(slot).text, *self.opening(slot))

    def account(self, row, spec, close):
        """One run that ended, in the order of acceptance: it must be one that was wanted, and it must be right.

        `spec` is what it froze, `close` its output."""
        slot = Slot(row["deployment"], row["entity"], row["period"])
        what = f"run {row['id']} of {slot.deployment} for {slot.entity} {slot.period}"
        self.position = row["position"]
        if row["state"] == "failed":
            reason = json.loads(row["failure"])["reason"]
            require(reason in self.may_fail, f"{what} failed: {row['failure']}")
            self.failed += 1
            return
        require(row["state"] == "succeeded", f"{what} is {row['state']}")
        wanted = slot.deployment in self.scheduled or any(request.slot == slot for request in self.requests)
        require(wanted, f"{what}: nobody asked for it")
        commit = next((c for c in self.maybe if c.id == row["commit_id"]), None)
        require(commit, f"{what} is of commit {row['commit_id']}, which was not applied")
        require(self.is_new(slot, commit), f"{what} repeats {self.closed.get(slot)}")
        before = self.closed.get(slot)
        require(row["supersedes"] == (before.run if before else None), f"{what} supersedes {row['supersedes']}, not {before}")
        statement, (opening, carried) = self.statement(slot), self.opening(slot)
        seen = [(entry["name"], entry["sha256"]) for entry in spec["catalogue"]]
        require(seen == [("bank/statement.csv", statement.sha256)], f"{what} froze other documents: {seen}")
        frozen = tuple(sorted((run["deployment"], run["runKey"]) for run in spec.get("carriedFrom", [])))
        require(frozen == carried, f"{what} carried from {frozen}, not {carried}")
        run = Closed(row["id"], row["run_key"], commit, statement, opening, carried)
        expected = {
            "entity": slot.entity, "period": slot.period, "generation": commit.state.generation, "label": commit.state.label,
            "opening": pounds(opening), "cash": pounds(opening + run.amount), "rates": 2,
        }
        require(close == expected, f"{what} closed with {close}, not {expected}")
        self.closed[slot] = run
        self.ever_closed.append(run)
        self.runs += 1


def pounds(pence):
    return f"{pence // 100}.{pence % 100:02d}"
