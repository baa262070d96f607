"""`Exact`: a plain decimal that is exact and knows where it came from."""

from __future__ import annotations

from decimal import Decimal

from . import _lineage
from ._errors import NumberProblem
from ._numbers import calculate, divide, exact, number, plain, refuse_float, round_to, shown, trimmed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Optional, Tuple, Union

    from ._lineage import Node

    Number = Union["Exact", int, Decimal]

_add, _subtract, _multiply = exact.add, exact.subtract, exact.multiply


class _Value:
    """What both have: an immutable amount with a lineage node."""

    __slots__ = ("_amount", "_node")
    _amount: Decimal
    _node: Node

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __bool__(self) -> bool:
        return bool(self._amount)

    def __float__(self) -> float:
        raise NumberProblem(f"{self} would lose its exactness as a float")

    def __truediv__(self, other: Any) -> Any:
        raise NumberProblem("division says scale and rounding: write a.divide(b, scale=2, mode=\"half-up\")")

    __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __truediv__

    def __round__(self, digits: Any = None) -> Any:
        raise NumberProblem("rounding says scale and mode: write a.round(2, \"half-up\")")

    def __reduce__(self) -> Any:
        raise NumberProblem(f"a {type(self).__name__} is not pickled: it would lose where it came from")

    def __copy__(self) -> Any:
        return self

    def __deepcopy__(self, memo: Any) -> Any:
        return self


_set = object.__setattr__


def _is_money(value: Any) -> bool:
    return isinstance(value, _Value) and not isinstance(value, Exact)


def exact_value(amount: Decimal, node: Node) -> Exact:
    """An `Exact` from an amount already checked."""
    value = object.__new__(Exact)
    _set(value, "_amount", amount)
    _set(value, "_node", node)
    return value


def operand(value: Any) -> Tuple[Decimal, Node]:
    """Amount and node of a factor or divisor; a plain number is a constant of the runbook's line."""
    if isinstance(value, Exact):
        return value._amount, value._node
    amount = number(value)
    return amount, _lineage.constant(amount)


class Exact(_Value):
    """A plain exact decimal: a rate, a share, a count of days."""

    __slots__ = ()

    def __new__(cls, value: Union[str, Number]) -> Exact:
        if isinstance(value, Exact):
            return value
        if isinstance(value, _Value):
            raise NumberProblem(f"{value!r} is money; Exact is a number without a currency")
        amount = number(value)
        return exact_value(amount, _lineage.constant(amount))

    @property
    def amount(self) -> Decimal:
        """The number as a `decimal.Decimal`, without its lineage."""
        return self._amount

    def __add__(self, other: Number) -> Exact:
        if _is_money(other):
            return NotImplemented
        amount, node = operand(other)
        return exact_value(calculate(_add, self._amount, amount), ("+", (self._node, node), None))

    def __radd__(self, other: Number) -> Exact:
        if other.__class__ is int and other == 0:  # the start of sum()
            return self
        amount, node = operand(other)
        return exact_value(calculate(_add, amount, self._amount), ("+", (node, self._node), None))

    def __sub__(self, other: Number) -> Exact:
        if _is_money(other):
            return NotImplemented
        amount, node = operand(other)
        return exact_value(calculate(_subtract, self._amount, amount), ("-", (self._node, node), None))

    def __rsub__(self, other: Number) -> Exact:
        amount, node = operand(other)
        return exact_value(calculate(_subtract, amount, self._amount), ("-", (node, self._node), None))

    def __mul__(self, other: Any) -> Any:
        if _is_money(other):
            return NotImplemented
        amount, node = operand(other)
        return exact_value(trimmed(calculate(_multiply, self._amount, amount)), ("*", (self._node, node), None))

    def __rmul__(self, other: Number) -> Exact:
        amount, node = operand(other)
        return exact_value(trimmed(calculate(_multiply, amount, self._amount)), ("*", (node, self._node), None))

    def __neg__(self) -> Exact:
        return exact_value(exact.minus(self._amount), ("neg", (self._node,), None))

    def __pos__(self) -> Exact:
        return self

    def __abs__(self) -> Exact:
        return exact_value(exact.abs(self._amount), ("abs", (self._node,), None))

    def divide(self, by: Number, scale: int, mode: str = "half-up") -> Exact:
        """This number divided by another, rounded once to `scale` decimals."""
        amount, node = operand(by)
        quotient = divide(self._amount, amount, scale, mode)
        return exact_value(quotient, ("/", (self._node, node), f"{scale} {mode}"))

    def round(self, scale: int, mode: str = "half-up") -> Exact:
        """This number with exactly `scale` decimals."""
        return exact_value(round_to(self._amount, scale, mode), ("round", (self._node,), f"{scale} {mode}"))

    @staticmethod
    def total(numbers: Iterable[Exact]) -> Exact:
        """The sum of numbers that may be none."""
        amount, nodes = Decimal(0), []
        for value in numbers:
            if not isinstance(value, Exact):
                raise NumberProblem(f"a total of exact numbers cannot hold {value!r}")
            amount = calculate(_add, amount, value._amount)
            nodes.append(value._node)
        if not nodes:
            return Exact(0)
        return exact_value(amount, nodes[0] if len(nodes) == 1 else ("+", tuple(nodes), None))

    @staticmethod
    def min(*numbers: Exact) -> Exact:
        """The smallest, with all of them in its lineage."""
        smallest = min(numbers)
        return exact_value(smallest._amount, ("min", tuple(one._node for one in numbers), None))

    @staticmethod
    def max(*numbers: Exact) -> Exact:
        """The largest, with all of them in its lineage."""
        largest = max(numbers)
        return exact_value(largest._amount, ("max", tuple(one._node for one in numbers), None))

    def __int__(self) -> int:
        if self._amount != self._amount.to_integral_value():
            raise NumberProblem(f"{self} is not a whole number: round it first")
        return int(self._amount)

    __index__ = __int__

    def _other(self, other: Any) -> Optional[Decimal]:
        if isinstance(other, Exact):
            return other._amount
        if isinstance(other, float):
            raise refuse_float(other)
        if isinstance(other, (int, Decimal)) and not isinstance(other, bool):
            return number(other)
        return None

    def __eq__(self, other: object) -> bool:
        amount = self._other(other)
        return NotImplemented if amount is None else self._amount == amount

    def __lt__(self, other: Number) -> bool:
        amount = self._other(other)
        return NotImplemented if amount is None else self._amount < amount

    def __le__(self, other: Number) -> bool:
        amount = self._other(other)
        return NotImplemented if amount is None else self._amount <= amount

    def __gt__(self, other: Number) -> bool:
        amount = self._other(other)
        return NotImplemented if amount is None else self._amount > amount

    def __ge__(self, other: Number) -> bool:
        amount = self._other(other)
        return NotImplemented if amount is None else self._amount >= amount

    def __hash__(self) -> int:
        return hash(self._amount)

    def __str__(self) -> str:
        return plain(self._amount)

    def __repr__(self) -> str:
        return f"Exact('{self}')"

    def __format__(self, form: str) -> str:
        return shown(self._amount, form) if form else str(self)
