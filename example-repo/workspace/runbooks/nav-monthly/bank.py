"""Bank reconciliation: every line of the statement finds what it pays, or the run fails with the lines that do not."""

from runbook import Money, Run, journal, output, step

from accounts import (BANK_CHARGES, BANK_INTEREST, CASH, INCOME_TAX_PAYABLE, MANAGEMENT_FEE_PAYABLE, RECEIVABLES, TENANTS_DEPOSITS,
                      TENANTS_PREPAYMENTS, VAT_CONTROL)
from book import cr, dr, entry
from capabilities.bank_lines import classify
from open_items import Unmatched


def read(run: Run):
    statement = run.documents.one("bank/*.xml").camt053()
    if statement.currency != run.entity.currency:
        run.fail(f"the statement is in {statement.currency}, the entity reports in {run.entity.currency}", at=statement)
    if statement.owner and statement.owner != run.entity.display_name:
        run.fail(f"the statement is of {statement.owner}, not of {run.entity.display_name}", at=statement)
    return statement


@step("Reconcile the bank")
def reconcile(run: Run, statement, tenancies: dict, open_items) -> None:
    unmatched, totals = [], {}
    for line in statement.lines:
        try:
            match = classify(line)
            if match is None:
                raise Unmatched("no rule of the classifier knows it")
            if not run.period.start <= line.booked <= run.period.end:
                raise Unmatched("it is booked outside the period")
            sides = counterpart(line, match, tenancies, open_items)
            totals.setdefault(match.kind, []).append(line.amount)
        except Unmatched as why:
            unmatched.append(f"line {line.index}: {line}: {why}")
            continue
        journal.post(**entry(line.booked, f"Bank {match.kind} {match.reference or line.reference}", dr(CASH, line.amount), *sides))
    if unmatched:
        run.fail([f"{len(unmatched)} of {len(statement.lines)} bank lines are not matched:", *unmatched])
    agree(run, statement, totals)


def counterpart(line, match, tenancies: dict, open_items) -> list:
    """The other side of a bank line; raises `Unmatched` where the line and the books disagree."""
    amount = line.amount
    if match.kind == "receipt":
        return receipt(tenancy_of(match, tenancies), amount)
    if match.kind == "deposit":
        return deposit(tenancy_of(match, tenancies), amount)
    if match.kind == "loan":
        return [cr(open_items.take(f"{match.reference} {line.booked}", amount), amount)]
    if match.kind == "open item":
        return [cr(open_items.take(match.reference, amount), amount)]
    if match.kind == "VAT":
        if journal.balance(VAT_CONTROL) != amount:
            raise Unmatched(f"the VAT control account owes {-journal.balance(VAT_CONTROL)}")
        return [cr(VAT_CONTROL, amount)]
    if match.kind in ("management fee", "income tax"):
        payable = MANAGEMENT_FEE_PAYABLE if match.kind == "management fee" else INCOME_TAX_PAYABLE
        if amount < journal.balance(payable):
            raise Unmatched(f"only {-journal.balance(payable)} is payable")
        return [cr(payable, amount)]
    return [cr({"bank charges": BANK_CHARGES, "bank interest": BANK_INTEREST}[match.kind], amount)]


def tenancy_of(match, tenancies: dict):
    if match.reference not in tenancies:
        raise Unmatched(f"there is no tenancy {match.reference}")
    return tenancies[match.reference]


def receipt(tenancy, amount) -> list:
    """Clears what the tenant owes, oldest first; more than that is a prepayment."""
    if amount < 0:
        raise Unmatched("money to a tenant is no receipt")
    over = tenancy.pay(amount)
    tenancy.prepaid = tenancy.prepaid + over
    return [cr(RECEIVABLES, amount - over), cr(TENANTS_PREPAYMENTS, over)]


def deposit(tenancy, amount) -> list:
    if tenancy.deposit + amount < 0:
        raise Unmatched(f"the deposit held for {tenancy.code} is {tenancy.deposit}")
    tenancy.deposit = tenancy.deposit + amount
    return [cr(TENANTS_DEPOSITS, amount)]


def agree(run: Run, statement, totals: dict) -> None:
    """Ledger and statement must end on the same cash."""
    held = journal.balance(CASH)
    if held != statement.closing:
        run.fail(f"cash is {held} in the ledger, {statement.closing} on the statement: difference {held - statement.closing}", at=statement)
    currency = run.entity.currency
    received = Money.total((line.amount for line in statement.lines if line.amount > 0), currency)
    paid = Money.total((line.amount for line in statement.lines if line.amount < 0), currency)
    output("bank-reconciliation.json", {
        "account": statement.account, "currency": currency, "period": str(run.period),
        "statement": {"opening": statement.opening, "received": received, "paid": paid, "closing": statement.closing, "lines": len(statement.lines)},
        "ledger": {"cash": held}, "difference": held - statement.closing, "unmatched": [],
        "by_kind": {kind: {"lines": len(amounts), "total": Money.total(amounts, currency)} for kind, amounts in sorted(totals.items())},
    })
