"""A conforming host for the guest over real pipes: answers, checks and keeps what the guest says."""

import base64
import fcntl
import hashlib
import json
import os
import re
import sqlite3
import sys
import tempfile
from decimal import Decimal
from pathlib import Path

GUEST = Path(__file__).resolve().parents[2] / "Sources" / "Executor" / "Guest"


class Result:
    """What a run did, and how it ended."""

    def __init__(self):
        self.outcome = None
        self.failure = None
        self.suspended = False
        self.status = None
        self.stdout = self.stderr = ""
        self.events = []  # every call and tell, in order: the frames as they came
        self.entries = []
        self.outputs = {}  # name → bytes
        self.lineage = {}  # name of the output → graph
        self.logs = []
        self.steps = []
        self.closing = {}

    def json(self, name):
        return json.loads(self.outputs[name])


class Host:
    """Answers the calls of version 1 of the protocol from a folder, a dict of balances and a database."""

    def __init__(self, start, documents=None, opening=None, database=None, answers=None):
        self.start = start
        self.documents = Path(documents) if documents else None
        self.opening = opening or {"carriedFrom": [], "balances": []}
        self.database = database
        self.answers = answers or {}  # kind → function(request) → (result, body), an exception to refuse, or "suspend"

    def catalogue(self):
        if self.documents is None:
            return []
        files = [path for path in self.documents.rglob("*") if path.is_file()]
        named = sorted((path.relative_to(self.documents).as_posix(), path.read_bytes()) for path in files)
        return [{"name": name, "sha256": hashlib.sha256(body).hexdigest(), "size": len(body)} for name, body in named]

    def answer(self, kind, request):
        """Result and body, or raises `Refusal`."""
        if kind in self.answers:
            return self.answers[kind](request)
        if kind == "document.find":
            pattern = as_regex(request["pattern"])
            return {"documents": [one for one in self.catalogue() if pattern.fullmatch(one["name"])]}, b""
        if kind == "document.read":
            for one in self.catalogue():
                if one["name"] == request["name"]:
                    return one, (self.documents / request["name"]).read_bytes()
            raise Refusal("DocumentMissing", f"there is no document {request['name']}")
        if kind == "ledger.opening":
            return {"currency": self.start["entity"]["currency"], "asOf": None, **self.opening}, b""
        if kind == "query":
            return self.query(request), b""
        raise Refusal("UnknownKind", f"this host does not know {kind}")

    def query(self, request):
        if self.database is None:
            raise Refusal("DataPlatformMissing", "the tenant has no data platform")
        connection = sqlite3.connect(self.database)
        try:
            cursor = connection.execute(request["sql"], request["parameters"])
            rows = [[as_protocol(value) for value in row] for row in cursor]
            return {"columns": [one[0] for one in cursor.description], "rows": rows}
        except sqlite3.Error as error:
            raise Refusal("QueryRefused", str(error)) from None
        finally:
            connection.close()


class Refusal(Exception):
    def __init__(self, reason, message):
        super().__init__(message)
        self.reason = reason


def as_protocol(value):
    if isinstance(value, bytes):
        return {"blob": base64.b64encode(value).decode()}
    if isinstance(value, float):
        return {"real": format(Decimal(repr(value)), "f")}
    if isinstance(value, int) and abs(value) > 2**53 - 1:
        return {"integer": str(value)}
    return value


def as_regex(pattern):
    parts = re.split(r"(\*\*/|\*|\?)", pattern)
    return re.compile("".join({"**/": "(?:[^/]+/)*", "*": "[^/]*", "?": "[^/]"}.get(p, re.escape(p)) for p in parts), re.S)


def run(root, host, python=sys.executable, environment=None):
    """Runs the entry point of `host.start` with the code below `root`; a `Result`."""
    to_guest, from_guest = os.pipe(), os.pipe()
    fds = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (*to_guest, *from_guest)]
    for fd in (*to_guest, *from_guest):
        os.close(fd)
    guest_in, host_out, host_in, guest_out = fds
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        actions = [
            # The files first: they may themselves stand at 3 and 4.
            (os.POSIX_SPAWN_DUP2, out.fileno(), 1), (os.POSIX_SPAWN_DUP2, err.fileno(), 2),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, guest_in, 3), (os.POSIX_SPAWN_DUP2, guest_out, 4),
        ]
        variables = {"PYTHONHASHSEED": "0", "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": "/nonexistent", "TMPDIR": "/tmp"}
        variables.update(environment or {})
        arguments = [python, "-s", "-S", "-B", "-X", "utf8=1", str(GUEST / "main.py"), str(root)]
        child = os.posix_spawn(python, arguments, variables, file_actions=actions)
        os.close(guest_in)
        os.close(guest_out)
        result = Result()
        try:
            with os.fdopen(host_in, "rb") as incoming, os.fdopen(host_out, "wb") as outgoing:
                serve(host, result, incoming, outgoing)
        finally:
            result.status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            for file, name in ((out, "stdout"), (err, "stderr")):
                file.seek(0)
                setattr(result, name, file.read().decode("utf-8", "replace"))
    return result


def send(stream, header, body=b""):
    encoded = json.dumps(header, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    stream.write(len(encoded).to_bytes(4, "big") + len(body).to_bytes(4, "big") + encoded + body)
    stream.flush()


def receive(stream):
    lengths = stream.read(8)
    if not lengths:
        return None, b""
    header = json.loads(stream.read(int.from_bytes(lengths[:4], "big")))
    return header, stream.read(int.from_bytes(lengths[4:], "big"))


def serve(host, result, incoming, outgoing):
    """The conversation, from the start frame to the end of the guest."""
    send(outgoing, {"type": "start", "protocol": 1, "run": host.start})
    header, _ = receive(incoming)
    if header is None:
        return
    assert header == {"type": "hello", "protocol": 1}, header
    ready = {}
    while True:
        header, body = receive(incoming)
        if header is None:
            return
        assert result.outcome is None, "a frame after the end"
        if header["type"] == "end":
            result.outcome, result.failure = header["outcome"], header.get("failure")
            continue
        if header["type"] == "wait":
            identity = next(one for one in reversed(header["ids"]) if one in ready)  # the order is the host's choice
            if not reply(outgoing, result, identity, *ready.pop(identity)):
                return
            continue
        result.events.append({**header, "body": body} if body else header)
        assert header["id"] == len(result.events), "the sequence numbers have a gap"
        if header["type"] == "tell":
            note(host, result, header, body)
            continue
        assert header["type"] == "call", header
        try:
            answer = (True, host.answer(header["kind"], header["request"]))
        except Refusal as refusal:
            answer = (False, {"reason": refusal.reason, "message": str(refusal)})
        if not header.get("wait"):
            ready[header["id"]] = answer
        elif not reply(outgoing, result, header["id"], *answer):
            return


def reply(outgoing, result, identity, ok, answer):
    """Sends one answer; false where the run is to be suspended instead."""
    if answer == "suspend":
        result.suspended = True
        send(outgoing, {"type": "suspend"})
        return False
    if ok:
        send(outgoing, {"type": "answer", "id": identity, "ok": True, "result": answer[0]}, answer[1])
    else:
        send(outgoing, {"type": "answer", "id": identity, "ok": False, "error": answer})
    return True


def note(host, result, header, body):
    """Keeps what the guest tells, checking again what a host checks."""
    kind, request = header["kind"], header["request"]
    if kind == "journal.post":
        check_entry(host.start, request)
        result.entries.append(request)
    elif kind == "output":
        assert request["name"] not in result.outputs
        result.outputs[request["name"]] = body
        result.lineage[request["name"]] = check_graph(request["lineage"])
    elif kind == "log":
        result.logs.append(request["message"])
    elif kind in ("step.begin", "step.end"):
        result.steps.append((kind[5:], request["id"]))
    else:
        raise AssertionError(f"unknown tell {kind}")


def check_entry(start, entry):
    codes = {one["code"] for one in start["accounts"]}
    total = Decimal(0)
    for line in entry["lines"]:
        amount = Decimal(line["amount"])
        assert line["account"] in codes and line["currency"] == start["entity"]["currency"] and amount > 0
        total += amount if line["side"] == "debit" else -amount
        check_graph(line["lineage"])
    assert total == 0


def check_graph(graph):
    """Every node names only earlier nodes and existing sources."""
    for index, node in enumerate(graph["nodes"]):
        if node[0] == "source":
            assert 0 <= node[1] < len(graph["sources"])
        elif node[0] != "cut":
            assert all(0 <= child < index for child in node[1:] if isinstance(child, int)), node
    assert len(graph["nodes"]) <= 10_000
    assert all(0 <= place < len(graph["nodes"]) for place in graph["figures"].values())
    return graph


def closing_balances(host, result):
    """Account → amount after the run, debit positive."""
    totals = {one["account"]: Decimal(one["amount"]) for one in host.opening["balances"]}
    for entry in result.entries:
        for line in entry["lines"]:
            amount = Decimal(line["amount"])
            signed = amount if line["side"] == "debit" else -amount
            totals[line["account"]] = totals.get(line["account"], Decimal(0)) + signed
    return totals
