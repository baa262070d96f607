"""Processes of the operating system: who belongs to whom, and who should not be there any more."""

import contextlib
import os
import signal


def children(pid):
    """The processes that a process has started, and that have not ended."""
    found = []
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    return found


def descendants(pid):
    for child in children(pid):
        yield child
        yield from descendants(child)


def kill_descendants(pid):
    """SIGKILL for everything that a process has started; how many there were."""
    count = 0
    for child in list(descendants(pid)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
            count += 1
    return count


def naming(path):
    """Processes that have a path on their command line: number and command line."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError), open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().decode(errors="replace").replace("\0", " ")
                if path in words:
                    found.append((int(name), words))
    return found
