"""The documents of the period, read once and before anything is posted."""

import datetime as dt
from dataclasses import dataclass

from runbook import Run

import bank
import loans
import operating
import rent
import units
import valuation


@dataclass
class Papers:
    statement: object
    tenancies: dict
    #: Rent and service charge invoiced by the end of the period that still cover part of it.
    charges: list
    costs: list
    facilities: list
    register: units.Register
    valuation: valuation.Valuation
    day_before: dt.date


def read(run: Run) -> Papers:
    tenancies = rent.read(run)
    return Papers(
        statement=bank.read(run), tenancies=tenancies, charges=rent.charges(run, tenancies), costs=operating.read(run),
        facilities=loans.read(run), register=units.read(run), valuation=valuation.read(run),
        day_before=run.period.start - dt.timedelta(days=1))
