"""Interest on bank and shareholder loans: by the day, on the facility's own day count, rounded once per interest period."""

import datetime as dt
from dataclasses import dataclass

from runbook import Money, Run, journal, step

from accounts import (BANK_LOAN, BANK_LOAN_INTEREST, BANK_LOAN_INTEREST_PAYABLE, SHAREHOLDER_LOAN, SHAREHOLDER_LOAN_INTEREST,
                      SHAREHOLDER_LOAN_INTEREST_PAYABLE)
from book import cr, dr, entry

#: Days of the year that a rate is for.
YEAR = {"ACT/365F": 365, "ACT/360": 360}
#: Kind of facility → principal, interest payable, interest expense.
ACCOUNTS = {
    "bank loan": (BANK_LOAN, BANK_LOAN_INTEREST_PAYABLE, BANK_LOAN_INTEREST),
    "shareholder loan": (SHAREHOLDER_LOAN, SHAREHOLDER_LOAN_INTEREST_PAYABLE, SHAREHOLDER_LOAN_INTEREST),
}


@dataclass
class Facility:
    name: str
    kind: str
    #: (from, value) in force from that day on, oldest first.
    principal: list
    base_rates: list
    margin: object
    year: int
    paid_to: dt.date
    payment_dates: list

    def interest(self, first: dt.date, until: dt.date) -> Money:
        """Interest from a day up to, and without, another."""
        changes = {day for day, _ in self.principal + self.base_rates if first < day < until}
        marks = sorted({first, until} | changes)
        parts = [in_force(self.principal, start) * (in_force(self.base_rates, start) + self.margin) * (end - start).days
                 for start, end in zip(marks, marks[1:])]
        return sum(parts).divide(self.year) if parts else in_force(self.principal, first).zero

    def outstanding(self, day: dt.date) -> Money:
        """Principal when a day ends."""
        return in_force(self.principal, day)

    def accrued(self, day: dt.date) -> Money:
        """Accrued and unpaid when a day begins."""
        return self.interest(max([self.paid_to] + [paid for paid in self.payment_dates if paid < day]), day)


def in_force(history: list, day: dt.date):
    return [value for start, value in history if start <= day][-1]


def read(run: Run) -> list:
    currency = run.entity.currency
    found = []
    for node in run.documents.one("loans/facilities.json").json()["facilities"]:
        if node["currency"].str() != currency:
            run.fail(f"facility is in {node['currency'].str()}, the entity reports in {currency}", at=node["currency"])
        if node["kind"].str() not in ACCOUNTS or node["day_count"].str() not in YEAR:
            run.fail("kind of facility or day count is not known", at=node["facility"])
        found.append(Facility(
            name=node["facility"].str(), kind=node["kind"].str(), margin=node["margin"].decimal(), year=YEAR[node["day_count"].str()],
            principal=[(one["from"].date(), one["amount"].money(currency)) for one in node["principal"]],
            base_rates=[(one["from"].date(), one["rate"].decimal()) for one in node["base_rates"]],
            paid_to=node["interest_paid_to"].date(), payment_dates=[day.date() for day in node["interest_payment_dates"]]))
    return found


@step("Accrue loan interest")
def accrue(run: Run, facilities: list, open_items) -> None:
    first, following = run.period.start, run.period.end + dt.timedelta(days=1)
    for facility in facilities:
        principal, payable, expense = ACCOUNTS[facility.kind]
        due = [(day, facility.accrued(day)) for day in facility.payment_dates if first <= day < following]
        charge = sum((amount for _, amount in due), facility.accrued(following)) - facility.accrued(first)
        if charge:
            journal.post(**entry(run.period.end, f"Interest {facility.name} for {run.period}", dr(expense, charge), cr(payable, charge)))
        for day, amount in due:
            open_items.add(f"{facility.name} INTEREST {day}", payable, -amount)
        steps = zip(facility.principal, facility.principal[1:])
        for (_, before), (day, after) in steps:
            if first <= day < following:
                open_items.add(f"{facility.name} PRINCIPAL {day}", principal, after - before)
