"""The steps of the runbook, as an accountant names them."""

from __future__ import annotations

import os

from . import _context
from ._errors import RunbookProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Dict, Optional, TypeVar

    Function = TypeVar("Function", bound=Callable[..., Any])

_ids: Optional[Dict[str, str]] = None


class step:
    """A step: `@step("Title")` on a function, or `with step("Title"):`.

    A step that an exception ends stays open in the history, so that one sees in which step a run failed.
    """

    def __init__(self, title: str) -> None:
        if not isinstance(title, str) or not title.strip():
            raise RunbookProblem("a step has a title: @step(\"Read the statement\")")
        self.title = title

    def __call__(self, function: Function) -> Function:
        title = self.title

        def within(*arguments: Any, **named: Any) -> Any:
            with step(title):
                return function(*arguments, **named)

        for name in ("__module__", "__name__", "__qualname__", "__doc__", "__dict__"):
            setattr(within, name, getattr(function, name))
        within.__wrapped__ = function  # type: ignore[attr-defined]
        return within  # type: ignore[return-value]

    def __enter__(self) -> step:
        context = _context.current()
        _close(context, context.step_depth)
        identity = _identity(context, self.title)
        context.client.tell("step.begin", {"id": identity, "title": self.title})
        context.open_steps.append(identity)
        context.step_depth += 1
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        context = _context.current()
        context.step_depth -= 1
        if kind is None:
            _close(context, context.step_depth)


def _close(context: Any, depth: int) -> None:
    """Ends the open steps below a depth: the current one, and those that a caught exception left open."""
    while len(context.open_steps) > depth:
        context.client.tell("step.end", {"id": context.open_steps.pop()})


def _identity(context: Any, title: str) -> str:
    global _ids
    if _ids is None:
        _ids = _declared(os.path.join(context.root, "runbooks", context.start["runbook"], "runbook.md"))
    return _ids.get(title) or slug(title)


def slug(title: str) -> str:
    """`Post interest` → `post-interest`."""
    kept = "".join(c if c.isascii() and c.isalnum() else " " for c in title.lower())
    return "-".join(kept.split())[:63].rstrip("-") or "step"


def _declared(path: str) -> Dict[str, str]:
    """Ids by label from the `steps` of the front matter: each is `{id: …, label: …}` in one line or in two."""
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n---", 1)[0].splitlines()
    except (OSError, UnicodeDecodeError):
        return {}
    found: Dict[str, str] = {}
    inside, identity = False, ""
    for line in lines:
        if line[:1] not in ("", " ", "-", "#"):
            inside = line.split("#")[0].strip() == "steps:"
            continue
        if not inside:
            continue
        for key, value in _members(line):
            if key == "id":
                identity = value
            elif key == "label" and identity:
                found[value] = identity
    return found


def _members(line: str) -> Any:
    """`key: value` pairs of `- {id: a, label: B}`, `- id: a` or `label: B`."""
    text = line.strip()
    text = text[1:].strip() if text.startswith("-") else text
    inline = text.startswith("{") and text.endswith("}")
    parts = _split(text[1:-1]) if inline else [text]
    for part in parts:
        key, colon, value = part.partition(":")
        if colon:
            value = value.strip()
            if value[:1] not in ("'", '"'):
                value = value.split(" #")[0].rstrip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
            yield key.strip(), value[1:-1] if quoted else value


def _split(text: str) -> Any:
    """Splits at commas outside quotes."""
    part, quote = "", ""
    for character in text:
        if character == "," and not quote:
            yield part
            part = ""
            continue
        if character in "\"'" and (not quote or quote == character):
            quote = "" if quote else character
        part += character
    yield part
