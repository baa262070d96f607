"""Tenancies of the model: what is invoiced, what is earned, who pays when."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from .calc import amount, days, month_of, pence, pick, spread
from .facts import Spv

FIRST = ("Calder", "Rowan", "Fenwick", "Hollis", "Marlow", "Ashby", "Tamar", "Lindqvist", "Okafor", "Brandt", "Sorrel", "Kestrel",
         "Pemberton", "Voss", "Juniper", "Delacroix")
TRADE = ("Dental Practice", "Solicitors", "Coffee Roasters", "Opticians", "Architects", "Physiotherapy", "Wealth Management", "Books",
         "Recruitment", "Insurance Brokers", "Kitchens", "Cycles", "Pharmacy", "Design Studio", "Accountants", "Bakery", "Logistics")
BEHAVIOUR = ("prompt", "prompt", "prompt", "separate", "prompt", "late", "prompt", "prompt", "half", "prompt", "prompt", "separate",
             "prompt", "prompt", "none", "prompt", "prompt", "late", "prompt", "generous")
QUARTERS = {"english": ((3, 25), (6, 24), (9, 29), (12, 25)), "calendar": ((1, 1), (4, 1), (7, 1), (10, 1))}
ZERO = Decimal("0.00")


@dataclass
class Tenancy:
    code: str
    tenant: str
    place: str
    unit: str
    area: int
    rent: Decimal
    service: Decimal
    billing: str
    vat_rate: Decimal
    start: dt.date
    end: dt.date
    behaviour: str
    deposit: Decimal
    #: Arrears from 0-30 days to over 90.
    arrears: list = field(default_factory=lambda: [ZERO] * 4)
    prepaid: Decimal = ZERO


@dataclass
class Charge:
    """One charge of rent or service charge, for a span of days."""

    kind: str
    invoiced: dt.date
    first: dt.date
    last: dt.date
    net: Decimal
    vat: Decimal

    def earned(self, period: str) -> Decimal:
        return spread(self.net, self.first, self.last).get(period, ZERO)


def tenancies(spv: Spv) -> list:
    """The tenancies as they stand at the end of February."""
    return [tenancy(spv, index) for index in range(1, spv.tenancies + 1)]


def tenancy(spv: Spv, index: int) -> Tenancy:
    key = f"{spv.code}-{index}"
    rent = Decimal(pick(key + "rent", *spv.rents)) * 1000
    quarterly = index <= spv.quarterly
    lease = dt.date(2019 + index % 6, 1 + index % 12, 1)
    made = Tenancy(
        code=f"T-{spv.code}-{index:03}", tenant=f"{FIRST[(index * 7) % 16]} {TRADE[(index * 5) % 17]} Ltd" if spv.code != "LU"
        else f"{FIRST[(index * 3) % 16]} {TRADE[(index * 11) % 17]} S.à r.l.",
        place=spv.properties[index % len(spv.properties)].code, unit=f"{index % 7}.{index:02}", area=int(rent / 310),
        rent=rent, service=pence(rent * Decimal("0.11")), billing="quarterly" if quarterly else "monthly",
        # A few tenants are in buildings where the landlord has not opted to tax.
        vat_rate=Decimal("0") if index % 13 == 6 else spv.vat_rate,
        start=lease, end=dt.date(lease.year + 10, lease.month, 1) - dt.timedelta(days=1),
        behaviour=BEHAVIOUR[index % 20], deposit=pence(rent / 4) if index % 3 == 0 or index % 20 == 14 else ZERO)
    if index == 4:  # a new tenant, in the middle of a quarter
        made.start, made.end, made.deposit, made.behaviour = dt.date(2026, 4, 7), dt.date(2031, 4, 6), ZERO, "prompt"
    if index == spv.quarterly + 5:  # a tenant who leaves in the middle of April
        made.end, made.behaviour, made.deposit = dt.date(2026, 4, 15), "prompt", pence(rent / 6)
    month = gross_of([c for c in charges(made, spv, "2026-02")] or charges(made, spv, "2025-12"))
    if made.behaviour == "late" and not quarterly:
        made.arrears = [month, ZERO, ZERO, ZERO]
    if made.behaviour == "none":
        made.arrears = [ZERO, month, ZERO, pence(month / 3)] if quarterly else [month, month, month, pence(month / 2)]
    if made.behaviour == "half":
        made.arrears = [pence(month / 2), ZERO, ZERO, ZERO]
    return made


def gross_of(items: list) -> Decimal:
    return sum((c.net + c.vat for c in items), ZERO)


def charges(t: Tenancy, spv: Spv, period: str) -> list:
    """What is invoiced in a period."""
    return [c for c in all_charges(t, spv, period) if c.invoiced >= month_of(period)[0]]


def all_charges(t: Tenancy, spv: Spv, period: str) -> list:
    """Charges invoiced up to the end of a period that still cover some of it."""
    first, last = month_of(period)
    spans = [(first, last)] if t.billing == "monthly" else quarters(spv.quarter_days, first, last)
    made = []
    for opens, closes in spans:
        start, end = max(opens, t.start), min(closes, t.end)
        if start > end or start > last:
            continue
        for kind, annual in (("rent", t.rent), ("service", t.service)):
            whole = annual / (12 if t.billing == "monthly" else 4)
            net = pence(whole if (start, end) == (opens, closes) else whole * days(start, end) / days(opens, closes))
            made.append(Charge(kind, start, start, end, net, pence(net * t.vat_rate)))
    return made


def quarters(calendar: str, first: dt.date, last: dt.date) -> list:
    """Quarters that touch a span of days."""
    starts = [dt.date(year, month, day) for year in (first.year - 1, first.year, first.year + 1) for month, day in QUARTERS[calendar]]
    starts.sort()
    spans = [(start, following - dt.timedelta(days=1)) for start, following in zip(starts, starts[1:])]
    return [(start, end) for start, end in spans if start <= last and end >= first]


def receipts(t: Tenancy, invoiced: list, period: str) -> list:
    """Pay what this tenant pays in the period: (date, amount, what for). Ages what stays unpaid."""
    first, last = month_of(period)
    due = gross_of(invoiced)
    after = max([c.invoiced for c in invoiced], default=first)
    paid_on = min(after + dt.timedelta(days=1 + pick(t.code + period, 0, 5)), last)
    old = sum(t.arrears, ZERO)
    paid = []
    if t.behaviour in ("prompt", "separate", "generous") and due:
        due_after_credit = due - t.prepaid
        if t.behaviour == "separate":
            for kind in ("rent", "service"):
                paid.append((paid_on, gross_of([c for c in invoiced if c.kind == kind]), kind))
        elif t.behaviour == "generous" and period == "2026-03":
            paid.append((paid_on, due + Decimal("250.00"), "all"))
        else:
            paid.append((paid_on, due_after_credit, "all"))
    if t.behaviour == "late" and old:
        paid.append((first + dt.timedelta(days=9 + pick(t.code, 0, 8)), old, "arrears"))
    if t.behaviour == "half":
        if old:
            paid.append((first + dt.timedelta(days=12), old, "arrears"))
        if due:
            paid.append((paid_on, pence(due / 2), "part"))
    settle(t, due, sum((value for _, value, _ in paid), ZERO))
    return paid


def settle(t: Tenancy, due: Decimal, paid: Decimal) -> None:
    """Age the tenant's account: credit and receipts clear the oldest first."""
    credit = paid + t.prepaid
    remaining = []
    for owed in reversed([due] + t.arrears):
        used = min(owed, credit)
        credit -= used
        remaining.append(owed - used)
    over, ninety, sixty, thirty, fresh = remaining
    t.arrears, t.prepaid = [fresh, thirty, sixty, over + ninety], credit
