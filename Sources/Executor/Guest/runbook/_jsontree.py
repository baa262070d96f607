"""JSON documents as trees whose nodes know their JSON pointer."""

from __future__ import annotations

from decimal import Decimal

from ._errors import DocumentProblem
from ._jsontext import NotJSON, decoder
from ._reader import Reader, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

    from ._documents import Document


class JsonNode(Reader):
    """A value of a JSON document: `node["loan"]["margin"].decimal()`, `for row in node["rows"]`."""

    __slots__ = ("value", "_document", "_parent", "_key")

    def __init__(self, value: Any, document: Document, parent: Optional[JsonNode], key: Union[str, int, None]) -> None:
        #: The plain Python value; numbers are `int` or `Decimal`, never float.
        self.value = value
        self._document = document
        self._parent = parent
        self._key = key

    def _value(self) -> Any:
        if isinstance(self.value, (dict, list)):
            self._refuse(f"this is {'an object' if isinstance(self.value, dict) else 'a list'}, not a single value")
        return self.value

    @property
    def locator(self) -> str:
        """JSON pointer (RFC 6901)."""
        parts: List[str] = []
        node: JsonNode = self
        while node._parent is not None:
            parts.append(str(node._key).replace("~", "~0").replace("/", "~1"))
            node = node._parent
        return "".join("/" + part for part in reversed(parts))

    @property
    def where(self) -> str:
        return f"{self._document.name}, {self.locator or 'the whole document'}"

    def _source(self, value: Any) -> Dict[str, Any]:
        return {
            "kind": "document", "document": self._document.name, "sha256": self._document.sha256,
            "locator": self.locator, "value": value_text(value),
        }

    # Objects and lists

    def __getitem__(self, key: Union[str, int]) -> JsonNode:
        value = self.value
        if isinstance(key, str) and isinstance(value, dict):
            if key not in value:
                raise DocumentProblem(f"{self.where} has no “{key}”")
        elif isinstance(key, int) and isinstance(value, list):
            if not -len(value) <= key < len(value):
                raise DocumentProblem(f"{self.where} has {len(value)} items, not {key + 1}")
            key %= len(value)
        else:
            raise DocumentProblem(f"{self.where} is not {'an object' if isinstance(key, str) else 'a list'}")
        return JsonNode(value[key], self._document, self, key)

    def get(self, key: str) -> Optional[JsonNode]:
        """The member, or `None` where it is absent or null."""
        if isinstance(self.value, dict) and self.value.get(key) is None:
            return None
        return self[key]

    def __contains__(self, key: object) -> bool:
        return isinstance(self.value, (dict, list)) and key in self.value

    def __len__(self) -> int:
        if not isinstance(self.value, (dict, list)):
            raise DocumentProblem(f"{self.where} is not a list")
        return len(self.value)

    def __bool__(self) -> bool:
        return bool(len(self.value)) if isinstance(self.value, (dict, list)) else not self.is_empty

    def __iter__(self) -> Iterator[Any]:
        """The items of a list as nodes; the keys of an object."""
        if isinstance(self.value, dict):
            return iter(self.value)
        if not isinstance(self.value, list):
            raise DocumentProblem(f"{self.where} is not a list")
        return (JsonNode(item, self._document, self, at) for at, item in enumerate(self.value))

    def items(self) -> Iterator[Tuple[str, JsonNode]]:
        """The members of an object."""
        if not isinstance(self.value, dict):
            raise DocumentProblem(f"{self.where} is not an object")
        return ((key, JsonNode(item, self._document, self, key)) for key, item in self.value.items())

    def __repr__(self) -> str:
        return f"JsonNode({self.where!r})"


def read_json(document: Document, text: str) -> JsonNode:
    """Parses strictly: exact numbers, no NaN, no key twice."""
    try:
        value = decoder(_number, _integer, _unique)(text)
    except NotJSON as error:
        raise DocumentProblem(f"{document.name}, line {error.line}: not JSON ({error})") from None
    except RecursionError:
        raise DocumentProblem(f"{document.name} is nested too deeply") from None
    except ValueError as error:
        raise DocumentProblem(f"{document.name}: {error}") from None
    return JsonNode(value, document, None, None)


def _unique(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        seen: set = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"an object names “{key}” twice")
            seen.add(key)
    return members


def _number(text: str) -> Decimal:
    if len(text) > 100:
        raise ValueError("a number has more than 100 digits")
    return Decimal(text)


def _integer(text: str) -> int:
    if len(text) > 100:
        raise ValueError("a number has more than 100 digits")
    return int(text)

