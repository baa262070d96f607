"""Questions to the tenant's data platform."""

from __future__ import annotations

from decimal import Decimal

from . import _context
from ._errors import DocumentProblem, RunbookProblem
from ._exact import _Value
from ._numbers import refuse_float
from ._reader import Reader, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Sequence


class QueryValue(Reader):
    """One value of a result. `.value` is plain: None, text, `int`, exact `Decimal` or `bytes`."""

    __slots__ = ("value", "_row", "column")

    def __init__(self, value: Any, row: QueryRow, column: str) -> None:
        self.value = value
        self._row = row
        self.column = column

    def _value(self) -> Any:
        return self.value

    @property
    def locator(self) -> str:
        return f"row {self._row.number}, column {self.column}"

    @property
    def where(self) -> str:
        return f"query (event {self._row._result.event}), {self.locator}"

    def _source(self, value: Any) -> Dict[str, Any]:
        return {
            "kind": "query", "event": self._row._result.event, "locator": self.locator, "value": value_text(value)}

    def __bool__(self) -> bool:
        return not self.is_empty

    def __str__(self) -> str:
        return value_text(self.value)


class QueryRow:
    """One row of a result; the first is row 1."""

    __slots__ = ("_result", "number", "_values")

    def __init__(self, result: QueryResult, number: int, values: List[Any]) -> None:
        self._result = result
        self.number = number
        self._values = values

    def __getitem__(self, column: str) -> QueryValue:
        index = self._result._index.get(column)
        if index is None:
            raise DocumentProblem(f"the query has no column “{column}”: it has {', '.join(self._result.columns)}")
        return QueryValue(_decoded(self._values[index]), self, column)

    def __contains__(self, column: object) -> bool:
        return column in self._result._index


class QueryResult:
    """The rows of a query: `len`, iteration, `[index]`, `.columns`, `.one()`."""

    def __init__(self, result: Dict[str, Any], event: int) -> None:
        self.columns: List[str] = result["columns"]
        #: Sequence number of the call in the run's history.
        self.event = event
        self._index = {name: at for at, name in enumerate(self.columns)}
        if len(self._index) != len(self.columns):
            raise DocumentProblem(f"the query names a column twice: {', '.join(self.columns)}")
        self.rows = [QueryRow(self, at + 1, values) for at, values in enumerate(result["rows"])]

    def __iter__(self) -> Iterator[QueryRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> QueryRow:
        return self.rows[index]

    def one(self) -> QueryRow:
        """The only row; none or several is a failure."""
        if len(self.rows) != 1:
            raise DocumentProblem(f"the query (event {self.event}) gave {len(self.rows)} rows where one is expected")
        return self.rows[0]


def query(sql: str, parameters: Sequence[Any] = ()) -> QueryResult:
    """Asks the data platform; `?` in the SQL stands for a parameter: None, bool, int, text, date or exact number."""
    client = _context.current().client
    answer = client.call("query", {"sql": sql, "parameters": [_parameter(one) for one in parameters]})
    return QueryResult(answer.result, client.last)


def _parameter(value: Any) -> Any:
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        if abs(value) > 2**53 - 1:
            raise RunbookProblem(f"the query parameter {value} is beyond 2^53 - 1: pass it as text")
        return value
    if isinstance(value, float):
        raise refuse_float(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, _Value):
        return str(value)
    if hasattr(value, "isoformat"):
        return value.isoformat()
    raise RunbookProblem(f"a query parameter is None, bool, int, text, date or exact number, not {type(value).__name__}")


def _decoded(value: Any) -> Any:
    """The protocol's form of integers beyond 2^53 - 1, of doubles (their shortest digits, exactly) and of bytes."""
    if not isinstance(value, dict):
        return value
    if "integer" in value:
        return int(value["integer"])
    if "real" in value:
        return Decimal(value["real"])
    from base64 import b64decode

    return b64decode(value["blob"])
