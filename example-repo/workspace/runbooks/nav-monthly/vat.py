"""The VAT control account: what closed returns owe, and the open return beside it."""

from runbook import Run, journal, output, step

from accounts import INPUT_VAT, OUTPUT_VAT, VAT_CONTROL
from book import cr, dr, entry


@step("Close the VAT return")
def close_return(run: Run, opening) -> None:
    """At the end of a return's last month, output and input VAT move to the control account."""
    months = run.config.vat_return_months
    if run.entity.jurisdiction not in months:
        run.fail(f"the configuration names no VAT return months for {run.entity.jurisdiction}")
    charged, reclaimed = journal.movement(OUTPUT_VAT), journal.movement(INPUT_VAT)
    closes = run.period.end.month in months[run.entity.jurisdiction]
    due = -(journal.balance(OUTPUT_VAT) + journal.balance(INPUT_VAT))
    paid = journal.movement(VAT_CONTROL)
    if closes and due:
        journal.post(**entry(
            run.period.end, f"VAT return to {run.period.end}", dr(OUTPUT_VAT, -journal.balance(OUTPUT_VAT)),
            cr(INPUT_VAT, journal.balance(INPUT_VAT)), cr(VAT_CONTROL, due)))
    output("vat-control.json", {
        "period": str(run.period), "return_closed": closes,
        "opening": -(opening.of(VAT_CONTROL) + opening.of(OUTPUT_VAT) + opening.of(INPUT_VAT)),
        "output_vat": -charged, "input_vat": -reclaimed, "paid": -paid,
        "closing": -(journal.balance(VAT_CONTROL) + journal.balance(OUTPUT_VAT) + journal.balance(INPUT_VAT)),
        "of_which_returns_closed": -journal.balance(VAT_CONTROL),
    })
