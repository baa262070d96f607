"""Exact decimal arithmetic: what `Money` and `Exact` share."""

from __future__ import annotations

import decimal
from decimal import Decimal

from . import _where
from ._errors import NumberProblem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional

# Nothing is ever rounded unless the runbook says so: a result that needs more digits than this is refused.
_LARGEST = 400
exact = decimal.Context(
    prec=_LARGEST, rounding=decimal.ROUND_HALF_UP, Emin=-_LARGEST, Emax=_LARGEST,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow, decimal.Subnormal],
)
_display = decimal.Context(prec=2 * _LARGEST, rounding=decimal.ROUND_HALF_UP)

MODES = ("half-up", "half-even", "half-down", "up", "down", "floor", "ceiling")

# ISO 4217: every active currency that does not have two decimals.
_unusual_decimals = {
    **dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}


def decimals_of(currency: str) -> int:
    """How many decimals the minor unit of a currency has: 2 for GBP, 0 for JPY."""
    return _unusual_decimals.get(currency, 2)


def parse(text: str) -> Optional[Decimal]:
    """A plain decimal such as `-1204.11`: no exponent, no thousands separators; `None` for anything else."""
    digits = text[1:] if text[:1] in ("-", "+") else text
    whole, point, fraction = digits.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(text) > 100:
        return None
    if point and not (fraction.isascii() and fraction.isdigit()):
        return None
    return Decimal(text)


def refuse_float(value: float) -> NumberProblem:
    place = _where.at()
    where = f" ({place['file']}, line {place['line']})" if place else ""
    return NumberProblem(
        f"{value!r} is a float, which is not exact{where}: write it as text, such as Exact(\"0.2\") or "
        'Money("10.00", "GBP")'
    )


def number(value: Any) -> Decimal:
    """The exact decimal of an int, a Decimal or a text; everything else is refused."""
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > 100:
            raise NumberProblem(f"{value} is not a number that can be calculated with exactly")
        return value
    if isinstance(value, bool):
        raise NumberProblem(f"{value} is a truth value, not a number")
    if isinstance(value, int):
        if abs(value) >= 10**100:
            raise NumberProblem("the number is too large to calculate with")
        return Decimal(value)
    if isinstance(value, float):
        raise refuse_float(value)
    if isinstance(value, str):
        parsed = parse(value.strip())
        if parsed is None:
            raise NumberProblem(f"“{value}” is not a plain decimal number such as 1204.11")
        return parsed
    raise NumberProblem(f"{type(value).__name__} is not an exact number")


def plain(value: Decimal, decimals: int = 0) -> str:
    """Plain digits with at least so many decimals; zero has no sign."""
    if not value:
        value = abs(value)
    text = format(value, "f")
    have = -value.as_tuple().exponent if "." in text else 0
    if have >= decimals:
        return text
    return text + ("." if have == 0 else "") + "0" * (decimals - have)


def shown(value: Decimal, form: str) -> str:
    """`format` with halves rounded up, whatever the process's decimal context says."""
    with decimal.localcontext(_display):
        return format(value, form)


def trimmed(value: Decimal, decimals: int = 0) -> Decimal:
    """Without the zeros that a multiplication leaves behind, down to so many decimals."""
    exponent = value.as_tuple().exponent
    if exponent >= -decimals:
        return value
    short = exact.normalize(value)
    if short.as_tuple().exponent > -decimals:
        short = short.quantize(Decimal(1).scaleb(-decimals), context=exact)
    return short


def check_rounding(scale: Any, mode: Any) -> None:
    if isinstance(scale, bool) or not isinstance(scale, int) or not 0 <= scale <= 30:
        raise NumberProblem(f"a scale is a number of decimals from 0 to 30, not {scale!r}")
    if mode not in MODES:
        raise NumberProblem(f"there is no rounding mode “{mode}”: choose one of {', '.join(MODES)}")


def divide(a: Decimal, b: Decimal, scale: int, mode: str) -> Decimal:
    """`a / b` rounded once, from the exact quotient."""
    check_rounding(scale, mode)
    if not b:
        raise NumberProblem(f"division of {plain(a)} by zero")
    shift = max(0, -a.as_tuple().exponent, -b.as_tuple().exponent)
    over = int(exact.scaleb(a, shift))
    under = int(exact.scaleb(b, shift))
    negative = (over < 0) != (under < 0)
    whole, rest = divmod(abs(over) * 10**scale, abs(under))
    if _goes_up(whole, rest, abs(under), negative, mode):
        whole += 1
    return exact.scaleb(Decimal(-whole if negative else whole), -scale)


def round_to(value: Decimal, scale: int, mode: str) -> Decimal:
    """`value` with exactly so many decimals."""
    return divide(value, Decimal(1), scale, mode)


def _goes_up(whole: int, rest: int, under: int, negative: bool, mode: str) -> bool:
    """Whether the cut-off part moves the result away from zero."""
    if rest == 0 or mode == "down":
        return False
    if mode == "up":
        return True
    if mode == "floor":
        return negative
    if mode == "ceiling":
        return not negative
    twice = 2 * rest
    if twice != under:
        return twice > under
    return mode == "half-up" or (mode == "half-even" and whole % 2 == 1)


def calculate(operation: Any, a: Decimal, b: Decimal) -> Decimal:
    """One exact operation; more digits than fit are refused, never rounded."""
    try:
        return operation(a, b)
    except decimal.DecimalException:
        raise NumberProblem("the result has too many digits to be exact") from None
