"""Names, at the line that did it, what the sandbox denies.

The kernel is what keeps a runbook in; this hook is what makes the message good, and what a degraded run has.
A violation is remembered: the run fails with the first one even when the runbook catches the exception.
"""

from __future__ import annotations

import os
import sys

from . import _where
from ._errors import SandboxViolation, sticky

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn, Tuple

_AF_UNIX = 1
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Denied whatever their arguments.
_denied = frozenset(
    """subprocess.Popen os.system os.exec os.fork os.forkpty os.posix_spawn os.spawn os.startfile os.kill os.killpg
    pty.spawn signal.pthread_kill sys.addaudithook resource.setrlimit resource.prlimit webbrowser.open urllib.Request
    _thread.start_new_thread _thread.start_joinable_thread fcntl.lockf fcntl.flock os.lockf
    http.client.connect ftplib.connect smtplib.connect poplib.connect imaplib.open telnetlib.Telnet.open
    nntplib.connect syslog.syslog syslog.openlog ensurepip.bootstrap""".split())

# Denied outside /tmp: how many of the first arguments are paths, and where their folder's descriptor may stand.
_paths = {
    "os.remove": (1, 1), "os.rename": (2, 2), "os.rmdir": (1, 1), "os.mkdir": (1, 2), "os.link": (2, 2),
    "os.symlink": (2, 2), "os.truncate": (1, None), "os.chmod": (1, 2), "os.chown": (1, 3), "os.utime": (1, 3),
    "os.setxattr": (1, None), "os.removexattr": (1, None), "os.chflags": (1, None),
}

_ctypes = frozenset(("ctypes", "_ctypes"))
_readable: Tuple[str, ...] = ()


def install(root: str) -> None:
    """Starts to watch; reading stays allowed below the root of the code, the interpreter and the guest."""
    global _readable
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    library = os.path.dirname(os.path.abspath(os.__file__))
    roots = {root, here, library, sys.prefix, sys.base_prefix, "/tmp", "/usr/share/zoneinfo", sys.pycache_prefix or ""}
    _readable = tuple(sorted(folder.rstrip("/") + "/" for folder in roots if folder))
    _forbid_threads()
    _forbid_processes()
    sys.addaudithook(_hook)


def _hook(event: str, arguments: Tuple[Any, ...]) -> None:
    if event == "open":
        _check_open(*arguments)
    elif event in _denied:
        violation(event)
    elif event in _paths:
        count, folder = _paths[event]
        if folder is not None and len(arguments) > folder and arguments[folder] not in (-1, None):
            return  # relative to an open folder, as `shutil.rmtree` works: what may be opened is checked, the kernel does the rest
        for path in arguments[:count]:
            if not _is_temporary(path):
                violation(f"{event}({_shown(path)})")
    elif event == "import":
        if arguments[0] in _ctypes:
            violation(f"import {arguments[0]}")
    elif event.startswith("socket."):
        if event == "socket.__new__" and arguments[1] == _AF_UNIX or event == "socket.gethostname":
            return  # a pair within the process is how an event loop wakes itself
        violation("socket.socket" if event == "socket.__new__" else event)
    elif event == "sqlite3.connect":
        if arguments[0] not in (":memory:", b":memory:") and not _is_temporary(arguments[0]):
            violation(f"sqlite3.connect({_shown(arguments[0])})")
    elif event.startswith("ctypes."):
        violation(event)


def _check_open(path: Any, mode: Any, flags: Any) -> None:
    if isinstance(path, int) or path is None:
        return
    resolved = _resolved(path)
    if flags & _WRITING:
        if not _is_temporary(path) and resolved != "/dev/null":
            violation(f"open({_shown(path)}) for writing")
    elif not resolved.startswith(_readable) and not resolved.startswith("/dev/"):
        violation(f"open({_shown(path)}): a runbook reads documents through `documents`")


def _is_temporary(path: Any) -> bool:
    return isinstance(path, int) or _resolved(path).startswith("/tmp/")


def _resolved(path: Any) -> str:
    try:
        return os.path.abspath(os.fsdecode(path))
    except (TypeError, ValueError, OSError):
        return ""


def _shown(path: Any) -> str:
    try:
        text = os.fsdecode(path)
    except (TypeError, ValueError):
        text = str(type(path).__name__)
    inside = _where.relative(text)
    return repr(inside if inside is not None else text)


def violation(call: str) -> NoReturn:
    """Remembers a denied call with the runbook's line, and raises."""
    message = f"the sandbox denies {call}"
    sticky.note("SandboxViolation", message, _where.at())
    raise SandboxViolation(message)


def _forbid_processes() -> None:
    """Stands in for the one module that starts a process without announcing it; the kernel denies the real one."""

    def fork_exec(*_: Any, **__: Any) -> NoReturn:
        violation("_posixsubprocess.fork_exec")

    module = type(sys)("_posixsubprocess")
    module.fork_exec = fork_exec  # type: ignore[attr-defined]
    sys.modules["_posixsubprocess"] = module


def _forbid_threads() -> None:
    """Older interpreters do not announce the start of a thread, so the functions themselves refuse."""
    import _thread

    def refuse(*_: Any, **__: Any) -> NoReturn:
        violation("_thread.start_new_thread")

    for name in ("start_new_thread", "start_new", "start_joinable_thread"):
        if hasattr(_thread, name):
            setattr(_thread, name, refuse)
    threading = sys.modules.get("threading")
    for name in ("_start_new_thread", "_start_joinable_thread"):
        if threading is not None and hasattr(threading, name):
            setattr(threading, name, refuse)
