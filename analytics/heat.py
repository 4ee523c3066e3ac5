"""The heat map of activity: 53 weeks of days, how busy each was, and where it stands in the picture. Pure."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

WEEKS = 53
STEP, LEFT, TOP = 13.2, 30.0, 18.0
LEVELS = 4
LEAST_MONTH_COLUMNS = 3  # narrower ones would write their names over each other


@dataclass(frozen=True, slots=True)
class Activity:
    """What somebody did on one day: milliseconds played, and how many things that make one active."""

    played_ms: int = 0
    acts: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """One day; `level` is 0 for none, up to 4. Places are written as in SVG."""

    day: date
    activity: Activity
    level: int
    x: str
    y: str


@dataclass(frozen=True, slots=True)
class Month:
    """A month, over the column in which it begins."""

    first: date
    x: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The picture, and what its sentence says. `busiest` is the active day with most played; None without any."""

    cells: tuple[Cell, ...]
    months: tuple[Month, ...]
    active: int
    busiest: Cell | None

    @property
    def days(self) -> int:
        """How many days it shows."""
        return len(self.cells)


def first_day(today: date) -> date:
    """Return the Monday with which the picture begins, so that its last week is the one of `today`."""
    return today - timedelta(days=today.weekday(), weeks=WEEKS - 1)


def heat(activity: Mapping[date, Activity], today: date) -> Heat:
    """Return the picture of the weeks up to `today`.

    The levels are quarters of the active days on which something was played, by how long; 1 where nothing was.
    """
    first = first_day(today)
    days = [first + timedelta(days=number) for number in range((today - first).days + 1)]
    found = [activity.get(day, Activity()) for day in days]
    ranked = sorted(one.played_ms for one in found if one.acts and one.played_ms)
    cells = tuple(_cell(*pair, ranked) for pair in enumerate(zip(days, found, strict=True)))
    watched = [cell for cell in cells if cell.level and cell.activity.played_ms]
    return Heat(
        cells,
        _months(days),
        sum(cell.level > 0 for cell in cells),
        max(watched, key=lambda cell: cell.activity.played_ms, default=None),
    )


def _cell(number: int, one: tuple[date, Activity], ranked: list[int]) -> Cell:
    (day, activity), (week, weekday) = one, divmod(number, 7)
    level = 0
    if activity.acts:
        level = 1 + LEVELS * bisect_left(ranked, activity.played_ms) // len(ranked) if activity.played_ms else 1
    return Cell(day, activity, level, _place(LEFT + STEP * week), _place(TOP + STEP * weekday))


def _months(days: list[date]) -> tuple[Month, ...]:
    """Return the months by the columns whose Monday is the first in them."""
    begins: dict[date, int] = {}
    for week, monday in enumerate(days[::7]):
        begins.setdefault(monday.replace(day=1), week)
    ends = [*list(begins.values())[1:], WEEKS]
    return tuple(
        Month(first, _place(LEFT + STEP * week))
        for (first, week), end in zip(begins.items(), ends, strict=True)
        if end - week >= LEAST_MONTH_COLUMNS
    )


def _place(number: float) -> str:
    return f"{number:.1f}"
