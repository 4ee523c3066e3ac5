"""The registry of panels: every card, chart and table on the staff's dashboards is one record.

A panel names the page that it stands on and the function that answers it. The function takes a `Query` and gives plain
values; how they are written, drawn, compared and sent as CSV follows from the record. `settings.PANELS` lists tuples of
them, in the order in which they are shown.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.staffing import Area
from stats.metrics import Unit
from stats.windows import Window

Found = TypeVar("Found")
LONG_DAYS = 93


class Page(StrEnum):
    """A page of dashboards. The value stands in its address."""

    OVERVIEW = "overview"
    USERS = "users"
    ENGAGEMENT = "engagement"
    CONTENT = "content"
    LEARNING = "learning"
    GAMIFICATION = "gamification"
    REVENUE = "revenue"
    SYSTEM = "system"


class Shape(StrEnum):
    """How a panel is shown. A CARD is answered by a `Figure`, everything else by `Rows`.

    LINE and AREA are over time, STACKED are parts over time, BARS a ranking with shares, TABLE any table, CHECKS a list of
    states. A COHORT is a table whose cells are shaded by their percentage.
    """

    CARD = "card"
    LINE = "line"
    AREA = "area"
    STACKED = "stacked"
    BAR = "bar"
    BARS = "bars"
    TABLE = "table"
    CHECKS = "checks"
    COHORT = "cohort"


class Width(StrEnum):
    """How much of the page's width a panel takes: all of it, half, two thirds or one."""

    FULL = "full"
    HALF = "half"
    MOST = "most"
    LESS = "less"


class State(StrEnum):
    """How something of the system is."""

    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    UNKNOWN = "unknown"


class Over(StrEnum):
    """How the days of a column come to a week: their sum, the last of them, an average day of those that are over."""

    SUM = "sum"
    LAST = "last"
    MEAN = "mean"


@dataclass(frozen=True, slots=True)
class Query:
    """What a dashboard is asked: a window, the one before it where it is compared, and the moment of asking.

    `options` are the other words of the address that a page knows (currency, order). What several panels need is asked
    once through `once`.
    """

    window: Window
    before: Window | None
    now: datetime
    options: dict[str, str] = field(default_factory=dict)
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def is_long(self) -> bool:
        """Whether the window has so many days that its charts go by weeks or months."""
        return self.window.days >= LONG_DAYS

    def once(self, key: Any, ask: Callable[[], Found]) -> Found:
        """Return what `ask` answers; asked the first time only, by its key."""
        if key not in self._kept:
            self._kept[key] = ask()
        found: Found = self._kept[key]
        return found


@dataclass(frozen=True, slots=True)
class Column:
    """A column of numbers. Money is in minor units of `currency`; `is_before` is of the window before, drawn grey.

    `is_text` holds words, `is_bar` a percentage that is shown as a bar too. Days of a long window are shown as weeks where
    `over` says how.
    """

    key: str
    label: Any
    unit: Unit = Unit.COUNT
    currency: str = ""
    is_before: bool = False
    is_text: bool = False
    is_bar: bool = False
    over: Over | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a table whose lines have a unit each: `text` stands on the page, `plain` in the file."""

    text: str
    plain: Any


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table, or a step of time where `at` says of which day or hour. As many values as there are columns.

    A step of more than a day has its last day in `until`.
    """

    label: str
    values: tuple[Any, ...]
    at: date | datetime | None = None
    note: str = ""
    href: str = ""
    is_open: bool = False
    state: State | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """What stands in a chart or a table. `head` names the first column, `note` is a sentence under the title."""

    head: Any
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    empty: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A headline: the value, the one before (None: not compared), and its points over time for the small line."""

    value: Any
    before: Any = None
    points: tuple[float | None, ...] = ()
    note: str = ""
    currency: str = ""
    is_live: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The people or items behind a number: one page of them, and how many there are in all."""

    table: Rows
    total: int
    href: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which number somebody wants to see behind: of a day (None: of the whole window), of one column ('' for all)."""

    query: Query
    day: date | None = None
    part: str = ""
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Panel:
    """One card, chart or table.

    `means` is the one definition of its number: what is counted, over which time, what is left out. It stands beside the
    title and in `docs/metrics.md`. `build` answers it. `drill` lists who or what is behind its number, for who may read in `behind` too, `among` names the columns to which that list can be narrowed; `parts` tells what a day's number is made of,
    beside the chart. `takes` names the words of the address that it heeds beside the window. `orders` are the
    ways in which its rows may stand, as `order` in the address. `metric` is the key by which unusual days of it are known.
    """

    key: str
    page: Page
    title: Any
    shape: Shape
    build: Callable[[Query], Figure | Rows]
    unit: Unit = Unit.COUNT
    means: Any = field(kw_only=True)
    area: Area = Area.NUMBERS
    width: Width = Width.HALF
    is_higher_better: bool = True
    drill: Callable[[Asked], Listing] | None = None
    behind: Area = Area.PEOPLE
    among: Callable[[Query], Collection[str]] | None = None
    parts: Callable[[Asked], Rows] | None = None
    takes: frozenset[str] = frozenset()
    orders: tuple[tuple[str, Any], ...] = ()
    metric: str = ""


def panels() -> dict[str, Panel]:
    """Return all panels by key: those of `settings.PANELS`, in its order. Raises ValueError for a key that comes twice."""
    return _registered(tuple(settings.PANELS))


def panels_of(page: Page) -> list[Panel]:
    """Return the panels of a page, in order."""
    return [panel for panel in panels().values() if panel.page is page]


@cache
def _registered(paths: tuple[str, ...]) -> dict[str, Panel]:
    found: dict[str, Panel] = {}
    for path in paths:
        for panel in import_string(path):
            if panel.key in found:
                raise ValueError(f"Two panels are called {panel.key}.")
            found[panel.key] = panel
    return found
