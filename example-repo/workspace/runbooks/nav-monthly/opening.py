"""Opening balances: carried forward from the ledger, or taken on once; agreed with the documents before anything is posted."""

from dataclasses import dataclass

from runbook import Money, Run, journal, ledger, step

import accounts as a
import operating
import rent
from book import cr, dr, entry


@dataclass
class Opening:
    #: As the previous period closed: income and expense are that period's.
    balances: dict
    #: Where they come from, in words.
    source: str
    currency: str
    asset_accounts: list
    liability_accounts: list
    result_accounts: list
    #: After the previous result has moved to equity: where the period's movements start.
    brought_forward: dict = None

    def of(self, *codes: str) -> Money:
        """The sum of these accounts, debit positive."""
        return Money.total((self.balances[code] for code in codes), self.currency)

    @property
    def gross_assets(self) -> Money:
        return self.of(*self.asset_accounts)

    @property
    def net_assets(self) -> Money:
        return self.of(*self.asset_accounts, *self.liability_accounts)


@step("Carry the opening balances forward")
def carry_forward(run: Run, papers) -> Opening:
    carried = ledger.opening()
    take_on = run.documents.maybe("take-on/trial-balance.csv")
    if carried.carried:
        source = "carried forward from " + ", ".join(one.period for one in carried.carried_from)
    elif take_on:
        source = "take-on trial balance"
        take_over(run, take_on)
    else:
        run.fail(f"nothing precedes {run.period} in the ledger, and there is no take-on/trial-balance.csv")
    opening = Opening(journal.balances(), source, run.entity.currency, a.of_types(run, "asset"), a.of_types(run, "liability"),
                      a.of_types(run, "income", "expense"))
    differences = disagreements(run, opening, papers)
    if carried.carried and take_on:
        differences += against_take_on(run, opening, take_on)
    if differences:
        run.fail([f"opening balances at {run.period.start} ({source}) differ from the documents:", *differences])
    close_previous_result(run, opening)
    opening.brought_forward = journal.balances()
    return opening


def take_over(run: Run, document) -> None:
    """Post the trial balance of the previous administrator, dated the day before the period."""
    sides = []
    for row in document.csv():
        debit, credit = (row[side].maybe.money(run.entity.currency) for side in ("debit", "credit"))
        if (debit is None) == (credit is None):
            run.fail("a row has either a debit or a credit", at=row["account"])
        sides.append(dr(row["account"].str(), debit) if debit is not None else cr(row["account"].str(), credit))
    journal.post(**entry(None, "Take-on trial balance", *sides, opening=True))


def disagreements(run: Run, opening: Opening, papers) -> list:
    """Each position that the ledger and a document both state, where they state different amounts."""
    first, currency = run.period.start, run.entity.currency
    before = [one for one in papers.charges if one.invoiced < first]
    tenancies = papers.tenancies.values()
    loans = {kind: [one for one in papers.facilities if one.kind == kind] for kind in ("bank loan", "shareholder loan")}
    day_before = papers.day_before

    def total(amounts) -> Money:
        return Money.total(amounts, currency)

    def not_yet_earned(kind: str) -> Money:
        return total(part for one in before if one.kind == kind for month, part in one.shares.items() if month >= first)

    stated = [
        ("cash", "bank statement", opening.of(a.CASH), papers.statement.opening),
        ("property and lease incentives", "valuation", opening.of(a.INVESTMENT_PROPERTY, a.LEASE_INCENTIVES), papers.valuation.previous),
        ("lease incentives", "valuation", opening.of(a.LEASE_INCENTIVES), papers.valuation.incentives_at(day_before)),
        ("receivables", "tenancy schedule", opening.of(a.RECEIVABLES), total(t.owed for t in tenancies)),
        ("tenants' prepayments", "tenancy schedule", -opening.of(a.TENANTS_PREPAYMENTS), total(t.prepaid for t in tenancies)),
        ("tenants' deposits", "tenancy schedule", -opening.of(a.TENANTS_DEPOSITS), total(t.deposit for t in tenancies)),
        ("deferred rent", "tenancy schedule", -opening.of(a.DEFERRED_RENT), not_yet_earned(rent.RENT)),
        ("deferred service charge", "tenancy schedule", -opening.of(a.DEFERRED_SERVICE_CHARGE), not_yet_earned(rent.SERVICE_CHARGE)),
        ("trade payables", "accruals listing", -opening.of(a.TRADE_PAYABLES), operating.total(run, papers.costs, "open")),
        ("accrued expenses", "accruals listing", -opening.of(a.ACCRUED_EXPENSES), operating.total(run, papers.costs, "reversal")),
        ("prepayments", "accruals listing", opening.of(a.PREPAYMENTS), operating.unexpired(run, papers.costs, day_before)),
        ("bank loan", "facilities", -opening.of(a.BANK_LOAN), total(one.outstanding(day_before) for one in loans["bank loan"])),
        ("interest payable on bank loan", "facilities", -opening.of(a.BANK_LOAN_INTEREST_PAYABLE), total(one.accrued(first) for one in loans["bank loan"])),
        ("shareholder loan", "facilities", -opening.of(a.SHAREHOLDER_LOAN), total(one.outstanding(day_before) for one in loans["shareholder loan"])),
        ("interest payable on shareholder loan", "facilities", -opening.of(a.SHAREHOLDER_LOAN_INTEREST_PAYABLE),
         total(one.accrued(first) for one in loans["shareholder loan"])),
        ("units issued", "unit register", -opening.of(a.UNITS_ISSUED), papers.register.paid_in),
        ("capital calls receivable", "unit register", opening.of(a.CALLS_RECEIVABLE), total(one.amount for one in papers.register.of("outstanding"))),
    ]
    return [f"{what}: ledger {held}, {where} {said}, difference {held - said}" for what, where, held, said in stated if held != said]


def against_take_on(run: Run, opening: Opening, document) -> list:
    """A take-on trial balance beside carried balances must say the same, account by account."""
    said = {}
    for row in document.csv():
        debit, credit = (row[side].maybe.money(run.entity.currency) for side in ("debit", "credit"))
        said[row["account"].str()] = debit if debit is not None else -credit
    zero = Money("0.00", run.entity.currency)
    return [f"account {code}: carried forward {opening.balances.get(code, zero)}, take-on trial balance {said.get(code, zero)}"
            for code in sorted(opening.balances.keys() | said.keys()) if opening.balances.get(code, zero) != said.get(code, zero)]


def close_previous_result(run: Run, opening: Opening) -> None:
    """Income and expense hold one period each: the previous one's result moves to equity on the first day.

    So the trial balance shows the month, and the opening balances are the month before, to compare with.
    """
    closing = [cr(code, opening.balances[code]) for code in opening.result_accounts if opening.balances[code]]
    if closing:
        journal.post(**entry(run.period.start, "Result of the previous period to equity", *closing,
                             dr(a.EARLIER_RESULT, opening.of(*opening.result_accounts))))
    earlier = journal.balance(a.EARLIER_RESULT)
    if starts_fiscal_year(run) and earlier:
        journal.post(**entry(run.period.start, "Result of the previous year to retained earnings", cr(a.EARLIER_RESULT, earlier), dr(a.RETAINED_EARNINGS, earlier)))


def starts_fiscal_year(run: Run) -> bool:
    """Whether the fiscal year ended with the month before."""
    return (run.period.start.month - 2) % 12 + 1 == int(run.tenant.fiscal_year_end[:2])
