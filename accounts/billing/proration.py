"""What a part of a paid period is worth, and when the next one ends. Pure: integers and instants, no floats."""

from calendar import monthrange
from datetime import datetime, timedelta

MONTH, YEAR = "month", "year"
MICROSECOND = timedelta(microseconds=1)


def part(price_minor: int, start: datetime, end: datetime, now: datetime) -> int:
    """Return what the rest of a period is worth: the price times (end - now) / (end - start), rounded once, half up.

    Never below 0 nor above the price, whatever `now` is; 0 for a period without length.
    """
    whole = (end - start) // MICROSECOND
    rest = min(max((end - now) // MICROSECOND, 0), whole)
    if whole <= 0:
        return 0
    return (2 * price_minor * rest + whole) // (2 * whole)


def difference(old_minor: int, new_minor: int, start: datetime, end: datetime, now: datetime) -> int:
    """Return what the rest of a period costs more at the new price; below 0 where it costs less.

    Both parts are rounded by themselves, so that there and back again is exactly 0.
    """
    return part(new_minor, start, end, now) - part(old_minor, start, end, now)


def next_end(start: datetime, interval: str, anchor_day: int) -> datetime:
    """Return the end of the period of one `interval` that begins at `start`.

    It falls on `anchor_day`, or on the last day of a month that is too short, so that a period from the 31st of January
    ends on the 28th of February and the next one on the 31st of March. Raises ValueError for another interval.
    """
    if interval not in (MONTH, YEAR):
        raise ValueError(f"{interval!r} is no interval.")
    months = start.year * 12 + start.month - 1 + (1 if interval == MONTH else 12)
    year, month = divmod(months, 12)
    day = min(anchor_day, monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day)
