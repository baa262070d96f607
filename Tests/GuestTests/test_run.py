"""Whole runs in a child Python over real pipes: what is asked and told, and how a run ends."""

import json
import sqlite3
import unittest

from harness import GUEST, Refusal
from runcase import RunCase


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
