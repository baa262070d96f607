"""Readers of documents: what they read, and how they refuse what is hostile or broken."""

import unittest
from datetime import date
from decimal import Decimal

from guest_support import document
from runbook import DocumentProblem
from runbook._documents import matches


class Refusing(unittest.TestCase):
    def refuses(self, attempt, *words):
        with self.assertRaises(DocumentProblem) as caught:
            attempt()
        for word in words:
            self.assertIn(word, str(caught.exception))


class BrokenJSONTests(Refusing):
    def test_every_truncation(self):
        """JSON cut anywhere names the document, also before anything imported the package `json`."""
        text = '{"loans": [{"margin": 0.0175, "name": "a"}, {"x": null}]}'
        for end in range(len(text)):
            self.refuses(document(text[:end], "loans/facilities.json").json, "loans/facilities.json")

    def test_without_the_package_json(self):
        """The scanner alone cannot say what is wrong; the reader helps it."""
        import subprocess
        import sys
        from pathlib import Path

        guest = Path(__file__).resolve().parents[2] / "Sources" / "Executor" / "Guest"
        script = ("import sys; sys.path.insert(0, sys.argv[1]); from runbook._jsontext import NotJSON, loads\n"
                  "assert 'json.decoder' not in sys.modules\n"
                  "try: loads('{\"a\": ')\nexcept NotJSON as problem: print('line', problem.line)")
        done = subprocess.run([sys.executable, "-S", "-c", script, str(guest)], capture_output=True, text=True, check=False)
        self.assertEqual(done.stdout.strip(), "line 1", done.stderr)


class TableTests(Refusing):
    def test_reading(self):
        """Cells read as what they should be and know their row and column; blank lines count but are no rows."""
        text = '\ufefftenant,annual_rent,start\n"Ash, Ltd",120000.00,2026-03-25\n\nBirch,,\n'
        table = document(text, "rent/tenancies.csv").csv().require("tenant", "annual_rent")
        self.assertEqual(table.columns, ["tenant", "annual_rent", "start"])
        first, second = table
        self.assertEqual(first["tenant"].str(), "Ash, Ltd")
        self.assertEqual(first["start"].date(), date(2026, 3, 25))
        source = first["annual_rent"].money("GBP")._node[1]._source("120000.00")
        self.assertEqual(source["locator"], "row 2, column annual_rent")
        self.assertEqual(source["document"], "rent/tenancies.csv")
        self.assertEqual(second["start"].locator, "row 4, column start")
        self.assertIsNone(second["annual_rent"].maybe.money("GBP"))
        self.assertFalse(second["annual_rent"])

    def test_malformed_cells(self):
        """A cell that is not of the form asked for names document, row and column."""
        row = document("a,b\n1e5,31/03/2026\n", "x.csv").csv()[0]
        self.refuses(row["a"].decimal, "x.csv", "row 2, column a", "1e5", "plain number")
        self.refuses(row["b"].date, "row 2, column b", "date")
        self.refuses(row["a"].bool, "true or false")
        self.refuses(lambda: row["c"], "no column “c”", "a, b")
        empty = document("a,b\n1, \n", "x.csv").csv()[0]
        self.refuses(empty["b"].str, "empty")
        self.refuses(document("a\n1.5\n").csv()[0]["a"].int, "whole number")
        self.refuses(document("a\n2026-02-30\n").csv()[0]["a"].date, "2026-02-30")

    def test_uneven_tables(self):
        """Ragged rows, doubled or missing names, broken quotes, zero bytes and emptiness are refused with the line."""
        self.refuses(document('a,b\n1,2\n"x\ny",2,3\n', "x.csv").csv, "x.csv, line 4", "3 fields", "2")
        self.refuses(document("a,b\n1\n").csv, "line 2")
        self.refuses(document("a,a\n1,2\n").csv, "twice: a")
        self.refuses(document("a,\n1,2\n").csv, "column 2", "no name")
        self.refuses(document('a\n"unclosed\n').csv, "not CSV")
        self.refuses(document('a\n"x"y\n').csv, "not CSV")
        self.refuses(document(b"a\n\0\n").csv, "zero byte")
        self.refuses(document("").csv, "empty")
        self.refuses(document("a\n" + "9" * 200_000).csv, "not CSV")

    def test_encodings(self):
        """Text that is not UTF-8 is refused with the line, and read when its encoding is named."""
        latin = document("tenant\nCafé\n".encode("latin-1"), "x.csv")
        self.refuses(latin.csv, "line 2", "UTF-8")
        self.assertEqual(latin.csv(encoding="latin-1")[0]["tenant"].str(), "Café")
        self.refuses(lambda: latin.csv(encoding="klingon"), "no encoding")

    def test_large_table(self):
        """A table of 100,000 rows reads in one go."""
        table = document("a,b\n" + "".join(f"{at},{at}.25\n" for at in range(100_000))).csv()
        self.assertEqual(table[-1]["b"].decimal(), Decimal("99999.25"))


class JsonTests(Refusing):
    def test_reading(self):
        """Numbers are exact and nodes know their JSON pointer."""
        node = document('{"loans": [{"a/b": 0.10, "n": 12345678901234567890.01, "x": null, "s": "2.50"}]}', "l.json").json()
        loan = node["loans"][0]
        self.assertEqual(loan["a/b"].decimal(), Decimal("0.1"))
        self.assertEqual(loan["n"].decimal().amount, Decimal("12345678901234567890.01"))
        self.assertEqual(loan["a/b"].locator, "/loans/0/a~1b")
        self.assertEqual(node["loans"][-1]["s"].locator, "/loans/0/s")
        self.assertEqual(str(loan["s"].money("GBP")), "2.50")
        self.assertIsNone(loan.get("x"))
        self.assertIsNone(loan.get("absent"))
        self.assertEqual([one["s"].str() for one in node["loans"]], ["2.50"])
        self.assertEqual([key for key, _ in loan.items()], ["a/b", "n", "x", "s"])
        self.assertIn("s", loan)

    def test_refusals(self):
        """Keys twice, NaN, trailing text, endless digits and deep nesting are refused."""
        self.refuses(document('{"a": 1,\n "a": 2}', "x.json").json, "“a” twice")
        self.refuses(document("[NaN]").json, "NaN")
        self.refuses(document("[1] 2").json, "more text")
        self.refuses(document("[1,\n\n oops]").json, "line 3")
        self.refuses(document("").json, "a value is expected")
        self.refuses(document('{"a": 1,}').json, "not JSON")
        self.refuses(document("9" * 5000).json, "100 digits")
        self.refuses(document("[" * 200_000).json, "deeply")
        self.refuses(document('["\\ud800').json, "not JSON")
        node = document('{"a": [1], "big": 1e99999}', "x.json").json()
        self.refuses(lambda: node["b"], "x.json", "no “b”")
        self.refuses(lambda: node["a"]["k"], "/a", "not an object")
        self.refuses(lambda: node["a"][3], "1 items")
        self.refuses(node["a"].decimal, "not a single value")
        self.refuses(node["big"].decimal, "plain number")


class XmlTests(Refusing):
    def test_reading(self):
        """Elements are found by local name and know their XPath; a namespace can be named."""
        root = document('<?xml version="1.0"?><D xmlns="urn:x" xmlns:o="urn:y"><E k="1.5">7</E><o:E>8</o:E><F>  9 </F></D>', "d.xml").xml()
        self.assertEqual([one.text for one in root.findall("E")], ["7", "8"])
        self.assertEqual([one.text for one in root.findall("{urn:y}E")], ["8"])
        self.assertEqual(root.findall("E")[1].locator, "/D/E[2]")
        self.assertEqual(root.one("F").locator, "/D/F")
        self.assertEqual(root.one("F").int(), 9)
        self.assertEqual(root.find("E").attribute("k").decimal(), Decimal("1.5"))
        self.assertEqual(root.find("E").attribute("k").locator, "/D/E[1]/@k")
        self.assertIsNone(root.find("absent/deeper"))
        self.refuses(lambda: root.one("E"), "has 2 E")
        self.refuses(lambda: root.one("F").date(), "/D/F", "date")

    def test_hostile(self):
        """Entities that explode, fetched files, deep nesting and broken bytes are refused at once."""
        laughs = '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><l>&b;</l>'
        self.refuses(document(laughs, "l.xml").xml, "l.xml", "DOCTYPE")
        self.refuses(document('<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>').xml, "DOCTYPE")
        self.refuses(document("<d>&unknown;</d>").xml, "not XML")
        self.refuses(document("<a>" * 100_000).xml, "deeply")
        self.refuses(document("<a><b></a>").xml, "line 1")
        self.refuses(document(b'<?xml version="1.0" encoding="utf-8"?><a>\xff</a>').xml, "not XML")
        self.refuses(document(b'<?xml version="1.0" encoding="klingon"?><a/>').xml, "not XML")
        self.refuses(document("").xml, "not XML")

    def test_wide(self):
        """The place of each of 50,000 siblings is known without counting them again and again."""
        root = document("<r>" + "<e>1</e>" * 50_000 + "</r>").xml()
        self.assertEqual(root.children[-1].locator, "/r/e[50000]")
        self.assertEqual(len({one.locator for one in root}), 50_000)


class PatternTests(unittest.TestCase):
    def test_patterns(self):
        """Patterns for ignored documents mean what the host's mean."""
        for name, pattern, expected in [
            ("bank/a.xml", "bank/*.xml", True), ("bank/x/a.xml", "bank/*.xml", False), ("a.xml", "**/*", True),
            ("bank/x/a.xml", "**/*.xml", True), ("bank/x/a.xml", "bank/**/a.xml", True), ("bank/a.xml", "bank/**/a.xml", True),
            ("a+b.csv", "a+b.csv", True), ("aab.csv", "a+b.csv", False), ("ab.csv", "a?.csv", True), ("a/.csv", "a?.csv", False),
        ]:
            self.assertEqual(matches(name, pattern), expected, (name, pattern))


if __name__ == "__main__":
    unittest.main()
