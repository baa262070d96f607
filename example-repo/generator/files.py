"""A month's model as the files a fund accountant receives."""

import csv
import io
import json
from decimal import Decimal
from xml.sax.saxutils import escape

from . import loans
from .books import Month
from .calc import month_of

ZERO = Decimal("0.00")


def documents(month: Month) -> dict:
    """File name within the period's folder → text."""
    made = {
        "bank/statement.xml": statement(month),
        "rent/tenancy-schedule.csv": tenancy_schedule(month),
        "operating/accruals.csv": accruals(month),
        "loans/facilities.json": facilities(month),
        "valuation/valuation.json": valuation(month),
        "units/unit-register.csv": unit_register(month),
    }
    if month.take_on:
        made["take-on/trial-balance.csv"] = trial_balance(month)
    return made


def table(columns: list, rows: list) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue()


def pretty(value) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n"


def trial_balance(month: Month) -> str:
    return table(["account", "debit", "credit"],
                 [(account, value if value > 0 else None, -value if value < 0 else None) for account, value in month.take_on])


def tenancy_schedule(month: Month) -> str:
    columns = ["tenancy", "tenant", "property", "unit", "area_sqm", "lease_start", "lease_end", "annual_rent", "annual_service_charge", "vat_rate",
               "billing", "quarter_days", "deposit_held", "arrears_0_30", "arrears_31_60", "arrears_61_90", "arrears_over_90", "prepaid"]
    rows = [(t.code, t.tenant, t.place, t.unit, t.area, t.start, t.end, f"{t.rent:.2f}", t.service, t.vat_rate, t.billing, month.spv.quarter_days,
             t.deposit, *t.arrears, t.prepaid) for t in month.schedule]
    return table(columns, rows)


def accruals(month: Month) -> str:
    columns = ["kind", "reference", "supplier", "account", "description", "date", "service_from", "service_to", "net", "vat"]
    rows = [("open", i.reference, i.supplier, i.account, i.description, i.date, i.first, i.last, i.net, i.vat) for i in month.open_items]
    rows += [(i.kind, i.reference, i.supplier, i.account, i.description, i.date, i.first, i.last, i.net, i.vat) for i in month.items]
    return table(columns, rows)


def facilities(month: Month) -> str:
    first, _ = month_of(month.period)
    return pretty({"entity": month.spv.title, "facilities": [{
        "facility": loan.facility, "kind": loan.kind, "lender": loan.lender, "currency": month.spv.currency, "day_count": loan.day_count,
        "margin": str(loan.margin), "base_rate": loan.base,
        "base_rates": [{"from": start, "rate": str(rate)} for start, rate in loan.base_rates],
        "principal": [{"from": start, "amount": str(value)} for start, value in loan.principal],
        "interest_paid_to": loans.paid_to(loan, first), "interest_payment_dates": list(loan.payment_dates),
    } for loan in month.spv.loans]})


def valuation(month: Month) -> str:
    index = 1 if month.period == "2026-03" else 2
    first, last = month_of(month.period)
    return pretty({
        "entity": month.spv.title, "valuer": month.spv.valuer, "standard": "RICS Valuation – Global Standards", "basis": "Fair value (IFRS 13, level 3)",
        "valuation_date": last, "currency": month.spv.currency,
        "inspection": "full" if index == 1 else "desktop update",
        "properties": [{"property": p.code, "name": p.name, "previous_value": str(p.values[index - 1]), "value": str(p.values[index])} for p in month.spv.properties],
        "capital_expenditure": [{"reference": i.reference, "contractor": i.supplier, "description": i.description, "date": i.date, "net": str(i.net),
                                 "vat": str(i.vat)} for i in month.projects],
        "lease_incentives": [{"reference": i.reference, "tenancy": i.tenancy, "granted": i.granted, "amortised_to": i.until, "amount": str(i.amount)}
                             for i in month.incentives],
    })


def unit_register(month: Month) -> str:
    return table(["date", "investor", "name", "event", "units", "price", "amount", "reference"], month.register)


def statement(month: Month) -> str:
    """An ISO 20022 camt.053: version 8 in Luxembourg, version 2 elsewhere, as banks differ."""
    spv, (first, last) = month.spv, month_of(month.period)
    version = "08" if spv.code == "LU" else "02"
    entries = "".join(entry(spv, index + 1, line, version) for index, line in enumerate(month.lines))
    account = f"<Id><IBAN>{spv.account}</IBAN></Id><Ccy>{spv.currency}</Ccy><Ownr><Nm>{escape(spv.title)}</Nm></Ownr>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}">
  <BkToCstmrStmt>
    <GrpHdr><MsgId>{spv.bank}-{month.period}</MsgId><CreDtTm>{last}T23:30:00</CreDtTm></GrpHdr>
    <Stmt>
      <Id>{spv.code}-{month.period}</Id>
      <ElctrncSeqNb>{first.month}</ElctrncSeqNb>
      <CreDtTm>{last}T23:30:00</CreDtTm>
      <FrToDt><FrDtTm>{first}T00:00:00</FrDtTm><ToDtTm>{last}T23:59:59</ToDtTm></FrToDt>
      <Acct>{account}</Acct>
{balance("OPBD", month.opening_cash, spv.currency, first)}{balance("CLBD", month.closing_cash, spv.currency, last)}{entries}    </Stmt>
  </BkToCstmrStmt>
</Document>
"""


def balance(code: str, value: Decimal, currency: str, date) -> str:
    return f"""      <Bal>
        <Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>
        <Amt Ccy="{currency}">{abs(value)}</Amt>
        <CdtDbtInd>{"CRDT" if value >= 0 else "DBIT"}</CdtDbtInd>
        <Dt><Dt>{date}</Dt></Dt>
      </Bal>
"""


def entry(spv, number: int, line, version: str) -> str:
    status = "<Sts><Cd>BOOK</Cd></Sts>" if version == "08" else "<Sts>BOOK</Sts>"
    name = f"<Nm>{escape(line.party)}</Nm>"
    party = f"<Pty>{name}</Pty>" if version == "08" else name
    role = "Dbtr" if line.amount > 0 else "Cdtr"
    family = ("RCDT", "ESCT") if line.amount > 0 else ("ICDT", "ESCT")
    return f"""      <Ntry>
        <NtryRef>{number:04}</NtryRef>
        <Amt Ccy="{spv.currency}">{abs(line.amount)}</Amt>
        <CdtDbtInd>{"CRDT" if line.amount > 0 else "DBIT"}</CdtDbtInd>
        {status}
        <BookgDt><Dt>{line.date}</Dt></BookgDt>
        <ValDt><Dt>{line.date}</Dt></ValDt>
        <AcctSvcrRef>{spv.bank}{line.date:%y%m%d}{number:04}</AcctSvcrRef>
        <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family[0]}</Cd><SubFmlyCd>{family[1]}</SubFmlyCd></Fmly></Domn></BkTxCd>
        <NtryDtls><TxDtls>
          <Refs><EndToEndId>{escape(line.reference)}</EndToEndId></Refs>
          <RltdPties><{role}>{party}</{role}></RltdPties>
          <RmtInf><Ustrd>{escape(line.text)}</Ustrd></RmtInf>
        </TxDtls></NtryDtls>
      </Ntry>
"""
