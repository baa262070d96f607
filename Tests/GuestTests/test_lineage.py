"""Lineage graphs: right, shared, cut where they must be, and never deep."""

import unittest
from decimal import Decimal
from fractions import Fraction

import guest_support as support
from runbook import Exact, Money, _lineage


def recompute(graph, pointer=""):
    """The value of a figure from its graph alone."""
    values = []
    for node in graph["nodes"]:
        children = [] if node[0] == "source" else [values[one] for one in node[1:] if isinstance(one, int)]
        if node[0] == "source":
            values.append(Fraction(graph["sources"][node[1]]["value"]))
        elif node[0] == "+":
            values.append(sum(children))
        elif node[0] == "-":
            values.append(children[0] - children[1])
        elif node[0] == "*":
            values.append(children[0] * children[1])
        elif node[0] == "neg":
            values.append(-children[0])
        elif node[0] == "abs":
            values.append(abs(children[0]))
        elif node[0] in ("min", "max"):
            values.append((min if node[0] == "min" else max)(children))
        else:
            scale, mode = node[-1].split()
            exact = children[0] / children[1] if node[0] == "/" else children[0]
            scaled = exact * 10 ** int(scale)
            assert mode == "half-up"
            whole = int(abs(scaled) + Fraction(1, 2))
            values.append(Fraction(whole if scaled >= 0 else -whole, 10 ** int(scale)))
    return values[graph["figures"][pointer]]


class LineageTests(unittest.TestCase):
    def setUp(self):
        _lineage._spent = 0

    def test_graph_of_a_calculation(self):
        """A quotient names its operands, and a constant stands once however often it is used."""
        value = (Money("120000.00", "GBP")).divide(Exact(4))
        graph = _lineage.write({"": value._node})
        self.assertEqual([one["value"] for one in graph["sources"]], ["120000.00", "4"])
        self.assertEqual(graph["nodes"], [["source", 0], ["source", 1], ["/", 0, 1, "2 half-up"]])
        self.assertEqual(graph["figures"], {"": 2})

    def test_graph_explains_the_value(self):
        """What the graph says, computed independently, is the value, for random calculations with shared parts."""
        generator = support.seeded(self)
        for _ in range(200):
            pool = [Money(f"{generator.randrange(1, 10**6)}.{generator.randrange(100):02d}", "GBP") for _ in range(4)]
            for _ in range(generator.randrange(1, 25)):
                a, b = generator.choice(pool), generator.choice(pool)
                pool.append(generator.choice([
                    lambda: a + b, lambda: a - b, lambda: -a, lambda: abs(a), lambda: a * Exact("1.25"),
                    lambda: a.divide(7), lambda: a.round(1), lambda: Money.min(a, b), lambda: Money.max(a, b),
                    lambda: Money.total([a, b, a], "GBP"),
                ])().round(6))
            figures = {f"/{at}": one._node for at, one in enumerate(pool[-3:])}
            graph = _lineage.write(figures)
            for at, one in enumerate(pool[-3:]):
                self.assertEqual(recompute(graph, f"/{at}"), Fraction(str(one.amount)))

    def test_long_sum(self):
        """A sum of 100,000 is one node with as many terms as fit, and says how many it leaves out."""
        total = Money("0.00", "GBP")
        one = [Money(Decimal(at).scaleb(-2), "GBP") for at in range(100_000)]
        for amount in one:
            total = total + amount
        graph = _lineage.write({"": total._node})
        self.assertLessEqual(len(graph["nodes"]), 10_000)
        self.assertEqual(graph["nodes"][0], ["cut", 90_003])
        self.assertEqual(graph["nodes"][-1][0], "+")
        del total  # freeing a deep chain must not exhaust the stack either

    def test_short_sum_is_flat(self):
        """A sum made step by step reads as one sum; a subtotal that is shown itself stays a node."""
        parts = [Money(at, "GBP") for at in range(1, 5)]
        subtotal = parts[0] + parts[1]
        total = subtotal + parts[2] + parts[3]
        graph = _lineage.write({"": total._node})
        self.assertEqual(graph["nodes"][-1], ["+", 0, 1, 2, 3])
        graph = _lineage.write({"/subtotal": subtotal._node, "/total": total._node})
        self.assertEqual([node for node in graph["nodes"] if node[0] == "+"], [["+", 0, 1], ["+", 2, 3, 4]])

    def test_deep_differences(self):
        """A chain that is no sum is cut at its deep end, without recursion."""
        value = Money("1.00", "GBP")
        for _ in range(50_000):
            value = -value
        graph = _lineage.write({"": value._node})
        self.assertEqual(len(graph["nodes"]), 10_000)
        self.assertEqual(graph["nodes"][0], ["cut", 1])
        self.assertEqual(graph["nodes"][1], ["neg", 0])

    def test_a_run_does_not_drown_in_graphs(self):
        """Shares of one long sum have long graphs until the run has spent its measure, and short ones afterwards."""
        total = Money.total([Money(at, "GBP") * 2 for at in range(1, 4000)], "GBP")
        sizes = [len(_lineage.write({"": part._node})["nodes"]) for part in total.allocate([1] * 100)]
        self.assertGreater(sizes[0], 4000)
        self.assertLess(sizes[-1], 110)
        self.assertLess(sum(sizes), 400_000)

    def test_shared_sums(self):
        """Sums that are named in many places, each by the next two, do not multiply."""
        a, b = Money("0.00", "GBP"), Money("0.01", "GBP")
        for _ in range(200):
            a, b = b, a + b
        self.assertLess(len(_lineage.write({"": b._node})["nodes"]), 250)

    def test_empty(self):
        """No figures, no graph."""
        self.assertEqual(_lineage.write({}), {"sources": [], "nodes": [], "figures": {}})


if __name__ == "__main__":
    unittest.main()
