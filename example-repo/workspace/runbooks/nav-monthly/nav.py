"""The NAV statement: the bridge from opening to closing net assets, units, and the change against the prior period."""

import datetime as dt

from runbook import Money, Run, journal

import accounts as a

#: Line of the bridge → accounts whose month it is.
BRIDGE = (
    ("Rental income", ("4000", "4010")),
    ("Service charge income less costs", ("4100", "5000")),
    ("Property costs", ("5010", "5020", "5030", "5040", "5050")),
    ("Expected credit losses", ("5100",)),
    ("Management fee", ("5200",)),
    ("Administration and other costs", ("5210", "5220", "5230", "5240", "5250", "5260")),
    ("Bank interest received", ("4200",)),
    ("Interest on bank loan", ("6000",)),
    ("Interest on shareholder loan", ("6010",)),
    ("Revaluation net of capital expenditure and incentives", ("4300",)),
    ("Income tax", ("7000",)),
)


def statement(run: Run, opening, papers, sheet: dict, income: dict) -> dict:
    before, after = sheet["net_assets"]["opening"], sheet["net_assets"]["closing"]
    units = papers.register
    per_unit_before = before.divide(units.opening_units, scale=4)
    per_unit_after = after.divide(units.closing_units, scale=4)
    year_end = fiscal_year_end(run)
    return {
        "fund": run.tenant.display_name, "entity": run.entity.display_name, "jurisdiction": run.entity.jurisdiction,
        "currency": run.entity.currency, "period": run.period.name, "net_asset_value_at": run.period.end,
        "reporting_framework": run.tenant.reporting_framework, "fiscal_year_end": year_end,
        "valuation": {"date": papers.valuation.date, "valuer": papers.valuation.valuer, "standard": papers.valuation.standard,
                      "basis": papers.valuation.basis},
        "opening_balances": opening.source,
        "bridge": bridge(run, before, after),
        "net_asset_value": after,
        "units": {"opening": units.opening_units, "issued": units.issued_units, "closing": units.closing_units},
        "net_asset_value_per_unit": per_unit_after,
        "variance": {
            "net_asset_value": variance(after, before),
            "net_asset_value_per_unit": variance(per_unit_after, per_unit_before),
            "total_assets": variance(sheet["assets"]["total"]["closing"], sheet["assets"]["total"]["opening"]),
            "total_liabilities": variance(sheet["liabilities"]["total"]["closing"], sheet["liabilities"]["total"]["opening"]),
            "result": variance(income["result"]["month"], income["result"]["previous_month"]),
        },
    }


def bridge(run: Run, before: Money, after: Money) -> list:
    """From opening to closing net asset value; every account of the result stands in one line."""
    steps = [{"item": "Opening net asset value", "amount": before}]
    named = [code for _, codes in BRIDGE for code in codes]
    missing = set(a.of_types(run, "income", "expense")) - set(named)
    if missing:
        run.fail(f"the bridge has no line for account {', '.join(sorted(missing))}")
    for item, codes in BRIDGE:
        steps.append({"item": item, "amount": -Money.total((journal.balance(code) for code in codes), run.entity.currency)})
    steps.append({"item": "Capital called", "amount": -journal.movement(a.UNITS_ISSUED)})
    steps.append({"item": "Distributions declared", "amount": -journal.movement(a.DISTRIBUTIONS)})
    reached = Money.total((one["amount"] for one in steps), run.entity.currency)
    if reached != after:
        run.fail(f"the bridge reaches {reached}, net assets are {after}")
    return [*steps, {"item": "Closing net asset value", "amount": reached}]


def variance(now: Money, before: Money) -> dict:
    change = now - before
    percent = (change * 100).divide(abs(before), scale=2) if before else None
    return {"period": now, "prior_period": before, "change": change, "percent": str(percent.amount) if percent else None}


def fiscal_year_end(run: Run) -> dt.date:
    """The first fiscal year end on or after the period's end."""
    month, day = (int(part) for part in run.tenant.fiscal_year_end.split("-"))
    this_year = dt.date(run.period.end.year, month, day)
    return this_year if this_year >= run.period.end else dt.date(run.period.end.year + 1, month, day)


def text(made: dict) -> str:
    """The statement for people: aligned, with thousands separators."""
    currency = made["currency"]
    lines = [
        made["fund"], f"{made['entity']} ({made['jurisdiction']})", f"Net asset value at {made['net_asset_value_at']:%d %B %Y}, in {currency}", "",
        f"Reporting framework   {made['reporting_framework']}",
        f"Fiscal year end       {made['fiscal_year_end']:%d %B %Y}",
        f"Valuation             {made['valuation']['date']:%d %B %Y}, {made['valuation']['valuer']}",
        f"                      {made['valuation']['standard']}; {made['valuation']['basis']}",
        f"Opening balances      {made['opening_balances']}", ""]
    for one in made["bridge"]:
        if one["item"] == "Closing net asset value":
            lines.append(" " * 56 + "-" * 18)
        lines.append(f"{one['item']:<56}{one['amount']:>18,.2f}")
    units = made["units"]
    lines += ["", f"{'Units at the start':<56}{units['opening']:>18,}", f"{'Units issued':<56}{units['issued']:>18,}",
              f"{'Units at the end':<56}{units['closing']:>18,}", "",
              f"{'Net asset value per unit':<56}{made['net_asset_value_per_unit']:>18,.4f}", "",
              f"{'Against the prior period':<28}{'Period':>18}{'Prior period':>18}{'Change':>16}{'%':>8}"]
    for item, row in made["variance"].items():
        places = 4 if item.endswith("per_unit") else 2
        lines.append(f"{item.replace('_', ' ').capitalize():<28}{row['period']:>18,.{places}f}{row['prior_period']:>18,.{places}f}"
                     f"{row['change']:>16,.{places}f}{row['percent'] or '':>8}")
    lines += ["", "Bases"] + [f"  {name.replace('_', ' ').capitalize()}: {words}" for name, words in made["bases"].items()]
    return "\n".join(lines) + "\n"
