"""The balances that the ledger brings into the period."""

from __future__ import annotations

from datetime import date

from . import _context
from ._money import Money, money_value
from ._numbers import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Dict, List, Optional


class Carried:
    """An earlier close from which the opening balances come."""

    __slots__ = ("deployment", "period", "run_key")

    def __init__(self, deployment: str, period: str, run_key: str) -> None:
        self.deployment = deployment
        self.period = period
        self.run_key = run_key

    def __repr__(self) -> str:
        return f"Carried({self.deployment!r}, {self.period!r})"


class Opening:
    """Opening balances: account code → `Money`, debit positive."""

    def __init__(self, result: Dict[str, Any]) -> None:
        self.currency: str = result["currency"]
        #: The last day that the balances include.
        self.as_of: Optional[date] = date.fromisoformat(result["asOf"]) if result.get("asOf") else None
        self.carried_from: List[Carried] = [
            Carried(one["deployment"], one["period"], one["runKey"]) for one in result["carriedFrom"]]
        #: Whether the ledger holds anything before the period.
        self.carried: bool = bool(self.carried_from)
        self.balances: Dict[str, Money] = {
            one["account"]: _balance(one["account"], one["amount"], self.currency) for one in result["balances"]}


class LedgerOrigin:
    """The origin of a balance, for lineage."""

    __slots__ = ("account",)

    def __init__(self, account: str) -> None:
        self.account = account

    def _source(self, value: Any) -> Dict[str, Any]:
        return {"kind": "ledger", "locator": f"account {self.account}", "value": str(value)}


def _balance(account: str, amount: str, currency: str) -> Money:
    return money_value(number(amount), currency, ("source", LedgerOrigin(account), amount))


class Ledger:
    """What was posted before this period."""

    def __init__(self) -> None:
        self._opening: Optional[Opening] = None

    def opening(self) -> Opening:
        """The balances at the start of the period."""
        if self._opening is None:
            self._opening = Opening(_context.current().client.call("ledger.opening", {}).result)
        return self._opening


ledger = Ledger()
