"""The guest process from the start frame to the end frame."""

from __future__ import annotations

import os
import sys
from _frozen_importlib import ModuleSpec  # what importlib.machinery gives, without its imports
from _frozen_importlib_external import PathFinder

from . import _audit, _context, _failure, _where
from ._client import Client, ProtocolBroken, leave
from ._documents import documents
from ._errors import DocumentProblem, RunbookProblem, sticky
from ._run import Run

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Optional

PROTOCOL = 1


def main(root: str = "/work") -> None:
    """Runs the runbook that the host's start frame names; does not return."""
    root = os.path.abspath(root)
    client = Client()
    try:
        start = _start(client)
        _where.set_root(root)
        _context.begin(_context.Context(client, start, root))
        _audit.install(root)
        client.send({"type": "hello", "protocol": PROTOCOL})
        client.flush()
        failure = _attempt(start, root)
        client.send({"type": "end", "outcome": "succeeded"} if failure is None else {
            "type": "end", "outcome": "failed", "failure": failure})
        client.flush()
    except ProtocolBroken as broken:
        sys.stderr.write(f"guest: {broken}\n")
        leave(1)
    leave(0)


def _start(client: Client) -> Dict[str, Any]:
    header, _ = client.receive()
    if header.get("type") != "start" or header.get("protocol") != PROTOCOL:
        raise ProtocolBroken(f"this guest speaks version {PROTOCOL} of the protocol and expects a start frame")
    return header["run"]


def _attempt(start: Dict[str, Any], root: str) -> Optional[Dict[str, Any]]:
    """Runs the entry point; the failure, if there is one."""
    try:
        entry = _entry(start, root)
        entry(Run(start))
        if sticky.reason is None:
            _check_unread()
    except ProtocolBroken:
        raise
    except BaseException as error:
        found = _failure.describe(error)
        # What was remembered first is the cause; the exception is only what it led to.
        if sticky.reason is None or (sticky.reason, sticky.message) == (found["reason"], found["message"]):
            return found
    return None if sticky.reason is None else _failure.remembered()


def _entry(start: Dict[str, Any], root: str) -> Callable[[Run], Any]:
    """Imports the runbook's module and finds its function."""
    module_name, _, function_name = start["entrypoint"].partition(":")
    folder = os.path.join(root, "runbooks", start["runbook"])
    _refuse_shadows(folder, start["runbook"])
    sys.path.append(folder)
    _provide_capabilities(root, start["tenant"]["name"])
    module = __import__(module_name)
    for part in module_name.split(".")[1:]:
        module = getattr(module, part)
    function = getattr(module, function_name, None)
    if not callable(function):
        raise RunbookProblem(f"the runbook's entry point {start['entrypoint']} is not a function")
    return function


def _refuse_shadows(folder: str, slug: str) -> None:
    """A module named as one of Python's own would never be the one that is imported."""
    for entry in sorted(os.listdir(folder)):
        name = entry[:-3] if entry.endswith(".py") else entry
        if not name.isidentifier() or entry == "tests":
            continue
        if name in sys.builtin_module_names or name in sys.modules or PathFinder.find_spec(name, sys.path) is not None:
            raise RunbookProblem(
                f"runbooks/{slug}/{entry} has the name of a module of Python or of the SDK: choose another name")


def _provide_capabilities(root: str, tenant: str) -> None:
    """`from capabilities.x import y` finds the tenant's own module first, then the shared one."""
    package = type(sys)("capabilities")
    folders = [os.path.join(root, "tenants", tenant, "capabilities"), os.path.join(root, "capabilities")]
    package.__path__ = folders
    package.__spec__ = ModuleSpec("capabilities", None, is_package=True)
    package.__spec__.submodule_search_locations = folders
    sys.modules["capabilities"] = package


def _check_unread() -> None:
    unread = documents._unread()
    if unread:
        shown = ", ".join(unread[:20]) + (f" and {len(unread) - 20} more" if len(unread) > 20 else "")
        raise DocumentProblem(
            f"{'a document was' if len(unread) == 1 else f'{len(unread)} documents were'} never read: {shown}; "
            "read it or name it in documents.ignore(pattern, why=…)")
