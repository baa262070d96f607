"""The floor of a run: the same runbook on the same documents, as a plain script in the same sandbox.

It stands in for the host within its own process: calls are answered from a folder and from one file, tells are dropped.
So all of the runbook's and the SDK's own work is done (parsing, numbers, lineage, journal, outputs as bytes), and nothing
of the protocol, the audit hook, the history, the objects, the store or the stamp. Each entity has a copy of this file
under its own name.
"""

import os
import sys

place = os.path.dirname(os.path.abspath(__file__))
name = os.path.basename(__file__)[: -len(".py")]
sys.path.insert(0, place + "/guest")

from runbook import _context, _main, _where  # noqa: E402
from runbook._client import Answer, leave  # noqa: E402
from runbook._jsontext import loads  # noqa: E402

sys.path.remove(place + "/guest")


def key(kind, request):
    return kind, str(sorted(request.items()))


class Standin:
    """What the SDK takes for its connection to the host."""

    def __init__(self, answers):
        self.answers = {key(one["kind"], one["request"]): one["result"] for one in answers}
        self.last = 0

    def call(self, kind, request):
        self.last += 1
        body = b""
        if kind == "document.read":
            with open(f"{place}/documents/{name}/{request['name']}", "rb") as file:
                body = file.read()
        return Answer(self.answers[key(kind, request)], body)

    def tell(self, kind, request, body=b""):
        self.last += 1


with open(f"{place}/entities/{name}.json", encoding="utf-8") as file:
    given = loads(file.read())
standin = Standin(given["answers"])
root = place + "/code"
_where.set_root(root)
_context.begin(_context.Context(standin, given["run"], root))
failure = _main._attempt(given["run"], root)
print(standin.last if failure is None else failure)
leave(0 if failure is None else 1)
