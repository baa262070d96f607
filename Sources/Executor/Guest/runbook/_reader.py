"""Reads one value of a document, a query or the configuration as what it should be."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ._errors import DocumentProblem
from ._exact import exact_value
from ._money import check_currency, money_value
from ._numbers import decimals_of, parse, trimmed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, NoReturn, Optional

    from ._exact import Exact
    from ._money import Money

    # Inside the classes below these names mean the readers.
    Text, Whole, Truth, Day = str, int, bool, date


class Reader:
    """A value and its place: `.str()`, `.date()`, `.int()`, `.decimal()`, `.money("GBP")`, `.bool()`.

    A value that is not of the form asked for fails with document and place named.
    """

    __slots__ = ()

    # What the kinds of values say about themselves.

    def _value(self) -> Any:
        """Text, int, Decimal, bool, bytes or None."""
        raise NotImplementedError

    @property
    def where(self) -> Text:
        """Document and place, for people."""
        raise NotImplementedError

    def _source(self, value: Any) -> Dict[Text, Any]:
        """This value as a source of the protocol's lineage."""
        raise NotImplementedError

    # Reading

    def _refuse(self, what: Text) -> NoReturn:
        raise DocumentProblem(f"{self.where}: {what}")

    def _present(self) -> Any:
        value = self._value()
        if value is None or (isinstance(value, str) and not value.strip()):
            self._refuse("the value is empty")
        return value

    def _not(self, value: Any, what: Text) -> NoReturn:
        text = str(value)
        self._refuse(f"“{text if len(text) <= 80 else text[:77] + '…'}” is not {what}")

    def str(self) -> Text:
        """The text, without blanks around it; never empty."""
        value = self._present()
        if isinstance(value, (bytes, bool)):
            self._not(value, "text")
        return value.strip() if isinstance(value, str) else format(value, "f") if isinstance(value, Decimal) else str(value)

    def date(self) -> Day:
        """A date written `YYYY-MM-DD`."""
        value = self._present()
        text = value.strip() if isinstance(value, str) else ""
        if len(text) == 10 and text.isascii() and text[4] == text[7] == "-":
            try:
                return date(int(text[:4]), int(text[5:7]), int(text[8:]))
            except ValueError:
                pass
        self._not(value, "a date such as 2026-03-31")

    def bool(self) -> Truth:
        """`true` or `false`, `yes` or `no`."""
        value = self._present()
        if value is True or value is False:
            return value
        word = value.strip().lower() if isinstance(value, str) else ""
        if word in ("true", "yes"):
            return True
        if word in ("false", "no"):
            return False
        self._not(value, "true or false")

    def int(self) -> Whole:
        """A whole number as a plain `int`, without lineage: for counting. `.decimal()` keeps the lineage."""
        number = self._number()
        if number != number.to_integral_value():
            self._not(self._value(), "a whole number")
        return int(number)

    def decimal(self) -> Exact:
        """A plain decimal number."""
        return exact_value(self._number(), ("source", self, self._value()))

    def money(self, currency: Text) -> Money:
        """An amount of the currency."""
        check_currency(currency)
        return money_value(trimmed(self._number(), decimals_of(currency)), currency, ("source", self, self._value()))

    def _number(self) -> Decimal:
        value = self._present()
        if isinstance(value, str):
            number = parse(value.strip())
            if number is not None:
                return number
        elif isinstance(value, Decimal):
            if value.is_finite() and abs(value.adjusted()) <= 100:
                return value
        elif isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**100:
            return Decimal(value)
        self._not(value, "a plain number such as 1204.11")

    @property
    def maybe(self) -> Maybe:
        """Readers that give `None` where the value is empty: `cell.maybe.money("GBP")`."""
        return Maybe(self)

    @property
    def is_empty(self) -> Truth:
        """Whether there is nothing here."""
        value = self._value()
        return value is None or (isinstance(value, str) and not value.strip())


class Maybe:
    """The readers of a value that may be empty."""

    __slots__ = ("_reader",)

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def str(self) -> Optional[Text]:
        """The text or `None`."""
        return None if self._reader.is_empty else self._reader.str()

    def date(self) -> Optional[Day]:
        """The date or `None`."""
        return None if self._reader.is_empty else self._reader.date()

    def bool(self) -> Optional[Truth]:
        """The truth value or `None`."""
        return None if self._reader.is_empty else self._reader.bool()

    def int(self) -> Optional[Whole]:
        """The whole number or `None`."""
        return None if self._reader.is_empty else self._reader.int()

    def decimal(self) -> Optional[Exact]:
        """The number or `None`."""
        return None if self._reader.is_empty else self._reader.decimal()

    def money(self, currency: Text) -> Optional[Money]:
        """The amount or `None`."""
        return None if self._reader.is_empty else self._reader.money(currency)


def value_text(value: Any) -> str:
    """A value as lineage shows it."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else str(value)
