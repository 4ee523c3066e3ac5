"""What windows are made of, and pieces of statements about the plays and actions in them.

What a piece is grouped by is called `part`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection

from stats import memory, recount
from stats.fields import to_micros
from stats.measures import BY_KEY
from stats.metrics import Scope, Subject
from stats.windows import DAY, Window, day_of, midnight, next_period

HOUR_US = 3600 * 1_000_000
DAY_US = 24 * HOUR_US
STEP = timedelta(days=5)  # no zone changes twice within it
LOOK_BACK = timedelta(hours=24)
REACH_DAYS = 2
SHORTEST_WITH_PERIODS = 62
EPOCH_DAY = date(1970, 1, 1)

Span = tuple[datetime, datetime]
Days = tuple[date, date]
By = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Sql:
    """A piece of a statement with its parameters."""

    text: str
    params: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Parts:
    """What a window is made of.

    `whole` are its site days (from, to before), made up of `days` and of months and years that are built; `edges` the
    spans shorter than a day before and after. `unsettled` are days of `whole` whose people and replays are not counted.
    """

    whole: Days | None = None
    days: tuple[Days, ...] = ()
    periods: tuple[tuple[str, date], ...] = ()
    edges: tuple[Span, ...] = ()
    unsettled: tuple[date, ...] = ()

    @property
    def ends_within_a_day(self) -> bool:
        """Whether it is some whole days, more than the 24 hours of replays, and the beginning of the next."""
        if self.whole is None or len(self.edges) != 1:
            return False
        first, end = self.whole
        return end - first > DAY and self.edges[0][0] == midnight(end, settings.TIME_ZONE)

    @property
    def settled(self) -> Sql:
        """The condition for the whole days that are settled."""
        if self.whole is None:
            return Sql("1 = 0")
        inside = Sql("day >= %s AND day < %s", (self.whole[0].isoformat(), self.whole[1].isoformat()))
        if not self.unsettled:
            return inside
        marks = ", ".join(["%s"] * len(self.unsettled))
        return Sql(f"{inside.text} AND day NOT IN ({marks})", (*inside.params, *(str(day) for day in self.unsettled)))

    @property
    def uncounted(self) -> tuple[Span, ...]:
        """The edges and the days that are not settled, neighbours joined."""
        spans = list(self.edges)
        for day in self.unsettled:
            start, end = midnight(day, settings.TIME_ZONE), midnight(day + DAY, settings.TIME_ZONE)
            spans.append((start, end))
        joined: list[Span] = []
        for start, end in sorted(spans):
            if joined and joined[-1][1] == start:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((start, end))
        return tuple(joined)


def parts_of(window: Window) -> Parts:
    """Return what a window is made of. One query."""
    zone = settings.TIME_ZONE
    whole = window.whole_days(zone)
    if whole is None:
        return Parts(edges=(span_of(window),))
    first, end = whole
    borders = ((window.start_at, midnight(first, zone)), (midnight(end, zone), window.end_at))
    edges = tuple((start, stop) for start, stop in borders if start < stop)
    built, unsettled = memory.once("kept", lambda: _kept(EPOCH_DAY, date.max)) if memory.is_on() else _kept(first, end)
    days: list[Days] = []
    periods: list[tuple[str, date]] = []
    day = first
    for start, grain in built if (end - first).days >= SHORTEST_WITH_PERIODS else ():
        stop = next_period(grain, start)
        if start < day or stop > end or any(start <= one < stop for one in unsettled):
            continue
        if start > day:
            days.append((day, start))
        periods.append((grain, start))
        day = stop
    if day < end:
        days.append((day, end))
    inside = tuple(one for one in unsettled if first <= one < end)
    return Parts(whole, tuple(days), tuple(periods), edges, inside)


def _kept(first: date, end: date) -> tuple[list[tuple[date, str]], list[date]]:
    """Return (start, grain) of the built months and years, the longer before the shorter, and the days not settled.

    A mark leaves the replays of two days after it open too.
    """
    params = (first.isoformat(), end.isoformat(), (first - REACH_DAYS * DAY).isoformat(), end.isoformat())
    found = rows(
        Sql(
            "SELECT start, grain FROM stats_builtperiod WHERE grain IN ('m', 'y') AND start >= %s AND start < %s"
            " UNION ALL SELECT DISTINCT day, '' FROM stats_dirtyday WHERE day >= %s AND day < %s",
            params,
        )
    )
    built = sorted(((as_day(day), grain) for day, grain in found if grain), key=lambda one: (one[0], one[1] != "y"))
    marked = {as_day(day) for day, grain in found if not grain}
    return built, sorted({day + more * DAY for day in marked for more in range(REACH_DAYS + 1)})


def span_of(window: Window) -> Span:
    """Return the instants of a window."""
    return (window.start_at, window.end_at)


# Conditions


def of(scope: Scope, table: str = "") -> Sql:
    """Return the condition for the plays of a scope, and as well for its actions; `table` is their name with a dot."""
    if scope.subject is Subject.USER:
        return Sql(f"{table}actor = %s", (scope.key.hex,))
    if scope.subject is Subject.ITEM:
        return Sql(f"{table}item_id = %s", (scope.key,))
    if scope.subject is Subject.OWNER:
        return Sql(f"{table}item_id IN (SELECT id FROM stats_item WHERE owner_id = %s)", (scope.key,))
    return Sql(f"{table}source_id = %s", (scope.key,)) if scope.subject is Subject.SOURCE else Sql("1 = 1")


def during(spans: Iterable[Span], column: str, *, by_item: bool = False) -> Sql:
    """Return the condition for some spans of time, by the instant in `column`.

    What is sought `by_item` has an index by item and site day, so there the day stands first, and the instant, where days
    do not say it all, in a form that no index by instant serves: PostgreSQL would read everybody's plays by it.
    """
    texts: list[str] = []
    params: list[Any] = []
    table = column.rpartition(".")[0] + "." if "." in column else ""
    zone = settings.TIME_ZONE
    for start, end in spans:
        instants = (to_micros(start), to_micros(end))
        first, last = day_of(start, zone), day_of(end, zone)
        if not by_item:
            texts.append(f"({column} >= %s AND {column} < %s)")
            params += instants
        elif midnight(first, zone) == start and midnight(last, zone) == end:
            texts.append(f"({table}day >= %s AND {table}day < %s)")
            params += (first.isoformat(), last.isoformat())
        else:
            texts.append(f"({table}day >= %s AND {table}day <= %s AND {column} + 0 >= %s AND {column} + 0 < %s)")
            params += (first.isoformat(), last.isoformat(), *instants)
    return Sql(f"({' OR '.join(texts) or '1 = 0'})", tuple(params))


def is_by_item(scope: Scope, more: str = "") -> bool:
    """Whether plays and actions are found by their item: of an item or owner, or by one `more` condition."""
    return bool(more) or scope.subject in {Subject.ITEM, Subject.OWNER}


def either(piece: str, pairs: Iterable[tuple[Any, ...]]) -> Sql:
    """Return the condition `piece` for one or another of some values; its parameters are their texts."""
    many = list(pairs)
    return Sql(f"({' OR '.join([piece] * len(many)) or '1 = 0'})", tuple(str(one) for pair in many for one in pair))


# What to group by


def site_day(column: str) -> str:
    """Return SQL for the site's day."""
    return "day"


def day_in(window: Window) -> By:
    """Return what gives SQL for the day of an instant in the window's zone, as days since 1970."""
    # A day more before dividing, and one less after: division cuts toward zero, and west of Greenwich 1970 began in 1969.
    return lambda column: _by_offset(window, lambda offset: f"({column} + {offset + DAY_US}) / {DAY_US} - 1", column)


def hour_in(window: Window) -> By:
    """Return what gives SQL for the hour of the day, 0 to 23, of an instant in the window's zone."""
    return lambda column: _by_offset(window, lambda offset: f"({column} + {offset + DAY_US}) / {HOUR_US} %% 24", column)


def hour_from(window: Window) -> By:
    """Return what gives SQL for how many hours after the window's beginning an instant is: 0, 1, ..."""
    return lambda column: f"({column} - {to_micros(window.start_at)}) / {HOUR_US}"


def _by_offset(window: Window, piece: Callable[[int], str], column: str) -> str:
    """Return what `piece` makes of the zone's offset from UTC, in microseconds, as it is at the instant in `column`."""
    *earlier, (_, last) = list(_offsets(window))
    if not earlier:
        return piece(last)
    cases = " ".join(f"WHEN {column} < {until} THEN {piece(offset)}" for until, offset in earlier)
    return f"CASE {cases} ELSE {piece(last)} END"


def _offsets(window: Window) -> Iterator[tuple[int, int]]:
    """Yield (until when, offset from UTC) for the window's zone, in microseconds; the last one holds from there on."""
    zone = ZoneInfo(window.zone)

    def offset(at: datetime) -> int:
        return (at.astimezone(zone).utcoffset() or timedelta()) // timedelta(microseconds=1)

    at = window.start_at
    while at < window.end_at:
        then = min(at + STEP, window.end_at)
        if offset(then) != offset(at):
            low, high = at, then
            while high - low > timedelta(seconds=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if offset(middle) == offset(at) else (low, middle)
            then = high.replace(microsecond=0)
            yield to_micros(then), offset(at)
        at = then
    yield 0, offset(at)


# Statements about plays and actions


def raw(scope: Scope, spans: Sequence[Span], columns: Sequence[str], by: By | None = None, more: str = "") -> list[Sql]:
    """Return statements that sum columns of `stats.measures` over plays and over actions, by `part` if asked.

    None over the table that has none of the columns. `more` is one more condition, without parameters.
    """
    found = []
    where = of(scope)
    for table, column, way in (("stats_play", "started_at", "of_play"), ("stats_action", "at", "of_action")):
        if any(getattr(BY_KEY[name], way) for name in columns):
            names = ", ".join(f"SUM({getattr(BY_KEY[name], way) or 0}) AS {name}" for name in columns)
            when, (head, tail) = during(spans, column, by_item=is_by_item(scope, more)), grouped(by, column)
            text = f"SELECT {head}{names} FROM {table} WHERE {where.text} AND {when.text}{more}{tail}"
            found.append(Sql(text, (*where.params, *when.params)))
    return found


def people(scope: Scope, spans: Sequence[Span], by: By | None = None, more: str = "") -> Sql:
    """Return the statement that counts the different people who began a play in the spans."""
    where, (head, tail) = of(scope), grouped(by, "started_at")
    when = during(spans, "started_at", by_item=is_by_item(scope, more))
    text = f"SELECT {head}COUNT(DISTINCT actor) FROM stats_play WHERE {where.text} AND {when.text}{more}{tail}"
    return Sql(text, (*where.params, *when.params))


def replays(scope: Scope, spans: Sequence[Span], by: By | None = None, more: str = "") -> Sql:
    """Return the statement that counts the plays of the spans before which their person began a view.

    What one app's play repeats may have been seen in another, so a source's are looked for among all plays.
    """
    by_source = scope.subject is Subject.SOURCE
    where = Sql("1 = 1") if by_source else of(scope, "p.")
    earlier = [(start - LOOK_BACK, end) for start, end in spans]
    before = during(earlier, "p.started_at", by_item=is_by_item(scope, more))
    when, (head, tail) = during(spans, "x.started_at"), grouped(by, "x.started_at")
    plays = recount.replays(connection.vendor, f"stats_play p WHERE {where.text} AND {before.text}{more}")
    source = Sql(" AND x.source_id = %s", (scope.key,)) if by_source else Sql("")
    return Sql(
        f"SELECT {head}COALESCE(SUM(x.is_replay), 0) FROM ({plays}) x WHERE {when.text}{source.text}{tail}",
        (*where.params, *before.params, *when.params, *source.params),
    )


def grouped(by: By | None, column: str) -> tuple[str, str]:
    """Return how a statement begins and ends that counts for each `part`."""
    return (f"{by(column)} AS part, ", " GROUP BY 1") if by else ("", "")


def union(selects: Sequence[Sql]) -> Sql:
    """Return all rows of some statements."""
    return Sql(" UNION ALL ".join(one.text for one in selects), tuple(param for one in selects for param in one.params))


def added(columns: Iterable[str]) -> str:
    """Return the sums of columns under their own names."""
    return ", ".join(f"SUM({name}) AS {name}" for name in columns)


# Running them


def rows(sql: Sql) -> list[tuple[Any, ...]]:
    """Return all rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql.text, sql.params)
        return cursor.fetchall()


def number(sql: Sql) -> int:
    """Return the one number of a statement."""
    [(value,)] = rows(sql)
    return int(value or 0)


def per_day(sql: Sql) -> dict[date, int]:
    """Return the numbers of a statement by day."""
    return {as_day(day): int(value) for day, value in rows(sql)}


def as_day(value: Any) -> date:
    """Return a day as the database wrote it: a day, its text, or days since 1970."""
    if isinstance(value, date):
        return value
    return date.fromisoformat(value) if isinstance(value, str) else EPOCH_DAY + timedelta(days=int(value))
