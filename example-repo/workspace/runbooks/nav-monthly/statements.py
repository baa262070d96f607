"""Trial balance, balance sheet, income statement: this month beside the one before, and the budget."""

from runbook import Money, Run, journal, output, step

import book
import nav
from accounts import of_types


@step("Prepare the statements")
def prepare(run: Run, opening, papers, bases: dict, losses: dict, property_bridge: dict) -> None:
    output("journal.csv", book.rows())
    output("trial-balance.csv", trial_balance(run, opening))
    sheet = balance_sheet(run, opening)
    output("balance-sheet.json", sheet)
    income = income_statement(run, opening)
    output("income-statement.json", income)
    statement = nav.statement(run, opening, papers, sheet, income)
    statement.update(bases=bases, expected_credit_losses=losses, investment_property=property_bridge)
    output("nav-statement.json", statement)
    output("nav-statement.txt", nav.text(statement))


def trial_balance(run: Run, opening) -> list:
    """Opening is after the previous month's result has moved to equity, so the movement of income and expense is the month."""
    rows = []
    for account in run.accounts:
        balance = journal.balance(account.code)
        before = opening.brought_forward[account.code]
        if balance or before:
            rows.append({
                "account": account.code, "name": account.name, "type": account.type, "opening": before, "movement": balance - before,
                "debit": balance if balance > 0 else None, "credit": -balance if balance < 0 else None})
    debits, credits = (Money.total((row[side] for row in rows if row[side]), run.entity.currency) for side in ("debit", "credit"))
    if debits != credits:
        run.fail(f"the trial balance does not balance: debits {debits}, credits {credits}")
    return rows


def balance_sheet(run: Run, opening) -> dict:
    """Assets, liabilities and equity, each line with the previous month's and the change."""
    assets = section(run, opening, "asset", sign=1)
    liabilities = section(run, opening, "liability", sign=-1)
    equity = section(run, opening, "equity", sign=-1)
    result = compared(-result_of(run, journal.balances()), -result_of(run, opening.balances))
    equity["lines"].append({"account": None, "name": "Result of the period", **result})
    equity["total"] = compared(equity["total"]["closing"] + result["closing"], equity["total"]["opening"] + result["opening"])
    net = compared(assets["total"]["closing"] - liabilities["total"]["closing"], assets["total"]["opening"] - liabilities["total"]["opening"])
    if net != equity["total"]:
        run.fail(f"net assets {net['closing']} are not equity {equity['total']['closing']}")
    return {**heading(run), "at": run.period.end, "assets": assets, "liabilities": liabilities, "net_assets": net, "equity": equity}


def result_of(run: Run, balances: dict) -> Money:
    return Money.total((balances[code] for code in of_types(run, "income", "expense")), run.entity.currency)


def section(run: Run, opening, kind: str, sign: int) -> dict:
    lines = []
    for account in run.accounts:
        closing, before = journal.balance(account.code), opening.balances[account.code]
        if account.type == kind and (closing or before):
            line = compared(closing, before) if sign > 0 else compared(-closing, -before)
            lines.append({"account": account.code, "name": account.name, **line})
    currency = run.entity.currency
    return {"lines": lines, "total": compared(*(Money.total((line[side] for line in lines), currency) for side in ("closing", "opening")))}


def compared(closing: Money, before: Money) -> dict:
    """An amount beside the previous period's."""
    return {"closing": closing, "opening": before, "change": closing - before}


def income_statement(run: Run, opening) -> dict:
    """Income positive, expense negative; the month, the month before, and the budget where there is one."""
    planned, currency = budget(run), run.entity.currency
    lines = []
    for code in opening.result_accounts:
        month, before, plan = -journal.balance(code), -opening.balances[code], planned.get(code)
        if month or before or plan is not None:
            lines.append({
                "account": code, "name": run.accounts[code].name, "month": month, "previous_month": before, "change": month - before,
                "budget": plan, "variance_to_budget": None if plan is None else month - plan})
    totals = {column: Money.total((line[column] for line in lines), currency) for column in ("month", "previous_month", "change")}
    return {**heading(run), "lines": lines, "result": totals}


def budget(run: Run) -> dict:
    """Account → budget of the month, from the tenant's data platform; empty where there is none."""
    rows = run.query("SELECT account, amount FROM budget WHERE entity = ? AND period = ? ORDER BY account", [run.entity.name, run.period.name])
    if not len(rows):
        run.log(f"the data platform has no budget of {run.entity} for {run.period}")
    return {row["account"].str(): row["amount"].money(run.entity.currency) for row in rows}


def heading(run: Run) -> dict:
    return {"fund": run.tenant.display_name, "entity": run.entity.display_name, "currency": run.entity.currency, "period": run.period.name,
            "reporting_framework": run.tenant.reporting_framework}
