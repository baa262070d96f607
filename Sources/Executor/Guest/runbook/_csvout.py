"""Canonical CSV: UTF-8, `\\n`, a header, quoted only where needed."""

from __future__ import annotations

from ._errors import RunbookProblem
from ._output import escaped, leaf, rows_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

    from ._lineage import Node


def write_csv(name: str, value: Any, columns: Optional[Sequence[str]], figures: Dict[str, Node]) -> bytes:
    """Rows (dicts with the same keys, or a table) as bytes; figures by `/row/column`, the header being row 1."""
    rows = rows_of(value) if hasattr(value, "columns") else value
    if not isinstance(rows, (list, tuple)):
        raise RunbookProblem(f"output {name}: CSV is written from a list of dicts, not from {type(value).__name__}")
    header = _header(name, value, rows, columns)
    pointers = ["/" + escaped(column) for column in header]
    known = set(header)
    lines = [",".join(_field(column) for column in header)]
    for at, row in enumerate(rows):
        number = at + 2
        if not isinstance(row, dict) or row.keys() != known:
            raise RunbookProblem(f"output {name}, row {number}: its columns are not {', '.join(header)}")
        fields = []
        for column, pointer in zip(header, pointers):
            written = leaf(f"output {name}, row {number}, column {column}", row[column], f"/{number}{pointer}", figures)
            fields.append(_field(_text(written)))
        lines.append(",".join(fields) or '""')
    lines.append("")
    return "\n".join(lines).encode("utf-8")


def _header(name: str, value: Any, rows: Sequence[Any], columns: Optional[Sequence[str]]) -> List[str]:
    if columns is not None:
        header = list(columns)
    elif hasattr(value, "columns"):
        header = list(value.columns)
    elif rows and isinstance(rows[0], dict):
        header = list(rows[0])
    else:
        raise RunbookProblem(f"output {name}: there are no rows to take the columns from; pass columns=[…]")
    if not header or not all(isinstance(column, str) and column for column in header) or len(set(header)) != len(header):
        raise RunbookProblem(f"output {name}: columns are named by different, non-empty texts")
    return header


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _field(text: str) -> str:
    if "," in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
