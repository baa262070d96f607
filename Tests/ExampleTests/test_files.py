"""What lies in the example's folder is what it says."""

import csv
import io
import shutil
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from support import DOCUMENTS, EXAMPLE, ROOT, WORKSPACE, closed, configuration, execute, needs_harness, signed, yaml

TESTS = WORKSPACE / "runbooks/nav-monthly/tests"


def files(folder, part=None):
    """Bytes by path of every file; of scenarios, those in that part of theirs."""
    paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in paths.items() if part is None or name.parts[1:2] == (part,)}


class Files(unittest.TestCase):
    """Documents, policies and patches."""

    def test_the_documents_are_what_the_model_writes(self):
        """Generating them again gives the same bytes, and no more and no fewer files."""
        with tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch) / "documents"
            subprocess.run([sys.executable, str(EXAMPLE / "make_documents.py"), str(target)], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual((Path(scratch) / "data-platform.sql").read_bytes(), (EXAMPLE / "data-platform.sql").read_bytes())
            made, made_tests = files(target), files(Path(scratch) / "tests", "documents")
        for one, kept in ((made, files(DOCUMENTS)), (made_tests, files(TESTS, "documents"))):
            self.assertEqual(sorted(one), sorted(kept))
            self.assertEqual([name for name in one if one[name] != kept[name]], [])

    @needs_harness
    def test_the_second_scenario_carries_forward_what_the_first_closes_with(self):
        """Its opening balances are the sums of what the take-on month posts."""
        closing = {}
        for row in csv.DictReader(io.StringIO((TESTS / "2026-03-take-on/posted.csv").read_text("utf-8"))):
            closing[row["account"]] = closing.get(row["account"], Decimal(0)) + signed(row)
        carried = yaml.safe_load((TESTS / "2026-04-carried-forward/scenario.yaml").read_text("utf-8"))["opening"]
        self.assertEqual({code: Decimal(text) for code, text in carried.items()}, {code: amount for code, amount in closing.items() if amount})

    @needs_harness
    def test_scenarios_are_configured_as_the_deployment_is(self):
        """For the one jurisdiction that they have."""
        shared = yaml.safe_load((TESTS / "scenario.yaml").read_text("utf-8"))["config"]
        deployed = configuration()
        self.assertEqual({key: shared[key] for key in ("management_fee", "expected_credit_loss")}, {key: deployed[key] for key in ("management_fee", "expected_credit_loss")})
        self.assertEqual(shared["income_tax"]["GB"], deployed["income_tax"]["GB"])

    def test_the_workspace_starts_from_the_baseline_policy(self):
        """The copy in the workspace is the project's own."""
        self.assertEqual((WORKSPACE / "policies/baseline.yaml").read_bytes(), (ROOT / "policies/baseline.yaml").read_bytes())

    @needs_harness
    def test_the_later_merges_apply_and_do_what_they_say(self):
        """Deposits lower the credit losses, net assets lower the fee, and nothing else moves by itself."""
        for patch, account in (("01-credit-loss-after-deposits.patch", "5100"), ("02-management-fee-on-net-assets.patch", "5200")):
            with self.subTest(patch=patch), tempfile.TemporaryDirectory() as scratch:
                changed = Path(scratch) / "workspace"
                shutil.copytree(WORKSPACE, changed)
                subprocess.run(["git", "apply", str(EXAMPLE / "changes" / patch)], cwd=changed, check=True)
                before = closed("alder-uk", "2026-03")[0]
                after, _ = execute("alder-uk", "2026-03", workspace=changed)
                self.assertEqual(after.outcome, "succeeded")
                months = [{one["account"]: Decimal(one["month"]) for one in result.json("income-statement.json")["lines"]} for result in (before, after)]
                moved = {code for code in months[0] if months[0][code] != months[1][code]}
                self.assertEqual(moved, {account, "7000"})
                self.assertGreater(months[1][account], months[0][account])

    def test_the_merge_with_mistakes_applies(self):
        """What is wrong with it is for the program to say."""
        with tempfile.TemporaryDirectory() as scratch:
            shutil.copytree(WORKSPACE, Path(scratch) / "workspace")
            subprocess.run(["git", "apply", str(EXAMPLE / "changes" / "03-mistakes.patch")], cwd=Path(scratch) / "workspace", check=True)

if __name__ == "__main__":
    unittest.main()
