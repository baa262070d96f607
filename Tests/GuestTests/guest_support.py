"""What the tests of the pure parts share: the package on the path, and documents made in memory."""

import hashlib
import random
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
GUEST = HERE.parents[1] / "Sources" / "Executor" / "Guest"
sys.path[:0] = [path for path in (str(HERE), str(GUEST)) if path not in sys.path]
sys.dont_write_bytecode = True

from runbook._documents import Document, Documents  # noqa: E402


def document(content, name="doc"):
    """A document whose bytes are already here."""
    body = content.encode("utf-8") if isinstance(content, str) else content
    made = Document(name, hashlib.sha256(body).hexdigest(), len(body), Documents())
    made._bytes = body
    return made


def seeded(test):
    """A random generator whose seed is printed, so that a failure can be repeated."""
    seed = int(time.time_ns()) % 10**9
    print(f"\n{test.id().rpartition('.')[2]}: seed {seed}", file=sys.stderr)
    return random.Random(seed)
