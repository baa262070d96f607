"""XML documents as trees whose elements know their XPath. No document types, no entities, nothing fetched."""

from __future__ import annotations

from ._errors import DocumentProblem
from ._reader import Reader, value_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterator, List, Optional

    from ._documents import Document

_DEEPEST = 1000


class XmlElement(Reader):
    """An element; as a value it is its text.

    Paths such as `Stmt/Ntry/Amt` name children by their local names; `{uri}Ntry` names one of a namespace;
    `*` is any child.
    """

    __slots__ = ("name", "namespace", "children", "_attributes", "_texts", "_parent", "_ordinal", "_document")

    def __init__(self, name: str, namespace: str, parent: Optional[XmlElement], document: Document) -> None:
        #: Local name.
        self.name = name
        self.namespace = namespace
        self.children: List[XmlElement] = []
        self._attributes: Dict[str, str] = {}
        self._texts: List[str] = []
        self._parent = parent
        self._ordinal = 0  # 0 where no sibling has the same name
        self._document = document

    @property
    def text(self) -> str:
        """The element's own text, without blanks around it."""
        return "".join(self._texts).strip()

    def _value(self) -> Any:
        return self.text

    @property
    def locator(self) -> str:
        """XPath from the root, such as `/Document/BkToCstmrStmt/Stmt/Ntry[14]/Amt`."""
        parts: List[str] = []
        node: Optional[XmlElement] = self
        while node is not None:
            parts.append(f"{node.name}[{node._ordinal}]" if node._ordinal else node.name)
            node = node._parent
        return "/" + "/".join(reversed(parts))

    @property
    def where(self) -> str:
        return f"{self._document.name}, {self.locator}"

    def _source(self, value: Any) -> Dict[str, Any]:
        return {
            "kind": "document", "document": self._document.name, "sha256": self._document.sha256,
            "locator": self.locator, "value": value_text(value),
        }

    # Looking around

    def findall(self, path: str) -> List[XmlElement]:
        """All elements at a path below this one, in document order."""
        found = [self]
        for step in _steps(path):
            found = [child for one in found for child in one.children if child._is(step)]
        return found

    def find(self, path: str) -> Optional[XmlElement]:
        """The first element at a path, or `None`."""
        found = self.findall(path)
        return found[0] if found else None

    def one(self, path: str) -> XmlElement:
        """The only element at a path; none or several is a failure."""
        found = self.findall(path)
        if len(found) != 1:
            self._refuse(f"has {len(found) or 'no'} {path} where one is expected")
        return found[0]

    def _is(self, step: str) -> bool:
        if step[0] == "{":
            return step == f"{{{self.namespace}}}{self.name}"
        return step == self.name or step == "*"

    def attribute(self, name: str) -> Optional[XmlAttribute]:
        """An attribute by local name, or `None`."""
        value = self._attributes.get(name)
        return None if value is None else XmlAttribute(value, name, self)

    def __iter__(self) -> Iterator[XmlElement]:
        return iter(self.children)

    def __len__(self) -> int:
        return len(self.children)

    def __bool__(self) -> bool:
        return True

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"XmlElement({self.where!r})"


class XmlAttribute(Reader):
    """An attribute of an element."""

    __slots__ = ("text", "name", "_element")

    def __init__(self, text: str, name: str, element: XmlElement) -> None:
        self.text = text
        self.name = name
        self._element = element

    def _value(self) -> Any:
        return self.text

    @property
    def locator(self) -> str:
        return f"{self._element.locator}/@{self.name}"

    @property
    def where(self) -> str:
        return f"{self._element._document.name}, {self.locator}"

    def _source(self, value: Any) -> Dict[str, Any]:
        return {**self._element._source(value), "locator": self.locator}

    def __str__(self) -> str:
        return self.text


def _steps(path: str) -> List[str]:
    """Splits at `/`, but not within `{…}`."""
    if "{" not in path:
        steps = path.split("/")
    else:
        steps, start, inside = [], 0, False
        for at, character in enumerate(path + "/"):
            if character in "{}":
                inside = character == "{"
            elif character == "/" and not inside:
                steps.append(path[start:at])
                start = at + 1
    if not all(steps):
        raise DocumentProblem(f"“{path}” is not a path such as Stmt/Ntry")
    return steps


class _Builder:
    """Builds the tree from expat's events."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.root: Optional[XmlElement] = None
        self.open: List[XmlElement] = []

    def start(self, name: str, attributes: Dict[str, str]) -> None:
        parent = self.open[-1] if self.open else None
        namespace, _, local = name.rpartition(" ")
        element = XmlElement(local, namespace, parent, self.document)
        if attributes:
            element._attributes = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
        if parent is None:
            self.root = element
        else:
            parent.children.append(element)
        self.open.append(element)
        if len(self.open) > _DEEPEST:
            raise DocumentProblem(f"{self.document.name} is nested too deeply")

    def end(self, name: str) -> None:
        """Numbers the children that share a name, once for all."""
        counts: Dict[str, int] = {}
        children = self.open.pop().children
        for child in children:
            counts[child.name] = counts.get(child.name, 0) + 1
            child._ordinal = counts[child.name]
        for child in children:
            if counts[child.name] == 1:
                child._ordinal = 0

    def data(self, text: str) -> None:
        self.open[-1]._texts.append(text)

    def doctype(self, *_: Any) -> None:
        raise DocumentProblem(f"{self.document.name} has a DOCTYPE, which is refused: it can hide or fetch content")


def read_xml(document: Document, content: bytes) -> XmlElement:
    """Parses XML without a document type declaration."""
    import pyexpat

    builder = _Builder(document)
    parser = pyexpat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(content, True)
    except pyexpat.ExpatError as error:
        raise DocumentProblem(
            f"{document.name}, line {error.lineno}: not XML ({pyexpat.ErrorString(error.code)})") from None
    except (ValueError, LookupError) as error:
        raise DocumentProblem(f"{document.name}: not XML ({error})") from None
    if builder.root is None:
        raise DocumentProblem(f"{document.name} is empty")
    return builder.root
