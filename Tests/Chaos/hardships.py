"""Deeds that take something away from the daemon: half of a pack, a byte of the mirror, the disk, the power, the time."""

import os
import shutil
import signal

import play
import processes
from deeds import deed
from tools import PATIENCE, require, run
from world import is_pass

#: What the product may say of half a pack, and while it cannot write.
HALF = {"RemoteUnreachable", "TransferIncomplete"}
NO_SPACE = {"StoreFailed", "FileOperationFailed", "MirrorUnwritable", "HomeUnwritable"}


# The remote's line.

@deed("the line is lost in the middle of a pack")
def half_pack(world):
    world.follow(world.forge.url)
    world.rest()
    daemon, rng = world.daemon, world.rng
    for _ in range(rng.randrange(1, 4)):
        world.forge.was_cut.clear()
        world.forge.cuts.append(rng.uniform(0, 0.98))
        mark = daemon.mark()
        play.push_good(world)
        world.notify()
        failed = daemon.wait("that the line was lost", lambda s: s["event"] == "pass-failed", since=mark)
        require(world.forge.was_cut.is_set(), "the line was not cut")
        require(failed and failed["reason"] in HALF, f"half a pack is {failed}")
        require(world.stand()[3] is world.model.applied, "half a pack was applied")
        fsck(world)
        world.rest()
    maybe_back(world)


@deed("SIGKILL in the middle of a pack")
def killed_in_pack(world):
    world.follow(world.forge.url)
    world.rest()
    hold_a_pack(world)
    world.kill()
    world.report.killed("at work")
    world.forge.go_on.set()
    fsck(world)
    world.start()
    maybe_back(world)


def hold_a_pack(world):
    """Has the daemon wait in the middle of a pack."""
    world.forge.is_held.clear()
    world.forge.go_on.clear()
    play.push_good(world)
    world.notify()
    require(world.forge.is_held.wait(PATIENCE), "the forge was never asked for a pack")


def maybe_back(world):
    if world.rng.random() < 0.5:
        world.follow(world.workspace.remote)


@deed("whoever fetches is killed in the middle of a pack")
def fetcher_killed(world):
    world.follow(world.forge.url)
    world.rest()
    daemon = world.daemon
    hold_a_pack(world)
    mark = daemon.mark()
    require(processes.kill_descendants(daemon.pid), "nobody fetches for the daemon")
    failed = daemon.wait("that the fetch failed", lambda s: s["event"] == "pass-failed", since=mark)
    require(failed and failed["reason"] == "GitWorkerFailed", f"a fetch that was killed is {failed}")
    world.forge.go_on.set()
    fsck(world)
    maybe_back(world)


# Runs.

@deed("a guest is killed")
def guest_killed(world):
    """It ends the run, as a run that failed; the same request is then another one."""
    world.daemon.stop()
    world.start(point=f"run.effect-answered:{world.rng.randrange(1, 4)}:stop")
    daemon = world.daemon
    play.ask_new(world)
    # The daemon stops itself while its guest waits for an answer.
    os.waitid(os.P_PID, daemon.pid, os.WSTOPPED | os.WNOWAIT)
    require(processes.kill_descendants(daemon.pid), "there is no guest")
    world.model.may_fail.add("GuestLost")
    daemon.signal(signal.SIGCONT)
    refusals = world.join()
    require(len(refusals) == 1 and "GuestLost" in refusals[0], f"a guest that was killed is {refusals}")
    daemon.stop()


# The mirror.

@deed("a damaged object in the mirror")
def damage(world):
    """Whatever the applied commit needs and cannot be read is named; then the mirror is restored, or fetched anew."""
    world.daemon.stop()
    mirror, rng = f"{world.home}/mirror.git", world.rng
    loose = rng.random() < 0.5
    if loose:
        loosen(mirror)
    backup = f"{world.folder}/mirror.backup"
    shutil.copytree(mirror, backup, symlinks=True)
    victim = f"{mirror}/{loose_victim(world) if loose else pack_victim(mirror)}"
    os.chmod(victim, 0o644)
    with open(victim, "r+b") as file:
        data = bytearray(file.read())
        # A loose object is nothing but itself; of a pack, everything between its header and its trailer.
        for place in range(2, len(data)) if loose else range(12, len(data) - 20):
            data[place] ^= 0x55
        file.seek(0)
        file.write(data)
    world.start()
    said = world.daemon.wait("that the mirror is damaged", lambda s: s["event"] == "pass-failed")
    named = ("GitObjectCorrupted", "GitObjectMissing", "MirrorCorrupted")
    require(said and said["reason"] in named, f"a damaged {victim} is {said}")
    require("backup" in said["remedy"], f"no remedy: {said}")
    world.daemon.stop()
    shutil.move(mirror, f"{mirror}.damaged")
    if rng.random() < 0.5 or not world.model.everything_is_reachable:
        shutil.move(backup, mirror)
    else:
        shutil.rmtree(backup)
    shutil.rmtree(f"{mirror}.damaged")


def loosen(mirror):
    """Every object a file of its own, as other tools of Git may leave it."""
    packs = f"{mirror}/objects/pack"
    for name in sorted(os.listdir(packs)):
        path = f"{packs}/{name}"
        if name.endswith(".pack"):
            with open(path, "rb") as pack:
                data = pack.read()
            for part in (".pack", ".idx", ".rev"):
                if os.path.exists(path[:-5] + part):
                    os.unlink(path[:-5] + part)
            run("git", "-c", "safe.directory=*", "-C", mirror, "unpack-objects", "-q", input=data)


def loose_victim(world):
    """An object that the applied commit cannot be read without."""
    name = world.rng.choice(["", "^{tree}", ":tenants/oak/tenant.yaml", ":tenants/oak/entities", ":charts/small.yaml"])
    found = run("git", "-C", world.workspace.author, "rev-parse", world.model.applied.id + name).decode().strip()
    return f"objects/{found[:2]}/{found[2:]}"


def pack_victim(mirror):
    packs = [name for name in os.listdir(f"{mirror}/objects/pack") if name.endswith(".pack")]
    if not packs:
        loose = [os.path.join(folder, name) for folder, _, names in os.walk(f"{mirror}/objects") for name in names]
        run("git", "-c", "safe.directory=*", "-C", mirror, "repack", "-adq")
        require(loose, "the mirror is empty")
        packs = [name for name in os.listdir(f"{mirror}/objects/pack") if name.endswith(".pack")]
    return "objects/pack/" + max(packs, key=lambda name: os.path.getsize(f"{mirror}/objects/pack/{name}"))


def fsck(world):
    mirror = f"{world.home}/mirror.git"
    done = run("git", "-c", "safe.directory=*", "-C", mirror, "fsck", "--full", "--strict", "--no-dangling", check=False)
    said = (done.stdout + done.stderr).decode()
    bad = [line for line in said.splitlines() if not line.startswith("notice: HEAD points to an unborn branch")]
    require(done.returncode == 0 and not bad, f"git fsck of the mirror: {said}")


# The disk.

def says_why(saying, word):
    """Whether a pass that failed names its reason, and the host's own word for it."""
    return saying["event"] == "pass-failed" and (saying["reason"] in NO_SPACE or word in saying["message"])


@deed("the disk is full", why_not=lambda world: world.disk.why_not_full)
def full(world):
    rng, daemon = world.rng, world.daemon
    world.disk.fill(spare=rng.choice([0, 0, 4_096, 65_536, 1 << 20]))
    mark = daemon.mark()
    world.model.may_fail |= NO_SPACE
    play.push_good(world)
    for _ in range(rng.randrange(1, 3)):
        play.ask_new(world)
    world.notify()
    for refusal in world.join():
        require("Unexpected" not in refusal and "unexpected" not in refusal, f"on a full disk: {refusal}")
    said = daemon.wait("what a pass came to on a full disk", is_pass, since=mark)
    require(said, f"a full disk ended the daemon\n{daemon.last_words()}")
    require(said["event"] != "pass-failed" or says_why(said, "space"), f"a full disk is {said}")
    if rng.random() < 0.5:
        world.kill()
        world.report.killed("at rest")
    world.disk.free()


@deed("a read-only home under a running daemon", why_not=lambda world: world.disk.why_not_read_only)
def read_only_running(world):
    daemon = world.daemon
    world.disk.cover(world.home)
    try:
        mark = daemon.mark()
        world.model.may_fail |= NO_SPACE
        play.push_good(world)
        play.ask_new(world)
        world.notify()
        for refusal in world.join():
            require("nexpected" not in refusal, f"in a read-only home: {refusal}")
        said = daemon.wait("that a pass failed", lambda s: s["event"] == "pass-failed", since=mark)
        require(said, f"a read-only home ended the daemon\n{daemon.last_words()}")
        require(says_why(said, "Read-only"), f"a read-only home is {said}")
        if world.rng.random() < 0.5:
            world.kill()
            world.report.killed("at rest")
            refuse_to_start(world)
    finally:
        world.disk.uncover(world.home)


@deed("a daemon is started in a read-only home", why_not=lambda world: world.disk.why_not_read_only)
def read_only_start(world):
    play.busy(world)
    if world.rng.random() < 0.5:
        world.daemon.stop()
    else:
        world.kill()
        world.report.killed("at rest")
    world.join()
    world.disk.cover(world.home)
    try:
        refuse_to_start(world)
    finally:
        world.disk.uncover(world.home)


def refuse_to_start(world):
    require(not world.start(), "a daemon came up in a read-only home")
    code, said = world.daemon.wait_end(), world.daemon.last_words(3)
    why = "Read-only" in said or "Permission denied" in said
    require(code not in (0, -9) and why, f"in a read-only home it ended with {code}: {said}")


@deed("the power is cut", why_not=lambda world: world.disk.why_not_power)
def power(world):
    """What the daemon had said is done must be there; whatever else there is must fit together."""
    effects = play.busy(world)
    world.notify()
    world.events.arm(world.rng.randrange(1, effects), world.disk.cut_power)
    world.join()
    world.events.disarm()
    world.disk.cut_power()
    world.daemon.kill()
    world.report.killed("without power")
    world.events.close()
    world.disk.restore_power()
    world.watch()


# The time.

@deed("the clock steps", 2)
def clock(world):
    for _ in range(world.rng.randrange(1, 4)):
        world.clock.step(world.rng.choice([-1, 1]) * world.rng.choice([1, 59, 3_600, 86_400, 3_000_000]))
        play.busy(world, most=2)
        world.join()
