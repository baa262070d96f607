"""Investment property at fair value (IAS 40): capital expenditure, lease incentives and the revaluation net of both."""

import datetime as dt
from dataclasses import dataclass

from runbook import Money, Run, journal, step

from accounts import INCENTIVE_AMORTISATION, INPUT_VAT, INVESTMENT_PROPERTY, LEASE_INCENTIVES, REVALUATION, TRADE_PAYABLES
from book import cr, dr, entry
from rent import days


@dataclass
class Incentive:
    """What a tenant was given to sign, spread over its lease by the day."""

    reference: str
    tenancy: str
    granted: dt.date
    amortised_to: dt.date
    amount: Money

    def carried(self, day: dt.date) -> Money:
        """Not yet amortised when a day ends."""
        if day < self.granted:
            return self.amount.zero
        gone = days(self.granted, min(day, self.amortised_to))
        return self.amount - (self.amount * gone).divide(days(self.granted, self.amortised_to))


@dataclass
class Valuation:
    valuer: str
    standard: str
    basis: str
    date: dt.date
    #: Property name → (previous value, value), lease incentives included.
    properties: dict
    projects: list
    incentives: list

    @property
    def previous(self) -> Money:
        return sum(before for before, _ in self.properties.values())

    @property
    def value(self) -> Money:
        return sum(after for _, after in self.properties.values())

    def incentives_at(self, day: dt.date) -> Money:
        return sum((one.carried(day) for one in self.incentives), self.value.zero)


def read(run: Run) -> Valuation:
    document, currency = run.documents.one("valuation/valuation.json").json(), run.entity.currency
    date = document["valuation_date"].date()
    if document["currency"].str() != currency or not run.period.start <= date <= run.period.end:
        run.fail(f"the valuation is of {date} in {document['currency'].str()}: not of {run.period} in {currency}", at=document["valuation_date"])
    return Valuation(
        valuer=document["valuer"].str(), standard=document["standard"].str(), basis=document["basis"].str(), date=date,
        properties={one["name"].str(): (one["previous_value"].money(currency), one["value"].money(currency)) for one in document["properties"]},
        projects=[(one["reference"].str(), one["contractor"].str(), one["description"].str(), one["date"].date(),
                   one["net"].money(currency), one["vat"].money(currency)) for one in document["capital_expenditure"]],
        incentives=[Incentive(one["reference"].str(), one["tenancy"].str(), one["granted"].date(), one["amortised_to"].date(),
                              one["amount"].money(currency)) for one in document["lease_incentives"]])


@step("Record capital expenditure and lease incentives")
def record(run: Run, valuation: Valuation, open_items) -> None:
    for reference, contractor, description, on, net, vat in valuation.projects:
        journal.post(**entry(on, f"{reference} {contractor}: {description}", dr(INVESTMENT_PROPERTY, net), dr(INPUT_VAT, vat), cr(TRADE_PAYABLES, net + vat)))
        open_items.add(reference, TRADE_PAYABLES, -(net + vat))
    for one in valuation.incentives:
        if one.granted >= run.period.start:
            journal.post(**entry(one.granted, f"Lease incentive {one.reference} for {one.tenancy}", dr(LEASE_INCENTIVES, one.amount), cr(TRADE_PAYABLES, one.amount)))
            open_items.add(one.reference, TRADE_PAYABLES, -one.amount)
    amortised = journal.balance(LEASE_INCENTIVES) - valuation.incentives_at(run.period.end)
    if amortised:
        journal.post(**entry(run.period.end, f"Amortisation of lease incentives {run.period}", dr(INCENTIVE_AMORTISATION, amortised), cr(LEASE_INCENTIVES, amortised)))


@step("Revalue the properties")
def revalue(run: Run, valuation: Valuation) -> dict:
    """Gain = value − previous value − capital expenditure − movement of lease incentives."""
    spent = journal.movement(INVESTMENT_PROPERTY)
    incentives = journal.movement(LEASE_INCENTIVES)
    gain = valuation.value - valuation.previous - spent - incentives
    if gain:
        journal.post(**entry(run.period.end, f"Revaluation by {valuation.valuer} at {valuation.date}", dr(INVESTMENT_PROPERTY, gain), cr(REVALUATION, gain)))
    held = journal.balance(INVESTMENT_PROPERTY) + journal.balance(LEASE_INCENTIVES)
    if held != valuation.value:
        run.fail(f"property and lease incentives are {held} in the ledger, the valuation says {valuation.value}")
    return {"previous_value": valuation.previous, "capital_expenditure": spent, "lease_incentives": incentives, "gain": gain, "value": valuation.value}
