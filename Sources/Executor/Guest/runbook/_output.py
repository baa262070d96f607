"""Files that the run emits."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from . import _canonical, _context, _lineage
from ._errors import RunbookProblem
from ._exact import _Value
from ._numbers import plain, refuse_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence

    from ._lineage import Node

_media_types = {
    "json": "application/json", "csv": "text/csv", "txt": "text/plain", "md": "text/markdown", "xml": "application/xml",
    "html": "text/html", "pdf": "application/pdf", "yaml": "application/yaml",
}
_names: Dict[str, None] = {}


def output(name: str, value: Any, *, columns: Optional[Sequence[str]] = None, media_type: Optional[str] = None) -> None:
    """Emits a file, once per name.

    A dict or list becomes canonical JSON; for a name that ends in `.csv` a list of dicts or a table becomes
    canonical CSV (`columns` fixes their order, and is needed for an empty list); bytes and text stay as they are.
    """
    _check_name(name)
    figures: Dict[str, Node] = {}
    if isinstance(value, (bytes, bytearray)):
        body = bytes(value)
    elif isinstance(value, str):
        body = value.encode("utf-8")
    elif name.endswith(".csv"):
        from ._csvout import write_csv

        body = write_csv(name, value, columns, figures)
    else:
        try:
            body = _canonical.encode(_json(name, value, "", figures))
        except ValueError as error:
            raise RunbookProblem(f"output {name}: {error}") from None
        except RecursionError:
            raise RunbookProblem(f"output {name} is nested too deeply") from None
    media = media_type or _media_types.get(name.rpartition(".")[2], "application/octet-stream")
    request = {"name": name, "mediaType": media, "lineage": _lineage.write(figures)}
    _context.current().client.tell("output", request, body)
    _names[name] = None


def _check_name(name: str) -> None:
    if not isinstance(name, str):
        raise RunbookProblem("the name of an output is text")
    parts = name.split("/")
    bad = any(part in ("", ".", "..") for part in parts) or any(c < " " or c in "\\\x7f" for c in name)
    if bad or len(name.encode("utf-8", "replace")) > 200:
        raise RunbookProblem(f"“{name}” is not a name for an output: use a relative path such as nav-statement.json")
    if name.endswith(".stamp.json"):
        raise RunbookProblem(f"“{name}” is not a name for an output: .stamp.json is kept for stamps")
    if name in _names:
        raise RunbookProblem(f"output {name} is emitted a second time")


def _json(name: str, value: Any, pointer: str, figures: Dict[str, Node]) -> Any:
    """The value with its money and dates as text; notes the lineage of each figure on the way."""
    if isinstance(value, (dict,)):
        made: Dict[str, Any] = {}
        for key, item in value.items():
            if not isinstance(key, str):
                raise RunbookProblem(f"output {name}, {pointer or '/'}: the key {key!r} is not text")
            made[key] = _json(name, item, f"{pointer}/{escaped(key)}", figures)
        return made
    if isinstance(value, (list, tuple)):
        return [_json(name, item, f"{pointer}/{at}", figures) for at, item in enumerate(value)]
    return leaf(f"output {name}, {pointer or '/'}", value, pointer, figures)


def leaf(where: str, value: Any, pointer: str, figures: Dict[str, Node]) -> Any:
    """A single value as JSON has it."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, _Value):
        figures[pointer] = value._node
        return str(value)
    if isinstance(value, float):
        raise refuse_float(value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):  # and so a datetime
        return value.isoformat()
    made = getattr(value, "_output", None)
    if made is not None:
        return made()
    raise RunbookProblem(f"{where}: a {type(value).__name__} cannot be written")


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1")


def rows_of(table: Any) -> List[Dict[str, Any]]:
    """A `Table` as dicts of text."""
    return [{column: row[column].text for column in table.columns} for row in table]
