"""Income tax: the jurisdiction's rate on the month's profit before unrealised gains."""

from runbook import Money, Run, journal, step

from accounts import INCOME_TAX, INCOME_TAX_PAYABLE, REVALUATION, of_types
from book import cr, dr, entry


@step("Provide for income tax")
def provide(run: Run) -> str:
    """Post the provision; gives back its basis in words. A loss gives no asset: none is recognised."""
    place = run.entity.jurisdiction
    if place not in run.config.income_tax:
        run.fail(f"the configuration names no income tax rate for {place}")
    rate = run.config.income_tax.decimal(place)
    result = Money.total((journal.balance(code) for code in of_types(run, "income", "expense")), run.entity.currency)
    taxable = -result + journal.balance(REVALUATION)
    if taxable > 0:
        provision = (taxable * rate).round()
        journal.post(**entry(run.period.end, f"Income tax {run.period}", dr(INCOME_TAX, provision), cr(INCOME_TAX_PAYABLE, provision)))
    return f"{rate} ({place}) on profit before unrealised revaluation, {taxable:,.2f}"
