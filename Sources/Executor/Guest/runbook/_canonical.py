"""Canonical JSON after RFC 8785: one sequence of bytes for one value."""

from __future__ import annotations

from ._jsontext import encode_basestring, encode_sorted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, List

LARGEST_INTEGER = 2**53 - 1

def encode(value: Any) -> bytes:
    """The canonical bytes of None, booleans, integers, floats, strings, lists, tuples and dictionaries of these.

    Raises `ValueError` for what JSON cannot hold: NaN, infinities, integers beyond 2^53 - 1, lone surrogates.
    """
    parts: List[str] = []
    _write(value, parts.append)
    return "".join(parts).encode("utf-8")


def encode_plain(value: Any) -> bytes:
    """As `encode`, but fast: for values without floats and large integers, which the SDK itself has made."""
    text = encode_sorted(value)
    # Python sorts keys by code point, RFC 8785 by UTF-16 unit: the same unless something lies beyond ASCII.
    return text.encode("ascii") if text.isascii() else encode(value)


def _write(value: Any, put: Any) -> None:
    if isinstance(value, str):
        put(encode_basestring(value))
    elif value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, int):
        if not -LARGEST_INTEGER <= value <= LARGEST_INTEGER:
            raise ValueError(f"the integer {value} is beyond 2^53 - 1: write it as a string")
        put(str(int(value)))
    elif isinstance(value, float):
        put(number(value))
    elif isinstance(value, dict):
        _write_object(value, put)
    elif isinstance(value, (list, tuple)):
        before = "["
        for item in value:
            put(before)
            _write(item, put)
            before = ","
        put("[]" if before == "[" else "]")
    else:
        raise ValueError(f"JSON has no {type(value).__name__}")


def _write_object(value: dict, put: Any) -> None:
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"a key of a JSON object is text, not {type(key).__name__}")
    before = "{"
    for key in sorted(value, key=utf16_order):
        put(before)
        put(encode_basestring(key))
        put(":")
        _write(value[key], put)
        before = ","
    put("{}" if before == "{" else "}")


def utf16_order(key: str) -> bytes:
    """Sorts as the UTF-16 code units of the key do."""
    return key.encode("utf-16-be", "surrogatepass")


def number(value: float) -> str:
    """A double as ECMAScript prints it: the shortest digits that read back, exponents from 1e21 and 1e-7 on."""
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError("JSON has no NaN and no infinity")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= 21:
        return sign + digits + "0" * (point - count)
    if 0 < point <= 21:
        return sign + digits[:point] + "." + digits[point:]
    if -6 < point <= 0:
        return sign + "0." + "0" * -point + digits
    power = f"e{point - 1:+d}"
    return sign + digits[0] + ("." + digits[1:] if count > 1 else "") + power
