"""The run in progress: one per process, set before the runbook is imported."""

from __future__ import annotations

from ._errors import RunbookProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from ._client import Client


class Context:
    """What the module-level names (`documents`, `journal`, …) work on."""

    def __init__(self, client: Client, start: Dict[str, Any], root: str) -> None:
        self.client = client
        self.start = start
        self.root = root
        self.currency: str = start["entity"]["currency"]
        self.account_names: Dict[str, str] = {one["code"]: one["name"] for one in start["accounts"]}
        self.open_steps: List[str] = []
        self.step_depth = 0


_current: Optional[Context] = None


def begin(context: Context) -> None:
    """Makes this the run in progress."""
    global _current
    _current = context


def current() -> Context:
    """The run in progress."""
    if _current is None:
        raise RunbookProblem("no run is in progress: this works only inside a run that assay has started")
    return _current
