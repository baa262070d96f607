"""Rent and service charge: invoiced in advance on quarter days, earned by the day, owed until paid."""

import datetime as dt
from dataclasses import dataclass

from runbook import Money, Run, journal, step

from accounts import (DEFERRED_RENT, DEFERRED_SERVICE_CHARGE, OUTPUT_VAT, RECEIVABLES, RENTAL_INCOME, SERVICE_CHARGE_INCOME,
                      TENANTS_PREPAYMENTS)
from book import cr, dr, entry

QUARTER_DAYS = {"english": ((3, 25), (6, 24), (9, 29), (12, 25)), "calendar": ((1, 1), (4, 1), (7, 1), (10, 1))}
AGES = ("0-30", "31-60", "61-90", "over-90")
RENT, SERVICE_CHARGE = "rent", "service charge"


@dataclass
class Charge:
    """One charge for a span of days, with the share of each month."""

    tenancy: str
    kind: str
    invoiced: dt.date
    net: Money
    vat: Money
    #: First day of a month → what is earned in it.
    shares: dict


@dataclass
class Tenancy:
    code: str
    tenant: str
    start: dt.date
    end: dt.date
    annual: dict
    vat_rate: object
    billing: str
    quarter_days: str
    deposit: Money
    #: Arrears by age, youngest first; this period's invoices are billed.
    arrears: list
    prepaid: Money
    billed: Money

    @property
    def owed(self) -> Money:
        return sum(self.arrears, self.billed)

    def pay(self, amount: Money) -> Money:
        """Clear the oldest first; gives back what is more than owed."""
        for age in reversed(range(len(self.arrears))):
            used = min(amount, self.arrears[age])
            self.arrears[age], amount = self.arrears[age] - used, amount - used
        used = min(amount, self.billed)
        self.billed, amount = self.billed - used, amount - used
        return amount

    def aged(self) -> dict:
        """Arrears at the end of the period: a month older than at its start."""
        young, middle, old, oldest = self.arrears
        return dict(zip(AGES, (self.billed, young, middle, old + oldest)))


def read(run: Run) -> dict:
    """Tenancy code → tenancy, from the managing agent's schedule."""
    currency = run.entity.currency
    rows = run.documents.one("rent/tenancy-schedule.csv").csv()
    return {row["tenancy"].str(): Tenancy(
        code=row["tenancy"].str(), tenant=row["tenant"].str(), start=row["lease_start"].date(), end=row["lease_end"].date(),
        annual={RENT: row["annual_rent"].money(currency), SERVICE_CHARGE: row["annual_service_charge"].money(currency)},
        vat_rate=row["vat_rate"].decimal(), billing=row["billing"].str(), quarter_days=row["quarter_days"].str(),
        deposit=row["deposit_held"].money(currency), prepaid=row["prepaid"].money(currency), billed=Money("0.00", currency),
        arrears=[row["arrears_" + age.replace("-", "_")].money(currency) for age in AGES],
    ) for row in rows}


def charges(run: Run, tenancies: dict) -> list:
    """Every charge invoiced by the end of the period that still covers part of it, or a time after it."""
    made = []
    for tenancy in tenancies.values():
        first, last = run.period.start, run.period.end
        spans = [(first, last)] if tenancy.billing == "monthly" else quarters(tenancy.quarter_days, first, last)
        for opens, closes in spans:
            start, end = max(opens, tenancy.start), min(closes, tenancy.end)
            if start <= min(end, last):
                made += [charge(tenancy, kind, opens, closes, start, end) for kind in (RENT, SERVICE_CHARGE)]
    return made


def charge(tenancy: Tenancy, kind: str, opens, closes, start, end) -> Charge:
    """A whole quarter or month, or the days of it that the lease covers."""
    per_year = 12 if tenancy.billing == "monthly" else 4
    covered, whole = days(start, end), days(opens, closes)
    annual = tenancy.annual[kind]
    net = annual.divide(per_year) if covered == whole else (annual * covered).divide(per_year * whole)
    months = months_between(start, end)
    parts = net.allocate([count for _, count in months])
    return Charge(tenancy.code, kind, start, net, (net * tenancy.vat_rate).round(),
                  {month: part for (month, _), part in zip(months, parts)})


@step("Invoice rent and release deferred income")
def invoice(run: Run, tenancies: dict, charged: list) -> None:
    invoices = {}
    for one in charged:
        if one.invoiced >= run.period.start:
            invoices.setdefault((one.tenancy, one.invoiced), []).append(one)
    for (code, on), lines in invoices.items():
        post_invoice(tenancies[code], on, lines)
    for tenancy in tenancies.values():
        apply_prepayment(run, tenancy)
    release(run, charged, RENT, DEFERRED_RENT, RENTAL_INCOME)
    release(run, charged, SERVICE_CHARGE, DEFERRED_SERVICE_CHARGE, SERVICE_CHARGE_INCOME)


def post_invoice(tenancy: Tenancy, on, lines: list) -> None:
    deferred = {RENT: DEFERRED_RENT, SERVICE_CHARGE: DEFERRED_SERVICE_CHARGE}
    gross = sum(one.net + one.vat for one in lines)
    tenancy.billed = tenancy.billed + gross
    journal.post(**entry(
        on, f"Invoice {tenancy.code} {tenancy.tenant}",
        dr(RECEIVABLES, gross),
        *[cr(deferred[one.kind], one.net, f"{one.kind} in advance") for one in lines],
        cr(OUTPUT_VAT, sum(one.vat for one in lines))))


def apply_prepayment(run: Run, tenancy: Tenancy) -> None:
    """What a tenant paid too much earlier clears what it owes now."""
    if not tenancy.prepaid:
        return
    left = tenancy.pay(tenancy.prepaid)
    used, tenancy.prepaid = tenancy.prepaid - left, left
    if used:
        journal.post(**entry(run.period.end, f"Prepayment of {tenancy.code} applied", dr(TENANTS_PREPAYMENTS, used), cr(RECEIVABLES, used)))


def release(run: Run, charged: list, kind: str, deferred: str, income: str) -> None:
    """Move what the month has earned from deferred income, then prove what stays against the leases."""
    mine = [one for one in charged if one.kind == kind]
    month = run.period.start
    earned = Money.total((one.shares[month] for one in mine if month in one.shares), run.entity.currency)
    if earned:
        journal.post(**entry(run.period.end, f"{kind.capitalize()} earned in {run.period}", dr(deferred, earned), cr(income, earned)))
    stays = unearned(run, mine, after=run.period.end)
    if -journal.balance(deferred) != stays:
        run.fail(f"deferred {kind} is {-journal.balance(deferred)} in the ledger but {stays} by the tenancy schedule")


def unearned(run: Run, charged: list, after) -> Money:
    """Invoiced up to a day for the months after it."""
    return Money.total((part for one in charged if one.invoiced <= after for month, part in one.shares.items() if month > after),
                       run.entity.currency)


def quarters(calendar: str, first: dt.date, last: dt.date) -> list:
    """The quarters that share a day with a span."""
    starts = sorted(dt.date(year, month, day) for year in range(first.year - 1, last.year + 2) for month, day in QUARTER_DAYS[calendar])
    spans = [(start, following - dt.timedelta(days=1)) for start, following in zip(starts, starts[1:])]
    return [(start, end) for start, end in spans if start <= last and end >= first]


def days(first: dt.date, last: dt.date) -> int:
    """Days from first to last, both counted."""
    return (last - first).days + 1


def months_between(first: dt.date, last: dt.date) -> list:
    """(first day of a month, days of it) from first to last."""
    found, start = [], first
    while start <= last:
        following = (start.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
        end = min(following - dt.timedelta(days=1), last)
        found.append((start.replace(day=1), days(start, end)))
        start = following
    return found
