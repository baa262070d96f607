"""`Run`: what the entry point is handed."""

from __future__ import annotations

from datetime import date, datetime

from . import _context, _where
from ._config import Config
from ._documents import documents
from ._errors import RunFailed, sticky
from ._journal import journal
from ._ledger import ledger
from ._output import output
from ._query import query
from ._steps import step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, NoReturn, Sequence, Union


class Tenant:
    """The house whose books these are."""

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.name: str = fields["name"]
        self.display_name: str = fields["displayName"]
        self.base_currency: str = fields["baseCurrency"]
        #: IANA name.
        self.time_zone: str = fields["timeZone"]
        #: `MM-DD`.
        self.fiscal_year_end: str = fields["fiscalYearEnd"]
        self.reporting_framework: str = fields["reportingFramework"]

    def __str__(self) -> str:
        return self.name

    _output = __str__


class Entity:
    """The fund or vehicle that is closed."""

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.name: str = fields["name"]
        self.display_name: str = fields["displayName"]
        #: `fund`, `spv`, `holding` or `cell`.
        self.type: str = fields["type"]
        #: ISO 3166-1 alpha-2.
        self.jurisdiction: str = fields["jurisdiction"]
        self.currency: str = fields["currency"]
        self.labels: Dict[str, str] = fields["labels"]

    def __str__(self) -> str:
        return self.name

    _output = __str__


class Period:
    """The accounting period; prints as its name."""

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.name: str = fields["name"]
        self.start: date = date.fromisoformat(fields["start"])
        #: Last day.
        self.end: date = date.fromisoformat(fields["end"])
        #: Name of the period before.
        self.previous: str = fields["previous"]

    @property
    def days(self) -> int:
        """Number of days."""
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        return self.name

    _output = __str__


class Account:
    """An account of the entity's chart."""

    __slots__ = ("code", "name", "type")

    def __init__(self, code: str, name: str, type: str) -> None:
        self.code = code
        self.name = name
        #: `asset`, `liability`, `equity`, `income` or `expense`.
        self.type = type

    def __str__(self) -> str:
        return self.code

    _output = __str__


class Accounts:
    """The chart, in its order: iteration gives `Account`s, `accounts["1200"]` one of them."""

    def __init__(self, fields: List[Dict[str, str]]) -> None:
        self._all = {one["code"]: Account(one["code"], one["name"], one["type"]) for one in fields}

    def __iter__(self) -> Iterator[Account]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)

    def __contains__(self, code: object) -> bool:
        return code in self._all

    def __getitem__(self, code: str) -> Account:
        if code not in self._all:
            from ._errors import JournalProblem

            raise JournalProblem(f"account {code} is not in the chart of the entity")
        return self._all[code]

    def of_type(self, *types: str) -> List[Account]:
        """The accounts of these types."""
        return [one for one in self if one.type in types]


class Run:
    """The run in progress: who, when, with what."""

    def __init__(self, start: Dict[str, Any]) -> None:
        self.tenant = Tenant(start["tenant"])
        self.entity = Entity(start["entity"])
        self.period = Period(start["period"])
        self.deployment: str = start["deployment"]
        self.runbook: str = start["runbook"]
        self.config = Config(start["config"] or {})
        #: Text by name; `.decimal(name)`, `.money(name, currency)` and so on as in the configuration.
        self.parameters = Config(start["parameters"], kind="parameter")
        self.accounts = Accounts(start["accounts"])
        #: The run's *now*, with its offset.
        self.logical_time: datetime = datetime.fromisoformat(start["logicalTime"].replace("Z", "+00:00"))
        self.documents = documents
        self.journal = journal
        self.ledger = ledger

    query = staticmethod(query)
    output = staticmethod(output)
    step = step

    @staticmethod
    def log(message: str) -> None:
        """Keeps a remark with the run."""
        log(message)

    @staticmethod
    def fail(message: Union[str, Sequence[Any]], at: Any = None) -> NoReturn:
        """Ends the run; nothing is posted."""
        fail(message, at)


def log(message: str, level: str = "info") -> None:
    """Keeps a remark with the run; `level` is `info` or `warning`."""
    if level not in ("info", "warning"):
        raise ValueError("the level of a remark is info or warning")
    _context.current().client.tell("log", {"level": level, "message": str(message)})


def fail(message: Union[str, Sequence[Any]], at: Any = None) -> NoReturn:
    """Ends the run with a message in the accountant's words; nothing is posted.

    A list of lines prints them all. `at` is what the message is about: a document, a cell, a node, a bank line, or a
    list of these.
    """
    text = message if isinstance(message, str) else "\n".join(str(line) for line in message)
    places = [] if at is None else list(at) if isinstance(at, (list, tuple)) else [at]
    named = "; ".join(str(getattr(place, "where", place)) for place in places)
    if named:
        text += f" ({named})" if "\n" not in text else f"\n({named})"
    sticky.note("RunbookFailed", text, _where.at())
    raise RunFailed(text)
