"""Turns the exception that ended a runbook into the protocol's failure."""

from __future__ import annotations

import errno
import os

from . import _where
from ._errors import DocumentProblem, Refused, RunbookProblem, RunFailed, SandboxViolation, sticky

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Tuple

_LONGEST = 20_000


def describe(error: BaseException) -> Dict[str, Any]:
    """Reason, message, the runbook's file and line, and the way that led there."""
    file, line = _place(error)
    reason, message = _reason(error)
    return failure(reason, message, file, line, _detail(error))


def remembered() -> Dict[str, Any]:
    """The failure that the runbook caught, but that ends the run all the same."""
    assert sticky.reason is not None
    return failure(sticky.reason, sticky.message, sticky.file, sticky.line, None)


def failure(reason: str, message: str, file: Optional[str], line: Optional[int], detail: Optional[str]) -> Dict[str, Any]:
    """The protocol's shape, without memory addresses, which differ from run to run."""
    return {
        "reason": reason, "message": _clean(message), "file": file, "line": line,
        "detail": None if detail is None else _clean(detail),
    }


def _reason(error: BaseException) -> Tuple[str, str]:
    if isinstance(error, (RunFailed, DocumentProblem)):
        return "RunbookFailed", _text(error)
    if isinstance(error, SandboxViolation):
        return "SandboxViolation", _text(error)
    if isinstance(error, OSError) and error.errno == errno.EPERM:
        return "SandboxViolation", f"the sandbox denies this: {_text(error)}"
    if isinstance(error, Refused):
        return "RunbookError", f"{_text(error)} ({error.reason})"
    if isinstance(error, RunbookProblem):
        return "RunbookError", _text(error)
    if isinstance(error, SystemExit):
        return "RunbookError", f"the runbook called exit({'' if error.code is None else repr(error.code)})"
    text = _text(error)
    return "RunbookError", type(error).__name__ + (f": {text}" if text else "")


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except BaseException:  # the runbook's own __str__ may raise anything
        return "(its text cannot be shown)"


def _place(error: BaseException) -> Tuple[Optional[str], Optional[int]]:
    """The innermost line of the runbook; for a syntax error the line that is wrong."""
    if isinstance(error, SyntaxError) and error.filename:
        file = _where.relative(error.filename)
        if file is not None:
            return file, error.lineno
    for filename, line, _ in reversed(_where.frames_of(error.__traceback__)):
        file = _where.relative(filename)
        if file is not None:
            return file, line
    return None, None


def _detail(error: BaseException) -> str:
    """A traceback of the runbook's frames, with what caused the exception."""
    parts: List[str] = []
    seen: set = set()
    current: Optional[BaseException] = error
    while current is not None and id(current) not in seen and len(parts) < 5:
        seen.add(id(current))
        parts.append(_trace(current))
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return "\nafter\n".join(parts)


def _trace(error: BaseException) -> str:
    library = os.path.dirname(os.__file__) + "/"
    lines: List[str] = []
    for filename, line, function in _where.frames_of(error.__traceback__):
        file = _where.relative(filename)
        if file is not None:
            lines.append(f"  {file}, line {line}, in {function}")
            source = _source_line(filename, line)
            if source:
                lines.append(f"    {source}")
        elif filename.startswith(library):
            lines.append(f"  python/{filename[len(library):]}, in {function}")
    if len(lines) > 60:
        lines = lines[:30] + ["  …"] + lines[-29:]
    text = _text(error)
    return "\n".join(lines + [type(error).__name__ + (f": {text}" if text else "")])


def _source_line(filename: str, line: int) -> str:
    try:
        with open(filename, encoding="utf-8", errors="replace") as file:
            for number, text in enumerate(file, 1):
                if number == line:
                    return text.strip()
    except OSError:
        pass
    return ""


def _clean(text: str) -> str:
    import re

    text = re.sub(r"\b0x[0-9a-fA-F]{6,}", "0x…", text).replace(_where.prefix(), "")
    text = text.encode("utf-8", "replace").decode("utf-8")
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
