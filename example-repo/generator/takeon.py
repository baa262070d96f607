"""The take-on trial balance at the end of February, from the same facts as the months that follow."""

import datetime as dt
from decimal import Decimal

from . import costs, loans, rent
from .calc import amount, days, month_of, pence
from .facts import Spv

ZERO = Decimal("0.00")
LAST = dt.date(2026, 2, 28)
LOSS_RATES = (Decimal("0.01"), Decimal("0.05"), Decimal("0.15"), Decimal("0.50"))


def fee_payable(spv: Spv) -> Decimal:
    return pence(sum(p.values[0] for p in spv.properties) * Decimal("0.0085") * 59 / 365)


def tax_payable(spv: Spv) -> Decimal:
    return amount(spv.code + "tax", 52000, 88000)


def allowance(people: list) -> Decimal:
    return sum((pence(sum((t.arrears[age] for t in people), ZERO) * rate) for age, rate in enumerate(LOSS_RATES)), ZERO)


def deferred(spv: Spv, people: list, kind: str) -> Decimal:
    """Billed before March for days from March on."""
    made = ZERO
    for t in people:
        for charge in rent.all_charges(t, spv, "2026-02"):
            if charge.kind == kind:
                made += charge.net - sum((part for month, part in rent.spread(charge.net, charge.first, charge.last).items() if month <= "2026-02"), ZERO)
    return made


def february(spv: Spv, people: list, grants: list) -> dict:
    """Income and expense of February; debit positive."""
    result = {"4000": ZERO, "4100": ZERO}
    for t in people:
        for charge in rent.all_charges(t, spv, "2026-02"):
            result["4000" if charge.kind == "rent" else "4100"] -= charge.earned("2026-02")
    for item in costs.invoices(spv, "2026-02"):
        result[item.account] = result.get(item.account, ZERO) + item.net
    for new, old in zip(costs.accruals(spv, "2026-02"), costs.accruals(spv, "2026-01")):
        result[new.account] = new.net - old.net
    result["4010"] = sum((i.carried(dt.date(2026, 1, 31)) - i.carried(LAST) for i in grants), ZERO)
    result["5020"] = sum((costs.unexpired(p, dt.date(2026, 1, 31)) - costs.unexpired(p, LAST) for p in costs.insurance(spv) if p.date <= LAST), ZERO)
    result["5100"] = amount(spv.code + "ecl", 100, 900)
    result["5200"] = pence(sum(p.values[0] for p in spv.properties) * Decimal("0.0085") * 28 / 365)
    result["5260"] = amount(spv.code + "fees", 110, 160)
    result["4200"] = -amount(spv.code + "interest", 900, 2600)
    for account, loan in zip(("6000", "6010"), spv.loans):
        result[account] = loans.accrued(loan, dt.date(2026, 3, 1)) - loans.accrued(loan, dt.date(2026, 2, 1))
    result["7000"] = max(ZERO, pence(-sum(result.values()) * spv.tax_rate))
    return result


def balances(spv: Spv, people: list, unpaid: list, grants: list, vat) -> list:
    """(account, amount) with debit positive; retained earnings are what makes it balance."""
    month = february(spv, people, grants)
    carried = sum((i.carried(LAST) for i in grants), ZERO)
    senior, shareholder = spv.loans
    first_of_march = dt.date(2026, 3, 1)
    rows = {
        "1000": sum(p.values[0] for p in spv.properties) - carried,
        "1010": carried,
        "1100": sum((sum(t.arrears, ZERO) for t in people), ZERO),
        "1110": -allowance(people),
        "1200": spv.opening_cash,
        "1300": sum((costs.unexpired(p, LAST) for p in costs.insurance(spv) if p.date <= LAST), ZERO),
        "2000": -sum((item.gross for item in unpaid), ZERO),
        "2010": -sum((item.net for item in costs.accruals(spv, "2026-02")), ZERO),
        "2020": -fee_payable(spv),
        "2100": -deferred(spv, people, "rent"),
        "2110": -deferred(spv, people, "service"),
        "2120": -sum((t.prepaid for t in people), ZERO),
        "2130": -sum((t.deposit for t in people), ZERO),
        "2200": -vat.control,
        "2210": -vat.output,
        "2220": vat.input,
        "2300": -loans.in_force(senior.principal, LAST),
        "2310": -loans.accrued(senior, first_of_march),
        "2320": -loans.in_force(shareholder.principal, LAST),
        "2330": -loans.accrued(shareholder, first_of_march),
        "2400": -tax_payable(spv),
        "3000": -Decimal(sum(spv.units)).quantize(ZERO),
        **month,
        # January was much like February.
        "3300": pence(sum(month.values()) * Decimal("0.98")),
    }
    rows["3200"] = -sum(rows.values())
    return sorted((account, value) for account, value in rows.items() if value)
