"""Everything that the campaign plays with: one home on its small disk, its remote, its documents, its daemon."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

import told
from clock import Clock
from daemon import Daemon
from disk import Disk
from forge import Forge
from model import Model, Slot, Statement
from store import Store
from tools import ENVIRONMENT, PATIENCE, require, run, tail
from watch import FileEvents
from workspace import State, Workspace

PERIODS = tuple(f"2026-{month:02d}" for month in range(1, 7))
CONFIGURATION = """\
repository:
  url: {url}
  branch: main
  auth: {{type: none}}
{authority}tenant: oak
poll: {{interval: 1s}}
signatures: none
sandbox: required
documents: {documents}
dataPlatform: {platform}
"""
REPORTING = """\
status: {{push: on}}
hooks: {{commitStatus: [{hook}]}}
"""
#: The forge's side of a commit status: it keeps what it is told.
HOOK = """\
#!/bin/sh
cat >> "$(dirname "$0")/told.jsonl"
"""


def is_pass(saying):
    """Whether the daemon says what one of its passes came to."""
    return saying["event"] in ("reconciled", "stalled", "pass-failed", "manager.STATUS")


class World:
    def __init__(self, options, folder, seed, report):
        self.program, self.folder, self.report = os.path.abspath(options.assay), folder, report
        self.rng = random.Random(seed)
        self.model = Model()
        self.disk = Disk(folder, megabytes=192, mounted=options.disk)
        self.home = f"{self.disk.path}/home"
        self.documents, self.platform = f"{folder}/documents", f"{folder}/platform.db"
        self.log = f"{folder}/daemon.log"
        self.workspace = Workspace(folder)
        self.clock = Clock(folder)
        self.store = Store(self.home)
        self.daemon, self.clients, self.events = None, [], None
        self._forge, self.via_forge = None, False
        self._make_home()
        self.points = self._points()

    # Making it.

    def _make_home(self):
        commit = self.workspace.commit(None, [("Workspace", State(), "", None)])[0]
        self.workspace.push(commit)
        self.model.pushed([commit])
        with sqlite3.connect(self.platform) as connection:
            connection.executescript(
                "CREATE TABLE rates (name TEXT, rate INTEGER); INSERT INTO rates VALUES ('base', 4), ('margin', 2);")
        connection.close()
        for entity in commit.state.closing:
            for period in PERIODS:
                self.write_statement(entity, period)
        run(self.program, "init", self.home, "--repo", self.workspace.remote, "--tenant", "oak", "--documents", self.documents)
        self.configure(self.home, self.workspace.remote)
        with open(f"{self.folder}/hook", "w") as file:
            file.write(HOOK)
        os.chmod(f"{self.folder}/hook", 0o755)
        run(self.program, "interpreter", "update", "--home", self.home)
        # For the calm home, which does the same without any of this. It shares nothing with the other one.
        shutil.copytree(self.home, f"{self.folder}/calm", symlinks=True)
        self.watch()

    def configure(self, home, url, authority=""):
        text = CONFIGURATION.format(
            url=json.dumps(url), documents=self.documents, platform=self.platform, authority=authority)
        if home == self.home:
            text += REPORTING.format(hook=f"{self.folder}/hook")
        with open(f"{home}/config.yaml.new", "w") as file:
            file.write(text)
        os.rename(f"{home}/config.yaml.new", f"{home}/config.yaml")

    def write_statement(self, entity, period):
        statement = Statement.random(self.rng)
        self.model.statements[entity, period] = statement
        folder = f"{self.documents}/{entity}/{period}/bank"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/statement.csv", "w") as file:
            file.write(statement.text)

    def watch(self):
        # The interpreter's files never change, and there are thousands.
        self.events = FileEvents(self.home, without=("trees",))

    def _points(self):
        """Every named point that this program has; it lists them when it is asked for one that it has not."""
        refused = self.assay("reconcile", env={"ASSAY_FAULT_POINT": "?"})
        names = refused.stderr.decode().rpartition("name one of: ")[2].strip().split(", ")
        require(refused.returncode == 2 and len(names) > 10, f"the program does not list its points: {refused.stderr.decode()}")
        return names

    # Commands.

    def assay(self, *words, env=None):
        return run(self.program, *words, check=False, env={"ASSAY_HOME": self.home, **(env or {})})

    def json(self, *words, home=None):
        done = run(self.program, *words, "--json", check=False, env={"ASSAY_HOME": home or self.home})
        said = (done.stdout + done.stderr).decode(errors="replace")
        require(done.returncode == 0, f"assay {' '.join(words)} ended with {done.returncode}: {said}")
        return json.loads(done.stdout)

    def client(self, request):
        """Asks for a run, as somebody at a terminal would, without waiting for the answer."""
        slot = request.slot
        request.asked += 1
        process = subprocess.Popen(
            [self.program, "run", slot.deployment, "--entity", slot.entity, "--period", slot.period, "--json"],
            env={**ENVIRONMENT, "ASSAY_HOME": self.home}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.clients.append((request, process))
        return process

    def ask(self, slot):
        return self.client(self.model.ask(slot))

    def join(self):
        """Waits until every client has its answer, or knows that it gets none; what each of those said."""
        refusals = []
        for request, process in self.clients:
            out, err = process.communicate(timeout=PATIENCE)
            if process.returncode == 0:
                request.run = json.loads(out)["run"]
            else:
                refusals.append(f"exit {process.returncode}: {(err + out).decode(errors='replace').strip()}")
        self.clients = []
        return refusals

    def notify(self):
        """Wakes the daemon; whether one was there to be woken."""
        return self.assay("notify").returncode == 0

    # The daemon.

    def new_daemon(self, point=None):
        return Daemon(self.program, self.home, self.folder, self.log, point=point, preload=self.clock.preload)

    def start(self, point=None, wait=True):
        """Starts a daemon. Whether it came up, where that is waited for."""
        require(not (self.daemon and self.daemon.is_alive), "a daemon runs already")
        self.daemon = self.new_daemon(point)
        return self.daemon.wait_ready() if wait else True

    def ensure(self):
        """A daemon that runs: a client that found none may hold the home for the moment."""
        until = time.monotonic() + PATIENCE
        while not (self.daemon and self.daemon.is_alive):
            if self.start():
                return
            said = self.daemon.last_words(3)
            require("is held by" in said and time.monotonic() < until, f"the daemon does not start: {said}")
            self.join()

    def kill(self):
        code = self.daemon.kill()
        require(code == -signal.SIGKILL, f"the daemon had ended by itself, with {code}\n{self.daemon.last_words()}")

    def close(self):
        self.events.close()
        if self._forge:
            self._forge.close()
        self.disk.close()

    # The remote.

    @property
    def forge(self):
        self._forge = self._forge or Forge(self.folder, self.workspace.remote, self.clock)
        return self._forge

    def follow(self, url):
        """Tells the daemon, as an operator would, where the repository is now."""
        self.via_forge = url != self.workspace.remote
        authority = f"  caFile: {self.forge.authority}\n" if self.via_forge else ""
        self.configure(self.home, url, authority)
        mark = self.daemon.mark()
        self.daemon.signal(signal.SIGHUP)
        require(self.daemon.wait("reloaded", lambda s: s["event"] == "reloaded", since=mark), "SIGHUP ended the daemon")

    # Coming to rest.

    def stand(self):
        """Where the home says that it is: outcome, reason, attempted and applied commit."""
        status = self.store.status()
        attempted, applied = [
            self.workspace.commits.get((status.get(name) or {}).get("commit")) for name in ("attempted", "applied")]
        return status.get("outcome"), status.get("reason"), attempted, applied

    def is_right(self):
        outcome, reason, attempted, applied = self.stand()
        right = (outcome, reason) == self.model.expected and attempted is self.model.head
        return right and (outcome != "ready" or applied is self.model.head)

    def rest(self):
        """Lets everything come to its end, then compares it with the model."""
        self.join()
        self.ensure()
        require(self.stands(), f"the daemon ended by itself with {self.daemon.code}\n{tail(self.log)}")
        # Some may have asked a daemon that died. They ask again, and now they must get their answers.
        for request in self.model.requests:
            if not request.run:
                self.client(request)
                refusals = self.join()
                require(not refusals, f"a request for {request.slot} got no answer: {refusals}\n{self.daemon.last_words()}")
        # One more pass finds nothing to do.
        done = self.assay("reconcile")
        said = (done.stdout + done.stderr).decode()
        code = 0 if self.model.expected[0] == "ready" else 1
        require(done.returncode == code and self.is_right(), f"assay reconcile ended with {done.returncode}: {said}")
        self.store.check()
        self.account()
        self.model.came_to_rest(self.stand()[3])
        told.check_forward(self)

    def settle_or_die(self):
        """Waits until everybody has an answer and the daemon stands where it should, or has died."""
        self.join()
        self.stands()

    def stands(self):
        """Wakes the daemon, once, and waits until it stands where it should; `False` where it has died."""
        if not self.daemon.wait_ready():
            return False
        if not self.notify():
            # Nobody listens any more: it is about to end, or should never have stopped.
            self.daemon.wait_end()
        self.daemon.wait_until(f"it stands at {self.model.expected}, {self.model.head.id}", self.is_right)
        return self.daemon.is_alive

    def account(self):
        """Every run since the last rest, and every answer that somebody got."""
        model, quiet = self.model, len(self.model.maybe) == 1
        predicted = {}
        for request in model.requests:
            predicted.setdefault(request.slot, model.is_new(request.slot, model.applied))
        fresh = {}
        for row in self.store.runs(after=model.position):
            spec = json.loads(row["spec"])
            outputs = self.store.outputs(row["id"])
            close = json.loads(self.store.object(outputs["close.json"])) if "close.json" in outputs else None
            model.account(row, spec, close)
            if row["state"] == "succeeded":
                fresh.setdefault(Slot(row["deployment"], row["entity"], row["period"]), []).append(row["id"])
        for request in model.requests:
            known = {*fresh.get(request.slot, []), model.closed[request.slot].run if request.slot in model.closed else None}
            require(request.run in known, f"the answer for {request.slot} names {request.run}, which is not among {known}")
        for slot, is_new in predicted.items():
            # A run of an earlier period changes what this one carries, and so what it should have made.
            disturbed = any(other.entity == slot.entity and other.period < slot.period for other in fresh)
            made, right = len(fresh.get(slot, [])), 1 if is_new else 0
            require(not quiet or disturbed or made == right, f"{slot}: {made} runs were made where {right} was right")
        model.requests, model.may_fail = [], set()
