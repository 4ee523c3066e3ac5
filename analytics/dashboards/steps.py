"""Numbers over time and against the time before, from the registry of metrics and from the counts of events.

A window of 24 hours goes by hours, every other by days of the site. What is compared is the window before it up to the
same time of day, so a day that is not over is never held against a whole one.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import (
    BigIntegerField,
    Count,
    ExpressionWrapper,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import TruncDate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from analytics.dashboards.registry import Column, Figure, Over, Query, Row, Rows
from analytics.dashboards.showing import label_of
from stats import compute, metrics
from stats.fields import to_micros
from stats.kinds import Kind
from stats.metrics import METRIC, Scope, Unit
from stats.models import Action, KindDay
from stats.windows import Window, day_of, midnight

HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
Step = date | datetime


def is_hourly(window: Window) -> bool:
    """Whether a window goes by hours."""
    return window.name == "24h"


def head_of(window: Window) -> str:
    """Name a step of the window."""
    return _("Hour") if is_hourly(window) else _("Day")


def steps_of(window: Window) -> list[Step]:
    """Return the days of a window, or its hours, each as it begins."""
    if is_hourly(window):
        return [window.start_at + number * HOUR for number in range(24)]
    return list(window)


def bounds_of(window: Window) -> list[tuple[Step, datetime, datetime]]:
    """Return each step of a window with its first instant and the first after it."""
    found = steps_of(window)
    starts = [step if isinstance(step, datetime) else midnight(step, window.zone) for step in found]
    return list(zip(found, starts, [*starts[1:], window.end_at], strict=True))


def rows_of(query: Query, columns: Sequence[Column], values: Mapping[Any, Sequence[Any]], **told: Any) -> Rows:
    """Return one row for each step of the window; a step without values has zeros. Of a day that is not over, so far."""
    zone, today = ZoneInfo(query.window.zone), day_of(query.now, query.window.zone)
    nothing = (0,) * len(columns)
    found = []
    for step in steps_of(query.window):
        at = step.astimezone(zone) if isinstance(step, datetime) else step
        told_now = tuple(values.get(step, nothing))
        found.append(Row(label_of(at), told_now, at, is_open=at == today))
    return Rows(head_of(query.window), tuple(columns), tuple(found), **told)


def with_before(query: Query, column: Column, now: Mapping[Step, Any], before: Sequence[Any], **told: Any) -> Rows:
    """Return one line over time, with the line of the window before beside it where it is compared."""
    columns = [column]
    if query.before is not None:
        columns.append(Column("before", _("Before"), column.unit, column.currency, is_before=True, over=column.over))
    values = {}
    for number, step in enumerate(steps_of(query.window)):
        earlier = (before[number] if number < len(before) else None,) if query.before is not None else ()
        values[step] = (now.get(step, 0), *earlier)
    return rows_of(query, columns, values, **told)


# Metrics of the registry

_ASKED: set[str] = set()
"""Every metric of which a panel shows values or steps: what a page reads at once."""


def scope_of(query: Query) -> Scope:
    """Return whose numbers are asked: those of one source, or everything."""
    source = query.options.get("source", "")
    return Scope.source(int(source)) if source.isascii() and source.isdigit() and len(source) < 10 else Scope.platform()


def metric_rows(keys: Sequence[str], *, is_compared: bool = True, **told: Any) -> Callable[[Query], Rows]:
    """Return what answers a panel with metrics over time; a single one is compared."""
    _ASKED.update(keys)

    def build(query: Query) -> Rows:
        found = _series(query, query.window)
        if len(keys) == 1 and is_compared:
            key = keys[0]
            before = [] if query.before is None else list(_series(query, query.before).values())
            now = {step: values[key] for step, values in found.items()}
            return with_before(query, _column(key), now, [values[key] for values in before], **told)
        return rows_of(
            query, [_column(key) for key in keys], {at: [one[key] for key in keys] for at, one in found.items()}, **told
        )

    return build


def metric_card(key: str) -> Callable[[Query], Figure]:
    """Return what answers a headline figure with a metric."""
    _ASKED.add(key)

    def build(query: Query) -> Figure:
        now = _values(query, query.window)[key]
        before = None if query.before is None else _values(query, query.before)[key]
        points = tuple(values[key] for values in _series(query, query.window).values())
        return Figure(now, before, points)

    return build


def means_of(key: str) -> Any:
    """Return the one definition of a metric, as the registry has it."""
    return gettext_lazy(METRIC[key].definition)


def _values(query: Query, window: Window) -> dict[str, Any]:
    """Return what metrics come to in a window. All that panels ask are asked together, once for each window."""

    def ask() -> dict[str, Any]:
        wanted = [METRIC[key] for key in sorted(_ASKED)]
        return {key: found.value for key, found in compute.compute_all(wanted, scope_of(query), window).items()}

    return query.once(("values", window), ask)


def _series(query: Query, window: Window) -> dict[Step, dict[str, Any]]:
    """Return metrics by step. All that panels ask are asked together, once for each window."""
    wanted = [METRIC[key] for key in sorted(_ASKED)]

    def ask() -> dict[Step, dict[str, Any]]:
        if is_hourly(query.window):
            points = [(one.at, one.values) for one in compute.hours(wanted, scope_of(query), window)]
            return {at: {key: _exactly(key, value) for key, value in values.items()} for at, values in points}
        days = compute.series(wanted, scope_of(query), window)
        return {one.day: {key: _exactly(key, value) for key, value in one.values.items()} for one in days}

    return query.once(("series", window), ask)


def _exactly(key: str, value: compute.Value) -> Any:
    """Return a value before it is rounded where days are added up to weeks: what is written rounds it."""
    how = METRIC[key].how
    return (value.over or 0) * how.scale if isinstance(how, metrics.Sum) and how.scale != 1 else value.value


def _column(key: str) -> Column:
    metric = METRIC[key]
    return Column(key, _(metric.label), metric.unit, over=Over.SUM if isinstance(metric.how, metrics.Sum) else None)


# Events by their kind


def kind_rows(kinds: Mapping[Kind, Any], *, together: Sequence[Kind] = (), **told: Any) -> Callable[[Query], Rows]:
    """Return what answers a panel with how many events of some kinds there were, each a column. `together` are all that
    the page asks for, so that they are counted at once.
    """
    asked = tuple(together) or tuple(kinds)

    def build(query: Query) -> Rows:
        columns = [Column(kind.value, label, over=Over.SUM) for kind, label in kinds.items()]
        found = events(query, asked, query.window)
        if len(columns) == 1:
            [kind] = kinds
            earlier = (
                [] if query.before is None else _in_order(query, events(query, asked, query.before), query.before, kind)
            )
            return with_before(
                query, columns[0], {at: one.get(kind.value, 0) for at, one in found.items()}, earlier, **told
            )
        values = {at: [one.get(kind.value, 0) for kind in kinds] for at, one in found.items()}
        return rows_of(query, columns, values, **told)

    return build


def kind_card(kind: Kind, *, together: Sequence[Kind] = ()) -> Callable[[Query], Figure]:
    """Return what answers a headline figure with how many events of a kind there were."""
    asked = tuple(together) or (kind,)

    def build(query: Query) -> Figure:
        by_step = events(query, asked, query.window)
        now = sum(one.get(kind.value, 0) for one in by_step.values())
        before = None
        if query.before is not None:
            before = sum(one.get(kind.value, 0) for one in events(query, asked, query.before).values())
        points = tuple(by_step.get(step, {}).get(kind.value, 0) for step in steps_of(query.window))
        return Figure(now, before, points)

    return build


def events(query: Query, kinds: Sequence[Kind], window: Window) -> dict[Step, dict[str, int]]:
    """Return how many events of these kinds came about on each step of a window, of the source that is asked about.

    By hours one query over actions; by days one over the roll-up, and for the part of a day with which the window ends
    one over actions. Once for each window.
    """
    return query.once(("events", window, tuple(kinds)), lambda: _events(query, kinds, window))


def _events(query: Query, kinds: Sequence[Kind], window: Window) -> dict[Step, dict[str, int]]:
    names, scope = [kind.value for kind in kinds], scope_of(query)
    of_source = Q(source_id=scope.key) if query.options.get("source") and scope.key else Q()
    found: dict[Step, dict[str, int]] = {}
    if is_hourly(query.window):
        number = ExpressionWrapper(
            (F("at") - Value(to_micros(window.start_at))) / Value(HOUR_US), output_field=BigIntegerField()
        )
        rows = _acts(names, of_source, window.start_at, window.end_at).annotate(number=number)
        for hour, kind, count in rows.values_list("number", "kind").annotate(Count("event_id")).order_by():
            found.setdefault(window.start_at + int(hour) * HOUR, {})[kind] = count
        return found
    first, end = window.first_day, day_of(window.end_at, window.zone)
    days = KindDay.objects.filter(day__gte=first, day__lt=end, kind__in=names).filter(of_source)
    for day, kind, count in days.values_list("day", "kind").annotate(Sum("events")).order_by():
        found.setdefault(day, {})[kind] = count
    if midnight(end, window.zone) < window.end_at:
        last = _acts(names, of_source, midnight(end, window.zone), window.end_at)
        for kind, count in last.values_list("kind").annotate(Count("event_id")).order_by():
            found.setdefault(end, {})[kind] = count
    return found


def _acts(names: Sequence[str], of_source: Q, start: datetime, end: datetime) -> Any:
    return Action.objects.filter(of_source, kind__in=names, at__gte=start, at__lt=end)


def _in_order(query: Query, found: Mapping[Step, Mapping[str, int]], window: Window, kind: Kind) -> list[int | None]:
    if is_hourly(query.window):
        return [found.get(window.start_at + number * HOUR, {}).get(kind.value, 0) for number in range(24)]
    return [found.get(day, {}).get(kind.value, 0) for day in window]


# Rows of our own tables


def by_step(parts: Sequence[QuerySet[Any]], column: str, window: Window, *names: str) -> Iterator[tuple[Any, ...]]:
    """Yield how many rows there are on each step by an instant of theirs: (step, *names, number). Rows may come in several
    parts, and what is counted then too. One query; by hours one for each part.
    """
    if is_hourly(window):
        counted = Counter(
            (hour_of(at, window), *rest)
            for rows in parts
            for at, *rest in rows.order_by().values_list(column, *names).iterator()
        )
        yield from ((*key, number) for key, number in counted.items())
        return
    step = TruncDate(column, tzinfo=ZoneInfo(window.zone))
    first, *others = (
        rows.annotate(step=step).values_list("step", *names).annotate(number=Count("*")).order_by() for rows in parts
    )
    yield from first.union(*others, all=True) if others else first


def counted_between(table: str, column: str, spans: Sequence[tuple[datetime, datetime]]) -> list[int]:
    """Return how many rows have their instant in each span, from its beginning to before its end. One query.

    Each span is looked up in the index by the instant: the days of all rows would cost ten times as much to tell.
    """
    cast = "CAST(%s AS timestamptz)" if connection.vendor == "postgresql" else "%s"
    asked = ", ".join([f"(CAST(%s AS integer), {cast}, {cast})"] * len(spans))
    adapt = connection.ops.adapt_datetimefield_value
    params = [value for n, (since, until) in enumerate(spans) for value in (n, adapt(since), adapt(until))]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT s.column1, (SELECT COUNT(*) FROM {table} t WHERE t.{column} >= s.column2 AND t.{column} < s.column3)"
            f" FROM (VALUES {asked}) s",
            params,
        )
        found = dict(cursor.fetchall())
    return [int(found[n]) for n in range(len(spans))]


def hour_of(at: datetime, window: Window) -> datetime:
    """Return the step of a window of 24 hours into which an instant falls."""
    return window.start_at + (at - window.start_at) // HOUR * HOUR


def share(part: float, whole: float) -> float | None:
    """Return a part in percent of the whole; None of nothing."""
    return round(100 * part / whole, 2) if whole else None


def ranked(head: str, column: Column, rows: Sequence[compute.Row], names: Mapping[str, Any] | None = None) -> Rows:
    """Return a breakdown as a ranking, the largest first, without what did not occur."""
    counted = sorted((row for row in rows if row.value), key=lambda row: -row.value)
    found = tuple(Row(str((names or {}).get(row.key, row.label)), (row.value,)) for row in counted)
    return Rows(head, (column,), found)


def count_column(label: Any) -> Column:
    """Return a column of whole numbers."""
    return Column("count", label, Unit.COUNT)
