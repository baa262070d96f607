"""What every part of the campaign uses: programs that are run, and the two ways in which it can fail."""

import os
import shutil
import subprocess
import time

#: Nothing of whoever runs the campaign: no Git configuration, no locale, no time zone.
ENVIRONMENT = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/nonexistent", "LC_ALL": "C.UTF-8",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
}
#: Longer than anything takes on a busy machine. Whoever waits that long has found a fault.
PATIENCE = 120.0


class Violation(AssertionError):
    """The product broke a promise."""


class Unfit(Exception):
    """This host lacks something that the campaign needs; the text says what to install."""


def require(condition, message):
    if not condition:
        raise Violation(message)


def run(*argv, check=True, input=None, env=None, cwd=None):
    """Runs a program to its end; its standard output, or `Unfit` with everything that it said."""
    env = {**ENVIRONMENT, **(env or {})}
    program = shutil.which(argv[0], path=env["PATH"])
    if not program:
        raise Unfit(f"there is no program '{argv[0]}'")
    done = subprocess.run(
        [program, *map(str, argv[1:])], input=input, capture_output=True, cwd=cwd, env=env, timeout=PATIENCE)
    if check and done.returncode != 0:
        said = (done.stdout + done.stderr).decode(errors="replace")
        raise Unfit(f"{' '.join(map(str, argv))} ended with {done.returncode}: {said}")
    return done.stdout if check else done


def deadline(seconds=PATIENCE):
    return time.monotonic() + seconds


def tail(path, lines=40):
    """The end of a log, for a report."""
    if not os.path.exists(path):
        return ""
    with open(path, errors="replace") as file:
        return "".join(file.readlines()[-lines:])
