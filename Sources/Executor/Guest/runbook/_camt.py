"""ISO 20022 bank statements: camt.053, versions 001.02 and later."""

from __future__ import annotations

from datetime import date

from ._errors import DocumentProblem
from ._money import Money
from ._numbers import exact

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import List, Optional, Tuple

    from ._documents import Document
    from ._xmltree import XmlElement


class BankLine:
    """One movement on the account; money in is positive, money out negative."""

    __slots__ = (
        "booked", "value_date", "amount", "reference", "end_to_end", "bank_reference", "counterparty", "text", "code",
        "reversal", "index", "element",
    )

    def __init__(self, element: XmlElement, amount: Money, booked: date, value_date: Optional[date]) -> None:
        self.element = element
        self.amount = amount
        self.booked = booked
        self.value_date = value_date
        #: What the payer said it is for: end-to-end id, else structured creditor reference, else the bank's.
        self.reference = ""
        self.end_to_end: Optional[str] = None
        self.bank_reference: Optional[str] = None
        self.counterparty: Optional[str] = None
        #: Remittance information and the bank's own words, joined by blanks.
        self.text = ""
        #: Bank transaction code, such as `PMNT/RCDT/ESCT`.
        self.code: Optional[str] = None
        #: Whether the bank says that this takes back an earlier movement; the sign is already right.
        self.reversal = False
        #: Counts from 1 within the statement.
        self.index = 0

    @property
    def where(self) -> str:
        return self.element.where

    def __str__(self) -> str:
        return f"{self.booked} {self.amount} {self.counterparty or ''} {self.reference} {self.text}".rstrip()

    def __repr__(self) -> str:
        return f"BankLine({self!s})"


class Statement:
    """A bank statement whose lines add up from opening to closing balance."""

    def __init__(self, document: Document, element: XmlElement) -> None:
        self.document = document
        self.element = element
        #: IBAN, else the bank's own account number.
        self.account = ""
        self.currency = ""
        #: Name of the account's owner, or empty where the bank does not say.
        self.owner = ""
        self.opening: Money
        self.closing: Money
        self.opening_date: Optional[date] = None
        self.closing_date: Optional[date] = None
        #: Booked lines in the order of the statement; a batch that lists its payments gives one line each.
        self.lines: List[BankLine] = []
        #: Lines that the bank has announced but not booked; they are not part of the balance.
        self.pending: List[BankLine] = []

    @property
    def where(self) -> str:
        return self.element.where

    def __repr__(self) -> str:
        return f"Statement({self.account} {self.currency}, {len(self.lines)} lines)"


def read_camt053(document: Document, account: Optional[str]) -> Statement:
    """The statement of the file, or the one of `account` where there are several."""
    root = document.xml()
    found = root.findall("BkToCstmrStmt/Stmt")
    if root.name != "Document" or not found:
        raise DocumentProblem(f"{document.name} is not a camt.053 statement: there is no Document/BkToCstmrStmt/Stmt")
    # Other messages of the family look alike and mean something else: camt.052 is no end-of-day statement.
    if root.namespace and ":camt.053.001." not in root.namespace:
        raise DocumentProblem(f"{document.name} is not a camt.053 statement: its namespace is {root.namespace}")
    named = [(_account(one), one) for one in found]
    chosen = [one for name, one in named if account is None or name == account.replace(" ", "")]
    if len(chosen) != 1:
        names = ", ".join(name for name, _ in named)
        asked = f" for account {account}" if account else ""
        raise DocumentProblem(f"{document.name} holds {len(chosen)} statements{asked} where one is expected: {names}")
    return _statement(document, chosen[0])


def _statement(document: Document, element: XmlElement) -> Statement:
    statement = Statement(document, element)
    statement.account = _account(element)
    opening, closing = _balance(element, ("OPBD", "PRCD")), _balance(element, ("CLBD",))
    currency = _attribute(closing.one("Amt"), "Ccy")
    stated = element.find("Acct/Ccy")
    if stated is not None and stated.str() != currency:
        raise DocumentProblem(f"{element.where}: the account is in {stated.str()}, its closing balance in {currency}")
    statement.currency = currency
    owner = element.find("Acct/Ownr/Nm")
    statement.owner = owner.str() if owner is not None else ""
    statement.opening, statement.opening_date = _amount(opening, currency), _day(opening, "Dt")
    statement.closing, statement.closing_date = _amount(closing, currency), _day(closing, "Dt")
    for entry in element.findall("Ntry"):
        booked = _status(entry) == "BOOK"
        for line in _lines(entry, currency):
            (statement.lines if booked else statement.pending).append(line)
    for at, line in enumerate(statement.lines):
        line.index = at + 1
    _check_sum(statement)
    return statement


def _check_sum(statement: Statement) -> None:
    total = statement.opening.amount
    for line in statement.lines:
        total = exact.add(total, line.amount.amount)
    if total != statement.closing.amount:
        computed = Money(total, statement.currency)
        raise DocumentProblem(
            f"{statement.where}: the statement does not add up: opening {statement.opening} and its "
            f"{len(statement.lines)} lines make {computed}, but closing is {statement.closing} {statement.currency} "
            f"(difference {statement.closing - computed})")


def _account(element: XmlElement) -> str:
    for path in ("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN"):
        found = element.find(path)
        if found is not None:
            return found.str()
    raise DocumentProblem(f"{element.where} names no account")


def _balance(element: XmlElement, codes: Tuple[str, ...]) -> XmlElement:
    """The balance of the first of these codes that is there."""
    for code in codes:
        found = [one for one in element.findall("Bal") if _text(one, "Tp/CdOrPrtry/Cd") == code]
        if len(found) > 1:
            raise DocumentProblem(f"{element.where} has {len(found)} balances of type {code} where one is expected")
        if found:
            return found[0]
    raise DocumentProblem(f"{element.where} has no balance of type {' or '.join(codes)}")


def _status(entry: XmlElement) -> str:
    """Plain text up to version 7, a code from version 8 on; a missing one means booked."""
    status = _text(entry, "Sts/Cd") or _text(entry, "Sts") or "BOOK"
    return status


def _lines(entry: XmlElement, currency: str) -> List[BankLine]:
    """One line, or one for each payment of a batch that lists them all with their amounts."""
    whole = _amount(entry, currency)
    booked = _day(entry, "BookgDt") or _day(entry, "ValDt")
    if booked is None:
        raise DocumentProblem(f"{entry.where} has no booking date")
    payments = entry.findall("NtryDtls/TxDtls")
    parts = [_payment_amount(one, entry, currency) for one in payments] if len(payments) > 1 else []
    amounts = [part for part in parts if part is not None]
    if len(parts) < 2 or len(amounts) != len(parts) or sum(one.amount for one in amounts) != whole.amount:
        return [_filled(BankLine(entry, whole, booked, _day(entry, "ValDt")), entry, payments)]
    return [
        _filled(BankLine(one, amount, booked, _day(entry, "ValDt")), entry, [one])
        for one, amount in zip(payments, amounts)
    ]


def _filled(line: BankLine, entry: XmlElement, payments: List[XmlElement]) -> BankLine:
    """Adds what the entry and its payments say about the movement."""
    line.reversal = _text(entry, "RvslInd") in ("true", "1")
    line.bank_reference = _text(entry, "AcctSvcrRef") or _text(entry, "NtryRef")
    structured: Optional[str] = None
    texts: List[str] = []
    party = ("Dbtr", "UltmtDbtr") if line.amount > 0 else ("Cdtr", "UltmtCdtr")
    if line.reversal:
        party = ("Cdtr", "UltmtCdtr", "Dbtr") if line.amount > 0 else ("Dbtr", "UltmtDbtr", "Cdtr")
    for one in payments:
        end_to_end = _text(one, "Refs/EndToEndId")
        if end_to_end and end_to_end != "NOTPROVIDED":
            line.end_to_end = line.end_to_end or end_to_end
        line.bank_reference = _text(one, "Refs/AcctSvcrRef") or line.bank_reference
        structured = structured or _text(one, "RmtInf/Strd/CdtrRefInf/Ref")
        for name in party:
            line.counterparty = (
                line.counterparty or _text(one, f"RltdPties/{name}/Nm") or _text(one, f"RltdPties/{name}/Pty/Nm"))
        for path in ("RmtInf/Ustrd", "RmtInf/Strd/AddtlRmtInf", "AddtlTxInf"):
            texts.extend(found.text for found in one.findall(path))
    texts.append(_text(entry, "AddtlNtryInf") or "")
    line.text = " ".join(dict.fromkeys(text for text in texts if text))
    line.reference = line.end_to_end or structured or line.bank_reference or ""
    domain = [_text(entry, f"BkTxCd/Domn/{path}") for path in ("Cd", "Fmly/Cd", "Fmly/SubFmlyCd")]
    line.code = "/".join(part for part in domain if part) or _text(entry, "BkTxCd/Prtry/Cd")
    return line


def _payment_amount(payment: XmlElement, entry: XmlElement, currency: str) -> Optional[Money]:
    """What one payment of a batch moved, where it says so in the account's currency."""
    amount = payment.find("Amt") or payment.find("AmtDtls/TxAmt/Amt")
    if amount is None or _attribute(amount, "Ccy") != currency:
        return None
    side = _text(payment, "CdtDbtInd") or _text(entry, "CdtDbtInd")
    money = amount.money(currency)
    return -money if side == "DBIT" else money


def _amount(element: XmlElement, currency: str) -> Money:
    """The signed amount of a balance or entry."""
    amount = element.one("Amt")
    if _attribute(amount, "Ccy") != currency:
        raise DocumentProblem(f"{amount.where} is in {_attribute(amount, 'Ccy')}, the statement in {currency}")
    side = element.one("CdtDbtInd").str()
    if side not in ("CRDT", "DBIT"):
        raise DocumentProblem(f"{element.where}: “{side}” is neither CRDT nor DBIT")
    money = amount.money(currency)
    if money < 0:
        raise DocumentProblem(f"{amount.where}: the amount {money} has a sign, which CdtDbtInd already says")
    return -money if side == "DBIT" else money


def _day(element: XmlElement, path: str) -> Optional[date]:
    """`Dt` or the date of `DtTm`."""
    found = element.find(f"{path}/Dt") or element.find(f"{path}/DtTm")
    if found is None:
        return None
    try:
        return date(int(found.text[:4]), int(found.text[5:7]), int(found.text[8:10]))
    except ValueError:
        raise DocumentProblem(f"{found.where}: “{found.text[:40]}” is not a date") from None


def _text(element: XmlElement, path: str) -> Optional[str]:
    found = element.find(path)
    return found.text or None if found is not None else None


def _attribute(element: XmlElement, name: str) -> str:
    found = element.attribute(name)
    if found is None:
        raise DocumentProblem(f"{element.where} has no {name}")
    return found.str()
