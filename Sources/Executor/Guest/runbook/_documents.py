"""The documents of the entity and period."""

from __future__ import annotations

from . import _context
from ._errors import DocumentProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional

    from ._camt import Statement
    from ._jsontree import JsonNode
    from ._table import Table
    from ._xmltree import XmlElement

    Bytes = bytes  # inside `Document` the name means the property


class Document:
    """One file of the catalogue; its bytes are fetched when they are first needed."""

    __slots__ = ("name", "sha256", "size", "_bytes", "_catalogue")

    def __init__(self, name: str, sha256: str, size: int, catalogue: Documents) -> None:
        #: Path within the folder of the entity and period, such as `bank/statement.xml`.
        self.name = name
        #: Lower-case hexadecimal.
        self.sha256 = sha256
        #: In bytes.
        self.size = size
        self._bytes: Optional[Bytes] = None
        self._catalogue = catalogue

    @property
    def where(self) -> str:
        return self.name

    @property
    def bytes(self) -> Bytes:
        """The content as it is."""
        if self._bytes is None:
            answer = _context.current().client.call("document.read", {"name": self.name})
            if answer.result.get("sha256") != self.sha256:
                raise DocumentProblem(f"{self.name} is no longer what it was when it was found")
            self._bytes = answer.body
            self._catalogue._read.add(self.name)
        return self._bytes

    @property
    def text(self) -> str:
        """The content as UTF-8 text, without a byte order mark."""
        return self.decoded("utf-8-sig")

    def decoded(self, encoding: str) -> str:
        """The content as text of another encoding, such as `cp1252`."""
        try:
            return self.bytes.decode("utf-8-sig" if encoding.lower() in ("utf-8", "utf8") else encoding)
        except UnicodeDecodeError as error:
            line = self.bytes.count(b"\n", 0, error.start) + 1
            raise DocumentProblem(
                f"{self.name}: byte {error.start + 1} (line {line}) is not {encoding.replace('-sig', '').upper()} text"
            ) from None
        except LookupError:
            raise DocumentProblem(f"{self.name}: there is no encoding “{encoding}”") from None

    def csv(self, delimiter: str = ",", encoding: str = "utf-8") -> Table:
        """As a table with a header row."""
        from ._table import read_csv

        return read_csv(self, self.decoded(encoding), delimiter)

    def json(self) -> JsonNode:
        """As JSON, numbers exact."""
        from ._jsontree import read_json

        return read_json(self, self.text)

    def xml(self) -> XmlElement:
        """As XML: the root element."""
        from ._xmltree import read_xml

        return read_xml(self, self.bytes)

    def camt053(self, account: Optional[str] = None) -> Statement:
        """As an ISO 20022 bank statement; `account` (IBAN or number) chooses where the file holds several."""
        from ._camt import read_camt053

        return read_camt053(self, account)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Document({self.name!r})"


class Documents:
    """The catalogue. Every document must be read, or named in `ignore` with the reason."""

    def __init__(self) -> None:
        self._known: Dict[str, Document] = {}
        self._found: Dict[str, List[Document]] = {}
        self._read: set = set()
        self._ignored: List[str] = []

    def find(self, pattern: str) -> List[Document]:
        """The documents whose names match, sorted by name.

        `*` and `?` stay within a folder, `**/` crosses folders.
        """
        if pattern not in self._found:
            answer = _context.current().client.call("document.find", {"pattern": pattern})
            self._found[pattern] = [self._document(one) for one in answer.result["documents"]]
        return list(self._found[pattern])

    def _document(self, entry: Dict[str, Any]) -> Document:
        document = self._known.get(entry["name"])
        if document is None:
            document = Document(entry["name"], entry["sha256"], entry["size"], self)
            self._known[document.name] = document
        return document

    def one(self, pattern: str) -> Document:
        """The only document whose name matches; none or several is a failure."""
        found = self.find(pattern)
        if len(found) == 1:
            return found[0]
        raise DocumentProblem(self._count(found, pattern))

    def maybe(self, pattern: str) -> Optional[Document]:
        """The only document whose name matches, or `None`; several is a failure."""
        found = self.find(pattern)
        if len(found) > 1:
            raise DocumentProblem(self._count(found, pattern))
        return found[0] if found else None

    def _count(self, found: List[Document], pattern: str) -> str:
        start = _context.current().start
        place = f"{start['entity']['name']} {start['period']['name']}"
        if not found:
            names = ", ".join(one.name for one in self.find("**/*")[:10]) or "none at all"
            folder = f"{start['entity']['name']}/{start['period']['name']}"
            return (f"no document “{pattern}” for {place}; there are: {names}. "
                    f"Put it into the document store under {folder}/ and run again")
        names = ", ".join(one.name for one in found[:10]) + (", …" if len(found) > 10 else "")
        return f"{len(found)} documents match “{pattern}” for {place} where one is expected: {names}"

    def ignore(self, pattern: str, why: str) -> None:
        """Says that documents need not be read, and why; the reason is kept with the run."""
        if not why.strip():
            raise DocumentProblem(f"documents.ignore(“{pattern}”) needs a reason")
        self._ignored.append(pattern)
        _context.current().client.tell(
            "log", {"level": "info", "message": f"documents not read: {pattern}: {why.strip()}"})

    def _unread(self) -> List[str]:
        """Names of documents that were neither read nor ignored."""
        left = [one.name for one in self.find("**/*") if one.name not in self._read]
        return [name for name in left if not any(matches(name, pattern) for pattern in self._ignored)]


def matches(name: str, pattern: str) -> bool:
    """Whether a name matches a shell pattern as the protocol's `document.find` has it."""
    import re

    out, at = [], 0
    while at < len(pattern):
        if pattern.startswith("**/", at):
            out.append("(?:[^/]+/)*")
            at += 3
        elif pattern[at:] == "**":
            out.append(".*")
            at += 2
        else:
            one = pattern[at]
            out.append("[^/]*" if one == "*" else "[^/]" if one == "?" else re.escape(one))
            at += 1
    return re.fullmatch("".join(out), name, re.DOTALL) is not None


documents = Documents()
