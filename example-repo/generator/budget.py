"""The budget that the tenant's data platform holds: SQL for its tables."""

from decimal import Decimal

from . import rent
from .books import incentives
from .facts import SPVS
from .takeon import february

HEAD = """-- Tables of the tenant's data platform, which runbooks query. Amounts are text: exact, income positive, expense negative.
CREATE TABLE budget (
    entity  TEXT NOT NULL,
    period  TEXT NOT NULL,
    account TEXT NOT NULL,
    amount  TEXT NOT NULL,
    PRIMARY KEY (entity, period, account)
);
INSERT INTO budget (entity, period, account, amount) VALUES
"""
#: Not budgeted: what nobody plans.
LEFT_OUT = ("4300", "5100", "7000")


def sql() -> str:
    rows = []
    for spv in SPVS:
        month = february(spv, rent.tenancies(spv), incentives(spv))
        for period in ("2026-03", "2026-04"):
            for account, amount in sorted(month.items()):
                planned = round(-amount / 100) * Decimal(100)
                if planned and account not in LEFT_OUT:
                    rows.append(f"    ('{spv.name}', '{period}', '{account}', '{planned:.2f}')")
    return HEAD + ",\n".join(rows) + ";\n"
