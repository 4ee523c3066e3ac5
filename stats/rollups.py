"""Reading the roll-ups, and beside them the plays and actions for what no roll-up covers. Nothing else adds them up.

A window may begin and end at any instant. Whole site days inside it come from the day roll-ups (whole months and years
from theirs where they are built), its edges from plays by their start and from actions by their moment, with the same
expressions of `stats.measures` that made the roll-ups; so the answer is what `raw_totals` counts from plays and actions
alone. What one person did is always counted from that person's own plays and actions.

Each question takes the window's `Parts`, which cost a query, so that several share them.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.conf import settings

from stats import memory, spans
from stats.measures import KEYS
from stats.metrics import Scope, Subject
from stats.spans import (
    SHORTEST_WITH_PERIODS,
    By,
    Parts,
    Span,
    Sql,
    added,
    as_day,
    either,
    number,
    parts_of,
    per_day,
    rows,
    site_day,
    span_of,
)
from stats.windows import Window

SCOPES = {Subject.ITEM: "i", Subject.OWNER: "o", Subject.SOURCE: "s", Subject.PLATFORM: "p"}
EVER = frozenset({"plays", "views"})
"""Sums that counters of items have of all time too, and that only grow."""
FIRST_ADDED, MAY_LEAD = 64, 1_000
PART_COLUMNS = {"type": "item_type", "quality": "COALESCE(quality, '')"}


def totals(scope: Scope, window: Window, columns: Iterable[str] = KEYS, parts: Parts | None = None) -> dict[str, int]:
    """Return the sums of these columns of `stats.measures`. One query."""
    wanted = sorted(columns)
    if memory.is_on() and wanted:
        everything = memory.once(("totals", scope, window), lambda: _totals(scope, window, KEYS, parts))
        return {name: everything[name] for name in wanted}
    return _totals(scope, window, wanted, parts)


def _totals(scope: Scope, window: Window, wanted: Sequence[str], parts: Parts | None) -> dict[str, int]:
    selects = _selects(scope, window, wanted, parts) if wanted else []
    if not selects:
        return dict.fromkeys(wanted, 0)
    inner = spans.union(selects)
    [row] = rows(Sql(f"SELECT {added(wanted)} FROM ({inner.text}) parts", inner.params))
    return {name: int(value or 0) for name, value in zip(wanted, row, strict=True)}


def raw_totals(scope: Scope, window: Window) -> dict[str, int]:
    """Return all sums, `people` and `replays` as plays and actions alone tell them: what the roll-ups must agree with."""
    everything = [span_of(window)]
    inner = spans.union(spans.raw(scope, everything, KEYS))
    [row] = rows(Sql(f"SELECT {added(KEYS)} FROM ({inner.text}) parts", inner.params))
    found = {name: int(value or 0) for name, value in zip(KEYS, row, strict=True)}
    return found | {
        "people": number(spans.people(scope, everything)),
        "replays": number(spans.replays(scope, everything)),
    }


def people(scope: Scope, window: Window, parts: Parts | None = None) -> int:
    """Return how many different people began a play in the window. One query.

    Of the platform they are a sum of cells, and who played in the edges but on no day between, looked up one by one
    (a join would read everybody's days); of the rest they are counted in the index of plays by item, day and person.
    """
    if scope.subject is Subject.USER:
        return number(spans.people(scope, [span_of(window)]))
    parts = parts or parts_of(window)
    if parts.whole is None:
        return number(spans.people(scope, parts.edges))
    first, end = (day.isoformat() for day in parts.whole)
    if scope.subject is not Subject.PLATFORM:
        return number(_people_of(scope, first, end, parts.edges))
    inside = Sql(
        "SELECT COALESCE(SUM(people), 0) FROM stats_peoplecell WHERE day >= %s AND day < %s AND previous < %s",
        (first, end, first),
    )
    if not parts.edges:
        return number(inside)
    where = spans.during(parts.edges, "started_at")
    outside = Sql(
        f"SELECT COUNT(*) FROM (SELECT DISTINCT actor FROM stats_play WHERE {where.text}) e WHERE (SELECT 1 FROM"
        " stats_actorday d WHERE d.actor = e.actor AND d.day >= %s AND d.day < %s AND d.plays > 0 LIMIT 1) IS NULL",
        (*where.params, first, end),
    )
    return number(Sql(f"SELECT ({inside.text}) + ({outside.text})", (*inside.params, *outside.params)))


def replays(scope: Scope, window: Window, parts: Parts | None = None) -> int:
    """Return how many plays of the window were replays. One query.

    Days that are not settled are counted from plays; for the platform, only those of the items that wait for it.
    """
    if scope.subject is Subject.USER:
        return number(spans.replays(scope, [span_of(window)]))
    parts = parts or parts_of(window)
    if scope.subject is Subject.PLATFORM:
        return _replays_everywhere(scope, parts)
    kept = _settled("SELECT COALESCE(SUM(replays), 0)", scope, parts)
    if not parts.uncounted:
        return number(kept)
    open_ones = spans.replays(scope, parts.uncounted)
    return number(Sql(f"SELECT ({kept.text}) + ({open_ones.text})", (*kept.params, *open_ones.params)))


def replays_in(scope: Scope, edges: Sequence[Span]) -> int:
    """Return how many plays of some spans were replays, counted from plays. One query."""
    return number(spans.replays(scope, edges))


def by_day(
    scope: Scope, window: Window, columns: Iterable[str] = KEYS, parts: Parts | None = None
) -> dict[date, dict[str, int]]:
    """Return the sums of each day of the window's zone; days without anything are left out. One query.

    Days of another zone than the site's, and a person's, are counted from plays and actions.
    """
    wanted = sorted(columns)
    by = spans.day_in(window) if _is_local(scope, window) else site_day
    return {as_day(day): sums for day, sums in _grouped(_selects(scope, window, wanted, parts, by), wanted).items()}


def people_by_day(scope: Scope, window: Window, parts: Parts | None = None) -> dict[date, int]:
    """Return how many different people began a play on each day of the window's zone. One query."""
    if _is_local(scope, window):
        return per_day(spans.people(scope, [span_of(window)], spans.day_in(window)))
    parts = parts or parts_of(window)
    selects = [spans.people(scope, parts.edges, site_day)] if parts.edges else []
    if parts.whole and scope.subject is Subject.PLATFORM:
        first, end = (day.isoformat() for day in parts.whole)
        cells = "SELECT day, SUM(people) FROM stats_peoplecell WHERE day >= %s AND day < %s GROUP BY day"
        selects.append(Sql(cells, (first, end)))
    elif parts.whole:
        selects.append(_settled("SELECT day, people", scope, parts))
        if parts.unsettled:
            selects.append(spans.people(scope, _apart(parts), site_day))
    return per_day(spans.union(selects))


def replays_by_day(scope: Scope, window: Window, parts: Parts | None = None) -> dict[date, int]:
    """Return how many plays of each day of the window's zone were replays. One query."""
    if _is_local(scope, window):
        return per_day(spans.replays(scope, [span_of(window)], spans.day_in(window)))
    parts = parts or parts_of(window)
    selects = [_settled("SELECT day, replays", scope, parts)]
    if parts.uncounted:
        selects.append(spans.replays(scope, parts.uncounted, site_day))
    return per_day(spans.union(selects))


def by_hour(scope: Scope, window: Window, columns: Iterable[str] = KEYS) -> dict[int, dict[str, int]]:
    """Return the sums of each hour from the window's beginning on, from plays and actions. One query."""
    wanted = sorted(columns)
    return _grouped(spans.raw(scope, [span_of(window)], wanted, spans.hour_from(window)), wanted)


def people_by_hour(scope: Scope, window: Window) -> dict[int, int]:
    """Return how many different people began a play in each hour from the window's beginning on. One query."""
    return dict(rows(spans.people(scope, [span_of(window)], spans.hour_from(window))))


def plays_by(part: str, scope: Scope, window: Window) -> dict[str, int]:
    """Return the plays of the window by the item's `type`, the `quality` ('' where it is not known), or the `hour` of the
    day in the window's zone, "0" to "23". At most two queries.
    """
    by: By = spans.hour_in(window) if part == "hour" else lambda _column: PART_COLUMNS[part]
    if scope.subject is not Subject.PLATFORM or (part == "hour" and window.zone != settings.TIME_ZONE):
        selects = spans.raw(scope, [span_of(window)], ["plays"], by)
    else:
        parts = parts_of(window)
        selects = spans.raw(scope, parts.edges, ["plays"], by) if parts.edges else []
        if parts.whole:
            first, end = (day.isoformat() for day in parts.whole)
            kept = "SELECT value AS part, SUM(plays) AS plays FROM stats_playpart WHERE part = %s AND day >= %s AND day < %s GROUP BY value"
            selects = [Sql(_as_text(one.text), one.params) for one in selects] + [Sql(kept, (part, first, end))]
    return {str(value): sums["plays"] for value, sums in _grouped(selects, ["plays"]).items() if sums["plays"]}


def by_item(
    item_ids: Sequence[int], window: Window, columns: Iterable[str] = KEYS, parts: Parts | None = None
) -> dict[int, dict[str, int]]:
    """Return the sums of some items by their number; those without anything are left out. One query."""
    wanted = sorted(columns)
    return _grouped(_of_items(_in(item_ids), window, wanted, parts), wanted)


def people_by_item(item_ids: Sequence[int], window: Window) -> dict[int, int]:
    """Return how many different people began a play of each of some items. One query."""
    found = rows(spans.people(Scope.platform(), [span_of(window)], lambda _column: "item_id", f" AND {_in(item_ids)}"))
    return {item: int(count) for item, count in found}


def replays_by_item(item_ids: Sequence[int], window: Window, parts: Parts | None = None) -> dict[int, int]:
    """Return how many plays of each of some items were replays. One query."""
    parts = parts or parts_of(window)
    where = parts.settled
    kept = f"SELECT key, SUM(replays) FROM stats_dayaudience WHERE scope = 'i' AND {_in(item_ids, 'key')} AND {where.text} GROUP BY key"
    selects = [Sql(kept, where.params)]
    if parts.uncounted:
        items = f" AND {_in(item_ids, 'p.item_id')}"
        selects.append(spans.replays(Scope.platform(), parts.uncounted, lambda _column: "item_id", items))
    found: dict[int, int] = {}
    for item, count in rows(spans.union(selects)):
        found[item] = found.get(item, 0) + int(count)
    return found


def greatest(scope: Scope, window: Window, over: str, under: str, limit: int) -> list[tuple[int, dict[str, int]]]:
    """Return the items of an owner, or of everybody, with the greatest sum of `over` (by `under`, if that is not ''), and
    what they came to. Of equal ones the older first. Two queries; of everybody's in a long window at most four more.
    """
    if scope.subject is Subject.PLATFORM and over in EVER and not under and window.days >= SHORTEST_WITH_PERIODS:
        leading = _leading(window, over, limit)
        if leading is not None:
            return [(item, {over: number}) for item, number in leading]
    wanted = sorted({over, under} - {""})
    items = "1 = 1"
    if scope.subject is Subject.OWNER:
        items = f"item_id IN (SELECT id FROM stats_item WHERE owner_id = {int(scope.key)})"
    inner = spans.union(_of_items(items, window, wanted, None))
    value = f"SUM({over}) * 1.0 / SUM({under})" if under else f"SUM({over})"
    found = rows(
        Sql(
            f"SELECT part, {added(wanted)} FROM ({inner.text}) parts GROUP BY part HAVING SUM({under or over}) > 0"
            f" ORDER BY {value} DESC, part LIMIT {int(limit)}",
            inner.params,
        )
    )
    return [(item, dict(zip(wanted, map(int, sums), strict=True))) for item, *sums in found]


# Private parts


def _leading(window: Window, over: str, limit: int) -> list[tuple[int, int]] | None:
    """Return the items with the greatest sum of one of `EVER` and that sum; None where too many might lead.

    No window has more of an item than its counter of all time, so once some items are added up, those whose counter does
    not come to what the last leading one has need not be. At most four queries.
    """
    ever = rows(
        Sql(
            f"SELECT item_id, {over} FROM stats_itemcounter WHERE {over} > 0 ORDER BY {over} DESC, item_id LIMIT {MAY_LEAD}"
        )
    )
    parts = parts_of(window)
    ranked = _ranked([item for item, _number in ever[:FIRST_ADDED]], window, over, parts)[:limit]
    least = ranked[-1][1] if len(ranked) == limit else 1
    if len(ever) == MAY_LEAD and ever[-1][1] >= least:
        return None
    more = [item for item, number in ever[FIRST_ADDED:] if number >= least]
    if not more:
        return ranked
    return sorted(ranked + _ranked(more, window, over, parts), key=_greatest_first)[:limit]


def _ranked(items: Sequence[int], window: Window, over: str, parts: Parts) -> list[tuple[int, int]]:
    """Return those of the items that have anything, and how much, the greatest first."""
    found = by_item(items, window, [over], parts) if items else {}
    return sorted(((item, sums[over]) for item, sums in found.items() if sums[over] > 0), key=_greatest_first)


def _greatest_first(one: tuple[int, int]) -> tuple[int, int]:
    item, number = one
    return -number, item


def _people_of(scope: Scope, first: str, end: str, edges: Sequence[spans.Span]) -> Sql:
    """Return the statement for the people of whole days, which an index alone can tell, and of edges."""
    of = spans.of(scope)
    selects = [
        Sql(f"SELECT actor FROM stats_play WHERE {of.text} AND day >= %s AND day < %s", (*of.params, first, end))
    ]
    if edges:
        when = spans.during(edges, "started_at", by_item=spans.is_by_item(scope))
        selects.append(Sql(f"SELECT actor FROM stats_play WHERE {of.text} AND {when.text}", (*of.params, *when.params)))
    inner = spans.union(selects)
    return Sql(f"SELECT COUNT(DISTINCT actor) FROM ({inner.text}) people", inner.params)


def _is_local(scope: Scope, window: Window) -> bool:
    """Whether days are not the site's, or of one person, so that no roll-up knows them."""
    return scope.subject is Subject.USER or window.zone != settings.TIME_ZONE


def _selects(
    scope: Scope, window: Window, columns: Sequence[str], parts: Parts | None, by: By | None = None
) -> list[Sql]:
    """Return statements that together sum the window, by `part` if asked: periods, days and edges."""
    if not columns:
        return []
    if scope.subject is Subject.USER or (by and by is not site_day):
        return spans.raw(scope, [span_of(window)], columns, by)
    parts = parts or parts_of(window)
    selects = spans.raw(scope, parts.edges, columns, by) if parts.edges else []
    head, tail = ("day AS part, ", " GROUP BY day") if by else ("", "")
    whole = (parts.whole,) if by and parts.whole else parts.days
    kept = [("stats_rollupday", either("(day >= %s AND day < %s)", whole))] if whole else []
    if parts.periods and not by:
        kept.append(("stats_rollupperiod", either("(grain = %s AND start = %s)", parts.periods)))
    for table, where in kept:
        text = f"SELECT {head}{added(columns)} FROM {table} WHERE scope = %s AND key = %s AND {where.text}{tail}"
        selects.append(Sql(text, (SCOPES[scope.subject], scope.key, *where.params)))
    return selects


def _of_items(items: str, window: Window, columns: Sequence[str], parts: Parts | None) -> list[Sql]:
    """Return statements that together sum the window by item; `items` is a condition on `item_id`."""
    parts = parts or parts_of(window)
    everything = Scope.platform()
    selects = (
        spans.raw(everything, parts.edges, columns, lambda _column: "item_id", f" AND {items}") if parts.edges else []
    )
    keys = items.replace("item_id", "key", 1)
    kept = [("stats_rollupday", either("(day >= %s AND day < %s)", parts.days))] if parts.days else []
    if parts.periods:
        kept.append(("stats_rollupperiod", either("(grain = %s AND start = %s)", parts.periods)))
    for table, where in kept:
        text = f"SELECT key AS part, {added(columns)} FROM {table} WHERE scope = 'i' AND {keys} AND {where.text} GROUP BY key"
        selects.append(Sql(text, where.params))
    return selects


def _grouped(selects: Sequence[Sql], columns: Sequence[str]) -> dict[Any, dict[str, int]]:
    if not selects:
        return {}
    inner = spans.union(selects)
    found = rows(
        Sql(f"SELECT part, {added(columns)} FROM ({inner.text}) parts GROUP BY part ORDER BY part", inner.params)
    )
    return {part: {name: int(value or 0) for name, value in zip(columns, sums, strict=True)} for part, *sums in found}


def _settled(head: str, scope: Scope, parts: Parts) -> Sql:
    where = parts.settled
    text = f"{head} FROM stats_dayaudience WHERE scope = %s AND key = %s AND {where.text}"
    return Sql(text, (SCOPES[scope.subject], scope.key, *where.params))


def _apart(parts: Parts) -> tuple[Span, ...]:
    """Return the days that are not settled without the edges, which are counted by themselves."""
    return Parts(unsettled=parts.unsettled).uncounted


def _replays_everywhere(scope: Scope, parts: Parts) -> int:
    """Count the platform's replays: what is kept of all days, with the waiting items' part of open days counted anew."""
    pieces: list[tuple[str, Sql]] = []
    if parts.whole:
        first, end = (day.isoformat() for day in parts.whole)
        kept = "SELECT COALESCE(SUM(replays), 0) FROM stats_dayaudience WHERE scope = 'p' AND key = 0 AND day >= %s AND day < %s"
        pieces.append(("+", Sql(kept, (first, end))))
    if parts.unsettled:
        days = either("day = %s", [(day,) for day in parts.unsettled])
        waiting = "(SELECT item_id FROM stats_dirtyday)"
        stale = f"SELECT COALESCE(SUM(replays), 0) FROM stats_dayaudience WHERE scope = 'i' AND key IN {waiting} AND {days.text}"
        pieces.append(("-", Sql(stale, days.params)))
        pieces.append(("+", spans.replays(scope, _apart(parts), more=f" AND p.item_id IN {waiting}")))
    if parts.edges:
        pieces.append(("+", spans.replays(scope, parts.edges)))
    text = " ".join(f"{sign} ({one.text})" for sign, one in pieces)
    return number(Sql(f"SELECT 0 {text}", tuple(param for _, one in pieces for param in one.params)))


def _in(item_ids: Iterable[int], column: str = "item_id") -> str:
    return f"{column} IN ({', '.join(str(int(one)) for one in item_ids) or 'NULL'})"


def _as_text(select: str) -> str:
    """Return the statement with its `part` as text, like the roll-up's."""
    return f"SELECT CAST(part AS text) AS part, plays FROM ({select}) raw"
