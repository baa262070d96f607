"""Supplier invoices, accruals and prepayments of the model."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from .calc import amount, month_of, pence, pick, spread
from .facts import Spv

ZERO = Decimal("0.00")
#: What each property costs every month: supplier, account, description, bounds.
BY_PROPERTY = (
    ("Brightway Cleaning", "5000", "Cleaning of common parts", 1400, 2600),
    ("Sentry Facilities", "5000", "Security and reception", 2800, 4900),
    ("Grid & Gas Supply", "5000", "Electricity of common parts", 1900, 4200),
    ("Ascent Lifts", "5000", "Lift maintenance", 480, 900),
    ("Blue Bin Waste", "5000", "Waste collection", 350, 720),
    ("Trent Building Services", "5010", "Repairs outside the service charge", 600, 3800),
)
#: What the company costs every month.
BY_COMPANY = (
    ("Castle Property Management", "5030", "Managing agent's fee", 3800, 6200),
    ("Castle Property Management", "5050", "Rates and utilities of vacant units", 700, 1900),
    ("Meridian Fund Services", "5210", "Administration and depositary", 5200, 5900),
    ("Dunmore Legal", "5250", "Legal advice", 900, 4200),
    ("Kinnaird Letting", "5040", "Letting fee", 1500, 6000),
)
#: Built up month by month until the invoice comes: supplier, account, description, annual amount.
ACCRUED = (
    ("Hallam Audit LLP", "5220", "Audit fee of the year", 38400),
    ("Valuer", "5230", "Quarterly valuation fees of the year", 26400),
    ("Directors", "5240", "Directors' fees of the year", 24000),
)


@dataclass
class Item:
    """One line of the accruals listing."""

    kind: str
    reference: str
    supplier: str
    account: str
    description: str
    date: dt.date
    first: dt.date
    last: dt.date
    net: Decimal
    vat: Decimal

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat


def invoices(spv: Spv, period: str) -> list:
    """Supplier invoices dated in a period, insurance and capital expenditure left out."""
    first, last = month_of(period)
    made = []
    wanted = [(*row, place.code) for place in spv.properties for row in BY_PROPERTY] + [(*row, "company") for row in BY_COMPANY]
    for index, (supplier, account, text, low, high, place) in enumerate(wanted):
        key = f"{spv.code}{period}{place}{text}"
        net = amount(key, low, high)
        made.append(Item("invoice", f"SI-{spv.code}{period[2:4]}{period[5:]}-{index + 1:02}", supplier, account,
                         text if place == "company" else f"{text}, {place}", dt.date(first.year, first.month, pick(key, 2, 22)),
                         first, last, net, pence(net * spv.vat_rate)))
    return made


def insurance(spv: Spv) -> list:
    """Two premiums: one from January, and one that is renewed on 25 March."""
    old = amount(spv.code + "premium", 21000, 34000)
    new = amount(spv.code + "renewal", 23000, 36000)
    return [
        Item("prepayment", f"SI-{spv.code}2601-90", "Provident Mutual", "5020", "Buildings insurance, year from January",
             dt.date(2026, 1, 5), dt.date(2026, 1, 1), dt.date(2026, 12, 31), old, ZERO),
        Item("prepayment", f"SI-{spv.code}2603-91", "Provident Mutual", "5020", "Terrorism and loss of rent, year from 25 March",
             dt.date(2026, 3, 25), dt.date(2026, 3, 25), dt.date(2027, 3, 24), new, ZERO),
    ]


def unexpired(item: Item, last: dt.date) -> Decimal:
    """What of a premium belongs to the months after a month's end."""
    return sum((part for month, part in spread(item.net, item.first, item.last).items() if month > f"{last.year}-{last.month:02}"), ZERO)


def accruals(spv: Spv, period: str) -> list:
    """Costs incurred and not invoiced, built up since January."""
    first, last = month_of(period)
    return [Item("accrual", f"AC-{spv.code}{period[2:4]}{period[5:]}-{index + 1:02}", spv.valuer if supplier == "Valuer" else supplier,
                 account, text, last, dt.date(first.year, 1, 1), last, pence(Decimal(annual) * first.month / 12), ZERO)
            for index, (supplier, account, text, annual) in enumerate(ACCRUED)]


def projects(spv: Spv, period: str) -> list:
    """Capital expenditure invoiced in a period."""
    first, last = month_of(period)
    place = spv.properties[0] if period == "2026-03" else spv.properties[1]
    net = amount(spv.code + period + "capex", 42000, 96000)
    text = "Replacement of chillers" if period == "2026-03" else "Refurbishment of reception"
    return [Item("capex", f"CX-{spv.code}{period[2:4]}{period[5:]}-01", "Stannard Construction", "1000", f"{text}, {place.code}",
                 dt.date(first.year, first.month, 17), first, last, net, pence(net * spv.vat_rate))]
