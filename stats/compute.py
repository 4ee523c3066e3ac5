"""Numbers: what a metric is for a scope and a window, by day, against the time before, in parts.

`stats.rollups` and `stats.lifetime` know where the sums are kept; this module knows what they mean. Pages, API, exports,
charts and achievements all ask here.
"""

import functools
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils.module_loading import import_string

from stats import lifetime, memory, rollups
from stats.fields import to_micros
from stats.kinds import PLAY_SOURCES, SHARE_PLATFORMS
from stats.metrics import Derived, Lifetime, Metric, People, Ratio, Replays, Scope, Subject, Sum, Unit
from stats.models import GuestClaim, Item
from stats.spans import Parts, parts_of
from stats.windows import Window

DECIMALS = 4
HOUR = timedelta(hours=1)
MANY_PLAYS = 20_000
KEPT_S = 3600
FINGERPRINT = frozenset({"plays", "views", "completed", "completion_bp", "played_ms", "covered_ms"})
BREAKDOWNS = ("play_source", "share_platform", "type", "quality", "hour")
LABELS = {"": "Unknown", "copy_link": "Copied link", "qr_code": "QR code", "email": "E-mail", "track": "Audio"}
_BY_COLUMN = {"play_source": ("from", "plays", PLAY_SOURCES), "share_platform": ("via", "shares", SHARE_PLATFORMS)}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a value that is a list. `key` finds what it is about in addresses; `item_id` is an item's number."""

    label: str
    value: Any
    key: str = ""
    item_id: int = 0


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
class Hour:
    """The values of the hour that begins at an instant."""

    at: datetime
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
    with memory.kept():
        for path, keys in sorted(derived.items()):
            found |= import_string(path)(frozenset(keys), scope, window)
    return {metric.key: _told(metric, found[metric.key]) for metric in wanted}


def series(metrics: Iterable[Metric], scope: Scope, window: Window) -> list[Point]:
    """Return the values of each day of the window, in its zone, gaps included; `all` begins with the first day that has any.

    Rates are of the day's own sums. At most 4 queries; `Derived` and `Lifetime` metrics have no series.
    """
    wanted = [metric for metric in metrics if has_series(metric)]
    parts = parts_of(window)
    days = rollups.by_day(scope, window, _columns(wanted), parts)
    people = rollups.people_by_day(scope, window, parts) if _uses(wanted, People) else {}
    again = rollups.replays_by_day(scope, window, parts) if _uses(wanted, Replays) else {}
    points = []
    began = window.name != "all"
    for day in window:
        began = began or day in days or day in people
        if began:
            counted = Counted(days.get(day, {}), people.get(day, 0), again.get(day, 0))
            points.append(Point(day, {metric.key: value_of(metric, counted) for metric in wanted}))
    return points


def hours(metrics: Iterable[Metric], scope: Scope, window: Window) -> list[Hour]:
    """Return the values of each hour from the window's beginning on, gaps included. Two queries, over plays and actions.

    Sums, ratios and people; for windows of a few days.
    """
    wanted = [metric for metric in metrics if isinstance(metric.how, Sum | Ratio | People)]
    sums = rollups.by_hour(scope, window, _columns(wanted))
    people = rollups.people_by_hour(scope, window) if _uses(wanted, People) else {}
    found = []
    for number in range(ceil((window.end_at - window.start_at) / HOUR)):
        counted = Counted(sums.get(number, {}), people.get(number, 0))
        values = {metric.key: value_of(metric, counted) for metric in wanted}
        found.append(Hour(window.start_at + number * HOUR, values))
    return found


def has_series(metric: Metric) -> bool:
    """Whether it can be told by day."""
    return isinstance(metric.how, Sum | Ratio | People | Replays)


def change(now: Value, before: Value | None, unit: Unit = Unit.COUNT) -> Change | None:
    """Return how a value grew, in percent of the amount before, whatever its sign; None where there is nothing to compare.

    A percentage has its points beside.
    """
    if before is None or not _is_number(now.value):
        return None
    old = before.value if _is_number(before.value) else 0
    points = round(now.value - before.value, DECIMALS) if unit is Unit.PERCENT and before.value is not None else None
    if not old:
        return Change(None if now.value else 0.0, bool(now.value), points)
    return Change(round((now.value - old) / abs(old) * 100, DECIMALS), False, points)


def breakdown(name: str, scope: Scope, window: Window) -> list[Row]:
    """Return the parts of plays (of shares for `share_platform`) in the window, the largest first. At most two queries.

    `name` is one of `BREAKDOWNS`. Play sources and share platforms are there with 0 too, and so are the 24 hours, which
    stay in order.
    """
    return breakdowns([name], scope, window)[name]


def breakdowns(names: Iterable[str], scope: Scope, window: Window) -> dict[str, list[Row]]:
    """Return several breakdowns by their names. Two queries for play sources and share platforms together."""
    wanted = list(names)
    columns = {column for name in wanted if name in _BY_COLUMN for column in _columns_of_parts(name)}
    sums = rollups.totals(scope, window, columns)
    found = {}
    for name in wanted:
        if name in _BY_COLUMN:
            counts = _named_parts(name, sums)
        else:
            counts = rollups.plays_by(name, scope, window)
        if name == "hour":
            found[name] = [Row(f"{hour}:00", counts.get(str(hour), 0), str(hour)) for hour in range(24)]
        else:
            ordered = sorted(counts.items(), key=lambda one: -one[1])
            found[name] = [Row(LABELS.get(key, key.replace("_", " ").capitalize()), n, key) for key, n in ordered]
    return found


def top_items(scope: Scope, window: Window, metric: Metric, limit: int = 5) -> list[Row]:
    """Return an owner's items (anybody's, for the platform) with the greatest value, `key` being the item's UUID.

    Of equal ones the older first; none whose value would be 0 or nothing. Deleted items are named, but lead nowhere.
    Three queries. Sums and ratios only.
    """
    how = metric.how
    if not isinstance(how, Sum | Ratio):
        raise TypeError(f"Items are not ranked by {metric.key}.")
    over, under = (how.column, "") if isinstance(how, Sum) else (how.over, how.under)
    found = rollups.greatest(scope, window, over, under, limit)
    items = Item.objects.in_bulk([item_id for item_id, _ in found])
    return [
        Row(str(items[item_id]), value_of(metric, Counted(sums)).value, str(items[item_id].uuid), item_id)
        for item_id, sums in found
    ]


def by_item(metrics: Iterable[Metric], item_ids: Iterable[int], window: Window) -> dict[int, dict[str, Value]]:
    """Return many numbers of each of some items, by the item's number. At most 4 queries."""
    wanted, ids = [metric for metric in metrics if has_series(metric)], list(item_ids)
    parts = parts_of(window)
    sums = rollups.by_item(ids, window, _columns(wanted), parts)
    people = rollups.people_by_item(ids, window) if _uses(wanted, People) else {}
    again = rollups.replays_by_item(ids, window, parts) if _uses(wanted, Replays) else {}
    return {
        item_id: {
            metric.key: value_of(metric, Counted(sums.get(item_id, {}), people.get(item_id, 0), again.get(item_id, 0)))
            for metric in wanted
        }
        for item_id in ids
    }


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
        if counted.lifetime is None:
            return Value(None, note="Of the whole platform this is told over all time only.")
        found = counted.lifetime[how.column]
        if metric.unit is Unit.MOMENT or found is None:
            return Value(found)
        return Value(found if how.scale == 1 else round(found * how.scale, DECIMALS), over=found)
    raise TypeError(how)


def _counted(metrics: list[Metric], scope: Scope, window: Window) -> Counted:
    """Return what the metrics are made from. At most 6 queries."""
    columns, asks_people = _columns(metrics), _uses(metrics, People)
    if asks_people or _uses(metrics, Replays):
        columns |= FINGERPRINT
    is_rolled_up = scope.subject is not Subject.USER and (columns or asks_people)
    parts = parts_of(window) if is_rolled_up else None
    sums = rollups.totals(scope, window, columns, parts) if columns else {}
    return Counted(
        sums,
        _people(scope, window, sums, parts) if asks_people else 0,
        _replays(scope, window, sums, parts) if _uses(metrics, Replays) else 0,
        _lifetime(scope, window) if _uses(metrics, Lifetime) else None,
    )


def _lifetime(scope: Scope, window: Window) -> dict[str, Any] | None:
    if scope.subject is Subject.USER:
        return lifetime.eight_in(scope.key, window)
    return lifetime.everybodys() if window.name == "all" else None


def _people(scope: Scope, window: Window, sums: dict[str, int], parts: Parts | None) -> int:
    """Return the people of a window; of one with very many plays remembered, except where they are a sum of cells."""
    is_cheap = scope.subject is Subject.PLATFORM and parts and not parts.edges
    if is_cheap or sums["plays"] < MANY_PLAYS:
        return rollups.people(scope, window, parts)
    return _remembered("people", scope, window, sums, lambda: rollups.people(scope, window, parts))


def _replays(scope: Scope, window: Window, sums: dict[str, int], parts: Parts | None) -> int:
    """Return the replays of a window; those of the part of a day with which it ends are remembered if it has very many plays.

    What these repeat lies in the window as well, so its sums know them.
    """
    if parts is None or parts.unsettled or not parts.ends_within_a_day or sums["plays"] < MANY_PLAYS:
        return rollups.replays(scope, window, parts)
    last = _remembered("replays", scope, window, sums, lambda: rollups.replays_in(scope, parts.edges))
    return rollups.replays(scope, window, replace(parts, edges=())) + last


def _remembered(name: str, scope: Scope, window: Window, sums: dict[str, int], ask: Callable[[], int]) -> int:
    """Return what `ask` answers, from the cache as long as nothing moved.

    What is remembered is known by the sums of the window and by how many guests have turned out to be members, so a play
    more, a report more or one person less makes another key.
    """
    moved = [sums[column] for column in sorted(FINGERPRINT)] + [memory.once("claims", GuestClaim.objects.count)]
    asked = [scope.subject.value, scope.key, to_micros(window.start_at), to_micros(window.end_at), settings.TIME_ZONE]
    key = f"stats.{name}." + hashlib.blake2b(repr((asked, moved)).encode(), digest_size=16).hexdigest()
    found = cache.get(key)
    if found is None:
        found = ask()
        cache.set(key, found, KEPT_S)
    return int(found)


def _columns_of_parts(name: str) -> set[str]:
    prefix, total, keys = _BY_COLUMN[name]
    return {total, *(f"{prefix}_{key}" for key in keys if key != "other")}


def _named_parts(name: str, sums: dict[str, int]) -> dict[str, int]:
    """Return the parts that have columns, and as `other` what is left of their total."""
    prefix, total, keys = _BY_COLUMN[name]
    counts = {key: sums[f"{prefix}_{key}"] for key in keys if key != "other"}
    return counts | {"other": sums[total] - sum(counts.values())}


def _told(metric: Metric, value: Value) -> Value:
    """Return the value; where there is none because its events are not sent yet, with what it waits for."""
    is_waiting = metric.waits_for and value.value is None and not value.note
    return replace(value, note=metric.waits_for) if is_waiting else value


def _ratio(over: int, under: int, scale: float) -> Value:
    return Value(round(over / under * scale, DECIMALS) if under else None, over, under)


def _columns(metrics: Iterable[Metric]) -> frozenset[str]:
    return frozenset().union(*(metric.columns for metric in metrics))


def _uses(metrics: Iterable[Metric], how: type) -> bool:
    return any(isinstance(metric.how, how) for metric in metrics)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@functools.cache
def _registered(paths: tuple[str, ...]) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for path in paths:
        for metric in import_string(path):
            if metric.key in found:
                raise LookupError(f"Two metrics are called {metric.key}.")
            found[metric.key] = metric
    return found
