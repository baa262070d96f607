"""Arithmetic of the model: pennies, days and fixed choices."""

import datetime as dt
import hashlib
from decimal import ROUND_HALF_UP, Decimal

PENNY = Decimal("0.01")


def pence(value) -> Decimal:
    """Half up to two decimals."""
    return Decimal(value).quantize(PENNY, ROUND_HALF_UP)


def pick(key: str, low: int, high: int) -> int:
    """A fixed choice between two bounds, the same for a key in every version of Python."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return low + number % (high - low + 1)


def amount(key: str, low: int, high: int) -> Decimal:
    """A fixed amount with pennies between two bounds in whole units."""
    return Decimal(pick(key, low * 100, high * 100)) / 100


def days(first: dt.date, last: dt.date) -> int:
    """Days from first to last, both counted."""
    return (last - first).days + 1


def month_of(period: str) -> tuple:
    """First and last day of a period such as 2026-03."""
    year, month = (int(part) for part in period.split("-"))
    first = dt.date(year, month, 1)
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    return first, following - dt.timedelta(days=1)


def spread(total: Decimal, first: dt.date, last: dt.date) -> dict:
    """Split an amount over the months it spans by days, without losing a penny (largest remainder, first wins)."""
    slices, day = [], first
    while day <= last:
        end = min(month_of(f"{day.year}-{day.month:02}")[1], last)
        slices.append((f"{day.year}-{day.month:02}", days(day, end)))
        day = end + dt.timedelta(days=1)
    return dict(zip([name for name, _ in slices], share(total, [Decimal(weight) for _, weight in slices])))


def share(total: Decimal, weights: list) -> list:
    """Split an amount by weights: whole pennies down, then one each to the largest remainders."""
    units, whole = int(total * 100), sum(weights)
    parts = [units * weight // whole for weight in weights]
    rests = [units * weight % whole for weight in weights]
    order = sorted(range(len(weights)), key=lambda index: (-rests[index], index))
    for index in order[: int(units - sum(parts))]:
        parts[index] += 1
    return [Decimal(part) / 100 for part in parts]
