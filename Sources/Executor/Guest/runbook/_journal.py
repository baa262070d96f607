"""Posting to the entity's journal."""

from __future__ import annotations

from datetime import date as Day
from datetime import timedelta
from decimal import Decimal

from . import _context, _lineage
from ._errors import JournalProblem
from ._exact import _Value
from ._ledger import LedgerOrigin, ledger
from ._money import Money, money_value
from ._numbers import decimals_of, plain, refuse_float

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional, Sequence


class Line:
    """One side of an entry, made by `journal.debit` or `journal.credit`."""

    __slots__ = ("account", "side", "money", "memo")

    def __init__(self, account: str, side: str, money: Money, memo: Optional[str]) -> None:
        self.account = account
        #: `debit` or `credit`.
        self.side = side
        self.money = money
        self.memo = memo

    @property
    def signed(self) -> Money:
        """The amount, debit positive."""
        return self.money if self.side == "debit" else -self.money

    def __repr__(self) -> str:
        return f"{self.side} {self.account} {self.money}"


class Entry:
    """A posted entry."""

    __slots__ = ("number", "date", "description", "opening", "lines")

    def __init__(self, number: int, date: Day, description: str, opening: bool, lines: List[Line]) -> None:
        #: Counts from 1 within the run.
        self.number = number
        self.date = date
        self.description = description
        #: Whether it takes balances on from outside.
        self.opening = opening
        self.lines = lines


class Journal:
    """Posts entries and knows the running balances."""

    def __init__(self) -> None:
        self._entries: List[Entry] = []
        self._posted: Dict[str, List[Money]] = {}
        self._taken_on: Dict[str, List[Money]] = {}

    def debit(self, account: str, money: Money, memo: Optional[str] = None) -> Line:
        """A debit line."""
        return self._line("debit", account, money, memo)

    def credit(self, account: str, money: Money, memo: Optional[str] = None) -> Line:
        """A credit line."""
        return self._line("credit", account, money, memo)

    def _line(self, side: str, account: str, money: Money, memo: Optional[str]) -> Line:
        if not isinstance(account, str):
            raise JournalProblem(f"{side} {account!r}: an account code is text, such as \"1200\"")
        if isinstance(money, float):
            raise refuse_float(money)
        if not isinstance(money, Money):
            given = "a number without a currency" if isinstance(money, (int, Decimal, _Value)) else type(money).__name__
            raise JournalProblem(f"{side} {account}: the amount is {given}, not Money")
        if memo is not None and not isinstance(memo, str):
            raise JournalProblem(f"{side} {account}: the memo is not text")
        return Line(account, side, money, memo)

    def post(
        self, *, description: str, lines: Sequence[Line], date: Optional[Day] = None, opening: bool = False
    ) -> Entry:
        """Posts a balanced entry dated within the period.

        `opening=True` takes balances on from outside: such an entry is dated the day before the period, which is
        also its date if none is given.
        """
        context = _context.current()
        first = Day.fromisoformat(context.start["period"]["start"])
        if opening and date is None:
            date = first - timedelta(days=1)
        lines = list(lines)
        problems = _date_problems(context, date, opening, first) + _line_problems(context, lines)
        if not isinstance(description, str) or not description.strip():
            problems.append("the entry has no description")
        if not problems:
            problems = _balance_problems(context.currency, lines)
        if problems:
            raise JournalProblem(f"journal entry “{description}” is refused: " + "; ".join(problems))
        assert date is not None
        entry = Entry(len(self._entries) + 1, date, description, opening, lines)
        context.client.tell("journal.post", _request(entry))
        self._entries.append(entry)
        kept = self._taken_on if opening else self._posted
        for line in lines:
            kept.setdefault(line.account, []).append(line.signed)
        return entry

    @property
    def entries(self) -> List[Entry]:
        """What was posted so far, in order."""
        return list(self._entries)

    def balance(self, account: str) -> Money:
        """The running balance: opening balance, take-on and what was posted; debit positive."""
        _known(account)
        opening = ledger.opening().balances.get(account)
        amounts = [] if opening is None else [opening]
        amounts += self._taken_on.get(account, []) + self._posted.get(account, [])
        return _total(account, amounts)

    def balances(self) -> Dict[str, Money]:
        """The running balance of every account of the chart, in the chart's order."""
        return {code: self.balance(code) for code in _context.current().account_names}

    def movement(self, account: str) -> Money:
        """What was posted within the period, without opening balance and take-on; debit positive."""
        _known(account)
        return _total(account, self._posted.get(account, []))


def _known(account: str) -> None:
    if account not in _context.current().account_names:
        raise JournalProblem(f"account {account} is not in the chart of the entity")


def _total(account: str, amounts: List[Money]) -> Money:
    currency = _context.current().currency
    if amounts:
        return Money.total(amounts, currency)
    zero = Decimal(0).scaleb(-decimals_of(currency))
    return money_value(zero, currency, ("source", LedgerOrigin(account), plain(zero)))


def _date_problems(context: Any, date: Any, opening: bool, first: Day) -> List[str]:
    period = context.start["period"]
    if date.__class__ is not Day:
        return ["the date is not a datetime.date" if date is not None else "the entry has no date"]
    if opening:
        before = first - timedelta(days=1)
        return [] if date == before else [f"a take-on entry is dated {before}, the day before the period, not {date}"]
    if not first <= date <= Day.fromisoformat(period["end"]):
        return [f"{date} lies outside the period {period['name']} ({period['start']} to {period['end']})"]
    return []


def _line_problems(context: Any, lines: List[Any]) -> List[str]:
    problems = [] if lines else ["the entry has no lines"]
    for at, line in enumerate(lines):
        if not isinstance(line, Line):
            problems.append(f"line {at + 1} is not made by journal.debit or journal.credit")
            continue
        where = f"line {at + 1} ({line.side} {line.account})"
        if line.account not in context.account_names:
            problems.append(f"{where}: account {line.account} is not in the chart of the entity")
        if line.money.currency != context.currency:
            problems.append(f"{where}: {line.money.currency}, but the entity keeps its ledger in {context.currency}")
        elif line.money.minor_units is None:
            problems.append(f"{where}: {line.money} is not a whole number of minor units: round it first")
        if line.money <= 0:
            problems.append(f"{where}: {line.money} is not above zero")
    return problems


def _balance_problems(currency: str, lines: List[Line]) -> List[str]:
    debits = Money.total([line.money for line in lines if line.side == "debit"], currency)
    credits = Money.total([line.money for line in lines if line.side == "credit"], currency)
    if debits == credits:
        return []
    return [f"debits {debits} and credits {credits} {currency} differ by {abs(debits - credits)}"]


def _request(entry: Entry) -> Dict[str, Any]:
    return {
        "date": entry.date.isoformat(), "description": entry.description, "opening": entry.opening,
        "lines": [
            {
                "account": line.account, "side": line.side, "amount": str(line.money), "currency": line.money.currency,
                "memo": line.memo, "lineage": _lineage.write({"": line.money._node}),
            }
            for line in entry.lines
        ],
    }


journal = Journal()
