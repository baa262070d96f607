"""Loan interest of the model: by day, from the facility's own day count, rounded once for each interest period."""

import datetime as dt
from decimal import Decimal

from .calc import pence
from .facts import Loan

ZERO = Decimal("0.00")


def in_force(history: tuple, on: dt.date) -> Decimal:
    return [value for start, value in history if start <= on][-1]


def interest(loan: Loan, first: dt.date, until: dt.date) -> Decimal:
    """Interest from a day up to, and without, another; day by day, because that is the slow and obvious way."""
    total, on = Decimal(0), first
    while on < until:
        total += in_force(loan.principal, on) * (in_force(loan.base_rates, on) + loan.margin)
        on += dt.timedelta(days=1)
    return pence(total / (365 if loan.day_count == "ACT/365F" else 360))


def paid_to(loan: Loan, before: dt.date) -> dt.date:
    """The last interest date before a day."""
    return max([loan.paid_to] + [on for on in loan.payment_dates if on < before])


def accrued(loan: Loan, on: dt.date) -> Decimal:
    """Interest accrued and unpaid at the start of a day."""
    return interest(loan, paid_to(loan, on), on)


def payments(loan: Loan, first: dt.date, last: dt.date) -> list:
    """(date, interest) paid between two days."""
    return [(on, interest(loan, paid_to(loan, on), on)) for on in loan.payment_dates if first <= on <= last]


def repayments(loan: Loan, first: dt.date, last: dt.date) -> list:
    """(date, amount repaid) between two days."""
    steps = zip(loan.principal, loan.principal[1:])
    return [(start, before - after) for (_, before), (start, after) in steps if first <= start <= last]
