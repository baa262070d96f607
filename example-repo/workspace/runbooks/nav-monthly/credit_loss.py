"""Expected credit losses on arrears (IFRS 9, simplified approach): a provision matrix by age."""

from runbook import Money, Run, journal, step

from accounts import CREDIT_LOSSES, LOSS_ALLOWANCE, RECEIVABLES
from book import cr, dr, entry
from rent import AGES

BASIS = "arrears including VAT, by age"


def exposure(tenancy) -> dict:
    """What could be lost of one tenancy's arrears, by age."""
    return tenancy.aged()


@step("Provide for expected credit losses")
def provide(run: Run, tenancies: dict) -> dict:
    """Bring the allowance to what the matrix asks for; gives back arrears and allowance by age."""
    owed = Money.total((tenancy.owed for tenancy in tenancies.values()), run.entity.currency)
    if owed != journal.balance(RECEIVABLES):
        run.fail(f"tenants owe {owed} by the tenancy schedule, the ledger has {journal.balance(RECEIVABLES)}")
    exposed = [exposure(tenancy) for tenancy in tenancies.values()]
    rates = run.config.expected_credit_loss
    matrix, required = {}, Money("0.00", run.entity.currency)
    for age in AGES:
        arrears = Money.total((one[age] for one in exposed), run.entity.currency)
        loss = (arrears * rates.decimal(age)).round()
        matrix[age] = {"exposure": arrears, "rate": rates.decimal(age), "allowance": loss}
        required = required + loss
    charge = required + journal.balance(LOSS_ALLOWANCE)
    if charge:
        journal.post(**entry(run.period.end, f"Expected credit losses {run.period}", dr(CREDIT_LOSSES, charge), cr(LOSS_ALLOWANCE, charge)))
    return matrix
