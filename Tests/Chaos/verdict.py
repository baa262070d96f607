"""The end of the campaign: what the home holds, against the model and against a calm home that did the same."""

import contextlib
import os

import processes
import told
from hardships import fsck
from model import pounds
from store import Store
from tools import require, run


def reach(world):
    """Ends everything in peace and looks at all of it. Rows of the table: what, and how much of it."""
    world.rest()
    world.daemon.stop()
    # What could not be delivered for a while waits its time; a person need not.
    world.json("reconcile")
    commits, words = told.check(world)
    rows = [("commits, each listed once", revisions(world))]
    rows.append(("entities and deployments as the commit says", deployed(world)))
    found = world.store.value("SELECT count(*) FROM runs WHERE state = 'succeeded'")
    require(found == world.model.runs, f"the home has {found} runs, and {world.model.runs} were accounted for")
    rows += [("runs expected", world.model.runs), ("runs found", found), ("duplicates", 0), ("missing", 0)]
    rows.append(("failed runs, each for a reason that it may have", world.model.failed))
    rows.append(("stamps verified", verified(world)))
    rows.append(("balances as predicted", balances(world)))
    rows += [("commits of the status reference, only forward", commits), ("words to the hook", words)]
    rows.append(("objects whose bytes are what their names say", objects(world)))
    world.store.check_integrity()
    rows.append(("files left in work/", leftovers(world)))
    left = processes.naming(world.home)
    require(not left, f"processes that should have ended: {left}")
    fsck(world)
    rows.append(("runs repeated in a calm home: equal keys and outputs", calm(world)))
    return rows


def revisions(world):
    listed = [item["revision"]["commit"] for item in world.json("get", "revisions")["revisions"]]
    if len(listed) == 1000:
        # No more are shown; the store has them all.
        listed = [row[0] for row in world.store.rows("SELECT DISTINCT commit_id FROM revisions")]
    require(len(listed) == len(set(listed)), "a commit is listed twice")
    require(not world.model.must_list - set(listed), f"not listed: {world.model.must_list - set(listed)}")
    require(not set(listed) - world.model.may_list, f"listed, and never pushed: {set(listed) - world.model.may_list}")
    before = {}
    for row in world.store.rows("SELECT commit_id, outcome, reason FROM revisions ORDER BY id"):
        entry = (row["outcome"], row["reason"])
        require(before.get(row["commit_id"]) != entry, f"{row['commit_id']} was noted twice as {entry}")
        before[row["commit_id"]] = entry
    return len(listed)


def deployed(world):
    state = world.model.applied.state
    count = 0
    for kind, names in (("entities", state.entities), ("deployments", state.deployments), ("schedules", state.schedules)):
        found = [item["name"] for item in world.json("get", kind)[kind]]
        require(found == names, f"{kind} are {found}, not {names}")
        count += len(found)
    return count


def verified(world):
    runs = [row["id"] for row in world.store.rows("SELECT id FROM runs ORDER BY position")]
    for run_id in runs:
        verdict = world.json("verify", run_id)
        require(verdict["verdict"] == "valid", f"the stamp of run {run_id} is not valid: {verdict}")
    return len(runs)


def balances(world):
    closing = {}
    for slot, closed in world.model.closed.items():
        closing[slot.entity, slot.period] = closing.get((slot.entity, slot.period), 0) + closed.amount
    for (entity, period) in closing:
        total = sum(amount for (e, p), amount in closing.items() if e == entity and p <= period)
        lines = world.json("ledger", "trial-balance", "--entity", entity, "--period", period)["lines"]
        found = {line["account"]: line["closing"] for line in lines}
        require(found == {"1200": pounds(total), "4000": "-" + pounds(total)}, f"{entity} {period} closes with {found}, not {total}")
    return len(closing)


def objects(world):
    count = 0
    for folder, _, names in os.walk(f"{world.home}/objects"):
        if folder.endswith("/partial"):
            continue
        for name in names:
            world.store.object(os.path.basename(folder) + name)
            count += 1
    return count


def leftovers(world):
    left = []
    with contextlib.suppress(FileNotFoundError):
        left = os.listdir(f"{world.home}/work")
    require(not left, f"left in work/: {left}")
    return 0


def calm(world):
    """Does the same in a home to which nothing ever happened, commit by commit and run by run."""
    home, remote = f"{world.folder}/calm", f"{world.folder}/calm.git"
    run("git", "init", "-q", "--bare", "-b", "main", remote)
    world.configure(home, remote)
    store, at = Store(home), None
    done = world.store.rows("SELECT * FROM runs WHERE state = 'succeeded' ORDER BY position")
    for row in done:
        if row["commit_id"] != at:
            at = row["commit_id"]
            follow(world, home, remote, at)
        lay_out(world, row)
        answer = world.json("run", row["deployment"], "--entity", row["entity"], "--period", row["period"], home=home)
        require(answer["runKey"] == row["run_key"], f"run {row['id']} has the key {row['run_key']}; in calm it is {answer['runKey']}")
        outputs = {output["name"]: output["sha256"] for output in answer["outputs"]}
        require(outputs == world.store.outputs(row["id"]), f"run {row['id']} has other outputs in calm")
    counted = store.value("SELECT count(*) FROM runs")
    require(counted == len(done), f"{len(done)} runs were made, and {counted} in calm")
    for entity in sorted({row["entity"] for row in done}):
        ledgers = [journal(world, entity, of) for of in (world.home, home)]
        require(ledgers[0] == ledgers[1], f"the journal of {entity} differs from the calm one")
    stale = [sorted(stale_slots(world, of)) for of in (world.home, home)]
    require(stale[0] == stale[1], f"stale are {stale[0]}, and in calm {stale[1]}")
    return len(done)


def follow(world, home, remote, commit):
    run("git", "-C", world.workspace.author, "push", "-q", "--force", remote, f"{commit}:refs/heads/main")
    done = run(world.program, "reconcile", check=False, env={"ASSAY_HOME": home})
    if done.returncode != 0:
        run(world.program, "acknowledge", commit, "--reason", "as it was", env={"ASSAY_HOME": home})


def lay_out(world, row):
    """The statement as it was when the run froze it."""
    slot = f"{row['entity']}/{row['period']}"
    frozen = world.json("show", row["id"])["inputs"]
    for document in frozen:
        with open(f"{world.documents}/{slot}/{document['name']}", "wb") as file:
            file.write(world.store.object(document["sha256"]))


def journal(world, entity, home):
    entries = []
    periods = sorted({slot.period for slot in world.model.closed if slot.entity == entity})
    for period in periods:
        for entry in world.json("ledger", "journal", "--entity", entity, "--period", period, "--all", home=home)["entries"]:
            entries.append((period, entry["date"], entry["description"], str(entry["lines"])))
    return entries


def stale_slots(world, home):
    runs = {row["id"]: (row["deployment"], row["entity"], row["period"]) for row in Store(home).runs()}
    return [runs[run_id] for run_id in world.json("status", home=home)["stale"]]
