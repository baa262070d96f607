"""How Alder's bank lines say what they are for.

The managing agent, the transfer agent and the lenders each put their own reference into a payment. This is the one
place that knows them: the runbook asks `classify`, and matches the reference against what is open.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Match:
    #: What the line is: receipt, deposit, open item, loan, VAT, management fee, income tax, bank charges, bank interest.
    kind: str
    #: What it refers to, empty for what the bank charges and pays.
    reference: str = ""


#: Tried in order: a deposit also names a tenancy, and an incentive a tenancy too.
RULES = (
    ("deposit", re.compile(r"\bDEPOSIT\b.*?\b(T-[A-Z]{2}-\d{3})\b", re.IGNORECASE)),
    ("open item", re.compile(r"\b(INC-[A-Z]{2}-\d{2})\b")),
    ("open item", re.compile(r"\b((?:SI|CX)-[A-Z]{2}\d{4}-\d{2})\b")),
    ("open item", re.compile(r"\b((?:CALL|DIST)-\d{4}-\d{2}-U\d{2})\b")),
    ("receipt", re.compile(r"\b(T-[A-Z]{2}-\d{3})\b")),
    ("VAT", re.compile(r"\b(?:VAT|GST|TVA) RETURN\b")),
    ("management fee", re.compile(r"\b(MGT-FEE)\b")),
    ("income tax", re.compile(r"\b(INCOME-TAX)\b")),
    ("bank charges", re.compile(r"\b(?:PAYMENT SERVICES CHARGE|ACCOUNT MAINTENANCE FEE)\b")),
    ("bank interest", re.compile(r"\bCREDIT INTEREST\b")),
)
LOAN = re.compile(r"\b([A-Z]{2}-(?:SENIOR|SHL)) (INTEREST|REPAYMENT)\b")


def classify(line):
    """What a bank line is for, or None where no rule knows it."""
    text = f"{line.reference} {line.text}"
    loan = LOAN.search(text)
    if loan:
        return Match("loan", f"{loan[1]} {'INTEREST' if loan[2] == 'INTEREST' else 'PRINCIPAL'}")
    for kind, pattern in RULES:
        found = pattern.search(text)
        if found:
            return Match(kind, found[1] if pattern.groups else "")
    return None
