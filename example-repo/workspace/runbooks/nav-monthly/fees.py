"""The management fee: a rate a year on a stated basis, by the day."""

from runbook import Run, journal, step

from accounts import MANAGEMENT_FEE, MANAGEMENT_FEE_PAYABLE
from book import cr, dr, entry
from loans import YEAR
from rent import days

BASES = {
    "gross-asset-value": "gross assets at the end of the previous period",
    "net-asset-value": "net assets at the end of the previous period",
}


@step("Charge the management fee")
def charge(run: Run, opening) -> str:
    """Post the month's fee; gives back the basis in words for the NAV statement."""
    terms = run.config.management_fee
    basis = opening.gross_assets if terms.basis == "gross-asset-value" else opening.net_assets
    fee = (basis * terms.decimal("rate") * days(run.period.start, run.period.end)).divide(YEAR[terms.day_count])
    journal.post(**entry(run.period.end, f"Management fee {run.period}", dr(MANAGEMENT_FEE, fee), cr(MANAGEMENT_FEE_PAYABLE, fee)))
    return f"{terms.rate} a year ({terms.day_count}) on {BASES[terms.basis]}, {basis:,.2f}"
