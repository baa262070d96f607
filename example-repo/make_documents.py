#!/usr/bin/env python3
"""Write the fictional documents of three SPVs for two months, the same bytes every time.

    python3 example-repo/make_documents.py [FOLDER]

The default folder is `documents` beside this script; the data platform's tables go into a file beside that folder, and the documents of the runbook's scenarios
into its `tests/` (with a FOLDER, into `tests` beside that). The documents come from one model of the months (`generator/`), so bank statement, tenancy schedule,
supplier invoices, loans and unit register agree with each other to the penny.
"""

import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from generator import budget, files, scenarios  # noqa: E402
from generator.books import months  # noqa: E402
from generator.facts import SPVS  # noqa: E402


def write(target: Path, documents: dict) -> None:
    for name, content in documents.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8"))


def main(folder: Path, tests: Path) -> None:
    for name, documents in scenarios.documents().items():
        write(tests / name / "documents", documents)
    for spv in SPVS:
        for month in months(spv):
            write(folder / spv.name / month.period, files.documents(month))
            print(f"{spv.name} {month.period}: {len(month.lines)} bank lines, closing {month.closing_cash} {spv.currency}")
    (folder.parent / "data-platform.sql").write_text(budget.sql(), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]), Path(sys.argv[1]).parent / "tests")
    else:
        main(HERE / "documents", HERE / "workspace/runbooks/nav-monthly/tests")
