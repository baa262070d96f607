"""camt.053 statements: versions, signs, batches, and sums that must hold."""

import unittest
from datetime import date
from pathlib import Path

from guest_support import document
from runbook import DocumentProblem

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "bank-statements" / "camt053"


def balance(code, amount, side="CRDT", day="2026-03-31"):
    return (f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy=\"GBP\">{amount}</Amt>"
            f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>")


def entry(amount, side="CRDT", status="<Sts>BOOK</Sts>", more="", day="2026-03-05", currency="GBP"):
    return (f"<Ntry><Amt Ccy=\"{currency}\">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>{status}"
            f"<BookgDt><Dt>{day}</Dt></BookgDt>{more}</Ntry>")


def statement(*content, version="001.02", account="<IBAN>GB33BUKB20201555555555</IBAN>", currency="GBP"):
    stmt = (f"<Stmt><Id>1</Id><Acct><Id>{account}</Id><Ccy>{currency}</Ccy></Acct>" + "".join(content) + "</Stmt>")
    return document(f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.{version}"><BkToCstmrStmt>{stmt}'
                    "</BkToCstmrStmt></Document>", "bank/s.xml")


class CamtTests(unittest.TestCase):
    def refuses(self, made, *words):
        with self.assertRaises(DocumentProblem) as caught:
            made.camt053()
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_lines(self):
        """Lines are signed by CdtDbtInd, and name reference, counterparty and text."""
        details = (
            "<NtryDtls><TxDtls><Refs><EndToEndId>RENT-7</EndToEndId></Refs><RltdPties><Dbtr><Nm>Ash Ltd</Nm></Dbtr><Cdtr>"
            "<Nm>Us</Nm></Cdtr></RltdPties><RmtInf><Ustrd>March</Ustrd><Ustrd>rent</Ustrd></RmtInf></TxDtls></NtryDtls>")
        made = statement(
            balance("OPBD", "100.00", "DBIT", "2026-02-28"), balance("CLBD", "130.50"), entry("250.50", more=details),
            entry("20.00", "DBIT", more="<AcctSvcrRef>B1</AcctSvcrRef><AddtlNtryInf>Charges</AddtlNtryInf>")).camt053()
        self.assertEqual((made.account, made.currency), ("GB33BUKB20201555555555", "GBP"))
        self.assertEqual((str(made.opening), str(made.closing)), ("-100.00", "130.50"))
        self.assertEqual(made.closing_date, date(2026, 3, 31))
        first, second = made.lines
        self.assertEqual((str(first.amount), first.reference, first.counterparty, first.text, first.index),
                         ("250.50", "RENT-7", "Ash Ltd", "March rent", 1))
        self.assertEqual((str(second.amount), second.reference, second.text), ("-20.00", "B1", "Charges"))
        self.assertEqual(second.amount._node[0], "neg")
        self.assertEqual(second.amount._node[1][0][1].locator, "/Document/BkToCstmrStmt/Stmt/Ntry[2]/Amt")

    def test_reversal(self):
        """A reversal keeps the sign that CdtDbtInd gives it, and says that it is one."""
        line = statement(balance("PRCD", "10.00"), balance("CLBD", "4.00"),
                         entry("6.00", "DBIT", "<RvslInd>true</RvslInd><Sts>BOOK</Sts>")).camt053().lines[0]
        self.assertEqual((str(line.amount), line.reversal), ("-6.00", True))

    def test_versions(self):
        """Status is text up to version 7 and a code from version 8; party names moved too; dates may have times."""
        details = ("<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>Ash Ltd</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls>")
        for version, status in (("001.02", "<Sts>BOOK</Sts>"), ("001.08", "<Sts><Cd>BOOK</Cd></Sts>")):
            made = statement(balance("OPBD", "0.00"), balance("CLBD", "1.00"), entry("1.00", status=status, more=details),
                             version=version).camt053()
            self.assertEqual(made.lines[0].counterparty, "Ash Ltd")
        timed = entry("1.00").replace("<Dt>2026-03-05</Dt>", "<DtTm>2026-03-05T10:00:00+01:00</DtTm>")
        made = statement(balance("OPBD", "0.00"), balance("CLBD", "1.00"), timed).camt053()
        self.assertEqual(made.lines[0].booked, date(2026, 3, 5))

    def test_pending(self):
        """What is announced but not booked is kept apart and not part of the sum."""
        made = statement(balance("OPBD", "1.00"), balance("CLBD", "1.00"), entry("9.00", status="<Sts>PDNG</Sts>")).camt053()
        self.assertEqual((len(made.lines), len(made.pending)), (0, 1))

    def test_batches(self):
        """A batch gives one line for each payment when their amounts make the whole, else one line."""
        def batch(*amounts):
            return "<NtryDtls>" + "".join(
                f"<TxDtls><Refs><EndToEndId>P{at}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy=\"{currency}\">{amount}</Amt>"
                "</TxAmt></AmtDtls></TxDtls>" for at, (amount, currency) in enumerate(amounts)) + "</NtryDtls>"

        for amounts, expected in (
            ([("4.00", "GBP"), ("6.00", "GBP")], ["-4.00", "-6.00"]),
            ([("4.00", "GBP"), ("5.00", "GBP")], ["-10.00"]),
            ([("4.00", "GBP"), ("6.00", "USD")], ["-10.00"]),
            ([("10.00", "GBP")], ["-10.00"]),
        ):
            made = statement(balance("OPBD", "10.00"), balance("CLBD", "0.00"),
                             entry("10.00", "DBIT", more=batch(*amounts))).camt053()
            self.assertEqual([str(one.amount) for one in made.lines], expected)

    def test_sum_that_fails(self):
        """A statement that does not add up is refused with opening, lines, closing and difference."""
        self.refuses(statement(balance("OPBD", "10.00"), balance("CLBD", "12.00"), entry("1.50")),
                     "does not add up", "opening 10.00", "1 lines", "11.50", "12.00", "difference 0.50")

    def test_refusals(self):
        """Balances missing or doubled, foreign currencies, signs twice, no dates, other documents: all refused."""
        opening, closing = balance("OPBD", "0.00"), balance("CLBD", "1.00")
        self.refuses(statement(closing, entry("1.00")), "OPBD or PRCD")
        self.refuses(statement(opening, closing, closing, entry("1.00")), "2 balances", "CLBD")
        self.refuses(statement(opening, closing, entry("1.00", currency="EUR")), "EUR")
        self.refuses(statement(opening, closing, entry("-1.00", "DBIT")), "sign")
        self.refuses(statement(opening, closing, entry("1.00", "PLUS")), "CRDT")
        self.refuses(statement(opening, closing, entry("1.00", day="05.03.2026")), "date")
        self.refuses(statement(opening, closing, entry("1,00")), "plain number", "Ntry/Amt")
        self.refuses(statement(opening, closing, entry("1.00"), currency="EUR"), "the account is in EUR")
        self.refuses(statement(opening, closing, account="<Nothing/>"), "no account")
        self.refuses(document("<Document/>", "x.xml"), "not a camt.053 statement")

    def test_several_statements(self):
        """Where a file holds several statements, the account chooses; without it the accounts are listed."""
        one = statement(balance("OPBD", "0.00"), balance("CLBD", "0.00")).bytes.decode()
        stmt = one[one.index("<Stmt>"):one.index("</BkTo")]
        both = document(one.replace(stmt, stmt + stmt.replace("GB33BUKB20201555555555", "GB99")), "two.xml")
        self.refuses(both, "2 statements", "GB99")
        self.assertEqual(both.camt053("GB99").account, "GB99")

    def test_real_statements(self):
        """Real statements made elsewhere read in full."""
        if not SAMPLES.is_dir():
            self.skipTest("the shared bank statements are not on this machine")
        made = document((SAMPLES / "test-camt053-txdtls.xml").read_bytes()).camt053()
        self.assertEqual([str(one.amount) for one in made.lines], ["2187.00", "1296.00"])
        self.assertEqual(made.lines[0].counterparty, "Banque Cantonale Vaudoise")
        self.assertEqual(made.lines[0].reference, "302388292000011111111111111")
        made = document((SAMPLES / "test-camt053-no-ntry.xml").read_bytes()).camt053()
        self.assertEqual((made.lines, str(made.closing)), ([], "1520.76"))
        self.refuses(document((SAMPLES / "test-camt053.xml").read_bytes()), "does not add up", "-434.16")


if __name__ == "__main__":
    unittest.main()
