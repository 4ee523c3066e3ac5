"""Numbers: what a metric is for a scope and a window, by day, against the time before, in parts.

`stats.rollups` and `stats.lifetime` know where the sums are kept; this module knows what they mean. Pages, API, exports,
charts and achievements all ask here.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from stats import lifetime, rollups
from stats.metrics import Derived, Lifetime, Metric, People, Ratio, Replays, Scope, Sum, Unit
from stats.windows import Window

DECIMALS = 4
BREAKDOWNS = ("play_source", "share_platform", "type", "quality", "hour")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a value that is a list: `key` finds what it is about, `over` and `under` are what it was made of."""

    label: str
    value: Any
    key: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What a metric came to. None is "–": nothing to divide by, or nothing to count yet.

    `over` and `under` are the whole numbers that it was made of, `note` what a reader should know, `as_of` the moment up to
    which it was counted where that is not now.
    """

    value: Any
    over: int | None = None
    under: int | None = None
    rows: tuple[Row, ...] = ()
    note: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The values of one day of the window's zone."""

    day: date
    values: dict[str, Value]


@dataclass(frozen=True, slots=True)
class Change:
    """How a value grew against the one before: in percent of it; a percentage also in points.

    `percent` is None where there was nothing before; `is_new` says that there is something now.
    """

    percent: float | None
    is_new: bool = False
    points: float | None = None


def registry() -> dict[str, Metric]:
    """Return all metrics by key: those of `settings.METRICS`, in its order."""
    return _registered(tuple(settings.METRICS))


def compute(metric: Metric, scope: Scope, window: Window) -> Value:
    """Return one number. Raises LookupError for a metric that is not of this subject. As many queries as `compute_all`."""
    return compute_all([metric], scope, window)[metric.key]


def compute_all(metrics: Iterable[Metric], scope: Scope, window: Window) -> dict[str, Value]:
    """Return many numbers of one scope and window by key, sharing their queries.

    At most 6 for whatever is no `Derived`; those ask for themselves.
    """
    wanted = list(metrics)
    for metric in wanted:
        if scope.subject not in metric.subjects:
            raise LookupError(f"{metric.key} is not a number of {scope.subject.value}.")
    found: dict[str, Value] = {}
    counted = _counted(wanted, scope, window)
    derived: dict[str, set[str]] = defaultdict(set)
    for metric in wanted:
        if isinstance(metric.how, Derived):
            derived[metric.how.path].add(metric.key)
        else:
            found[metric.key] = value_of(metric, counted)
    for path, keys in sorted(derived.items()):
        found |= import_string(path)(frozenset(keys), scope, window)
    return {metric.key: _told(metric, found[metric.key]) for metric in wanted}


def series(metrics: Iterable[Metric], scope: Scope, window: Window) -> list[Point]:
    """Return the values of each day of the window, in its zone, gaps included; `all` begins with the first day that has any.

    Rates are of the day's own sums. At most 4 queries; `Derived` and `Lifetime` metrics have no series.
    """
    wanted = [metric for metric in metrics if has_series(metric)]
    days = rollups.by_day(scope, window, _columns(wanted))
    people = rollups.people_by_day(scope, window) if _uses(wanted, People) else {}
    again = rollups.replays_by_day(scope, window) if _uses(wanted, Replays) else {}
    points = []
    began = window.name != "all"
    for day in window:
        began = began or day in days or day in people
        if began:
            counted = Counted(days.get(day, {}), people.get(day, 0), again.get(day, 0))
            points.append(Point(day, {metric.key: value_of(metric, counted) for metric in wanted}))
    return points


def has_series(metric: Metric) -> bool:
    """Whether it can be told by day."""
    return isinstance(metric.how, Sum | Ratio | People | Replays)


def change(now: Value, before: Value | None, unit: Unit = Unit.COUNT) -> Change | None:
    """Return how a value grew; None where there is nothing to compare. A percentage has its points beside."""
    if before is None or not _is_number(now.value):
        return None
    old = before.value if _is_number(before.value) else 0
    points = round(now.value - before.value, DECIMALS) if unit is Unit.PERCENT and before.value is not None else None
    if not old:
        return Change(None if now.value else 0.0, bool(now.value), points)
    return Change(round((now.value - old) / old * 100, DECIMALS), False, points)


def breakdown(name: str, scope: Scope, window: Window) -> list[Row]:
    """Return the parts of plays (of shares for `share_platform`) in the window, the largest first. One or two queries.

    `name` is one of `BREAKDOWNS`. Sources, platforms and hours are there with 0 too; hours stay in order.
    """
    return [Row(label, value, key) for key, label, value in rollups.parts(name, scope, window)]


def top_items(scope: Scope, window: Window, metric: Metric, limit: int = 5) -> list[Row]:
    """Return an owner's items (or anybody's, for the platform) with the greatest value; key is the item's number.

    Of equal ones the older first. Two queries.
    """
    raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Counted:
    """What values are made from: sums by column, people, replays, and a person's eight."""

    sums: dict[str, int]
    people: int = 0
    replays: int = 0
    lifetime: dict[str, Any] | None = None


def value_of(metric: Metric, counted: Counted) -> Value:
    """Return what a metric makes of sums."""
    how, sums = metric.how, counted.sums
    if isinstance(how, Sum):
        total = sums.get(how.column, 0)
        return Value(total if how.scale == 1 else round(total * how.scale, DECIMALS), over=total)
    if isinstance(how, Ratio):
        return _ratio(sums.get(how.over, 0), sums.get(how.under, 0), how.scale)
    if isinstance(how, Replays):
        return _ratio(counted.replays, sums.get("plays", 0), 100)
    if isinstance(how, People):
        return Value(counted.people, over=counted.people)
    if isinstance(how, Lifetime):
        found = (counted.lifetime or {}).get(how.column)
        if metric.unit is Unit.MOMENT or found is None:
            return Value(found)
        return Value(found if how.scale == 1 else round(found * how.scale, DECIMALS), over=found)
    raise TypeError(how)


def _counted(metrics: list[Metric], scope: Scope, window: Window) -> Counted:
    return Counted(
        rollups.totals(scope, window, _columns(metrics)),
        rollups.people(scope, window) if _uses(metrics, People) else 0,
        rollups.replays(scope, window) if _uses(metrics, Replays) else 0,
        lifetime.eight_in(scope.key, window) if _uses(metrics, Lifetime) else None,
    )


def _told(metric: Metric, value: Value) -> Value:
    """Return the value; where there is none because its events are not sent yet, with what it waits for."""
    return replace(value, note=metric.waits_for) if metric.waits_for and value.value is None else value


def _ratio(over: int, under: int, scale: float) -> Value:
    return Value(round(over / under * scale, DECIMALS) if under else None, over, under)


def _columns(metrics: Iterable[Metric]) -> frozenset[str]:
    return frozenset().union(*(metric.columns for metric in metrics))


def _uses(metrics: Iterable[Metric], how: type) -> bool:
    return any(isinstance(metric.how, how) for metric in metrics)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@cache
def _registered(paths: tuple[str, ...]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for path in paths:
        for metric in import_string(path):
            if metric.key in found:
                raise LookupError(f"Two metrics are called {metric.key}.")
            found[metric.key] = metric
    return found
