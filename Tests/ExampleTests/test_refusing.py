"""Documents with something wrong in them: the run fails and says what."""

import copy
import re
import shutil
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from support import DOCUMENTS, closed, execute, needs_harness


@needs_harness
class Refusing(unittest.TestCase):
    """One thing is changed, and the message names it."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = Path(scratch.name) / "documents"

    def failure(self, edits, entity="alder-uk", period="2026-03", opening=None, extra=None):
        """The message of a run over changed documents: {name: function(text)}."""
        shutil.copytree(DOCUMENTS / entity / period, self.folder)
        for name, change in edits.items():
            path = self.folder / name
            before = path.read_text("utf-8")
            after = change(before)
            self.assertNotEqual(before, after)
            path.write_text(after, "utf-8")
        if extra:
            extra(self.folder)
        result, _ = execute(entity, period, self.folder, opening)
        self.assertEqual(result.outcome, "failed")
        self.assertEqual(result.failure["reason"], "RunbookFailed", result.failure)
        return result.failure["message"]

    def carried(self, change=None):
        """March's closing balances of the UK company, some of them changed."""
        opening = copy.deepcopy(closed("alder-uk", "2026-03")[1])
        for one in opening["balances"]:
            if change and one["account"] in change:
                one["amount"] = f"{Decimal(one['amount']) + change[one['account']]:.2f}"
        return opening

    def test_an_unmatched_bank_line_is_listed(self):
        """Two lines that no rule knows or that find nothing open: both are in the message, with the reason."""
        def change(text):
            return text.replace("PAYMENT SERVICES CHARGE", "CHEQUE 000417", 1).replace("SI-UK2602-04", "SI-UK2601-99")

        message = self.failure({"bank/statement.xml": change})
        self.assertRegex(message, r"^2 of \d+ bank lines are not matched:")
        self.assertIn("CHEQUE 000417: no rule of the classifier knows it", message)
        self.assertIn("nothing is open under SI-UK2601-99", message)

    def test_an_extra_bank_line_is_listed(self):
        """One more line, with the closing balance moved along: the statement adds up, the books do not know it."""
        def change(text):
            line = text[text.index("      <Ntry>"):text.index("</Ntry>") + len("</Ntry>\n")]
            amount = re.search(r"<Amt Ccy=\"GBP\">([\d.]+)<", line)[1]
            sign = 1 if "CRDT" in line else -1
            closing = re.search(r"CLBD.*?>([\d.]+)</Amt>", text, re.S)[1]
            moved = Decimal(closing) + sign * Decimal(amount)
            text = text.replace(f">{closing}<", f">{moved}<")
            extra = re.sub(r"<EndToEndId>.*?<", "<EndToEndId>NOTPROVIDED<", re.sub(r"<Ustrd>.*?<", "<Ustrd>mystery payment<", line))
            return text.replace("    </Stmt>", extra + "    </Stmt>")

        message = self.failure({"bank/statement.xml": change})
        self.assertRegex(message, r"^1 of \d+ bank lines are not matched:\nline \d+: .*mystery payment")

    def test_an_amount_that_is_not_the_open_one_is_not_matched(self):
        """A supplier paid a penny more than invoiced."""
        message = self.failure({"bank/statement.xml": lambda text: penny_more(text, "SI-UK2602-04")})
        self.assertRegex(message, r"SI-UK2602-04 is open at -\d")

    def test_a_cash_difference_fails_the_run(self):
        """A statement that starts elsewhere than the ledger's cash."""
        def change(text):
            for code in ("OPBD", "CLBD"):
                held = re.search(code + r".*?>([\d.]+)</Amt>", text, re.S)[1]
                text = text.replace(f">{held}<", f">{Decimal(held) + 100}<")
            return text

        message = self.failure({"bank/statement.xml": change})
        self.assertIn("cash: ledger 2841906.37, bank statement 2842006.37, difference -100.00", message)

    def test_carried_balances_that_differ_from_the_documents_fail(self):
        """Every difference is named, with both amounts."""
        opening = self.carried({"1200": Decimal("10.00"), "1100": Decimal("-10.00")})
        message = self.failure({}, period="2026-04", opening=opening)
        self.assertIn("opening balances at 2026-04-01 (carried forward from 2026-03) differ", message)
        self.assertRegex(message, r"cash: ledger \S+, bank statement \S+, difference 10.00")
        self.assertRegex(message, r"receivables: ledger \S+, tenancy schedule \S+, difference -10.00")

    def test_a_take_on_beside_carried_balances_must_say_the_same(self):
        """An old trial balance among April's documents is compared account by account."""
        def extra(folder):
            shutil.copytree(DOCUMENTS / "alder-uk" / "2026-03" / "take-on", folder / "take-on")

        message = self.failure({}, period="2026-04", opening=self.carried(), extra=extra)
        self.assertRegex(message, r"account 1200: carried forward \S+, take-on trial balance 2841906.37")

    def test_a_first_period_needs_a_trial_balance(self):
        """Nothing precedes and nothing is taken on."""
        message = self.failure({}, extra=lambda folder: shutil.rmtree(folder / "take-on"))
        self.assertIn("nothing precedes 2026-03 in the ledger", message)

    def test_a_valuation_of_another_month_is_refused(self):
        """Last month's valuation in this month's folder."""
        message = self.failure({"valuation/valuation.json": lambda text: text.replace("2026-03-31", "2026-02-28")})
        self.assertIn("the valuation is of 2026-02-28", message)

    def test_a_capital_call_is_units_times_price(self):
        """A register whose amount does not follow from units and price."""
        message = self.failure({"units/unit-register.csv": lambda text: text.replace("127500,1.0640,135660.00", "127500,1.0640,135670.00")})
        self.assertIn("127500 units at 1.064 are not 135670.00", message)


def penny_more(text, reference):
    """The payment of a reference, and the closing balance, a penny higher."""
    entry = next(part for part in text.split("      <Ntry>") if reference in part)
    paid = re.search(r">([\d.]+)</Amt>", entry)[1]
    closing = re.search(r"CLBD.*?>([\d.]+)</Amt>", text, re.S)[1]
    changed = entry.replace(f">{paid}<", f">{Decimal(paid) + Decimal('0.01')}<")
    return text.replace(entry, changed).replace(f">{closing}<", f">{Decimal(closing) - Decimal('0.01')}<")

if __name__ == "__main__":
    unittest.main()
