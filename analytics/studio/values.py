"""A figure as the studio shows it: against the window before, over time, as a share of a whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from analytics import figures
from analytics.figures import Amount
from analytics.studio.measured import CHART_UNITS, LABELS, TITLES
from stats import compute
from stats.compute import Change, Row, Value
from stats.metrics import Metric, Unit


@dataclass(frozen=True, slots=True)
class Delta:
    """A change as it is shown: which way, whether that is good, and how much.

    `step` is by how much it moved, below zero where it fell: points of a percentage, percent of anything else; None where
    it is new.
    """

    direction: str
    mood: str = ""
    text: str = ""
    step: float | None = None


def delta_of(now: Value, before: Value | None, unit: Unit, *, is_higher_better: bool) -> Delta | None:
    """Return a change as it is shown; None where there is nothing to compare."""
    change = compute.change(now, before, unit)
    if change is None or before is None or before.value is None:
        return None
    mood = "good" if (now.value > before.value) == is_higher_better else "bad"
    step = change.points if unit is Unit.PERCENT else change.percent
    if change.is_new or step is None:
        return Delta("new", mood)
    if round(step, 1) == 0:
        return Delta("same", step=step)
    sign = _("pts") if unit is Unit.PERCENT else "%"
    return Delta("up" if step > 0 else "down", mood, f"{figures.number(abs(step), 1)} {sign}", step)


@dataclass(frozen=True, slots=True)
class Line:
    """A metric in the window and in the one before it."""

    metric: Metric
    now: Value
    before: Value | None
    receipt: str

    @property
    def label(self) -> str:
        """What the studio calls it."""
        return str(LABELS.get(self.metric.key, self.metric.label))

    @property
    def amount(self) -> Amount:
        """It now, written."""
        return figures.amount(self.now.value, self.metric.unit)

    @property
    def before_amount(self) -> Amount:
        """It before, written."""
        return figures.amount(self.before.value if self.before else None, self.metric.unit)

    @property
    def has_before(self) -> bool:
        """Whether there was anything to count before."""
        return self.before is not None and self.before.value is not None

    @property
    def change(self) -> Change | None:
        """How it grew; None where there is nothing before."""
        return compute.change(self.now, self.before, self.metric.unit)

    @property
    def delta(self) -> Delta | None:
        """The change as it is shown; None where there is none."""
        return delta_of(self.now, self.before, self.metric.unit, is_higher_better=self.metric.is_higher_better)


@dataclass(frozen=True, slots=True)
class TrendRow:
    """One step of time of a metric, with the same step of the window before."""

    label: str
    start: date | datetime
    now: Any
    before: Any = None
    is_open: bool = False

    @property
    def day(self) -> date:
        """The day in which it begins."""
        return self.start.date() if isinstance(self.start, datetime) else self.start


@dataclass(frozen=True, slots=True)
class Card(Line):
    """A headline figure with its days."""

    rows: tuple[TrendRow, ...] = ()

    @property
    def is_hourly(self) -> bool:
        """Whether its rows are hours and not days."""
        return bool(self.rows) and isinstance(self.rows[0].start, datetime)

    @property
    def title(self) -> str:
        """What stands over its chart."""
        what = TITLES.get(self.metric.key, self.label)
        return (_("%(what)s per hour") if self.is_hourly else _("%(what)s per day")) % {"what": what}

    @property
    def chart_unit(self) -> str:
        """What the chart writes behind a value."""
        return CHART_UNITS[self.metric.key]

    @property
    def points(self) -> list[Any]:
        """Its values in the order of time."""
        return [row.now for row in self.rows]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a ranking: its share of the whole, and the longest of the ranking."""

    label: str
    value: int
    percent: int
    most: int


def bars(rows: Sequence[Row], names: dict[str, Any] | None = None) -> list[Bar]:
    """Return a breakdown as bars, the longest first, without what did not occur."""
    counted = sorted(((row.key or row.label, int(row.value or 0)) for row in rows), key=lambda pair: -pair[1])
    counted = [(key, value) for key, value in counted if value]
    total = sum(value for _, value in counted)
    most = max((value for _, value in counted), default=0)
    return [Bar(str((names or {}).get(key, key)), value, round(100 * value / total), most) for key, value in counted]
