"""When people are active: sessions, busiest hours and days, runs of days. Pure."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

GAP = timedelta(minutes=30)
DAY = timedelta(days=1)

Cell = TypeVar("Cell", int, tuple[int, int])


@dataclass(frozen=True, slots=True)
class Span:
    """From an instant to a later one, or to the same."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.start).total_seconds()


def sessions(spans: Iterable[Span], gap: timedelta = GAP) -> list[Span]:
    """Join what lies at most `gap` apart. Returns the sessions in order; one thing alone may be a session of 0 s."""
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: (one.start, one.end)):
        if joined and span.start - joined[-1].end <= gap:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def busiest(amounts: Mapping[Cell, int], seconds: Mapping[Cell, int] | None = None) -> Cell | None:
    """Return the cell with the most; of equal ones that with the greater second amount, then the first. None if all are 0."""
    second = seconds or {}
    best = min(amounts, key=lambda cell: (-amounts[cell], -second.get(cell, 0), cell), default=None)
    return best if best is not None and amounts[best] > 0 else None


def by_cell(rows: Iterable[tuple[datetime, int]], zone: str) -> dict[tuple[int, int], int]:
    """Sum amounts by weekday (Monday is 0) and hour of the wall clock in a zone."""
    tz = ZoneInfo(zone)
    cells: dict[tuple[int, int], int] = {}
    for at, amount in rows:
        local = at.astimezone(tz)
        cell = (local.weekday(), local.hour)
        cells[cell] = cells.get(cell, 0) + amount
    return cells


def folded(cells: Mapping[tuple[int, int], int], axis: int) -> dict[int, int]:
    """Sum cells over hours (axis 0 leaves weekdays) or over weekdays (axis 1 leaves hours)."""
    sums: dict[int, int] = {}
    for cell, amount in cells.items():
        sums[cell[axis]] = sums.get(cell[axis], 0) + amount
    return sums


def running_streak(days: Set[date], today: date) -> int:
    """Return how many days in a row end today, or yesterday while today is not over."""
    day = today if today in days else today - DAY
    length = 0
    while day in days:
        length += 1
        day -= DAY
    return length


def best_streak(days: Set[date]) -> int:
    """Return the length of the longest run of days."""
    best = 0
    for first in days:
        if first - DAY not in days:
            length = 1
            while first + length * DAY in days:
                length += 1
            best = max(best, length)
    return best


def peak(spans: Sequence[Span], shortest: timedelta) -> int:
    """Return how many spans lie over one instant at most. Ends come before starts; shorter spans are left out."""
    marks = sorted(
        mark for span in spans if span.end - span.start >= shortest for mark in ((span.start, 1), (span.end, -1))
    )
    most = now = 0
    for _, step in marks:
        now += step
        most = max(most, now)
    return most
