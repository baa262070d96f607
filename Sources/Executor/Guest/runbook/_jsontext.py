"""JSON text to values and back, on the C parts of Python's `json`.

The package `json` itself imports `re` and `enum`, which is a third of what the SDK costs to start. The interpreter that
a run used is kept with the run, so its private parts do not move under it; the tests run on every version supported.
"""

from __future__ import annotations

from _json import encode_basestring, make_encoder, make_scanner

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional


def _refuse(value: Any) -> Any:
    raise ValueError(f"JSON has no {type(value).__name__}")


_encoder = make_encoder(None, _refuse, encode_basestring, None, ":", ",", True, False, False)


def encode_sorted(value: Any) -> str:
    """Compact text with keys sorted by code point."""
    return encode_basestring(value) if isinstance(value, str) else "".join(_encoder(value, 0))


class NotJSON(ValueError):
    """The text is not JSON; `line` counts from 1."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.line = line


class _Settings:
    """What the scanner asks of a decoder."""

    strict = True
    object_hook = None

    def __init__(
        self, parse_float: Callable[[str], Any], parse_int: Callable[[str], Any],
        object_pairs_hook: Optional[Callable[[Any], Any]],
    ) -> None:
        self.parse_float = parse_float
        self.parse_int = parse_int
        self.parse_constant = _no_constant
        self.object_pairs_hook = object_pairs_hook


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def decoder(
    parse_float: Callable[[str], Any] = float, parse_int: Callable[[str], Any] = int,
    object_pairs_hook: Optional[Callable[[Any], Any]] = None,
) -> Callable[[str], Any]:
    """A function from text to value; what is not JSON raises `NotJSON`."""
    scan = make_scanner(_Settings(parse_float, parse_int, object_pairs_hook))

    def decode(text: str) -> Any:
        start = len(text) - len(text.lstrip(" \t\n\r"))
        try:
            try:
                value, end = scan(text, start)
            except SystemError:
                # To say what is wrong the scanner needs this module, and does not import it by itself.
                import json.decoder  # noqa: F401

                value, end = scan(text, start)
        except StopIteration as stop:
            raise NotJSON("a value is expected", text.count("\n", 0, stop.value) + 1) from None
        except ValueError as error:
            line = getattr(error, "lineno", None)
            if line is None:  # raised by one of the functions handed in
                raise
            raise NotJSON(str(getattr(error, "msg", error)), line) from None
        if text[end:].strip(" \t\n\r"):
            raise NotJSON("there is more text after the value", text.count("\n", 0, end) + 1)
        return value

    return decode


loads = decoder()
