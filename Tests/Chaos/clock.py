"""The daemon's wall clock, which can be set: `clock.c`, preloaded into the daemon and nothing else."""

import datetime
import mmap
import os
import struct
import time

from tools import run

HERE = os.path.dirname(os.path.abspath(__file__))


class Clock:
    def __init__(self, folder):
        self.library, self._file = f"{folder}/clock.so", f"{folder}/clock"
        run("clang", "-shared", "-O2", "-fPIC", "-Wall", "-Wextra", "-Werror", "-o", self.library, f"{HERE}/clock.c",
            env={"PATH": os.environ["PATH"]})
        self.write(self._file, 0)
        with open(self._file, "r+b") as file:
            self._offset = mmap.mmap(file.fileno(), 8)

    @staticmethod
    def write(path, seconds):
        with open(path, "wb") as file:
            file.write(struct.pack("=q", seconds))

    @property
    def preload(self):
        """What a process needs in its environment to have this clock."""
        return {"LD_PRELOAD": self.library, "CHAOS_CLOCK": self._file}

    @property
    def offset(self):
        return struct.unpack("=q", self._offset[:])[0]

    def now(self):
        return time.time() + self.offset

    def text(self):
        return datetime.datetime.fromtimestamp(self.now(), datetime.timezone.utc).isoformat(timespec="seconds")

    def step(self, seconds):
        self._offset[:] = struct.pack("=q", self.offset + seconds)

    def set(self, timestamp):
        self.step(int(timestamp - self.now()))
