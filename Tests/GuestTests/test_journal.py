"""What runs post and emit, and what is refused at the line that did it."""

import unittest

from runcase import RunCase


class JournalTests(RunCase):
    def test_entry(self):
        """An entry goes out in the protocol's form, and the balances follow."""
        opening = {"carriedFrom": [{"deployment": "nav", "period": "2026-02", "runKey": "0" * 64}],
                   "balances": [{"account": "1200", "amount": "10.00"}, {"account": "3000", "amount": "-10.00"}]}
        result = self.succeeds("""
            from datetime import date
            opening = ledger.opening()
            assert opening.carried and opening.balances["3000"] < 0
            journal.post(date=date(2026, 3, 25), description="Rent", lines=[
                journal.debit("1200", Money("5", "GBP"), memo="Ash"), journal.credit("4000", Money("5.00", "GBP"))])
            assert journal.balance("1200") == Money("15.00", "GBP") and journal.movement("1200") == Money("5.00", "GBP")
            output("tb.csv", [{"account": code, "balance": amount} for code, amount in journal.balances().items()])
            assert journal.entries[0].number == 1 and journal.entries[0].lines[1].signed == Money("-5", "GBP")
        """, opening=opening)
        entry = result.entries[0]
        line = entry["lines"][0]
        self.assertEqual((entry["date"], entry["description"], entry["opening"]), ("2026-03-25", "Rent", False))
        self.assertEqual([line[key] for key in ("account", "side", "amount", "currency", "memo")],
                         ["1200", "debit", "5.00", "GBP", "Ash"])
        post = next(event for event in result.events if event["kind"] == "journal.post")
        self.assertEqual(post["at"], {"file": "runbooks/nav/nav.py", "line": 6})
        self.assertEqual(result.outputs["tb.csv"], b"account,balance\n1200,15.00\n3000,-10.00\n4000,-5.00\n")
        self.assertEqual(result.lineage["tb.csv"]["figures"].keys(), {"/2/balance", "/3/balance", "/4/balance"})
        self.assertIn({"kind": "ledger", "locator": "account 1200", "value": "10.00"}, result.lineage["tb.csv"]["sources"])

    def test_take_on(self):
        """A take-on entry is dated the day before the period and is no movement."""
        body = """
            assert not ledger.opening().carried
            journal.post(description="Take-on", opening=True, lines=[
                journal.debit("1200", Money("5", "GBP")), journal.credit("3000", Money("5", "GBP"))])
            assert journal.balance("1200") == Money("5", "GBP") and journal.movement("1200") == 0
        """
        self.assertEqual(self.succeeds(body).entries[0]["date"], "2026-02-28")

    def test_refusals(self):
        """What the ledger would refuse is refused at the call, with all that is wrong and the line within the entry."""
        def post(lines, date="run.period.end", description="'Rent'", more=""):
            return f"M = lambda a, c='GBP': Money(a, c)\njournal.post(date={date}, description={description}{more}, lines=[{lines}])"

        good = "journal.debit('1200', M('5')), journal.credit('4000', M('5'))"
        cases = [
            (post("journal.debit('1200', M('5')), journal.credit('4000', M('4'))"), "debits 5.00 and credits 4.00 GBP differ by 1.00"),
            (post("journal.debit('9', M('5')), journal.credit('4000', M('5'))"), "line 1 (debit 9): account 9 is not in the chart"),
            (post("journal.debit('1200', M('5')), journal.credit('4000', M('5', 'EUR'))"), "line 2 (credit 4000): EUR"),
            (post("journal.debit('1200', M('5.001')), journal.credit('4000', M('5'))"), "5.001 is not a whole number"),
            (post("journal.debit('1200', M('0')), journal.credit('4000', M('-5'))"), "line 2 (credit 4000): -5.00 is not above zero"),
            (post("journal.debit('1200', 5.0)"), "5.0 is a float"),
            (post("journal.debit('1200', 5)"), "not Money"),
            (post("journal.debit(1200, M('5'))"), "account code is text"),
            (post(good, date="run.period.start.replace(year=2025)"), "2025-03-01 lies outside the period 2026-03"),
            (post(good, date="run.logical_time"), "not a datetime.date"),
            (post(good, date="None"), "no date"),
            (post(good, more=", opening=True"), "dated 2026-02-28"),
            (post(good, description="' '"), "no description"),
            (post(""), "no lines"), (post("('1200', 5)"), "line 1 is not made by"),
        ]
        for body, words in cases:
            self.fails(body, "RunbookError", words, line=4)


class OutputTests(RunCase):
    def test_canonical(self):
        """Outputs are canonical, and each figure keeps its lineage under its pointer."""
        result = self.succeeds("""
            from datetime import date
            from decimal import Decimal
            money = Money("1.50", "GBP")
            output("a/x.json", {"b": [money, {"c/d": Exact("0.10")}], "a": date(2026, 3, 1), "n": None, "t": True, "i": 3, "d": Decimal("2.0")})
            output("x.csv", [{"name": 'Ash, "A"', "rent": money, "note": None}, {"name": "B\\nC", "rent": money, "note": False}])
            output("empty.csv", [], columns=["a", "b"])
            output("t.txt", "é")
            output("b.bin", b"\\x00")
        """)
        self.assertEqual(result.outputs["a/x.json"],
                         b'{"a":"2026-03-01","b":["1.50",{"c/d":"0.10"}],"d":"2.0","i":3,"n":null,"t":true}')
        self.assertEqual(sorted(result.lineage["a/x.json"]["figures"]), ["/b/0", "/b/1/c~1d"])
        self.assertEqual(result.outputs["x.csv"], b'name,rent,note\n"Ash, ""A""",1.50,\n"B\nC",1.50,false\n')
        self.assertEqual(sorted(result.lineage["x.csv"]["figures"]), ["/2/rent", "/3/rent"])
        self.assertEqual((result.outputs["empty.csv"], result.outputs["t.txt"], result.outputs["b.bin"]), (b"a,b\n", "é".encode(), b"\0"))
        media = {event["request"]["name"]: event["request"]["mediaType"] for event in result.events if event["kind"] == "output"}
        self.assertEqual((media["x.csv"], media["b.bin"]), ("text/csv", "application/octet-stream"))

    def test_table_again(self):
        """A table that was read can be written."""
        self.write("documents/a.csv", "x,y\r\n1,\"2\"\r\n")
        self.assertEqual(self.succeeds("output('a.csv', documents.one('a.csv').csv())").outputs["a.csv"], b"x,y\n1,2\n")

    def test_refusals(self):
        """Names twice or outside, floats, other types, uneven rows: refused at the line."""
        for body, words in [
            ("output('a', 'x'); output('a', 'x')", "second time"), ("output('../a', 'x')", "not a name"),
            ("output('/a', 'x')", "not a name"), ("output('a//b', 'x')", "not a name"), ("output('a.stamp.json', {})", "stamps"),
            ("output('a.json', {'x': 0.1})", "float"), ("output('a.json', {'x': object()})", "object cannot be written"),
            ("output('a.json', {1: 2})", "not text"), ("output('a.json', {'x': 2**60})", "2^53"),
            ("output('a.json', {'x': '\\ud800'})", "surrogates"), ("output('a.csv', [])", "columns=[…]"),
            ("output('a.csv', [{'a': 1}, {'b': 1}])", "row 3"), ("output('a.csv', 5)", "list of dicts"),
            ("x = []\n[x := [x] for _ in range(100000)]; output('a.json', x)", "nested too deeply"),
        ]:
            self.fails(body, "RunbookError", words)


if __name__ == "__main__":
    unittest.main()
