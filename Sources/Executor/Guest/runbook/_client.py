"""The guest's side of the protocol: frames, calls, tells and waits (see docs/guest-protocol.md)."""

from __future__ import annotations

import os
import sys

from . import _canonical, _where
from ._errors import Refused
from ._jsontext import loads

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Sequence, Tuple

_HEADER_LIMIT = 16 * 2**20
_BODY_LIMIT = 2**30
_FLUSH_AT = 64 * 1024


class ProtocolBroken(BaseException):
    """The host said something that the protocol does not allow, or went away: there is nothing left to do."""


class Answer:
    """The answer to a call: `result`, and a body that may be empty."""

    __slots__ = ("result", "body")

    def __init__(self, result: Dict[str, Any], body: bytes) -> None:
        self.result = result
        self.body = body


class Client:
    """Speaks to the host over one pipe pair. Tells are buffered until a call, a wait or the end."""

    def __init__(self, incoming: int = 3, outgoing: int = 4) -> None:
        self._in = open(incoming, "rb", buffering=65536)
        self._out = outgoing
        self._buffer: List[bytes] = []
        self._buffered = 0
        self._next = 1
        self._open: Dict[int, None] = {}

    # Frames

    def send(self, header: Dict[str, Any], body: bytes = b"") -> None:
        """Puts one frame into the buffer."""
        encoded = _canonical.encode_plain(header)
        if len(encoded) > _HEADER_LIMIT or len(body) > _BODY_LIMIT:
            raise ValueError(f"the {header.get('kind', header['type'])} is too large to be recorded")
        self._buffer.append(len(encoded).to_bytes(4, "big") + len(body).to_bytes(4, "big") + encoded)
        self._buffered += len(encoded)
        if body:
            self._buffer.append(body)
            self._buffered += len(body)
        if self._buffered > _FLUSH_AT:
            self.flush()

    def flush(self) -> None:
        """Writes everything buffered."""
        if not self._buffer:
            return
        pending = memoryview(b"".join(self._buffer))
        self._buffer.clear()
        self._buffered = 0
        try:
            while pending:
                pending = pending[os.write(self._out, pending) :]
        except BrokenPipeError:
            raise ProtocolBroken("the host went away") from None

    def receive(self) -> Tuple[Dict[str, Any], bytes]:
        """The next frame of the host."""
        lengths = self._in.read(8)
        if len(lengths) != 8:
            raise ProtocolBroken("the host went away")
        header_length = int.from_bytes(lengths[:4], "big")
        body_length = int.from_bytes(lengths[4:], "big")
        if header_length > _HEADER_LIMIT or body_length > _BODY_LIMIT:
            raise ProtocolBroken("a frame is larger than the protocol allows")
        header = self._in.read(header_length)
        body = self._in.read(body_length)
        if len(header) != header_length or len(body) != body_length:
            raise ProtocolBroken("a frame ends too early")
        try:
            decoded = loads(header.decode("utf-8"))
        except ValueError:
            raise ProtocolBroken("a header is not JSON") from None
        if not isinstance(decoded, dict):
            raise ProtocolBroken("a header is not an object")
        return decoded, body

    # Calls and tells

    def call(self, kind: str, request: Dict[str, Any]) -> Answer:
        """Asks and waits for the answer; a refusal is raised as `Refused`."""
        identity = self._ask(kind, request, {"wait": True})
        return self._answer((identity,))[1]

    def begin(self, kind: str, request: Dict[str, Any]) -> int:
        """Asks without waiting: for a loop that has more than one call in flight. `wait` gets the answer."""
        identity = self._ask(kind, request, {})
        self._open[identity] = None
        return identity

    def wait(self, identities: Sequence[int]) -> Tuple[int, Answer]:
        """The first of these calls to complete, in the recorded order."""
        for identity in identities:
            if identity not in self._open:
                raise ValueError(f"there is no open call {identity}")
        self.send({"type": "wait", "ids": list(identities)})
        return self._answer(tuple(identities))

    def tell(self, kind: str, request: Dict[str, Any], body: bytes = b"") -> None:
        """Says something that has no answer."""
        frame: Dict[str, Any] = {"type": "tell", "id": self._next, "kind": kind, "request": request}
        place = _where.at()
        if place is not None:
            frame["at"] = place
        self.send(frame, body)
        self._next += 1

    @property
    def last(self) -> int:
        """Sequence number of the latest call or tell."""
        return self._next - 1

    def _ask(self, kind: str, request: Dict[str, Any], more: Dict[str, Any]) -> int:
        identity = self._next
        frame: Dict[str, Any] = {"type": "call", "id": identity, "kind": kind, "request": request, **more}
        place = _where.at()
        if place is not None:
            frame["at"] = place
        self.send(frame)
        self._next += 1
        return identity

    def _answer(self, expected: Tuple[int, ...]) -> Tuple[int, Answer]:
        self.flush()
        header, body = self.receive()
        if header.get("type") == "suspend":
            leave(0)
        identity = header.get("id")
        if header.get("type") != "answer" or identity not in expected:
            raise ProtocolBroken("the host answered what was not asked")
        self._open.pop(identity, None)
        if header.get("ok") is True and isinstance(header.get("result"), dict):
            return identity, Answer(header["result"], body)
        error = header.get("error")
        if header.get("ok") is not False or not isinstance(error, dict):
            raise ProtocolBroken("an answer has neither result nor error")
        raise Refused(str(error.get("reason")), str(error.get("message")), identity)


def leave(status: int) -> None:
    """Ends the process at once: no exit handlers, nothing more on the pipe."""
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        pass  # a runbook may have closed them
    os._exit(status)
