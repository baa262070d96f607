"""The campaign: a random order of deeds from a seed, each followed by rest and comparison with the model.

Run by `scripts/chaos`; docs/chaos.md says what it shows.
"""

import argparse
import os
import random
import secrets
import shutil
import sys
import tempfile
import traceback

import deeds
import hardships  # noqa: F401  its deeds are registered by reading it
import verdict
from report import Report
from tools import Unfit, Violation, tail
from world import World


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=None, help="repeats the order of deeds of an earlier campaign")
    parser.add_argument("--kills", type=int, default=None, help="go on until so many SIGKILLs (default: 300)")
    parser.add_argument("--short", action="store_true", help="every deed once, in well under a minute")
    parser.add_argument("--only", metavar="WORDS", help="only deeds whose names contain this")
    parser.add_argument("--assay", metavar="FILE", required=True, help="the program under test")
    parser.add_argument("--scratch", metavar="DIR", required=True, help="where homes and repositories are made")
    parser.add_argument("--disk", metavar="DIR", help="a small file system for the home, where one is mounted already")
    return parser.parse_args()


class Campaign:
    def __init__(self, options):
        self.options = options
        self.report = Report(quiet=options.short)
        self.world = None

    def run(self, folder, seed):
        self.world = world = World(self.options, folder, seed, self.report)
        self.report.points = world.points
        chosen = [deed for deed in deeds.ALL if not self.options.only or self.options.only in deed.name]
        for deed in list(chosen):
            if why := deed.why_not(world):
                self.report.skipped[deed.name] = why
                chosen.remove(deed)
        world.start()
        world.rest()
        for number, deed in enumerate(self.order(chosen), start=1):
            self.report.progress(number, deed.name)
            self.report.deeds[deed.name] += 1
            world.ensure()
            deed.do(world)
            world.rest()
        return verdict.reach(world)

    def order(self, chosen):
        """Every deed once, in a random order; then, in the long form, whatever the weights say until it is enough."""
        rng = self.world.rng
        first = list(chosen)
        rng.shuffle(first)
        yield from first
        if self.options.short:
            return
        goal = 300 if self.options.kills is None else self.options.kills
        points = [] if self.options.only else self.report.points
        weights = [deed.weight for deed in chosen]
        while self.report.total_kills < goal or any(not self.report.kills[point] for point in points):
            yield rng.choices(chosen, weights)[0]


def main():
    options = arguments()
    seed = secrets.randbelow(1 << 32) if options.seed is None else options.seed
    short = " --short" if options.short else ""
    again = f"scripts/chaos{short} --seed {seed}" if short or options.kills else f"make chaos SEED={seed}"
    print(f"chaos: seed {seed} (again: {again})", flush=True)
    folder = tempfile.mkdtemp(prefix="chaos-", dir=os.path.abspath(options.scratch))
    os.chmod(folder, 0o755)
    campaign = Campaign(options)
    try:
        rows = campaign.run(folder, seed)
    except Unfit as unfit:
        print(f"chaos: this host cannot have it: {unfit}", file=sys.stderr)
        return 2
    except BaseException as error:
        report(campaign, folder, error, again)
        return 1
    finally:
        if campaign.world and campaign.world.daemon:
            campaign.world.daemon.kill()
    print(campaign.report.table(rows))
    count = len(campaign.report.deeds) + len(rows)
    print(f"Ran {count} tests in {campaign.report.seconds:.1f}s", flush=True)
    campaign.world.close()
    shutil.rmtree(folder)
    return 0


def report(campaign, folder, error, again):
    """What was violated, and everything that helps to find out why. The folder stays."""
    if not isinstance(error, Violation):
        traceback.print_exception(error)
    print(f"\nchaos: VIOLATED after {campaign.report.total_kills} kills: {error}", file=sys.stderr)
    if campaign.world:
        # The small disk goes away with this process.
        shutil.copytree(campaign.world.home, f"{folder}/home", symlinks=True, ignore=shutil.ignore_patterns("control.sock"))
    print(f"the daemon's log ends:\n{tail(folder + '/daemon.log')}", file=sys.stderr)
    print(f"chaos: everything is left in {folder}; again: {again}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
