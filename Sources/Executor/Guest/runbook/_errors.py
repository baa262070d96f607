"""What can go wrong, in words that an accountant understands."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


class RunFailed(BaseException):
    """The runbook called `fail`: the run ends, nothing is posted.

    Not an `Exception`, so that a broad `except Exception` does not swallow it.
    """


class RunbookProblem(Exception):
    """Something in the runbook or its inputs that the SDK refuses; its text stands on its own."""


class DocumentProblem(RunbookProblem):
    """A document is missing, unreadable, or holds a value that is not of the form asked for."""


class JournalProblem(RunbookProblem):
    """A journal entry that the ledger would refuse."""


class NumberProblem(RunbookProblem, TypeError):
    """A calculation that would not be exact, or that mixes currencies."""


class ConfigProblem(RunbookProblem, KeyError):
    """A configuration value or parameter that is absent or not of the form asked for."""

    def __str__(self) -> str:  # KeyError would print its text as a quoted key
        return str(self.args[0]) if self.args else ""


class Refused(RunbookProblem):
    """The host refused a call; `reason` is its stable word, such as `DocumentMissing`."""

    def __init__(self, reason: str, message: str, call: int = 0) -> None:
        super().__init__(message)
        self.reason = reason
        #: Sequence number of the call.
        self.call = call


class SandboxViolation(PermissionError):
    """The runbook tried what the sandbox denies. The run fails even when this is caught."""


class _Sticky:
    """The first failure that must end the run, whatever the runbook does with the exception."""

    def __init__(self) -> None:
        self.reason: Optional[str] = None
        self.message = ""
        self.file: Optional[str] = None
        self.line: Optional[int] = None

    def note(self, reason: str, message: str, at: Optional[dict]) -> None:
        if self.reason is None:
            self.reason = reason
            self.message = message
            if at is not None:
                self.file, self.line = at["file"], at["line"]


sticky = _Sticky()
