"""The example closes six times and agrees with independent arithmetic."""

import shutil
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

import golden
from support import DOCUMENTS, ENTITIES, PERIODS, WORKSPACE, closed, configuration, database, execute, needs_harness, rows, signed


@needs_harness
class Closing(unittest.TestCase):
    """All entities and periods, run once and looked at from several sides."""

    def each(self):
        for entity in ENTITIES:
            for period in PERIODS:
                with self.subTest(entity=entity, period=period):
                    yield entity, period, closed(entity, period)[0]

    def test_every_period_closes(self):
        """All six runs succeed with every statement."""
        for _, _, result in self.each():
            self.assertEqual((result.outcome, result.failure), ("succeeded", None))
            self.assertEqual(sorted(result.outputs), [
                "balance-sheet.json", "bank-reconciliation.json", "income-statement.json", "journal.csv", "nav-statement.json",
                "nav-statement.txt", "trial-balance.csv", "vat-control.json"])
            self.assertEqual(result.logs, [])

    def test_net_asset_value_is_what_the_documents_say(self):
        """The runbook's movements end where counting the balance sheet from the documents ends."""
        config = configuration()
        for entity, jurisdiction in ENTITIES.items():
            before = None
            for period in PERIODS:
                with self.subTest(entity=entity, period=period):
                    papers = golden.Papers(DOCUMENTS / entity / period, period)
                    before = golden.close(papers, before or golden.from_take_on(papers.take_on), config, jurisdiction)
                    statement = closed(entity, period)[0].json("nav-statement.json")
                    self.assertEqual(statement["net_asset_value"], f"{before['nav']:.2f}")
                    per_unit = golden.Fraction(before["nav"]) / before["units"]
                    self.assertEqual(statement["net_asset_value_per_unit"], f"{golden.pence(per_unit * 100) / 100:.4f}")
                    self.assertEqual(statement["variance"]["total_assets"]["period"], f"{before['assets']:.2f}")

    def test_interest_on_a_facility_by_hand(self):
        """24.5 million at 3.97 % + 2.15 % for 31 of 365 days; 26 million at 2.04 % + 1.85 % for 30 and 1.98 % + 1.85 % for 1 of 360."""
        for entity, account, expected in (("alder-uk", "6000", "127346.30"), ("alder-lux", "6000", "87049.44")):
            by_account = {row["account"]: row for row in rows(closed(entity, "2026-03")[0], "trial-balance.csv")}
            self.assertEqual(by_account[account]["debit"], expected)

    def test_the_trial_balance_is_the_ledger(self):
        """Debits are credits, and every closing balance is what was posted."""
        for entity, period, result in self.each():
            table = rows(result, "trial-balance.csv")
            stated = {row["account"]: signed(row) for row in table}
            self.assertEqual(sum(stated.values()), 0)
            self.assertEqual(sum(Decimal(row["opening"]) for row in table), 0)
            for row in table:
                self.assertEqual(Decimal(row["opening"]) + Decimal(row["movement"]), stated[row["account"]])
            ledger = {one["account"]: Decimal(one["amount"]) for one in closed(entity, period)[1]["balances"]}
            self.assertEqual({code: amount for code, amount in stated.items() if amount}, ledger)

    def test_the_journal_is_what_was_posted(self):
        """The journal that is handed out has every line of every entry."""
        for _, _, result in self.each():
            posted = [(line["account"], line["side"], line["amount"]) for entry in result.entries for line in entry["lines"]]
            stated = [(row["account"], "debit" if row["debit"] else "credit", row["debit"] or row["credit"]) for row in rows(result, "journal.csv")]
            self.assertEqual(stated, posted)

    def test_the_bridge_leads_from_opening_to_closing(self):
        """The steps add up, and April starts where March ended."""
        for entity, period, result in self.each():
            statement = result.json("nav-statement.json")
            *steps, closing = [Decimal(one["amount"]) for one in statement["bridge"]]
            self.assertEqual(sum(steps), closing)
            self.assertEqual(str(closing), statement["net_asset_value"])
            if period == "2026-04":
                march = closed(entity, "2026-03")[0].json("nav-statement.json")
                self.assertEqual(statement["bridge"][0]["amount"], march["net_asset_value"])
                self.assertEqual(statement["variance"]["net_asset_value_per_unit"]["prior_period"], march["net_asset_value_per_unit"])
                self.assertEqual(statement["variance"]["result"]["prior_period"], march["variance"]["result"]["period"])
                self.assertEqual(statement["opening_balances"], "carried forward from 2026-03")

    def test_the_nav_statement_says_on_what_it_stands(self):
        """Framework, fiscal year end and valuation date, also in the text for people."""
        for _, period, result in self.each():
            statement = result.json("nav-statement.json")
            last = {"2026-03": "2026-03-31", "2026-04": "2026-04-30"}[period]
            self.assertEqual((statement["reporting_framework"], statement["fiscal_year_end"], statement["valuation"]["date"]), ("IFRS", "2026-12-31", last))
            text = result.outputs["nav-statement.txt"].decode("utf-8")
            self.assertIn("31 December 2026", text)
            self.assertIn(f"{Decimal(statement['net_asset_value']):,.2f}", text)

    def test_the_bank_has_realistic_volume_and_agrees(self):
        """60 to 120 lines a statement, no difference."""
        for _, _, result in self.each():
            made = result.json("bank-reconciliation.json")
            self.assertTrue(60 <= made["statement"]["lines"] <= 120, made["statement"]["lines"])
            self.assertEqual((made["difference"], made["ledger"]["cash"]), ("0.00", made["statement"]["closing"]))

    def test_a_figure_leads_back_to_documents_and_configuration(self):
        """The management fee's lineage names the trial balance and the configured rate."""
        result = closed("alder-uk", "2026-03")[0]
        entry = next(one for one in result.entries if one["description"].startswith("Management fee"))
        sources = entry["lines"][0]["lineage"]["sources"]
        self.assertIn("take-on/trial-balance.csv", [one.get("document") for one in sources])
        self.assertIn("/management_fee/rate", [one.get("locator") for one in sources])

    def test_a_second_run_gives_the_same_bytes(self):
        """Outputs and entries do not depend on the run."""
        again, _ = execute("alder-lux", "2026-03")
        self.assertEqual(again.outputs, closed("alder-lux", "2026-03")[0].outputs)
        self.assertEqual(again.entries, closed("alder-lux", "2026-03")[0].entries)

    def test_a_new_fiscal_year_starts_with_retained_earnings(self):
        """With a year that ends in February, March moves the year's result; net assets do not change."""
        with tempfile.TemporaryDirectory() as scratch:
            workspace = Path(scratch) / "workspace"
            shutil.copytree(WORKSPACE, workspace)
            tenant = workspace / "tenants/alder/tenant.yaml"
            tenant.write_text(tenant.read_text("utf-8").replace('"12-31"', '"02-28"'), "utf-8")
            result, _ = execute("alder-uk", "2026-03", workspace=workspace)
        self.assertEqual(result.outcome, "succeeded")
        by_account = {row["account"]: row for row in rows(result, "trial-balance.csv")}
        self.assertNotIn("3300", by_account)
        self.assertEqual(by_account["3200"]["credit"], "1916016.64")
        statement = result.json("nav-statement.json")
        self.assertEqual(statement["fiscal_year_end"], "2027-02-28")
        self.assertEqual(statement["net_asset_value"], closed("alder-uk", "2026-03")[0].json("nav-statement.json")["net_asset_value"])

    def test_without_a_budget_the_close_says_so_and_goes_on(self):
        """An empty budget table is a remark, not a failure."""
        empty = database("empty.db", "CREATE TABLE budget (entity, period, account, amount);")
        result, _ = execute("alder-uk", "2026-03", platform=empty)
        self.assertEqual(result.outcome, "succeeded")
        self.assertIn("no budget", result.logs[0])

if __name__ == "__main__":
    unittest.main()
