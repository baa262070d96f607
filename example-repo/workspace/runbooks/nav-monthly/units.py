"""Capital calls and distributions, as the unit register has them."""

from dataclasses import dataclass

from runbook import Exact, Money, Run, journal, step

from accounts import CALLS_RECEIVABLE, DISTRIBUTIONS, DISTRIBUTIONS_PAYABLE, UNITS_ISSUED
from book import cr, dr, entry


@dataclass
class Event:
    """One row of the register after the opening balances."""

    date: object
    investor: str
    name: str
    kind: str
    units: Exact
    price: object
    amount: Money
    reference: str
    #: The cell with the amount, to point at.
    cell: object


@dataclass
class Register:
    #: Investor → units at the start of the period.
    opening: dict
    paid_in: Money
    events: list

    def of(self, kind: str) -> list:
        return [event for event in self.events if event.kind == kind]

    @property
    def opening_units(self) -> Exact:
        return sum(self.opening.values(), Exact(0))

    @property
    def issued_units(self) -> Exact:
        return sum((event.units for event in self.of("call")), Exact(0))

    @property
    def closing_units(self) -> Exact:
        return self.opening_units + self.issued_units

    def held_on(self, day) -> dict:
        """Investor → units, calls of the day included."""
        held = dict(self.opening)
        for event in self.of("call"):
            if event.date <= day:
                held[event.investor] = held.get(event.investor, Exact(0)) + event.units
        return held


def read(run: Run) -> Register:
    currency = run.entity.currency
    opening, paid_in, events = {}, [], []
    for row in run.documents.one("units/unit-register.csv").csv():
        event = Event(row["date"].date(), row["investor"].maybe.str(), row["name"].str(), row["event"].str(), row["units"].decimal(),
                      row["price"].maybe.money(currency), row["amount"].money(currency), row["reference"].maybe.str(), row["amount"])
        if event.kind == "balance":
            opening[row["investor"].str()] = event.units
            paid_in.append(event.amount)
        elif event.kind in ("call", "outstanding", "distribution"):
            events.append(event)
        else:
            run.fail(f"“{event.kind}” is none of balance, call, outstanding, distribution", at=row["event"])
    return Register(opening, Money.total(paid_in, currency), events)


@step("Call capital and declare distributions")
def record(run: Run, register: Register, open_items) -> None:
    for event in register.of("outstanding"):
        open_items.add(event.reference, CALLS_RECEIVABLE, event.amount)
    for event in register.of("call"):
        call(run, event, open_items)
    for event in register.of("distribution"):
        distribute(run, register, event, open_items)


def call(run: Run, event: Event, open_items) -> None:
    """Units are issued with the notice; the money is a receivable until the bank has it."""
    price = event.price
    if price is None or price * event.units != event.amount:
        run.fail(f"{event.units} units at {price} are not {event.amount}", at=event.cell)
    journal.post(**entry(event.date, f"Capital call {event.reference} {event.name}",
                         dr(CALLS_RECEIVABLE, event.amount, f"{event.units} units at {price}"), cr(UNITS_ISSUED, event.amount)))
    open_items.add(event.reference, CALLS_RECEIVABLE, event.amount)


def distribute(run: Run, register: Register, event: Event, open_items) -> None:
    """Split over the units held on the day of declaration, without losing a penny."""
    held = register.held_on(event.date)
    parts = event.amount.allocate(list(held.values()))
    journal.post(**entry(
        event.date, f"Distribution {event.reference} declared", dr(DISTRIBUTIONS, event.amount),
        *[cr(DISTRIBUTIONS_PAYABLE, part, f"{investor}, {held[investor]} units") for investor, part in zip(held, parts)]))
    for investor, part in zip(held, parts):
        open_items.add(f"{event.reference}-{investor}", DISTRIBUTIONS_PAYABLE, -part)
