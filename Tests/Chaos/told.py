"""What the home has told the outside: the status reference in the repository, and the hook."""

import json

from tools import require, run

REFERENCE = "refs/assay/status/oak"


def tip(world):
    """The commit at which the reference stands on the remote; empty where it is not there yet."""
    found = run("git", "-C", world.workspace.remote, "rev-parse", "--quiet", "--verify", REFERENCE, check=False)
    return found.stdout.decode().strip()


def check_forward(world):
    """The reference only ever goes forward: what was told once stays told."""
    now, before = tip(world), world.model.told
    if before and now != before:
        done = run("git", "-C", world.workspace.remote, "merge-base", "--is-ancestor", before, now, check=False)
        require(done.returncode == 0, f"the status reference went from {before} to {now}, which does not descend from it")
    world.model.told = now


def check(world):
    """At the end everything has arrived, and says what the store says. How many commits and how many words to the hook."""
    waiting = world.store.value("SELECT count(*) FROM outbox WHERE delivered_at IS NULL")
    require(waiting == 0, f"{waiting} things have not arrived")
    check_forward(world)
    mirror = run("git", "-c", "safe.directory=*", "-C", f"{world.home}/mirror.git", "rev-parse", REFERENCE).decode().strip()
    require(mirror == world.model.told, f"the mirror's status is {mirror}, the remote's {world.model.told}")
    status = document(world, "status.json")
    require(status["outcome"] == "ready" and status["applied"]["commit"] == world.model.applied.id, f"it tells {status}")
    told, known = {}, {}
    names = run("git", "-C", world.workspace.remote, "ls-tree", "-r", "--name-only", REFERENCE, "runs/").decode().split()
    for name in names:
        told.update({entry["run"]: (entry["state"], entry.get("stamp")) for entry in document(world, name)["runs"]})
    for row in world.store.rows("SELECT r.id, r.state, s.envelope_sha256 FROM runs r JOIN stamps s ON s.run = r.id"):
        known[row["id"]] = (row["state"], row["envelope_sha256"])
    require(told == known, f"runs told that are not so: {set(told.items()) ^ set(known.items())}")
    with open(f"{world.folder}/told.jsonl") as file:
        heard = [json.loads(line) for line in file if line.strip()]
    last = [message for message in heard if message["commit"] == world.model.applied.id]
    require(last and last[-1]["state"] == "success", f"the hook was last told {last[-1:]} about the applied commit")
    count = int(run("git", "-C", world.workspace.remote, "rev-list", "--count", REFERENCE))
    return count, len(heard)


def document(world, name):
    return json.loads(run("git", "-C", world.workspace.remote, "show", f"{REFERENCE}:{name}"))

