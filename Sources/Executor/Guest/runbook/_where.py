"""Finds the runbook's own line: the innermost frame whose file lies under the root of the code."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import List, Optional, Tuple

_prefix = "\0"  # matches no file until a run has set it


def set_root(root: str) -> None:
    """Says where the code of the repository lies; paths are told relative to it."""
    global _prefix
    _prefix = root.rstrip("/") + "/"


def relative(filename: str) -> Optional[str]:
    """The path inside the repository, or `None` for a file that is not the repository's."""
    return filename[len(_prefix) :] if filename.startswith(_prefix) else None


def here() -> Optional[Tuple[str, int]]:
    """File (as Python names it) and line of the innermost frame of the runbook; `None` outside one."""
    frame: Optional[FrameType] = sys._getframe(1)
    prefix = _prefix
    while frame is not None:
        filename = frame.f_code.co_filename
        if filename.startswith(prefix):
            return filename, frame.f_lineno
        frame = frame.f_back
    return None


def at() -> Optional[dict]:
    """The same as the protocol's `at`: `{"file", "line"}`."""
    place = here()
    return None if place is None else {"file": place[0][len(_prefix) :], "line": place[1]}


def frames_of(trace: Optional[TracebackType]) -> List[Tuple[str, int, str]]:
    """File, line and function of each entry of a traceback, outermost first."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        found.append((code.co_filename, trace.tb_lineno, code.co_name))
        trace = trace.tb_next
    return found


def prefix() -> str:
    """The root of the code, with a slash at its end."""
    return _prefix
