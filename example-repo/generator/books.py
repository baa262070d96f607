"""The months of one SPV: what was billed, bought, called and lent, and the bank lines that follow from it."""

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal

from . import costs, loans, rent
from .calc import amount, days, month_of, pence, pick, share
from .facts import Spv
from .takeon import balances

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Line:
    """One booked line of the bank statement; money in is positive."""

    date: dt.date
    amount: Decimal
    reference: str
    party: str
    text: str


@dataclass(frozen=True)
class Incentive:
    reference: str
    tenancy: str
    granted: dt.date
    until: dt.date
    amount: Decimal

    def carried(self, on: dt.date) -> Decimal:
        """What is not yet amortised at the end of a day."""
        if on < self.granted:
            return ZERO
        return self.amount - pence(self.amount * days(self.granted, min(on, self.until)) / days(self.granted, self.until))


@dataclass
class Month:
    """Everything the documents of one period say."""

    spv: Spv
    period: str
    opening_cash: Decimal
    schedule: list
    open_items: list
    items: list
    projects: list
    incentives: list
    register: list
    lines: list = field(default_factory=list)
    take_on: list = field(default_factory=list)

    @property
    def closing_cash(self) -> Decimal:
        return self.opening_cash + sum((line.amount for line in self.lines), ZERO)


def incentives(spv: Spv) -> list:
    code = spv.code
    return [
        Incentive(f"INC-{code}-01", f"T-{code}-002", dt.date(2025, 6, 1), dt.date(2030, 5, 31), amount(code + "inc1", 80000, 160000)),
        Incentive(f"INC-{code}-02", f"T-{code}-009", dt.date(2026, 3, 10), dt.date(2031, 3, 9), amount(code + "inc2", 35000, 70000)),
    ]


def months(spv: Spv) -> list:
    """March and April, in order, because each starts where the one before ended."""
    people = rent.tenancies(spv)
    unpaid = [item for index, item in enumerate(costs.invoices(spv, "2026-02")) if index % 6]
    vat = Vat(spv)
    made, cash = [], spv.opening_cash
    for period in ("2026-03", "2026-04"):
        take_on = balances(spv, people, unpaid, incentives(spv), vat) if period == "2026-03" else []
        month = one_month(spv, period, cash, people, unpaid, vat)
        month.take_on = take_on
        made.append(month)
        cash = month.closing_cash
    return made


class Vat:
    """The VAT accounts: open return and control, as amounts owed."""

    def __init__(self, spv: Spv):
        self.spv = spv
        open_at_february = 2 not in spv.vat_months
        self.output = amount(spv.code + "vat-out", 11000, 16000) if open_at_february else ZERO
        self.input = amount(spv.code + "vat-in", 3000, 5500) if open_at_february else ZERO
        self.control = ZERO if open_at_february else amount(spv.code + "vat", 31000, 46000)

    def close(self, month: int) -> None:
        if month in self.spv.vat_months:
            self.control += self.output - self.input
            self.output = self.input = ZERO


def one_month(spv: Spv, period: str, cash: Decimal, people: list, unpaid: list, vat: Vat) -> Month:
    first, last = month_of(period)
    schedule = [rent.Tenancy(**{**vars(t), "arrears": list(t.arrears)}) for t in people]
    items = costs.invoices(spv, period)
    premiums = costs.insurance(spv)
    projects = costs.projects(spv, period)
    grants = [i for i in incentives(spv) if i.granted <= last]
    month = Month(spv, period, cash, schedule, list(unpaid), items, projects, grants, register(spv, period))
    lines = tenants(spv, people, period, vat) + deposits(spv, people, period)
    lines += suppliers(spv, period, unpaid, items + projects + [p for p in premiums if first <= p.date <= last])
    vat.input += sum((item.vat for item in items + projects), ZERO)
    lines += [Line(i.granted + dt.timedelta(days=2), -i.amount, i.reference, i.tenancy, f"Lease incentive {i.reference} for {i.tenancy}")
              for i in grants if i.granted >= first]
    month.items = (items + [p for p in premiums if p.date <= last] + reversed_accruals(spv, first) + costs.accruals(spv, period))
    lines += lenders(spv, first, last) + unitholders(month) + authorities(spv, period, vat) + charges(spv, first, last)
    vat.close(first.month)
    month.lines = sorted(lines, key=lambda line: (line.date, line.reference, line.text))
    return month


def reversed_accruals(spv: Spv, first: dt.date) -> list:
    before = first - dt.timedelta(days=1)
    reversals = costs.accruals(spv, f"{before.year}-{before.month:02}")
    for item in reversals:
        item.kind, item.date = "reversal", first
    return reversals


def tenants(spv: Spv, people: list, period: str, vat: Vat) -> list:
    lines = []
    for t in people:
        billed = rent.charges(t, spv, period)
        vat.output += sum((c.vat for c in billed), ZERO)
        for index, (on, value, what) in enumerate(rent.receipts(t, billed, period)):
            words = {"rent": "rent", "service": "service charge", "arrears": "arrears cleared", "part": "part payment"}.get(what, "rent and service charge")
            # Every fifth tenant's bank leaves the reference out, so only the remittance text tells.
            reference = "NOTPROVIDED" if int(t.code[-3:]) % 5 == 0 else f"{t.code}/{period}/{index + 1}"
            lines.append(Line(on, value, reference, t.tenant, f"{t.code} {words} {period}"))
    return lines


def deposits(spv: Spv, people: list, period: str) -> list:
    """In April one tenant pays a deposit and one gets it back."""
    if period != "2026-04":
        return []
    lines = []
    for t in people:
        if t.start == dt.date(2026, 4, 7):
            lines.append(Line(t.start, pence(t.rent / 4), f"DEPOSIT {t.code}", t.tenant, f"Rent deposit {t.code}"))
        if t.end == dt.date(2026, 4, 15) and t.deposit:
            lines.append(Line(dt.date(2026, 4, 27), -t.deposit, f"DEPOSIT {t.code}", t.tenant, f"Return of rent deposit {t.code}"))
    return lines


def suppliers(spv: Spv, period: str, unpaid: list, new: list) -> list:
    """Pay last month's invoices but one in dispute, and a few of this month's; the rest stays unpaid."""
    first, last = month_of(period)
    pay = [(dt.date(first.year, first.month, pick(item.reference, 5, 27)), item) for item in unpaid if item.reference[-2:] != "03" or item.date.month == 3]
    pay += [(item.date + dt.timedelta(days=5), item) for item in new if int(item.reference[-2:]) % 6 == 1 and item.kind == "invoice"]
    paid = {item.reference for _, item in pay}
    unpaid[:] = [item for item in unpaid + new if item.reference not in paid]
    return [Line(on, -item.gross, item.reference, item.supplier, f"Invoice {item.reference} {item.supplier}") for on, item in pay]


def lenders(spv: Spv, first: dt.date, last: dt.date) -> list:
    lines = []
    for loan in spv.loans:
        lines += [Line(on, -value, f"{loan.facility} INTEREST", loan.lender, f"Interest {loan.facility} to {on}") for on, value in loans.payments(loan, first, last)]
        lines += [Line(on, -value, f"{loan.facility} REPAYMENT", loan.lender, f"Repayment {loan.facility} {on}") for on, value in loans.repayments(loan, first, last)]
    return lines


def register(spv: Spv, period: str) -> list:
    """Unit register: holdings at the start, then what happened: (date, investor, name, event, units, price, amount, reference)."""
    first, last = month_of(period)
    called, on, due, price = spv.call
    rows = []
    for (investor, name), held in zip(spv.investors, spv.units):
        new = held // 1000 * 25
        paid = Decimal(held) + (pence(new * price) if called < period else ZERO)
        rows.append((first, investor, name, "balance", held + (new if called < period else 0), None, paid, ""))
    if (called, period) == ("2026-03", "2026-04"):
        investor, name = spv.investors[-1]
        rows.append((first, investor, name, "outstanding", 0, None, pence(spv.units[-1] // 1000 * 25 * price), f"CALL-{called}-{investor}"))
    if called == period:
        for (investor, name), held in zip(spv.investors, spv.units):
            new = held // 1000 * 25
            rows.append((first.replace(day=on), investor, name, "call", new, price, pence(new * price), f"CALL-{period}-{investor}"))
    if spv.distribution[0] == period:
        rows.append((first.replace(day=spv.distribution[1]), "", "All unitholders", "distribution", 0, None, spv.distribution[3], f"DIST-{period}"))
    return rows


def unitholders(month: Month) -> list:
    """Calls paid and distributions received; where the call was in March, its smallest investor pays in April."""
    spv, period = month.spv, month.period
    first, _ = month_of(period)
    lines, names = [], dict(spv.investors)
    latest = spv.investors[-1][0]
    for _, investor, name, event, _, _, value, reference in month.register:
        if event == "call" and not (period == "2026-03" and investor == latest):
            lines.append(Line(first.replace(day=spv.call[2]), value, reference, name, f"Capital call {reference}"))
    if period == "2026-04" and spv.call[0] == "2026-03":
        value = pence(spv.units[-1] // 1000 * 25 * spv.call[3])
        lines.append(Line(first.replace(day=2), value, f"CALL-2026-03-{latest}", names[latest], f"Capital call CALL-2026-03-{latest}"))
    if spv.distribution[0] == period:
        held = held_on(month, first.replace(day=spv.distribution[1]))
        parts = share(spv.distribution[3], [Decimal(held[code]) for code, _ in spv.investors])
        lines += [Line(first.replace(day=spv.distribution[2]), -part, f"DIST-{period}-{code}", name, f"Distribution DIST-{period}-{code}")
                  for (code, name), part in zip(spv.investors, parts)]
    return lines


def held_on(month: Month, on: dt.date) -> dict:
    held = {}
    for date, investor, _, event, units, _, _, _ in month.register:
        if event in ("balance", "call") and date <= on:
            held[investor] = held.get(investor, 0) + units
    return held


def authorities(spv: Spv, period: str, vat: Vat) -> list:
    """VAT of the closed return, management fee and income tax."""
    first, _ = month_of(period)
    lines = []
    if vat.control and (period == "2026-04" or spv.code == "LU"):
        lines.append(Line(first.replace(day=7), -vat.control, f"{spv.vat_name} RETURN", spv.tax_office, f"{spv.vat_name} return, balance of control account"))
        vat.control = ZERO
    if period == "2026-04":
        from .takeon import fee_payable, tax_payable
        lines.append(Line(first.replace(day=13), -fee_payable(spv), "MGT-FEE 2026-02", "Alder Investment Management", "Management fee MGT-FEE January and February"))
        lines.append(Line(first.replace(day=14), -pence(tax_payable(spv) / 2), "INCOME-TAX 2026", spv.tax_office, "Income tax instalment INCOME-TAX 2026"))
    return lines


def charges(spv: Spv, first: dt.date, last: dt.date) -> list:
    """What the bank takes each week and pays at the end."""
    lines = [Line(first.replace(day=on), -amount(f"{spv.code}{first}{on}", 9, 38), "NOTPROVIDED", spv.bank, "PAYMENT SERVICES CHARGE") for on in (6, 13, 20, 27)]
    lines.append(Line(last, -Decimal("45.00"), "NOTPROVIDED", spv.bank, "ACCOUNT MAINTENANCE FEE"))
    lines.append(Line(last, amount(f"{spv.code}{first}interest", 900, 2600), "NOTPROVIDED", spv.bank, "CREDIT INTEREST"))
    return lines
