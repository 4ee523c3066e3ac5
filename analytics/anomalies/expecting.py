"""In which range a number was to be expected on a day, from the same weekdays before it. Pure.

The middle of the range is the median of the eight same weekdays before, so that one odd day does not move it. Its width is
three times their usual distance from the median (the median absolute deviation, scaled to a standard deviation), and never
less than what chance alone does to counts (three square roots) or a tenth of the median: a number that is always
the same is not unusual for being one more. Fewer than four such days, and nothing is expected.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import isqrt

WEEKS = 8
LEAST = 4
WEEK = timedelta(days=7)
TIMES = 3
TENTH = 10
SCALE_PER_10_000 = 14_826
"""The median absolute deviation of a normal distribution is a standard deviation over 1.4826."""


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both expected; `typical` in the middle of `seen` days that had from `least` to `most`."""

    low: int
    high: int
    typical: int
    least: int
    most: int
    seen: int

    def has(self, actual: int) -> bool:
        """Whether a number was to be expected."""
        return self.low <= actual <= self.high


def expected(day: date, values: Mapping[date, int], *, quantum: int = 1) -> Range | None:
    """Return what was to be expected on a day, from whole numbers of the days before; None where too few are known.

    `quantum` is the size of one of what is counted in the number's unit (an hour in milliseconds), for what chance does.
    """
    before = [values[one] for weeks in range(1, WEEKS + 1) if (one := day - weeks * WEEK) in values]
    if len(before) < LEAST:
        return None
    typical = median(before)
    deviation = median([abs(value - typical) for value in before])
    width = max(
        TIMES * deviation * SCALE_PER_10_000 // 10_000,
        TIMES * isqrt(abs(typical) * quantum),
        abs(typical) // TENTH,
        TIMES * quantum,
    )
    low = typical - width
    if min(before) >= 0:
        low = max(0, low)
    return Range(low, typical + width, typical, min(before), max(before), len(before))


def median(values: Sequence[int]) -> int:
    """Return the middle one in order; of two middle ones the mean, rounded down."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) // 2
