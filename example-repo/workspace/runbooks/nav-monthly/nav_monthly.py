"""The monthly close of a property SPV, in the order in which it is done.

Each step posts to the journal and leaves what later steps need; each proves its balance against the document it came
from. Whatever does not agree ends the run, and then nothing is posted at all.
"""

from runbook import Run

import bank
import credit_loss
import fees
import loans
import operating
import opening
import rent
import statements
import tax
import units
import valuation
import vat
from open_items import OpenItems
from papers import read


def close(run: Run) -> None:
    papers = read(run)
    open_items = OpenItems()
    start = opening.carry_forward(run, papers)

    rent.invoice(run, papers.tenancies, papers.charges)
    operating.record(run, papers.costs, open_items)
    valuation.record(run, papers.valuation, open_items)
    units.record(run, papers.register, open_items)
    loans.accrue(run, papers.facilities, open_items)
    bank.reconcile(run, papers.statement, papers.tenancies, open_items)

    vat.close_return(run, start)
    losses = credit_loss.provide(run, papers.tenancies)
    property_bridge = valuation.revalue(run, papers.valuation)
    bases = {
        "expected_credit_losses": credit_loss.BASIS,
        "management_fee": fees.charge(run, start),
        "income_tax": tax.provide(run),
    }
    statements.prepare(run, start, papers, bases, losses, property_bridge)
