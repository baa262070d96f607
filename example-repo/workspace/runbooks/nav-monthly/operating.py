"""Operating costs: supplier invoices, accruals and their reversal, prepayments by the day."""

from dataclasses import dataclass

from runbook import Money, Run, journal, step

from accounts import ACCRUED_EXPENSES, INPUT_VAT, PREPAYMENTS, TRADE_PAYABLES
from book import cr, dr, entry
from rent import months_between


@dataclass
class Cost:
    kind: str
    reference: str
    supplier: str
    account: str
    description: str
    date: object
    service_from: object
    service_to: object
    net: Money
    vat: Money

    @property
    def gross(self) -> Money:
        return self.net + self.vat

    def by_month(self) -> list:
        """(first day of a month, its share of the net amount) over the time of service."""
        months = months_between(self.service_from, self.service_to)
        return [(month, part) for (month, _), part in zip(months, self.net.allocate([count for _, count in months]))]


def read(run: Run) -> list:
    """The accruals listing: open and new invoices, accruals, reversals, prepayments."""
    currency = run.entity.currency
    kinds = ("open", "invoice", "accrual", "reversal", "prepayment")
    costs = []
    for row in run.documents.one("operating/accruals.csv").csv():
        if row["kind"].str() not in kinds:
            run.fail(f"“{row['kind'].str()}” is none of {', '.join(kinds)}", at=row["kind"])
        costs.append(Cost(
            kind=row["kind"].str(), reference=row["reference"].str(), supplier=row["supplier"].str(), account=row["account"].str(),
            description=row["description"].str(), date=row["date"].date(), service_from=row["service_from"].date(),
            service_to=row["service_to"].date(), net=row["net"].money(currency), vat=row["vat"].money(currency)))
    return costs


def total(run: Run, costs: list, kind: str) -> Money:
    return Money.total((cost.gross for cost in costs if cost.kind == kind), run.entity.currency)


def unexpired(run: Run, costs: list, after) -> Money:
    """What prepayments made up to a day cover after it."""
    paid = [cost for cost in costs if cost.kind == "prepayment" and cost.date <= after]
    return Money.total((part for cost in paid for month, part in cost.by_month() if month > after), run.entity.currency)


@step("Record operating invoices and accruals")
def record(run: Run, costs: list, open_items) -> None:
    for cost in costs:
        if cost.kind == "open":
            open_items.add(cost.reference, TRADE_PAYABLES, -cost.gross)
        elif cost.kind == "invoice":
            purchase(cost, cost.account, open_items)
        elif cost.kind == "reversal":
            journal.post(**entry(cost.date, f"Reversal {cost.reference} {cost.description}", dr(ACCRUED_EXPENSES, cost.gross), cr(cost.account, cost.gross)))
        elif cost.kind == "accrual":
            journal.post(**entry(cost.date, f"Accrual {cost.reference} {cost.description}", dr(cost.account, cost.gross), cr(ACCRUED_EXPENSES, cost.gross)))
        else:
            prepay(run, cost, open_items)
    stays = unexpired(run, costs, after=run.period.end)
    if journal.balance(PREPAYMENTS) != stays:
        run.fail(f"prepayments are {journal.balance(PREPAYMENTS)} in the ledger but {stays} by the accruals listing")


def purchase(cost: Cost, account: str, open_items) -> None:
    """A supplier's invoice, to be paid under its reference."""
    journal.post(**entry(cost.date, f"{cost.reference} {cost.supplier}: {cost.description}",
                         dr(account, cost.net), dr(INPUT_VAT, cost.vat), cr(TRADE_PAYABLES, cost.gross)))
    open_items.add(cost.reference, TRADE_PAYABLES, -cost.gross)


def prepay(run: Run, cost: Cost, open_items) -> None:
    """An invoice for a longer time: the month bears its days, the rest waits."""
    if cost.date >= run.period.start:
        purchase(cost, PREPAYMENTS, open_items)
    share = dict(cost.by_month()).get(run.period.start)
    if share:
        journal.post(**entry(run.period.end, f"{cost.reference} {cost.description}: share of {run.period}", dr(cost.account, share), cr(PREPAYMENTS, share)))
