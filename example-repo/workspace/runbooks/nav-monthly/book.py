"""Entries in the form that `journal.post` takes.

An entry is written where it is understood: `journal.post(**entry(day, "Rent …", dr(RECEIVABLES, gross), cr(…)))`.
A side with nothing on it is left out, and a negative amount stands on the other side, so that a gain and a loss, or a
VAT payment and a refund, are one line of code.
"""

from runbook import journal


def dr(account: str, amount, memo=None) -> tuple:
    return journal.debit, account, amount, memo


def cr(account: str, amount, memo=None) -> tuple:
    return journal.credit, account, amount, memo


def entry(on, description: str, *sides: tuple, opening: bool = False) -> dict:
    lines = []
    for side, account, amount, memo in sides:
        if amount < 0:
            side, amount = journal.credit if side == journal.debit else journal.debit, -amount
        if amount:
            lines.append(side(account, amount, memo))
    return {"date": on, "description": description, "lines": lines, "opening": opening}


def rows() -> list:
    """The journal as a table: one row a line, numbered by entry."""
    return [
        {"entry": posted.number, "date": posted.date, "description": posted.description, "account": line.account,
         "debit": line.money if line.side == "debit" else None, "credit": line.money if line.side == "credit" else None, "memo": line.memo}
        for posted in journal.entries for line in posted.lines
    ]
