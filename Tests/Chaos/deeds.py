"""The deeds of the campaign: each is done to a home at rest, and leaves one that comes to rest by itself.

Those that damage what lies under the home are in `hardships`.
"""

import dataclasses
import os
import signal
import typing

import play
from tools import require


@dataclasses.dataclass
class Deed:
    name: str
    weight: int
    do: typing.Callable
    #: Why this host cannot have it; empty where it can.
    why_not: typing.Callable = lambda world: ""


ALL = []


def deed(name, weight=1, why_not=lambda world: ""):
    def register(do):
        ALL.append(Deed(name, weight, do, why_not))
        return do
    return register


# The repository.

@deed("push a good commit", 3)
def good(world):
    play.push_good(world)
    world.notify()


@deed("push a bad commit, then its fix", 2)
def bad_then_fix(world):
    play.push_bad(world)
    world.rest()
    play.push_good(world)


@deed("50 pushes in a second")
def burst(world):
    rate = play.push_burst(world, 50)
    world.report.best("pushes a second", rate)


@deed("force-push, then acknowledge")
def force_then_acknowledge(world):
    play.rewrite(world)
    world.rest()
    play.ask(world)
    if world.rng.random() < 0.5:
        play.set_trap(world, play.EFFECTS["push"])
    understood = play.acknowledge(world)
    world.join()
    world.events.disarm()
    if not world.daemon.is_alive:
        world.kill()
        world.report.killed("at work")
        world.ensure()
        understood = play.acknowledge(world)
    require(understood, f"the rewrite was not acknowledged\n{world.daemon.last_words()}")


@deed("force-push, then restore")
def force_then_restore(world):
    model, applied = world.model, world.model.applied
    play.rewrite(world)
    world.notify()
    if world.rng.random() < 0.7:
        world.rest()
    model.pushed([applied], rewritten=False)
    world.workspace.push(applied, force=True)


# Runs.

@deed("request runs", 3)
def request(world):
    for _ in range(world.rng.randrange(1, 4)):
        play.ask(world)


@deed("correct a document and close again")
def correct(world):
    slot = play.random_slot(world)
    world.write_statement(slot.entity, slot.period)
    for _ in range(world.rng.randrange(1, 4)):
        # The same twice at once is one run.
        world.ask(slot)


# The process.

@deed("SIGKILL at work", 14)
def kill_at_work(world):
    play.kill_while_busy(world)
    while world.rng.random() < 0.4:
        play.kill_while_starting(world)


@deed("SIGKILL at a named point", 5)
def kill_at_point(world):
    point, count = world.report.next_point(world.rng)
    play.kill_at(world, point, count)


@deed("SIGTERM and start")
def restart(world):
    play.busy(world)
    world.daemon.stop()


@deed("SIGHUP, with settings good and bad")
def reload(world):
    daemon = world.daemon
    good = open(f"{world.home}/config.yaml").read()
    for text, event in (("tenant: [", "reload-failed"), (good, "reloaded")):
        with open(f"{world.home}/config.yaml", "w") as file:
            file.write(text)
        mark = daemon.mark()
        daemon.signal(signal.SIGHUP)
        play.ask(world)
        require(daemon.wait(event, lambda s: s["event"] == event, since=mark), "SIGHUP ended the daemon")
        world.join()


@deed("many wake-ups")
def wake(world):
    play.push_good(world)
    for _ in range(10):
        world.notify()


@deed("two daemons at once")
def two(world):
    play.busy(world)
    if world.rng.random() < 0.5:
        world.daemon.stop()
    else:
        world.kill()
        world.report.killed("at rest")
    # One of these may hold the home by now: no daemon was there that would have.
    world.join()
    contenders = [world.new_daemon() for _ in range(world.rng.choice([2, 2, 3]))]
    alive = [contender for contender in contenders if contender.wait_ready()]
    require(len(alive) == 1, f"{len(alive)} daemons came up where one should have")
    world.daemon = alive[0]
    for loser in contenders:
        if loser is not world.daemon:
            code, said = loser.wait_end(), loser.last_words()
            require(code not in (0, -signal.SIGKILL), f"the second daemon ended with {code}")
            require(f"process {world.daemon.pid} (daemon)" in said, f"the second daemon names not {world.daemon.pid}: {said}")


# The remote.

@deed("the remote vanishes and comes back")
def vanish(world):
    if world.via_forge:
        world.follow(world.workspace.remote)
    daemon, away = world.daemon, world.workspace.remote + ".away"
    mark = daemon.mark()
    os.rename(world.workspace.remote, away)
    world.notify()
    failed = daemon.wait("that the remote is gone", lambda s: s["event"] == "pass-failed", since=mark)
    require(failed and failed["reason"] == "RemoteUnreachable", f"a remote that is gone is {failed}")
    require(world.stand()[3] is world.model.applied, "the applied commit did not stay")
    # What is applied goes on serving.
    play.ask(world)
    require(not world.join(), "no run while the remote is away")
    if world.rng.random() < 0.4:
        world.kill()
        world.report.killed("at rest")
        world.start()
    os.rename(away, world.workspace.remote)
    if world.rng.random() < 0.5:
        play.push_good(world)
