"""CSV documents as tables whose cells know their row and column."""

from __future__ import annotations

from ._errors import DocumentProblem
from ._reader import Reader, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from ._documents import Document


class Cell(Reader):
    """One field of a table."""

    __slots__ = ("text", "_row", "column")

    def __init__(self, text: str, row: Row, column: str) -> None:
        #: As it stands in the file.
        self.text = text
        self._row = row
        self.column = column

    def _value(self) -> Any:
        return self.text

    @property
    def locator(self) -> str:
        return f"row {self._row.number}, column {self.column}"

    @property
    def where(self) -> str:
        return f"{self._row._table._document.name}, {self.locator}"

    def _source(self, value: Any) -> Dict[str, Any]:
        document = self._row._table._document
        return {
            "kind": "document", "document": document.name, "sha256": document.sha256, "locator": self.locator,
            "value": value_text(value),
        }

    def __bool__(self) -> bool:
        return not self.is_empty

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Cell({self.text!r}, {self.where!r})"


class Row:
    """One row; `row["rent"]` is a `Cell`. Rows count as in a spreadsheet: the header is row 1."""

    __slots__ = ("_table", "number", "_texts")

    def __init__(self, table: Table, number: int, texts: List[str]) -> None:
        self._table = table
        self.number = number
        self._texts = texts

    def __getitem__(self, column: str) -> Cell:
        index = self._table._index.get(column)
        if index is None:
            raise DocumentProblem(
                f"{self._table._document.name} has no column “{column}”: it has {', '.join(self._table.columns)}")
        return Cell(self._texts[index], self, column)

    def __contains__(self, column: object) -> bool:
        return column in self._table._index

    @property
    def where(self) -> str:
        return f"{self._table._document.name}, row {self.number}"

    def __repr__(self) -> str:
        return f"Row({self.where!r})"


class Table:
    """A CSV document: unique column names, and rows that all have as many fields."""

    def __init__(self, document: Document, columns: List[str]) -> None:
        self._document = document
        self.columns = columns
        self.rows: List[Row] = []
        self._index = {name: at for at, name in enumerate(columns)}

    @property
    def where(self) -> str:
        return self._document.name

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> Row:
        return self.rows[index]

    def require(self, *columns: str) -> Table:
        """Fails at once when a column is missing; returns the table."""
        missing = [name for name in columns if name not in self._index]
        if missing:
            raise DocumentProblem(
                f"{self.where} has no column {', '.join(missing)}: it has {', '.join(self.columns)}")
        return self


def read_csv(document: Document, text: str, delimiter: str) -> Table:
    """Parses RFC 4180 text with a header; blank lines are skipped, everything else uneven is refused."""
    import _csv as csv  # the package csv would import re for its sniffer
    from io import StringIO

    if "\0" in text:
        raise DocumentProblem(f"{document.name} is not text: it holds a zero byte")
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    table: Optional[Table] = None
    number = 0
    try:
        for fields in reader:
            number += 1
            if not fields:
                continue
            if table is None:
                table = Table(document, _header(document, fields))
            elif len(fields) != len(table.columns):
                raise DocumentProblem(
                    f"{document.name}, line {reader.line_num}: {len(fields)} fields where the header has "
                    f"{len(table.columns)}")
            else:
                table.rows.append(Row(table, number, fields))
    except csv.Error as error:
        raise DocumentProblem(f"{document.name}, line {reader.line_num}: not CSV ({error})") from None
    if table is None:
        raise DocumentProblem(f"{document.name} is empty: a table has a header row")
    return table


def _header(document: Document, fields: List[str]) -> List[str]:
    columns = [field.strip() for field in fields]
    for at, name in enumerate(columns):
        if not name:
            raise DocumentProblem(f"{document.name}: column {at + 1} of the header has no name")
    if len(set(columns)) != len(columns):
        twice = sorted({name for name in columns if columns.count(name) > 1}) if len(columns) < 1000 else []
        raise DocumentProblem(f"{document.name}: the header names a column twice: {', '.join(twice)}")
    return columns
