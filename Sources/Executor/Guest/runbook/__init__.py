"""What a runbook sees of its run: documents, numbers, journal, ledger, outputs and steps.

    from runbook import Run, Money, journal, output, step
"""

from ._documents import Document, Documents, documents
from ._errors import (
    ConfigProblem,
    DocumentProblem,
    JournalProblem,
    NumberProblem,
    Refused,
    RunbookProblem,
    RunFailed,
    SandboxViolation,
)
from ._exact import Exact
from ._journal import Entry, Journal, Line, journal
from ._ledger import Ledger, Opening, ledger
from ._money import Money
from ._output import output
from ._query import QueryResult, QueryRow, query
from ._run import Account, Accounts, Entity, Period, Run, Tenant, fail, log
from ._steps import step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._camt import BankLine, Statement
    from ._config import Config
    from ._jsontree import JsonNode
    from ._table import Cell, Row, Table
    from ._xmltree import XmlElement

__all__ = [
    "Account", "Accounts", "BankLine", "Cell", "Config", "ConfigProblem", "Document", "DocumentProblem", "Documents",
    "Entity", "Entry", "Exact", "Journal", "JournalProblem", "JsonNode", "Ledger", "Line", "Money", "NumberProblem",
    "Opening", "Period", "QueryResult", "QueryRow", "Refused", "Row", "Run", "RunFailed", "RunbookProblem",
    "SandboxViolation", "Statement", "Table", "Tenant", "XmlElement", "documents", "fail", "journal", "ledger", "log",
    "output", "query", "step",
]

# Imported when first named, so that a run does not pay for formats it does not read.
_later = {
    "BankLine": "_camt", "Statement": "_camt", "Config": "_config", "JsonNode": "_jsontree", "Cell": "_table",
    "Row": "_table", "Table": "_table", "XmlElement": "_xmltree",
}


def __getattr__(name: str) -> "Any":
    if name not in _later:
        raise AttributeError(f"the package runbook has no {name}")
    from importlib import import_module

    return getattr(import_module(f".{_later[name]}", __name__), name)
