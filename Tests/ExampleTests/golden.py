"""Net asset value from the documents by another way: no journal, every item of the balance sheet on its own.

The runbook adds movements up; this counts what is there at the end of the month. It shares no code with the runbook or
with the model that wrote the documents.
"""

import csv
import datetime as dt
import json
import re
import xml.etree.ElementTree as ElementTree
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

ZERO = Decimal("0.00")
QUARTERS = {"english": "03-25 06-24 09-29 12-25".split(), "calendar": "01-01 04-01 07-01 10-01".split()}
ONE_DAY = dt.timedelta(days=1)


def pence(value) -> Decimal:
    value = Fraction(value)
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def by_month(total: Decimal, first: dt.date, last: dt.date) -> dict:
    """Pennies of an amount by month, in proportion to days: the floor for all, the odd ones by largest remainder."""
    count = {}
    for offset in range((last - first).days + 1):
        month = (first + ONE_DAY * offset).strftime("%Y-%m")
        count[month] = count.get(month, 0) + 1
    whole = sum(count.values())
    exact = {month: Fraction(int(total * 100) * days, whole) for month, days in count.items()}
    parts = {month: value.numerator // value.denominator for month, value in exact.items()}
    odd = int(total * 100) - sum(parts.values())
    for month in sorted(exact, key=lambda one: (parts[one] - exact[one], one))[:odd]:
        parts[month] += 1
    return {month: Decimal(part) / 100 for month, part in parts.items()}


class Papers:
    """The documents of one period in plain Python."""

    def __init__(self, folder, period):
        self.period = period
        year, month = map(int, period.split("-"))
        self.first = dt.date(year, month, 1)
        self.last = dt.date(year + month // 12, month % 12 + 1, 1) - ONE_DAY
        self.tenancies = self.table(folder / "rent/tenancy-schedule.csv")
        self.costs = self.table(folder / "operating/accruals.csv")
        self.register = self.table(folder / "units/unit-register.csv")
        self.facilities = json.loads((folder / "loans/facilities.json").read_text("utf-8"))["facilities"]
        self.valuation = json.loads((folder / "valuation/valuation.json").read_text("utf-8"))
        self.lines, self.closing_cash = statement(folder / "bank/statement.xml")
        taken = folder / "take-on/trial-balance.csv"
        self.take_on = {row["account"]: Decimal(row["debit"] or 0) - Decimal(row["credit"] or 0)
                        for row in self.table(taken)} if taken.exists() else None

    @staticmethod
    def table(path):
        with open(path, encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def bank(self, pattern, without="$^"):
        """The lines whose text matches and has nothing of `without`."""
        return [(amount, text) for amount, text in self.lines if re.search(pattern, text) and not re.search(without, text)]


def statement(path):
    """[(signed amount, all text)] and the closing balance."""
    root = ElementTree.fromstring(path.read_bytes())
    name = root.tag[: root.tag.index("}") + 1]

    def signed(node):
        amount = Decimal(node.find(f"{name}Amt").text)
        return amount if node.find(f"{name}CdtDbtInd").text == "CRDT" else -amount

    lines = [(signed(node), " ".join(part.text.strip() for part in node.iter() if part.text and part.text.strip())) for node in root.iter(f"{name}Ntry")]
    closing = next(signed(node) for node in root.iter(f"{name}Bal") if node.find(f".//{name}Cd").text == "CLBD")
    return lines, closing


def charges(papers):
    """(tenancy, net, VAT, first, last) for what is invoiced by the end of the month and covers some of it."""
    for row in papers.tenancies:
        if row["billing"] == "monthly":
            spans = [(papers.first, papers.last)]
        else:
            starts = sorted(dt.date.fromisoformat(f"{year}-{day}") for year in (2025, 2026, 2027) for day in QUARTERS[row["quarter_days"]])
            spans = [(start, following - ONE_DAY) for start, following in zip(starts, starts[1:])]
        parts = 12 if row["billing"] == "monthly" else 4
        for opens, closes in spans:
            first = max(opens, dt.date.fromisoformat(row["lease_start"]))
            last = min(closes, dt.date.fromisoformat(row["lease_end"]))
            if first > last or first > papers.last or last < papers.first or closes < papers.first:
                continue
            for annual in (row["annual_rent"], row["annual_service_charge"]):
                share = Fraction((last - first).days + 1, (closes - opens).days + 1)
                net = pence(Fraction(annual) / parts * share)
                yield row["tenancy"], net, pence(Fraction(net) * Fraction(row["vat_rate"])), first, last


def arrears_at_end(papers):
    """(arrears by age summed over tenancies, tenants' prepayments)."""
    ages, prepaid = [ZERO] * 4, ZERO
    billed = {}
    for tenancy, net, vat, first, _ in charges(papers):
        if first >= papers.first:
            billed[tenancy] = billed.get(tenancy, ZERO) + net + vat
    for row in papers.tenancies:
        received = sum((amount for amount, _ in papers.bank(rf"\b{row['tenancy']}\b", "DEPOSIT|INC-")), Decimal(row["prepaid"]))
        buckets = [Decimal(row[f"arrears_{age}"]) for age in ("over_90", "61_90", "31_60", "0_30")] + [billed.get(row["tenancy"], ZERO)]
        for index, owed in enumerate(buckets):
            used = min(owed, received)
            buckets[index], received = owed - used, received - used
        prepaid += received
        for age, left in zip((3, 3, 2, 1, 0), buckets):
            ages[age] += left
    return ages, prepaid


def interest_owed(papers, facility):
    """Day by day from the last payment to the end of the month."""
    def value(history, field, day):
        return [Fraction(one[field]) for one in history if one["from"] <= day.isoformat()][-1]

    paid = [facility["interest_paid_to"]] + [day for day in facility["interest_payment_dates"] if day <= papers.last.isoformat()]
    day, owed = dt.date.fromisoformat(max(paid)), Fraction(0)
    while day <= papers.last:
        owed += value(facility["principal"], "amount", day) * (value(facility["base_rates"], "rate", day) + Fraction(facility["margin"]))
        day += ONE_DAY
    return pence(owed / {"ACT/365F": 365, "ACT/360": 360}[facility["day_count"]])


def incentives(papers, day):
    left = ZERO
    for one in papers.valuation["lease_incentives"]:
        start, end = dt.date.fromisoformat(one["granted"]), dt.date.fromisoformat(one["amortised_to"])
        if start <= day:
            left += Decimal(one["amount"]) - pence(Fraction(one["amount"]) * ((day - start).days + 1) / ((end - start).days + 1))
    return left


def close(papers, before, config, jurisdiction):
    """The closing position; `before` is the one a month earlier, or made of the take-on trial balance."""
    ages, prepaid = arrears_at_end(papers)
    rates = [Fraction(config["expected_credit_loss"][age]) for age in ("0-30", "31-60", "61-90", "over-90")]
    allowance = sum(pence(Fraction(owed) * rate) for owed, rate in zip(ages, rates))
    register = {kind: [row for row in papers.register if row["event"] == kind] for kind in ("balance", "call", "outstanding", "distribution")}
    amount = lambda rows: sum((Decimal(row["amount"]) for row in rows), ZERO)  # noqa: E731
    calls_open = amount(register["call"]) + amount(register["outstanding"]) - sum((a for a, _ in papers.bank("CALL-")), ZERO)
    distributions_open = amount(register["distribution"]) + sum((a for a, _ in papers.bank("DIST-")), ZERO)

    premiums = [row for row in papers.costs if row["kind"] == "prepayment"]
    unexpired = sum((part for row in premiums for month, part in
                     by_month(Decimal(row["net"]), dt.date.fromisoformat(row["service_from"]), dt.date.fromisoformat(row["service_to"])).items()
                     if month > papers.period), ZERO)
    bought = [row for row in papers.costs if row["kind"] in ("open", "invoice") or (row["kind"] == "prepayment" and row["date"] >= papers.first.isoformat())]
    projects = papers.valuation["capital_expenditure"]
    granted = [one for one in papers.valuation["lease_incentives"] if one["granted"] >= papers.first.isoformat()]
    payables = sum((Decimal(row["net"]) + Decimal(row["vat"]) for row in bought + projects), ZERO)
    payables += sum((Decimal(one["amount"]) for one in granted), ZERO) + sum((a for a, _ in papers.bank(r"\b(SI|CX|INC)-")), ZERO)
    accrued = sum((Decimal(row["net"]) for row in papers.costs if row["kind"] == "accrual"), ZERO)

    new = list(charges(papers))
    deferred = sum((part for _, net, _, first, last in new for month, part in by_month(net, first, last).items() if month > papers.period), ZERO)
    output_vat = sum((vat for _, _, vat, first, _ in new if first >= papers.first), ZERO)
    input_vat = sum((Decimal(row["vat"]) for row in bought + projects if row.get("kind") != "open"), ZERO)
    vat = before["vat"] + output_vat - input_vat + sum((a for a, _ in papers.bank("(VAT|GST|TVA) RETURN")), ZERO)
    deposits = sum((Decimal(row["deposit_held"]) for row in papers.tenancies), ZERO) + sum((a for a, _ in papers.bank("DEPOSIT")), ZERO)
    debt = sum((Decimal([one["amount"] for one in f["principal"] if one["from"] <= papers.last.isoformat()][-1]) for f in papers.facilities), ZERO)
    interest = sum((interest_owed(papers, f) for f in papers.facilities), ZERO)

    days = (papers.last - papers.first).days + 1
    fee = pence(Fraction(before["assets"]) * Fraction(config["management_fee"]["rate"]) * days / 365)
    fee_owed = before["fee"] + fee + sum((a for a, _ in papers.bank("MGT-FEE")), ZERO)

    values = [(Decimal(one["previous_value"]), Decimal(one["value"])) for one in papers.valuation["properties"]]
    assets = sum((value for _, value in values), ZERO) + papers.closing_cash + sum(ages) - allowance + calls_open + unexpired
    liabilities = payables + accrued + fee_owed + deferred + prepaid + deposits + vat + debt + interest + distributions_open
    untaxed = assets - liabilities - before["tax"] - sum((a for a, _ in papers.bank("INCOME-TAX")), ZERO)

    spent = sum((Decimal(one["net"]) for one in projects), ZERO)
    moved = incentives(papers, papers.last) - incentives(papers, papers.first - ONE_DAY)
    gain = sum((after - earlier for earlier, after in values), ZERO) - spent - moved
    profit = untaxed - before["nav"] - amount(register["call"]) + amount(register["distribution"]) - gain
    tax = max(ZERO, pence(Fraction(profit) * Fraction(config["income_tax"][jurisdiction])))
    units = sum(int(row["units"]) for row in register["balance"] + register["call"])
    paid_tax = sum((a for a, _ in papers.bank("INCOME-TAX")), ZERO)
    return {"nav": untaxed - tax, "assets": assets, "units": units, "vat": vat, "fee": fee_owed, "tax": before["tax"] + tax + paid_tax,
            "deferred": deferred, "receivables": sum(ages), "allowance": allowance}


def from_take_on(balances):
    """The position that the take-on trial balance states."""
    held = lambda *codes: sum((balances.get(code, ZERO) for code in codes), ZERO)  # noqa: E731
    return {"nav": sum((value for code, value in balances.items() if code < "3"), ZERO),
            "assets": sum((value for code, value in balances.items() if code < "2"), ZERO),
            "vat": -held("2200", "2210", "2220"), "fee": -held("2020"), "tax": -held("2400")}
