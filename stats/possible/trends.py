"""How numbers develop and spread: weeks, slopes, growth, percentiles, shares of a hundred. Pure."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

WEEK = timedelta(days=7)
TREND_WEEKS = 8
FEWEST_WEEKS = 4


def full_weeks(today: date, count: int = TREND_WEEKS) -> list[date]:
    """Return the Mondays of the last weeks that are over, oldest first."""
    monday = today - timedelta(days=today.weekday())
    return [monday - (count - index) * WEEK for index in range(count)]


def weekly(days: Mapping[date, int], mondays: Sequence[date]) -> list[int]:
    """Sum days by week."""
    return [sum(days.get(monday + timedelta(days=index), 0) for index in range(7)) for monday in mondays]


def trend(weeks: Sequence[float | None], fewest: int = FEWEST_WEEKS) -> float | None:
    """Return the slope of a straight line through the weeks (least squares) over their mean, in percent a week.

    Weeks of None are left out; None when fewer than `fewest` are left or the mean is 0.
    """
    points = [(index, value) for index, value in enumerate(weeks) if value is not None]
    if len(points) < max(fewest, 2):
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    if mean_y == 0:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return 100 * slope / mean_y


def percentile(values: Sequence[int], percent: int) -> int | None:
    """Return the smallest value that at least so many percent of all values do not pass (nearest rank)."""
    return sorted(values)[(percent * len(values) + 99) // 100 - 1] if values else None


def hundred(parts: Mapping[str, int]) -> dict[str, int]:
    """Return shares in whole percent that add up to 100: the largest remainders are rounded up (ties: greater first)."""
    total = sum(parts.values())
    if total <= 0:
        return {}
    shares = {name: 100 * part // total for name, part in parts.items()}
    rest = sorted(parts, key=lambda name: (-(100 * parts[name] % total), -parts[name], name))
    for name in rest[: 100 - sum(shares.values())]:
        shares[name] += 1
    return shares
