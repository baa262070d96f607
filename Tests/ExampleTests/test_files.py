"""What lies in the example's folder is what it says."""

import shutil
import subprocess
import sys
import tempfile
import unittest
from decimal import Decimal
from pathlib import Path

from support import DOCUMENTS, EXAMPLE, ROOT, WORKSPACE, closed, execute, needs_harness


class Files(unittest.TestCase):
    """Documents, policies and patches."""

    def test_the_documents_are_what_the_model_writes(self):
        """Generating them again gives the same bytes, and no more and no fewer files."""
        with tempfile.TemporaryDirectory() as scratch:
            target = Path(scratch) / "documents"
            subprocess.run([sys.executable, str(EXAMPLE / "make_documents.py"), str(target)], check=True, stdout=subprocess.DEVNULL)
            self.assertEqual((Path(scratch) / "data-platform.sql").read_bytes(), (EXAMPLE / "data-platform.sql").read_bytes())
            made = {path.relative_to(target): path.read_bytes() for path in target.rglob("*") if path.is_file()}
        kept = {path.relative_to(DOCUMENTS): path.read_bytes() for path in DOCUMENTS.rglob("*") if path.is_file()}
        self.assertEqual(sorted(made), sorted(kept))
        self.assertEqual([name for name in made if made[name] != kept[name]], [])

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
