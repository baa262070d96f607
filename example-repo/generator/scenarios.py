"""The documents of the runbook's scenarios: one small SPV of nobody, small enough to read in a review."""

from decimal import Decimal as D

from . import files
from .books import months
from .facts import Loan, Property, Spv, day

#: Fourteen tenancies (the last never pays, and left a deposit), two properties, two loans: all that the close does, once or twice.
SPV = Spv(
    name="example-spv", code="EX", title="Example Property Limited", currency="GBP",
    account="GB00EXMP00000000000001", bank="EXMPGB00", vat_name="VAT", vat_rate=D("0.20"), tax_office="Example Revenue",
    vat_months=(3, 6, 9, 12), tax_rate=D("0.25"), quarter_days="english",
    properties=(
        Property("ONE", "1 Example Street", (D("9000000.00"), D("9100000.00"), D("9100000.00"))),
        Property("TWO", "2 Example Street", (D("2500000.00"), D("2475000.00"), D("2480000.00"))),
    ),
    tenancies=14, quarterly=4, rents=(40, 90),
    loans=(
        Loan("EX-SENIOR", "bank loan", "Example Bank plc", ((day("2024-03-25"), D("4000000.00")), (day("2026-03-25"), D("3950000.00"))),
             "ACT/365F", "SONIA compounded", ((day("2025-12-25"), D("0.0400")), (day("2026-03-25"), D("0.0390"))), D("0.0200"),
             day("2025-12-25"), (day("2026-03-25"), day("2026-06-25"))),
        Loan("EX-SHL", "shareholder loan", "Example Holdings", ((day("2024-03-25"), D("1000000.00")),),
             "ACT/365F", "fixed", ((day("2024-03-25"), D("0.0600")),), D("0"), day("2025-12-31"), (day("2026-06-30"),)),
    ),
    investors=(("U01", "Example Pension Fund"), ("U02", "Example Endowment")), units=(4000000, 1000000),
    call=("2026-03", 9, 25, D("1.1000")), distribution=("2026-04", 14, 23, D("50000.01")),
    opening_cash=D("400000.00"), valuer="Example Surveyors",
)


def documents() -> dict:
    """Scenario → file name within its `documents/` → text."""
    march, april = (files.documents(month) for month in months(SPV))
    unknown = dict(march)
    unknown["bank/statement.xml"] = march["bank/statement.xml"].replace("ACCOUNT MAINTENANCE FEE", "CORRECTION OF AN ERROR")
    return {"2026-03-take-on": march, "2026-03-unknown-bank-line": unknown, "2026-04-carried-forward": april}
