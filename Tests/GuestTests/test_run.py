"""Whole runs in a child Python over real pipes: what is told, what is refused, and how a run ends."""

import json
import sqlite3
import tempfile
import textwrap
import unittest
from pathlib import Path

import support  # noqa: F401
from harness import GUEST, Host, Refusal, period_fields, run

ACCOUNTS = [
    {"code": "1200", "name": "Cash", "type": "asset"}, {"code": "3000", "name": "Capital", "type": "equity"},
    {"code": "4000", "name": "Rent", "type": "income"},
]


def start(**changes):
    fields = {
        "tenant": {"name": "alder", "displayName": "Alder", "baseCurrency": "GBP", "timeZone": "Europe/London",
                   "fiscalYearEnd": "12-31", "reportingFramework": "IFRS"},
        "entity": {"name": "alder-uk", "displayName": "Alder UK", "type": "spv", "jurisdiction": "GB",
                   "currency": "GBP", "labels": {"fund": "alder"}},
        "period": period_fields("2026-03"), "deployment": "nav", "runbook": "nav", "entrypoint": "nav:close",
        "parameters": {"note": "2.50"}, "logicalTime": "2026-03-31T23:59:59+01:00", "accounts": ACCOUNTS,
        "config": {"fee": {"rate": "0.0125", "cash": "1200", "none": "9999"}, "bands": [{"rate": "1"}], "days": 30,
                   "date": "2026-03-25"},
    }
    fields.update(changes)
    return fields


class RunCase(unittest.TestCase):
    """Writes a runbook into a temporary workspace and runs it."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        self.documents = self.root / "documents"
        self.write("documents/.keep", "")
        (self.documents / ".keep").unlink()

    def write(self, path, text):
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(text), "utf-8")

    def close(self, body, *, changes=None, answers=None, opening=None, database=None, **options):
        """Runs `def close(run)` with this body; line 1 of the body is line 3 of the file."""
        code = "from runbook import *\ndef close(run):\n" + textwrap.indent(textwrap.dedent(body).strip("\n"), "    ")
        self.write("runbooks/nav/nav.py", code + "\n")
        host = Host(start(**(changes or {})), self.documents, opening, database, answers)
        return run(self.root, host, **options)

    def succeeds(self, body, **options):
        result = self.close(body, **options)
        self.assertEqual((result.outcome, result.failure), ("succeeded", None), result.stderr)
        self.assertEqual(result.status, 0)
        return result

    def fails(self, body, reason, *words, line=None, **options):
        result = self.close(body, **options)
        self.assertEqual(result.outcome, "failed", result.stderr)
        self.assertEqual(result.status, 0)
        failure = result.failure
        self.assertEqual(failure["reason"], reason, failure)
        for word in words:
            self.assertIn(word, failure["message"])
        if line is not None:
            self.assertEqual((failure["file"], failure["line"]), ("runbooks/nav/nav.py", line), failure)
        return result


class ContextTests(RunCase):
    def test_context(self):
        """Entity, period, configuration, parameters and chart are what the start frame says."""
        result = self.succeeds("""
            assert run.entity.display_name == "Alder UK" and run.tenant.reporting_framework == "IFRS"
            assert str(run.period) == "2026-03" and run.period.previous == "2026-02" and run.period.days == 31
            assert run.config.days == 30 and run.config.fee.rate == "0.0125" and run.config["date"] == "2026-03-25"
            assert run.config.get("absent") is None and "fee" in run.config and len(run.config.bands) == 1
            assert run.logical_time.utcoffset().total_seconds() == 3600
            assert [one.code for one in run.accounts.of_type("income")] == ["4000"] and run.accounts["1200"].name == "Cash"
            output("x.json", {
                "fee": Money("100.00", "GBP") * run.config.decimal("fee.rate"), "band": run.config.bands[0].decimal("rate"),
                "note": run.parameters.money("note", "GBP"), "period": run.period, "account": run.config.fee.account("cash"),
            })
            print("printed")
        """)
        self.assertEqual(result.json("x.json"), {
            "fee": "1.25", "band": "1", "note": "2.50", "period": "2026-03", "account": "1200"})
        self.assertEqual(result.stdout, "printed\n")
        sources = result.lineage["x.json"]["sources"]
        self.assertIn({"kind": "config", "locator": "/bands/0/rate", "value": "1"}, sources)
        self.assertIn({"kind": "config", "locator": "/fee/rate", "value": "0.0125"}, sources)
        self.assertIn({"kind": "parameter", "locator": "note", "value": "2.50"}, sources)
        constant = next(one for one in sources if one["kind"] == "constant")
        self.assertEqual((constant["file"], constant["line"]), ("runbooks/nav/nav.py", 10))

    def test_missing_configuration(self):
        """A configuration value that is absent or malformed is named."""
        self.fails("run.config.decimal('fee.cap')", "RunbookError", "no fee.cap", line=3)
        self.fails("run.config.absent", "RunbookError", "no value “absent”", line=3)
        self.fails("run.config.money('date', 'GBP')", "RunbookError", "configuration /date", "plain number")
        self.fails("run.config.account('fee.none')", "RunbookError", "9999", "not in the chart")

    def test_capabilities(self):
        """The tenant's own module is found before the shared one, which is found where the tenant has none."""
        self.write("capabilities/rules.py", "who = 'shared'")
        self.write("capabilities/common.py", "who = 'shared'")
        self.write("tenants/alder/capabilities/rules.py", "who = 'alder'")
        self.write("tenants/other/capabilities/common.py", "who = 'other'")
        result = self.succeeds("""
            from capabilities.rules import who
            from capabilities import common
            print(who, common.who)
        """)
        self.assertEqual(result.stdout, "alder shared\n")

    def test_module_names(self):
        """A module named as one of Python's is refused by name; a module `main` is the runbook's own."""
        self.write("runbooks/nav/main.py", "who = 'runbook'")
        self.assertEqual(self.succeeds("import main; print(main.who)").stdout, "runbook\n")
        self.write("runbooks/nav/calendar.py", "")
        self.fails("pass", "RunbookError", "runbooks/nav/calendar.py")


class DocumentTests(RunCase):
    def test_unread(self):
        """Documents that nobody read fail the run by name, unless they are ignored with a reason."""
        for name in ("a.csv", "mail/b.txt", "mail/c.txt"):
            self.write(f"documents/{name}", "x\n1\n")
        body = "documents.one('a.csv').csv()\n"
        self.fails(body, "RunbookFailed", "2 documents", "mail/b.txt, mail/c.txt")
        result = self.succeeds(body + "documents.ignore('mail/*', why='correspondence')")
        self.assertEqual(result.logs, ["documents not read: mail/*: correspondence"])

    def test_exactly_one(self):
        """None or several where one is expected fails with the names."""
        self.write("documents/bank/a.xml", "<a/>")
        self.write("documents/bank/b.xml", "<a/>")
        self.fails("documents.one('bank/*.xml')", "RunbookFailed", "2 documents", "bank/a.xml, bank/b.xml", line=3)
        self.fails("documents.one('rent/*')", "RunbookFailed", "no document “rent/*” for alder-uk 2026-03")
        self.fails("documents.maybe('bank/*')", "RunbookFailed", "2 documents")
        self.fails("assert documents.maybe('rent/*') is None", "RunbookFailed", "never read")

    def test_read_once(self):
        """A document is asked for once, however often it is read."""
        self.write("documents/a.csv", "x\n1\n")
        result = self.succeeds("for _ in range(3): documents.one('*.csv').csv(); documents.one('a.csv').text")
        kinds = [event["kind"] for event in result.events]
        self.assertEqual(kinds, ["document.find", "document.read", "document.find", "document.find"])

    def test_refused_call(self):
        """A refusal of the host is raised at the line that called, and can be caught."""
        def refuse(request):
            raise Refusal("QueryRefused", "no such table: rates")

        answers = {"query": refuse}
        self.fails("query('SELECT 1')", "RunbookError", "no such table: rates (QueryRefused)", line=3, answers=answers)
        result = self.succeeds("""
            try:
                query('SELECT 1')
            except Refused as refused:
                print(refused.reason)
        """, answers=answers)
        self.assertEqual(result.stdout, "QueryRefused\n")


class QueryTests(RunCase):
    def test_values(self):
        """Query values of every kind arrive exactly."""
        path = self.root / "data.db"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE t (i, r, s, b, n)")
            connection.execute("INSERT INTO t VALUES (?, 0.1, '2.50', x'00ff', NULL)", (2**60,))
        connection.close()
        result = self.succeeds("""
            row = run.query("SELECT * FROM t WHERE s = ?", [Money("2.5", "GBP")]).one()
            assert row["i"].int() == 2**60 and row["b"].value == b"\\x00\\xff" and row["n"].maybe.decimal() is None
            output("x.json", {"r": row["r"].decimal(), "s": row["s"].money("GBP")})
        """, database=path)
        self.assertEqual(result.json("x.json"), {"r": "0.1", "s": "2.50"})
        self.assertIn({"kind": "query", "event": 1, "locator": "row 1, column r", "value": "0.1"},
                      result.lineage["x.json"]["sources"])
        self.fails("query('SELECT ?', [0.1])", "RunbookError", "float")


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


class StepTests(RunCase):
    def test_ids(self):
        """A step has the id of runbook.md, in either way of writing, else the slug of its title."""
        self.write("runbooks/nav/runbook.md", """\
            ---
            slug: nav
            steps:
              - {id: read, label: "Read, then check"}
              - id: post
                label: Post interest   # in the ledger
            entrypoint: nav:close
            ---
            - {id: wrong, label: Sign off}
            """)
        result = self.succeeds("""
            @step("Post interest")
            def post(): "Posts."
            with step("Read, then check"):
                post()
            with step("Sign off: Ålesund!"): pass
            assert post.__doc__ == "Posts." and post.__name__ == "post"
        """)
        self.assertEqual(result.steps, [
            ("begin", "read"), ("begin", "post"), ("end", "post"), ("end", "read"), ("begin", "sign-off-lesund"),
            ("end", "sign-off-lesund")])

    def test_failure_within(self):
        """The step in which a run fails stays open; one whose exception is caught ends with what surrounds it."""
        result = self.fails("""
            with step("Outer"):
                try:
                    with step("Inner"): raise ValueError
                except ValueError: pass
            with step("Last"): fail("no")
        """, "RunbookFailed")
        self.assertEqual(result.steps, [
            ("begin", "outer"), ("begin", "inner"), ("end", "inner"), ("end", "outer"), ("begin", "last")])


class EndTests(RunCase):
    def test_fail(self):
        """`fail` ends the run with the lines and the place, and no broad except swallows it."""
        self.write("documents/a.csv", "x\n1\n")
        body = """
            cell = documents.one("a.csv").csv()[0]["x"]
            try:
                run.fail(["two lines differ:", "- 1"], at=cell)
            except Exception:
                pass
        """
        result = self.fails(body, "RunbookFailed", line=5)
        self.assertEqual(result.failure["message"], "two lines differ:\n- 1\n(a.csv, row 2, column x)")
        self.fails("""
            try: fail("stop")
            except BaseException: pass
        """, "RunbookFailed", "stop", line=3)

    def test_exception(self):
        """An exception gives type, message, the runbook's line and a traceback without addresses and paths."""
        result = self.fails("""
            def inner(thing):
                raise KeyError(f"{thing}")
            inner(object())
        """, "RunbookError", "KeyError: ", "0x…", line=4)
        detail = result.failure["detail"]
        self.assertIn("runbooks/nav/nav.py, line 5, in close\n    inner(object())", detail)
        self.assertNotIn(str(self.root), detail)
        result = self.fails("import json; json.loads('{')", "RunbookError", "JSONDecodeError", line=3)
        self.assertIn("python/json/", result.failure["detail"])

    def test_exception_inside_the_sdk(self):
        """A problem that the SDK finds is placed at the runbook's line, not the SDK's."""
        self.write("documents/a.csv", "x\n1e5\n")
        self.fails("x = 1\ndocuments.one('a.csv').csv()[0]['x'].decimal()", "RunbookFailed", "a.csv, row 2, column x", line=4)
        self.fails("Money('1', 'GBP') + Money('1', 'EUR')", "RunbookError", "different currencies", line=3)

    def test_exit(self):
        """Calling exit is an error, with status 0 too."""
        for body in ("raise SystemExit", "import sys; sys.exit(0)", "import sys; sys.exit('done')"):
            self.fails(body, "RunbookError", "called exit", line=3)

    def test_broken_code(self):
        """Syntax errors, missing functions, missing modules and endless recursion are failures with their place."""
        result = self.fails("x = (", "RunbookError", "SyntaxError")
        self.assertEqual(result.failure["file"], "runbooks/nav/nav.py")
        self.fails("pass", "RunbookError", "nav:missing is not a function", changes={"entrypoint": "nav:missing"})
        self.fails("pass", "RunbookError", "ModuleNotFoundError", changes={"entrypoint": "absent:close"})
        self.fails("def f(): f()\nf()", "RunbookError", "RecursionError")

    def test_hostile_exceptions(self):
        """An exception whose text raises, a closed stdout and a cycle of causes still end in an orderly way."""
        self.fails("""
            class Odd(Exception):
                def __str__(self): raise ValueError
            raise Odd
        """, "RunbookError", "Odd: (its text cannot be shown)")
        self.succeeds("import sys; sys.stdout.close()")
        self.fails("""
            a, b = ValueError(1), ValueError(2)
            a.__cause__, b.__cause__ = b, a
            raise a
        """, "RunbookError", "ValueError: 1")
        self.fails("raise ValueError('\\ud800' + 'x' * 100_000)", "RunbookError", "ValueError: ?xxx")

    def test_suspend(self):
        """When the host suspends, the guest ends at once with status 0 and says nothing more."""
        result = self.close("query('SELECT 1'); output('x', 'y')", answers={"query": lambda request: "suspend"})
        self.assertEqual((result.suspended, result.status, result.outcome), (True, 0, None))
        self.assertEqual(len(result.events), 1)

    def test_several_calls_in_flight(self):
        """Calls may wait together; their answers come in the host's order."""
        answers = {"query": lambda request: ({"columns": ["x"], "rows": [[request["sql"]]]}, b"")}
        result = self.succeeds("""
            from runbook._context import current
            client = current().client
            calls = [client.begin("query", {"sql": str(at), "parameters": []}) for at in range(3)]
            order = []
            while calls:
                done, answer = client.wait(calls)
                calls.remove(done)
                order.append((done, answer.result["rows"][0][0]))
            print(order)
        """, answers=answers)
        self.assertEqual(result.stdout, "[(3, '2'), (2, '1'), (1, '0')]\n")

    def test_same_bytes(self):
        """Two runs of the same inputs say exactly the same."""
        self.write("documents/a.csv", "x,y\n" + "".join(f"{at},{at}.10\n" for at in range(200)))
        body = """
            total = Money.total((row["y"].money("GBP") for row in documents.one("a.csv").csv()), "GBP")
            names = {row["x"].str() for row in documents.one("a.csv").csv()}
            output("x.json", {"total": total, "names": list(names), "parts": total.allocate([1, 2, 3])})
        """
        first, second = self.succeeds(body), self.succeeds(body)
        self.assertEqual(json.dumps(first.events, default=str), json.dumps(second.events, default=str))

    def test_host_gone(self):
        """Without a host the guest ends with status 1, at once."""
        import os
        import subprocess
        import sys

        reading, writing = os.pipe()
        os.close(writing)
        script = f"import os, sys; os.dup2({reading}, 3); os.dup2(2, 4); os.execv(sys.executable, [sys.executable, {str(GUEST / 'main.py')!r}])"
        child = subprocess.run([sys.executable, "-c", script], pass_fds=[reading], capture_output=True, check=False)
        os.close(reading)
        self.assertEqual(child.returncode, 1)
        self.assertIn(b"the host went away", child.stderr)


if __name__ == "__main__":
    unittest.main()
