"""What was done, counted; and the table at the end."""

import collections
import time


class Report:
    def __init__(self, quiet=False):
        self.begin = time.monotonic()
        self.deeds, self.kills = collections.Counter(), collections.Counter()
        self.skipped, self.figures, self.checks = {}, {}, 0
        self.points = []
        self._quiet = quiet

    # Kills.

    def killed(self, where):
        self.kills[where] += 1

    @property
    def total_kills(self):
        return sum(self.kills.values())

    def next_point(self, rng):
        """One that was reached least often so far, and at which time of reaching it to kill."""
        least = min(self.kills[point] for point in self.points)
        point = rng.choice([point for point in self.points if self.kills[point] == least])
        # The history of a run grows effect by effect; everything else happens once.
        return point, rng.randrange(1, 4) if point.startswith("run.effect-") and least else 1

    # The rest.

    def best(self, name, figure):
        self.figures[name] = max(figure, self.figures.get(name, 0))

    @property
    def seconds(self):
        return time.monotonic() - self.begin

    def progress(self, number, name):
        if not self._quiet:
            print(f"{self.seconds:7.1f} s  {self.total_kills:4} kills  {number:4}  {name}", flush=True)

    def table(self, rows):
        lines = ["", "deeds"]
        lines += [f"  {count:6}  {name}" for name, count in sorted(self.deeds.items())]
        lines += [f"    none  {name}: {why}" for name, why in sorted(self.skipped.items())]
        lines += ["kills"]
        lines += [f"  {self.kills[place]:6}  {place}" for place in ("at work", "starting", "at rest")]
        lines += [f"  {self.kills[point]:6}  {point}" for point in self.points]
        lines += [f"  {self.total_kills:6}  in all", "in the end"]
        lines += [f"  {value:>6}  {name}" for name, value in rows]
        lines += [f"  {figure:6.0f}  {name}, at best" for name, figure in sorted(self.figures.items())]
        return "\n".join(lines)
