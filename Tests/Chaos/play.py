"""What people and machines do all day, and how the daemon is killed in the middle of it."""

import copy
import time

from model import Slot
from tools import require

#: Effects on files that a pass and a run have, and then some: a kill is somewhere between the first and the last.
EFFECTS = {"push": 90, "ask": 160, "start": 60}


# What changes in the repository.

def edited(world, state):
    """A good change, and what it is called."""
    rng, state = world.rng, copy.deepcopy(state)
    kind = rng.choice(["add", "change", "remove", "code", "configure", "capability"])
    if kind in ("change", "remove") and not state.others:
        kind = "add"
    if kind == "add":
        name = f"spv-{rng.randrange(10_000)}"
        state.others[name] = "Added"
    elif kind == "change":
        name = rng.choice(sorted(state.others))
        state.others[name] = f"Renamed {rng.randrange(10_000)}"
    elif kind == "remove":
        name = rng.choice(sorted(state.others))
        del state.others[name]
    elif kind == "code":
        name = "interest"
        state.generation = 1 + state.generation % 9
    elif kind == "configure":
        name = "interest"
        state.label = f"label-{rng.randrange(10_000)}"
    else:
        name = "rules"
        state.remark += 1
    return f"{kind} {name}", state


def spoiled(world, state):
    """A change that must be refused: what it is called, the reason, the files."""
    tenant = "tenants/oak/tenant.yaml"
    everything = [path for path in state.files() if path.startswith(("tenants/oak/entities/", "tenants/oak/deployments/"))]
    return world.rng.choice([
        ("break a manifest", "ManifestInvalid", {tenant: "kind: [\n"}),
        ("deploy a runbook that is not there", "ManifestInvalid", {
            "tenants/oak/deployments/interest.yaml": state.files()["tenants/oak/deployments/interest.yaml"].replace(
                "runbook: interest", "runbook: dividends")}),
        ("use a chart that is not there", "ManifestInvalid", {
            "tenants/oak/entities/oak-a.yaml": state.files()["tenants/oak/entities/oak-a.yaml"].replace("small", "large")}),
        ("link to the host", "ManifestInvalid", {"tenants/oak/capabilities/hosts.py": "link:/etc/hosts"}),
        ("ask for a later version", "VersionTooOld", {
            "workspace.yaml": state.files()["workspace.yaml"].replace("0.1.0", "99.0.0")}),
        ("delete everything", "PruneRefused", dict.fromkeys(everything)),
    ])


# Doing it.

def push_good(world, code=False):
    model = world.model
    subject, state = edited(world, model.head.state)
    if code:
        subject, state = "code interest", copy.deepcopy(model.head.state)
        state.generation = 1 + state.generation % 9
    commits = world.workspace.commit(model.head, [(subject, state, "", None)])
    world.workspace.push(commits[-1])
    model.pushed(commits)


def push_bad(world):
    model = world.model
    subject, reason, files = spoiled(world, model.head.state)
    commits = world.workspace.commit(model.head, [(subject, model.head.state, reason, files)])
    world.workspace.push(commits[-1])
    model.pushed(commits)


def push_burst(world, count):
    """One push after another, as fast as they go; pushes a second."""
    model = world.model
    changes, state = [], model.head.state
    for _ in range(count):
        if world.rng.random() < 0.1:
            subject, reason, files = spoiled(world, state)
            changes.append((subject, state, reason, files))
        else:
            subject, state = edited(world, state)
            changes.append((subject, state, "", None))
    if changes[-1][2]:
        changes[-1] = ("come to an end", state, "", None)
    commits = world.workspace.commit(model.head, changes)
    # Before the first of them can be seen.
    model.pushed(commits)
    begin = time.monotonic()
    for number, commit in enumerate(commits):
        world.workspace.push(commit)
        if number in (0, count // 2):
            world.notify()
    return count / (time.monotonic() - begin)


def rewrite(world):
    """Pushes another history over the one that is applied."""
    model = world.model
    line = [commit for commit in model.applied.line() if not commit.refused]
    depth = world.rng.randrange(1, 5)
    # None of it, or all but the last few commits.
    base = line[depth] if len(line) > depth and world.rng.random() < 0.8 else None
    _, state = edited(world, model.applied.state)
    commits = world.workspace.commit(base, [("rewritten", state, "", None)])
    world.workspace.push(commits[-1], force=True)
    model.pushed(commits, rewritten=True)


def acknowledge(world):
    """Says that the branch may be followed from here on; whether that was understood."""
    model = world.model
    model.rewritten = False
    model.maybe.add(model.head)
    done = world.assay("acknowledge", model.head.id, "--reason", "chaos")
    # Whoever asks twice, because the daemon died in between, may be told that it is done.
    return done.returncode == 0 or "descends from the applied commit" in done.stderr.decode()


def random_slot(world):
    slots = [Slot("interest", entity, period) for entity, period in sorted(world.model.statements)]
    return world.rng.choice(slots)


def ask(world):
    world.ask(random_slot(world))


def ask_new(world):
    """For a run that is not there yet."""
    model = world.model
    slots = [Slot("interest", *place) for place in sorted(model.statements)]
    new = [slot for slot in slots if model.is_new(slot, model.applied)]
    if not new:
        slot = world.rng.choice(slots)
        world.write_statement(slot.entity, slot.period)
        new = [slot]
    world.ask(world.rng.choice(new))


def busy(world, most=3):
    """Some of what people do at the same time; how many effects it may have."""
    effects, rng = 0, world.rng
    for kind in rng.choices(["push", "ask"], [2, 3], k=rng.randrange(1, most + 1)):
        if kind == "push":
            push_good(world) if rng.random() < 0.8 else push_bad(world)
        else:
            ask(world)
        effects += EFFECTS[kind]
    return effects


# Killing it.

def spin(seconds):
    """Waits for less than a sleep can."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def set_trap(world, effects):
    """Arms a SIGKILL at a random moment of what comes: at the n-th effect on the home's files, or at the n-th word said."""
    rng, daemon = world.rng, world.daemon
    if rng.random() < 0.85:
        later = rng.choice([0, 0, rng.uniform(0, 0.01)])

        def strike():
            spin(later)
            daemon.signal(9)
        world.events.arm(rng.randrange(1, effects), strike)
    else:
        daemon.arm(rng.randrange(1, 5), lambda: daemon.signal(9))


def finish_off(world, where):
    """Waits until the trap has struck, or kills what has outlived it."""
    world.settle_or_die()
    world.events.disarm()
    if world.daemon.is_alive:
        where = "at rest"
    world.kill()
    world.report.killed(where)


def kill_while_busy(world):
    effects = max(EFFECTS["push"], EFFECTS["ask"])
    set_trap(world, effects)
    busy(world)
    world.notify()
    finish_off(world, "at work")


def kill_while_starting(world):
    world.start(wait=False)
    set_trap(world, EFFECTS["start"])
    finish_off(world, "starting")


def kill_at(world, point, count=1):
    """Kills at a named point, which must be reached."""
    if world.daemon and world.daemon.is_alive:
        world.daemon.stop()
    # It may be reached at once, in what is left to finish.
    came_up = world.start(point=f"{point}:{count}")
    if came_up:
        provoke(world, point)
        world.settle_or_die()
    if point.startswith("report.") and world.daemon.is_alive:
        kill_command_at(world, point)
        return
    require(not world.daemon.is_alive, f"the named point {point}:{count} was not reached\n{world.daemon.last_words()}")
    world.kill()
    world.report.killed(point)


def kill_command_at(world, point):
    """The same for a command that finds no daemon."""
    world.daemon.stop()
    push_good(world)
    done = world.assay("reconcile", env={"ASSAY_FAULT_POINT": point})
    require(done.returncode == -9, f"the named point {point} was not reached: {done.stdout.decode()}{done.stderr.decode()}")
    world.report.killed(point)


def provoke(world, point):
    """Does what leads to a point."""
    room = point.partition(".")[0]
    if room in ("reconcile", "report", "fetch"):
        push_good(world, code=True)
        world.notify()
    elif room == "run":
        ask_new(world)
    elif room == "acknowledge":
        rewrite(world)
        world.rest()
        acknowledge(world)
    else:
        require(False, f"the campaign does not know what leads to the named point {point}")
