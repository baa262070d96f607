"""A daemon under test: everything that it says, as it says it, and every way to end it."""

import json
import os
import signal
import socket
import subprocess
import threading
import time

from tools import ENVIRONMENT, PATIENCE, Violation, require


class Daemon:
    """One process of `assay daemon`.

    What it logs (JSON lines on standard error) and what it tells its service manager (sd_notify) become one list of
    *sayings*, in the order in which they arrived: the only thing that the campaign ever waits on, besides its end.
    """

    def __init__(self, program, home, scratch, log, point=None, preload=None):
        self.sayings, self.raw = [], []
        self.code = None
        self._said = threading.Condition()
        self._traps = []
        self._log = log
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        address = f"{scratch}/manager-{time.monotonic_ns()}"
        self._socket.bind(address)
        env = {**ENVIRONMENT, "ASSAY_HOME": home, "NOTIFY_SOCKET": address, **(preload or {})}
        if point:
            env["ASSAY_FAULT_POINT"] = point
        # Ends with the campaign, however that ends.
        self.process = subprocess.Popen(
            ["setpriv", "--pdeathsig", "KILL", program, "daemon"], env=env, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=scratch)
        self.pid = self.process.pid
        self._address = address
        threading.Thread(target=self._read_log, daemon=True).start()
        threading.Thread(target=self._read_manager, daemon=True).start()

    # What it says.

    def _read_log(self):
        with open(self._log, "ab") as log:
            for line in self.process.stderr:
                log.write(line)
                log.flush()
                text = line.decode(errors="replace").rstrip("\n")
                try:
                    saying = json.loads(text)
                except ValueError:
                    saying = {"event": "text", "message": text}
                self._say(saying)
        code = self.process.wait()
        self._socket.shutdown(socket.SHUT_RDWR)
        with self._said:
            self.code = code
            self._said.notify_all()
        os.unlink(self._address)

    def _read_manager(self):
        while message := self._socket.recv(4096):
            for line in message.decode().split("\n"):
                name, _, value = line.partition("=")
                self._say({"event": f"manager.{name}", "value": value})
        self._socket.close()

    def _say(self, saying):
        with self._said:
            self.sayings.append(saying)
            self._said.notify_all()
            due = [trap for trap in self._traps if len(self.sayings) >= trap[0]]
            self._traps = [trap for trap in self._traps if trap not in due]
        for _, action in due:
            action()

    def mark(self):
        """Where the list of sayings ends now; what is waited for afterwards comes after it."""
        with self._said:
            return len(self.sayings)

    def arm(self, after, action):
        """Calls `action` once, as soon as the daemon has said `after` more things."""
        with self._said:
            self._traps.append((len(self.sayings) + after, action))

    def wait(self, what, wanted, since=0, patience=PATIENCE):
        """The first saying after `since` that `wanted` accepts; `None` where the daemon ended before it said it."""
        until = time.monotonic() + patience
        position = since
        with self._said:
            while True:
                for saying in self.sayings[position:]:
                    if wanted(saying):
                        return saying
                position = len(self.sayings)
                if self.code is not None:
                    return None
                if not self._said.wait(until - time.monotonic()):
                    raise Violation(f"in {patience:.0f} s the daemon never said: {what}\n{self.last_words()}")

    def wait_until(self, what, condition, patience=PATIENCE):
        """Waits until `condition`, which is looked at whenever the daemon says something, or until it ends."""
        until = time.monotonic() + patience
        with self._said:
            while not condition() and self.code is None:
                if not self._said.wait(until - time.monotonic()):
                    raise Violation(f"in {patience:.0f} s this never became true: {what}\n{self.last_words()}")

    def last_words(self, count=25):
        return "\n".join(json.dumps(saying, sort_keys=True) for saying in self.sayings[-count:])

    # Its life.

    @property
    def is_alive(self):
        return self.code is None

    def wait_ready(self):
        """Whether it came up; `False` where it ended before that."""
        return self.wait("READY=1", lambda s: s["event"] == "manager.READY") is not None

    def wait_end(self, patience=PATIENCE):
        until = time.monotonic() + patience
        with self._said:
            while self.code is None:
                if not self._said.wait(until - time.monotonic()):
                    raise Violation(f"the daemon did not end in {patience:.0f} s\n{self.last_words()}")
            return self.code

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        """SIGKILL; the process may have ended by itself already."""
        self.signal(signal.SIGKILL)
        return self.wait_end()

    def stop(self):
        """SIGTERM; it must finish what it is doing and end with 0."""
        self.signal(signal.SIGTERM)
        code = self.wait_end()
        require(code == 0, f"after SIGTERM the daemon ended with {code}\n{self.last_words()}")
