"""Where a number came from: a graph that grows with each calculation and is written down only when asked for.

A node is a tuple, because tuples are cheap to make and safe to free at any depth:
`("source", origin, value)` for a leaf, `(operation, children, detail)` for a calculation.
An origin is `None` or `(file, line)` for a constant, else an object with `_source(value)`.
"""

from __future__ import annotations

from . import _where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, Iterable, List, Set, Tuple

    Node = Tuple[Any, ...]

LIMIT = 10_000

# What one run may spend on graphs, in nodes looked at: a thousand shares of one long sum would otherwise each repeat it.
# Afterwards graphs are short. The count depends on nothing but the runbook and its inputs.
RUN_LIMIT = 300_000
SHORT_LIMIT = 100

_spent = 0

# What tells one node from another: its address, turned by four bits that are zero in every address, so never negative.
# Not `id`, each call of which raises an audit event and so runs our own hook: a close of the example asks 90,000 times.
_identity = object.__hash__

_CUT = 0  # stands where an identity stands; no object has it
_known_sources: Dict[int, Tuple[Node, dict, tuple]] = {}


def constant(value: Any) -> Node:
    """A leaf for a number that the runbook itself states, with the line that states it."""
    return ("source", _where.here(), value)


def write(figures: Dict[str, Node]) -> dict:
    """The protocol's graph for figures by JSON pointer: children before parents, at most `LIMIT` nodes.

    Once the run has spent `RUN_LIMIT`, at most `SHORT_LIMIT` nodes beside the figures themselves.
    """
    if len(figures) == 1:
        ((pointer, node),) = figures.items()
        if node[0] == "source":  # the amount stands in a document as it is: most journal lines
            return {"sources": [_described(_identity(node), node)[1]], "nodes": [["source", 0]], "figures": {pointer: 0}}
    return _Writer(figures).graph()


class _Writer:
    """Writes one graph, without recursion: a sum of 100,000 is a chain of 100,000 nodes."""

    def __init__(self, figures: Dict[str, Node]) -> None:
        self.figures = figures
        self.uses: Dict[int, int] = {}
        self.kept: Dict[int, Tuple[Node, List[int]]] = {}
        self.cut = 0
        self.limit = LIMIT
        self.sources: List[dict] = []
        self.nodes: List[list] = []
        self.place: Dict[int, int] = {_CUT: 0}
        self.source_place: Dict[tuple, int] = {}

    def graph(self) -> dict:
        roots = list(self.figures.values())
        if not self._count_uses(roots):
            self.uses.clear()
            self.limit = min(LIMIT, SHORT_LIMIT + len(roots))
        self._choose(roots)
        if self.cut:
            self.nodes.append(["cut", self.cut])
        for root in roots:
            self._emit(root)
        places = {pointer: self.place[_identity(node)] for pointer, node in self.figures.items()}
        return {"sources": self.sources, "nodes": self.nodes, "figures": places}

    def _count_uses(self, roots: List[Node]) -> bool:
        """How often each node is named. A sum that is named once, by another sum, is not shown on its own.

        False where the run has no more to spend on looking.
        """
        global _spent
        uses = self.uses
        left = RUN_LIMIT - _spent
        stack: List[Node] = []
        for root in roots:
            uses[_identity(root)] = uses.get(_identity(root), 0) + 2  # a figure is always shown
            if uses[_identity(root)] == 2:
                stack.append(root)
        while stack and len(uses) <= left:
            node = stack.pop()
            if node[0] == "source":
                continue
            for child in node[1]:
                key = _identity(child)
                seen = uses.get(key, 0)
                uses[key] = seen + 1
                if seen == 0:
                    stack.append(child)
        _spent += len(uses)
        return not stack

    def _flat(self, node: Node) -> Iterable[Node]:
        """The children of a node, with the sums inside a sum put in their place."""
        if node[0] != "+" or not self.uses:
            return node[1]
        terms: List[Node] = []
        stack = list(reversed(node[1]))
        while stack:
            term = stack.pop()
            if term[0] == "+" and self.uses[_identity(term)] == 1:
                stack.extend(reversed(term[1]))
            else:
                terms.append(term)
        return terms

    def _choose(self, roots: List[Node]) -> None:
        """Breadth first, so that what is cut is what lies deepest."""
        queue: List[Tuple[int, Node]] = []
        known: Set[int] = {_CUT}
        for root in roots:
            key = _identity(root)
            if key not in known:
                known.add(key)
                queue.append((key, root))
        budget = self.limit - 1 - len(queue)  # one node is kept for the cut itself
        for own, node in queue:  # which grows on the way
            children: List[int] = []
            if node[0] != "source":
                for child in self._flat(node):
                    key = _identity(child)
                    if key not in known:
                        if budget > 0:
                            budget -= 1
                            known.add(key)
                            queue.append((key, child))
                        else:
                            self.cut += 1
                            key = _CUT
                            if node[0] == "+" and children and children[-1] == _CUT:
                                continue
                    children.append(key)
            self.kept[own] = (node, children)

    def _emit(self, root: Node) -> None:
        """Numbers the kept nodes below `root`, children first. On the stack `~key` says: its children are done."""
        place = self.place
        stack: List[int] = [_identity(root)]
        while stack:
            key = stack.pop()
            if key < 0:
                node, children = self.kept[~key]
                written = [node[0]]
                written += [place[child] for child in children]
                if node[2] is not None:
                    written.append(node[2])
                place[~key] = len(self.nodes)
                self.nodes.append(written)
            elif key not in place:
                node, children = self.kept[key]
                if children:
                    stack.append(~key)
                    stack.extend(reversed(children))
                else:
                    place[key] = self._emit_source(key, node)

    def _emit_source(self, key: int, node: Node) -> int:
        _, source, content = _described(key, node)
        place = self.source_place.get(content)
        if place is None:
            place = self.source_place[content] = len(self.nodes)
            self.nodes.append(["source", len(self.sources)])
            self.sources.append(source)
        return place


def _described(key: int, node: Node) -> Tuple[Node, dict, tuple]:
    """A source and what makes it the same as another; kept, because one amount is explained in many graphs."""
    found = _known_sources.get(key)
    if found is None:
        source = describe(node)
        # The node is kept with it, so that its identity stays its own.
        found = _known_sources[key] = (node, source, tuple(source.values()))
    return found


def describe(node: Node) -> dict:
    """One source as the protocol writes it."""
    _, origin, value = node
    if origin is not None and not isinstance(origin, tuple):
        return origin._source(value)
    source = {"kind": "constant", "value": value if isinstance(value, str) else format(value, "f")}
    if origin is not None:
        source["file"] = _where.relative(origin[0]) or origin[0]
        source["line"] = origin[1]
    return source
