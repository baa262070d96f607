"""`Money`: an exact amount of one currency that knows where it came from."""

from __future__ import annotations

from decimal import Decimal

from ._errors import NumberProblem
from ._exact import Exact, _Value, exact_value, operand
from ._numbers import calculate, decimals_of, divide, exact, plain, refuse_float, round_to, shown, trimmed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, List, Optional, Sequence, Tuple, Union

    from ._exact import Number
    from ._lineage import Node

_add, _subtract, _multiply = exact.add, exact.subtract, exact.multiply
_set = object.__setattr__


def check_currency(currency: Any) -> None:
    """Refuses what is not three capital letters."""
    if not (isinstance(currency, str) and len(currency) == 3 and all("A" <= letter <= "Z" for letter in currency)):
        raise NumberProblem(f"{currency!r} is not a currency code such as GBP")


def money_value(amount: Decimal, currency: str, node: Node) -> Money:
    """`Money` from an amount and currency already checked."""
    value = object.__new__(Money)
    _set(value, "_amount", amount)
    _set(value, "_currency", currency)
    _set(value, "_node", node)
    return value


class Money(_Value):
    """An exact amount of one currency."""

    __slots__ = ("_currency",)
    _currency: str

    def __new__(cls, amount: Union[str, Number], currency: str) -> Money:
        check_currency(currency)
        if isinstance(amount, Money):
            raise NumberProblem(f"{amount} {amount.currency} is money already")
        value, node = operand(amount)
        return money_value(trimmed(value, decimals_of(currency)), currency, node)

    @property
    def amount(self) -> Decimal:
        """The amount as a `decimal.Decimal`, without its lineage."""
        return self._amount

    @property
    def currency(self) -> str:
        """ISO 4217 code, such as `GBP`."""
        return self._currency

    @property
    def zero(self) -> Money:
        """Nothing, in the same currency."""
        return Money(0, self._currency)

    @property
    def minor_units(self) -> Optional[int]:
        """Whole pence or cents; `None` where the amount has a fraction of them."""
        units = exact.scaleb(self._amount, decimals_of(self._currency))
        return int(units) if units == units.to_integral_value() else None

    def _same(self, other: Any, doing: str) -> Money:
        """`other` as money of this currency; the plain number 0 is nothing in every currency."""
        if isinstance(other, Money):
            if other._currency != self._currency:
                raise NumberProblem(
                    f"{self} {self._currency} and {other} {other._currency} are different currencies: cannot {doing}"
                )
            return other
        if isinstance(other, float):
            raise refuse_float(other)
        if isinstance(other, int) and not isinstance(other, bool) and other == 0:
            return self.zero
        raise NumberProblem(
            f"cannot {doing} {self} {self._currency} and {other!r}, which has no currency: "
            f'write Money("…", "{self._currency}")'
        )

    def __add__(self, other: Money) -> Money:
        if other.__class__ is int and other == 0:
            return self
        other = self._same(other, "add")
        return money_value(calculate(_add, self._amount, other._amount), self._currency, ("+", (self._node, other._node), None))

    __radd__ = __add__  # reached with the 0 that sum() starts from; everything else is refused

    def __sub__(self, other: Money) -> Money:
        other = self._same(other, "subtract")
        return money_value(
            calculate(_subtract, self._amount, other._amount), self._currency, ("-", (self._node, other._node), None))

    def __rsub__(self, other: Any) -> Money:
        return self._same(other, "subtract") - self

    def __mul__(self, other: Number) -> Money:
        if isinstance(other, Money):
            raise NumberProblem("money is not multiplied by money")
        factor, node = operand(other)
        product = trimmed(calculate(_multiply, self._amount, factor), decimals_of(self._currency))
        return money_value(product, self._currency, ("*", (self._node, node), None))

    __rmul__ = __mul__

    def __neg__(self) -> Money:
        return money_value(exact.minus(self._amount), self._currency, ("neg", (self._node,), None))

    def __pos__(self) -> Money:
        return self

    def __abs__(self) -> Money:
        return money_value(exact.abs(self._amount), self._currency, ("abs", (self._node,), None))

    def divide(self, by: Any, scale: Optional[int] = None, mode: str = "half-up") -> Any:
        """Divided by a number: `Money` of `scale` decimals (the currency's if not given), rounded once.

        Divided by money of the same currency: an `Exact` ratio, which needs a scale.
        """
        if isinstance(by, Money):
            other = self._same(by, "divide")
            if scale is None:
                raise NumberProblem("money divided by money is a ratio: say its scale, such as scale=6")
            ratio = divide(self._amount, other._amount, scale, mode)
            return exact_value(ratio, ("/", (self._node, other._node), f"{scale} {mode}"))
        if scale is None:
            scale = decimals_of(self._currency)
        amount, node = operand(by)
        quotient = divide(self._amount, amount, scale, mode)
        return money_value(quotient, self._currency, ("/", (self._node, node), f"{scale} {mode}"))

    def round(self, scale: Optional[int] = None, mode: str = "half-up") -> Money:
        """With exactly `scale` decimals: the currency's own if not given."""
        if scale is None:
            scale = decimals_of(self._currency)
        return money_value(round_to(self._amount, scale, mode), self._currency, ("round", (self._node,), f"{scale} {mode}"))

    def allocate(self, weights: Sequence[Any]) -> List[Money]:
        """Splits in proportion to the weights without losing a penny: the largest remainders get the odd pennies,
        of equal remainders the first."""
        units = self.minor_units
        if units is None:
            raise NumberProblem(f"{self} {self._currency} is not a whole number of minor units: round it before it is split")
        shares = [_weight(weight) for weight in weights]
        whole = _integers([amount for amount, _ in shares])
        total = sum(whole)
        if total == 0:
            raise NumberProblem("an amount is split by weights of which at least one is above zero")
        parts, rests = [], []
        for weight in whole:
            part, rest = divmod(abs(units) * weight, total)
            parts.append(part)
            rests.append(rest)
        odd = abs(units) - sum(parts)
        for index in sorted(range(len(parts)), key=lambda i: -rests[i])[:odd]:
            parts[index] += 1
        decimals = decimals_of(self._currency)
        all_weights = ("+", tuple(node for _, node in shares), None)
        return [
            money_value(
                exact.scaleb(Decimal(-part if units < 0 else part), -decimals), self._currency,
                ("/", (("*", (self._node, node), None), all_weights), f"{decimals} largest-remainder"))
            for part, (_, node) in zip(parts, shares)
        ]

    @staticmethod
    def total(amounts: Iterable[Money], currency: str) -> Money:
        """The sum of amounts that may be none."""
        check_currency(currency)
        zero = Decimal(0).scaleb(-decimals_of(currency))
        values = list(amounts)
        if not values:
            return Money(zero, currency)
        amount, nodes = Decimal(0), []
        for value in values:
            if not isinstance(value, Money) or value._currency != currency:
                raise NumberProblem(f"a total in {currency} cannot hold {value!r}")
            amount = calculate(_add, amount, value._amount)
            nodes.append(value._node)
        return money_value(amount, currency, nodes[0] if len(nodes) == 1 else ("+", tuple(nodes), None))

    @staticmethod
    def min(*amounts: Money) -> Money:
        """The smallest, with all of them in its lineage."""
        smallest = min(amounts)
        return money_value(smallest._amount, smallest._currency, ("min", tuple(one._node for one in amounts), None))

    @staticmethod
    def max(*amounts: Money) -> Money:
        """The largest, with all of them in its lineage."""
        largest = max(amounts)
        return money_value(largest._amount, largest._currency, ("max", tuple(one._node for one in amounts), None))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Money, int, Decimal, float, Exact)) and not isinstance(other, bool):
            return self._amount == self._compared(other)
        return NotImplemented

    def __lt__(self, other: Any) -> bool:
        return self._amount < self._compared(other)

    def __le__(self, other: Any) -> bool:
        return self._amount <= self._compared(other)

    def __gt__(self, other: Any) -> bool:
        return self._amount > self._compared(other)

    def __ge__(self, other: Any) -> bool:
        return self._amount >= self._compared(other)

    def _compared(self, other: Any) -> Decimal:
        if other.__class__ is int and other == 0:
            return Decimal(0)
        return self._same(other, "compare")._amount

    def __hash__(self) -> int:
        return hash((self._amount, self._currency))

    def __str__(self) -> str:
        return plain(self._amount, decimals_of(self._currency))

    def __repr__(self) -> str:
        return f"Money('{self}', '{self._currency}')"

    def __format__(self, form: str) -> str:
        return shown(self._amount, form) if form else str(self)


def _weight(weight: Any) -> Tuple[Decimal, Node]:
    if isinstance(weight, Money):
        amount, node = weight._amount, weight._node
    else:
        amount, node = operand(weight)
    if amount < 0:
        raise NumberProblem(f"an amount is not split by the negative weight {weight}")
    return amount, node


def _integers(amounts: Sequence[Decimal]) -> List[int]:
    """The same proportions in whole numbers."""
    decimals = max((-int(amount.as_tuple().exponent) for amount in amounts), default=0)
    return [int(exact.scaleb(amount, max(0, decimals))) for amount in amounts]
