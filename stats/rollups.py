"""Reading the roll-ups, and beside them the plays and actions for what no roll-up covers. Nothing else reads them.

A window may begin and end at any instant. Whole site days inside it come from the day roll-ups (whole months and years
from theirs where they are built), its edges from plays by their start and from actions by their moment, with the same
expressions of `stats.measures` that made the roll-ups; so the answer is what `raw_totals` counts from plays and actions
alone. What one person did is always counted from that person's own plays and actions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from stats.fields import to_micros
from stats.measures import BY_KEY, KEYS
from stats.metrics import Scope, Subject
from stats.windows import Window, day_of, midnight, next_period

SCOPES = {Subject.ITEM: "i", Subject.OWNER: "o", Subject.SOURCE: "s", Subject.PLATFORM: "p"}
REPLAY_US = 24 * 3600 * 1_000_000
DAY_US = 24 * 3600 * 1_000_000
SHORTEST_WITH_PERIODS = 62
EPOCH_DAY = date(1970, 1, 1)

Span = tuple[datetime, datetime]
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement with its parameters."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a window is made of: ranges of site days, months and years that are built, and spans shorter than a day."""

    days: tuple[Days, ...] = ()
    periods: tuple[tuple[str, date], ...] = ()
    edges: tuple[Span, ...] = ()


def totals(scope: Scope, window: Window, columns: Iterable[str] = KEYS) -> dict[str, int]:
    """Return the sums of these columns of `stats.measures`. One query, one more for windows of over two months."""
    wanted = sorted(columns)
    if not wanted:
        return {}
    if scope.subject is Subject.USER:
        return _sums(_raw(scope, _span(window), wanted), wanted)
    parts = parts_of(window)
    selects = [one for edge in parts.edges for one in _raw(scope, edge, wanted)]
    of_scope = (SCOPES[scope.subject], scope.key)
    if parts.days:
        where = _either("(day >= %s AND day < %s)", parts.days)
        selects.append(
            Sql(
                f"SELECT {_added(wanted)} FROM stats_rollupday WHERE scope = %s AND key = %s AND {where.text}",
                (*of_scope, *where.params),
            )
        )
    if parts.periods:
        where = _either("(grain = %s AND start = %s)", parts.periods)
        selects.append(
            Sql(
                f"SELECT {_added(wanted)} FROM stats_rollupperiod WHERE scope = %s AND key = %s AND {where.text}",
                (*of_scope, *where.params),
            )
        )
    return _sums(selects, wanted)


def raw_totals(scope: Scope, window: Window) -> dict[str, int]:
    """Return all sums, `people` and `replays` as plays and actions alone tell them: what the roll-ups must agree with."""
    span = _span(window)
    found = _sums(_raw(scope, span, KEYS), KEYS)
    return found | {"people": _number(_people_in(scope, [span])), "replays": _number(_replays_in(scope, [span]))}


def people(scope: Scope, window: Window) -> int:
    """Return how many different people began a play in the window. One query.

    Of the platform they are a sum of cells, and who played in the edges but on no day between; of the rest they are
    counted in the index of plays by item, day and person.
    """
    parts = parts_of(window, with_periods=False)
    if scope.subject is not Subject.PLATFORM or not parts.days:
        return _number(_people_in(scope, [_span(window)]))
    [(first, end)] = parts.days
    days = (first.isoformat(), end.isoformat())
    inside = Sql(
        "SELECT COALESCE(SUM(people), 0) FROM stats_peoplecell WHERE day >= %s AND day < %s AND previous < %s",
        (*days, days[0]),
    )
    if not parts.edges:
        return _number(inside)
    where = _during(parts.edges, "p.started_at")
    outside = Sql(
        f"SELECT COUNT(DISTINCT p.actor) FROM stats_play p WHERE {where.text} AND NOT EXISTS (SELECT 1 FROM"
        " stats_actorday d WHERE d.actor = p.actor AND d.day >= %s AND d.day < %s AND d.plays > 0)",
        (*where.params, *days),
    )
    return _number(Sql(f"SELECT ({inside.text}) + ({outside.text})", (*inside.params, *outside.params)))


def replays(scope: Scope, window: Window) -> int:
    """Return how many plays of the window were replays."""
    return _number(_replays_in(scope, [_span(window)]))


def parts_of(window: Window, *, with_periods: bool = True) -> Parts:
    """Return the whole site days of a window and its edges. One query for windows of over two months, else none."""
    zone = settings.TIME_ZONE
    whole = window.whole_days(zone)
    if whole is None:
        return Parts(edges=(_span(window),))
    first, end = whole
    edges = ((window.start_at, midnight(first, zone)), (midnight(end, zone), window.end_at))
    found = tuple((start, stop) for start, stop in edges if start < stop)
    if not with_periods or (end - first).days < SHORTEST_WITH_PERIODS:
        return Parts(days=(whole,), edges=found)
    days, periods = [], []
    day = first
    for start, grain in _built(first, end):
        if start < day or next_period(grain, start) > end:
            continue
        if start > day:
            days.append((day, start))
        periods.append((grain, start))
        day = next_period(grain, start)
    if day < end:
        days.append((day, end))
    return Parts(tuple(days), tuple(periods), found)


def _built(first: date, end: date) -> list[tuple[date, str]]:
    """Return (start, grain) of the months and years from a day on that are built, the longer before the shorter."""
    rows = _rows(
        Sql(
            "SELECT start, grain FROM stats_builtperiod WHERE grain IN ('m', 'y') AND start >= %s AND start < %s",
            (first.isoformat(), end.isoformat()),
        )
    )
    return sorted(((as_day(start), grain) for start, grain in rows), key=lambda one: (one[0], one[1] != "y"))


# Pieces of statements


def plays_of(scope: Scope) -> Sql:
    """Return the condition for the plays of a scope, and as well for its actions."""
    if scope.subject is Subject.USER:
        return Sql("actor = %s", (scope.key.hex,))
    if scope.subject is Subject.ITEM:
        return Sql("item_id = %s", (scope.key,))
    if scope.subject is Subject.OWNER:
        return Sql("item_id IN (SELECT id FROM stats_item WHERE owner_id = %s)", (scope.key,))
    return Sql("source_id = %s", (scope.key,)) if scope.subject is Subject.SOURCE else Sql("1 = 1")


def between(span: Span, column: str) -> Sql:
    """Return the condition for a span of time, by the instant in `column` and, for the index's sake, by the site day."""
    start, end = span
    first, last = day_of(start, settings.TIME_ZONE), day_of(end, settings.TIME_ZONE)
    return Sql(
        f"day >= %s AND day <= %s AND {column} >= %s AND {column} < %s",
        (first.isoformat(), last.isoformat(), to_micros(start), to_micros(end)),
    )


def as_day(value: Any) -> date:
    """Return a day as the database wrote it, as text or not."""
    return value if isinstance(value, date) else date.fromisoformat(value)


def _raw(scope: Scope, span: Span, columns: Sequence[str]) -> list[Sql]:
    """Return the statements that sum columns over plays and over actions; none over what has none of them."""
    found = []
    of = plays_of(scope)
    for table, column, way in (("stats_play", "started_at", "of_play"), ("stats_action", "at", "of_action")):
        if any(getattr(BY_KEY[name], way) for name in columns):
            names = ", ".join(f"SUM({getattr(BY_KEY[name], way) or 0}) AS {name}" for name in columns)
            when = between(span, column)
            found.append(
                Sql(f"SELECT {names} FROM {table} WHERE {of.text} AND {when.text}", (*of.params, *when.params))
            )
    return found


def _people_in(scope: Scope, spans: Sequence[Span]) -> Sql:
    of, when = plays_of(scope), _during(spans, "started_at")
    return Sql(
        f"SELECT COUNT(DISTINCT actor) FROM stats_play WHERE {of.text} AND {when.text}", (*of.params, *when.params)
    )


def _replays_in(scope: Scope, spans: Sequence[Span]) -> Sql:
    """Return the statement that counts replays: plays before which their person began a view up to 24 hours ago."""
    by_source = scope.subject is Subject.SOURCE
    of = Sql("1 = 1") if by_source else plays_of(scope)
    source = " AND source_id = %s" if by_source else ""
    texts, params = [], []
    for start, end in spans:
        when = between((start - timedelta(microseconds=REPLAY_US), end), "started_at")
        texts.append(
            "SELECT started_at, source_id, MAX(CASE WHEN is_view = 1 THEN started_at END) OVER (PARTITION BY item_id, actor"
            " ORDER BY started_at, source_id, play_id, client_start ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
            f" AS viewed_at, {to_micros(start)} AS first_at FROM stats_play WHERE {of.text} AND {when.text}"
        )
        params += [*of.params, *when.params]
    inner = " UNION ALL ".join(texts)
    return Sql(
        f"SELECT COUNT(*) FROM ({inner}) p WHERE started_at >= first_at AND viewed_at >= started_at - {REPLAY_US}{source}",
        (*params, *((scope.key,) if by_source else ())),
    )


def _during(spans: Sequence[Span], column: str) -> Sql:
    pieces = [between(span, column) for span in spans]
    text = " OR ".join(f"({piece.text})" for piece in pieces)
    return Sql(f"({text})", tuple(param for piece in pieces for param in piece.params))


def _either(piece: str, pairs: Iterable[tuple[Any, Any]]) -> Sql:
    params = [str(value) for pair in pairs for value in pair]
    return Sql(f"({' OR '.join([piece] * (len(params) // 2))})", tuple(params))


def _added(columns: Iterable[str]) -> str:
    return ", ".join(f"SUM({name}) AS {name}" for name in columns)


def _span(window: Window) -> Span:
    return (window.start_at, window.end_at)


# Running them


def _sums(selects: Sequence[Sql], columns: Sequence[str]) -> dict[str, int]:
    if not selects:
        return dict.fromkeys(columns, 0)
    inner = " UNION ALL ".join(one.text for one in selects)
    params = tuple(param for one in selects for param in one.params)
    [row] = _rows(Sql(f"SELECT {_added(columns)} FROM ({inner}) parts", params))
    return {name: int(value or 0) for name, value in zip(columns, row, strict=True)}


def _number(sql: Sql) -> int:
    [(value,)] = _rows(sql)
    return int(value or 0)


def _rows(sql: Sql) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return cursor.fetchall()
