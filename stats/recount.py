"""Counting anew what cannot be summed: the people and replays of days, and the roll-ups of weeks, months and years.

All of it is SQL over whole sets, the same text on both databases, in temporary tables of the connection: `settling_marks`
says which days of which items changed, `settling_keys` and `settling_spans` which rows follow from that. `count` only
reads what is shared and may take its time; `store` is short. A play counts as a replay when the same person began a
view of the item in the 24 hours before; that may reach two site days back where clocks change, so a changed day changes
the replays of the two days after it.
"""

from datetime import date, timedelta
from typing import Any

from django.db.backends.utils import CursorWrapper

from stats.fields import to_day
from stats.measures import KEYS
from stats.windows import next_period, period_of

GRAINS = ("w", "m", "y")
REACH_DAYS = 2
DAYS_AT_ONCE = 10
REPLAY_US = 86_400_000_000
BEGINNING = ("", -1)

Place = tuple[str, int]

_TYPES = {"postgresql": {"day": "date", "uuid": "uuid"}, "sqlite": {"day": "text", "uuid": "char(32)"}}
_TABLES = {
    "settling_marks": "id bigint, item_id bigint, source_id bigint, day {day}",
    "settling_reach": "marked {day}, day {day}, is_counted smallint",
    "settling_items": "item_id bigint, day {day}",
    "settling_keys": "scope text, key bigint, day {day}",
    "settling_plays": "item_id bigint, day {day}, source_id bigint, actor {uuid}, replays bigint",
    "settling_days": "scope text, key bigint, day {day}, people bigint, replays bigint",
    "settling_sources": "day {day}, key bigint",
    "settling_periods": "grain text, start {day}, finish {day}, day {day}",
    "settling_spans": "grain text, start {day}, finish {day}, scope text, key bigint",
    "settling_people": "grain text, start {day}, scope text, key bigint, people bigint",
}

# Which rows a mark concerns. A view by one app may make a replay of another's play, so all sources of a day are counted.
_KEYS = """
INSERT INTO settling_keys (scope, key, day)
SELECT DISTINCT 'i', m.item_id, r.day FROM settling_marks m JOIN settling_reach r ON r.marked = m.day
    WHERE r.is_counted = 1 AND m.item_id <> 0
UNION SELECT DISTINCT 'o', i.owner_id, r.day FROM settling_marks m JOIN settling_reach r ON r.marked = m.day
    JOIN stats_item i ON i.id = m.item_id WHERE r.is_counted = 1 AND i.owner_id IS NOT NULL
UNION SELECT DISTINCT 's', m.source_id, r.day FROM settling_marks m JOIN settling_reach r ON r.marked = m.day
    WHERE r.is_counted = 1
UNION SELECT 's', d.key, d.day FROM stats_rollupday d
    WHERE d.scope = 's' AND d.day IN (SELECT day FROM settling_reach WHERE is_counted = 1)
UNION SELECT 's', d.key, d.day FROM stats_dayaudience d
    WHERE d.scope = 's' AND d.day IN (SELECT day FROM settling_reach WHERE is_counted = 1)
UNION SELECT DISTINCT 'p', 0, r.day FROM settling_reach r WHERE r.is_counted = 1
"""
_ITEMS = """
INSERT INTO settling_items (item_id, day)
SELECT DISTINCT m.item_id, r.day FROM settling_marks m JOIN settling_reach r ON r.marked = m.day WHERE m.item_id <> 0
"""
_REPLAYS = """
SELECT p.item_id, p.source_id, p.day, p.actor, p.started_at, CASE WHEN p.started_at - MAX(
    CASE WHEN p.is_view = 1 THEN p.started_at END
) OVER (
    PARTITION BY p.item_id, p.actor ORDER BY p.started_at, p.source_id, p.play_id {collation}, p.client_start
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
) <= {span} THEN 1 ELSE 0 END AS is_replay FROM {plays}
"""
_PLAYS = """
INSERT INTO settling_plays (item_id, day, source_id, actor, replays)
SELECT x.item_id, x.day, x.source_id, x.actor, SUM(x.is_replay) FROM ({replays}) x
JOIN settling_keys k ON k.scope = 'i' AND k.key = x.item_id AND k.day = x.day
GROUP BY x.item_id, x.day, x.source_id, x.actor
"""
_COUNT_ITEMS = """
INSERT INTO settling_days (scope, key, day, people, replays)
SELECT 'i', item_id, day, COUNT(*), SUM(replays) FROM (
    SELECT item_id, day, actor, SUM(replays) AS replays FROM settling_plays GROUP BY item_id, day, actor
) people GROUP BY item_id, day
"""
_COUNT_OWNERS = """
INSERT INTO settling_days (scope, key, day, people, replays)
SELECT 'o', key, day, COUNT(*), 0 FROM (
    SELECT k.key, k.day, p.actor FROM settling_keys k CROSS JOIN stats_item i CROSS JOIN stats_play p
    WHERE k.scope = 'o' AND i.owner_id = k.key AND p.item_id = i.id AND p.day = k.day GROUP BY k.key, k.day, p.actor
) people GROUP BY key, day
"""
_COUNT_SOURCES = """
INSERT INTO settling_days (scope, key, day, people, replays)
SELECT 's', source_id, day, COUNT(*), 0 FROM (
    SELECT p.source_id, p.day, p.actor FROM stats_play p
    WHERE p.day IN ({days}) GROUP BY p.source_id, p.day, p.actor
) people GROUP BY source_id, day
"""

_STORE_DAYS = (
    "DELETE FROM stats_replayday WHERE (item_id, day) IN (SELECT key, day FROM settling_keys WHERE scope = 'i')",
    "DELETE FROM stats_dayaudience WHERE (scope, key, day) IN (SELECT scope, key, day FROM settling_keys)",
    """
    INSERT INTO stats_replayday (item_id, day, source_id, replays)
    SELECT item_id, day, source_id, SUM(replays) FROM settling_plays GROUP BY item_id, day, source_id HAVING SUM(replays) > 0
    """,
    """
    INSERT INTO stats_dayaudience (scope, key, day, people, replays)
    SELECT scope, key, day, people, replays FROM settling_days WHERE scope = 'i'
    """,
    """
    INSERT INTO stats_dayaudience (scope, key, day, people, replays)
    SELECT 'o', c.key, c.day, c.people, COALESCE(r.replays, 0) FROM settling_days c
    LEFT JOIN (
        SELECT i.owner_id, r.day, SUM(r.replays) AS replays FROM stats_replayday r JOIN stats_item i ON i.id = r.item_id
        WHERE r.day IN (SELECT day FROM settling_days WHERE scope = 'o') GROUP BY i.owner_id, r.day
    ) r ON r.owner_id = c.key AND r.day = c.day
    WHERE c.scope = 'o'
    """,
    """
    INSERT INTO stats_dayaudience (scope, key, day, people, replays)
    SELECT 'p', 0, c.day, SUM(c.people),
        COALESCE((SELECT SUM(r.replays) FROM stats_replayday r WHERE r.day = c.day), 0)
    FROM settling_keys k JOIN stats_peoplecell c ON c.day = k.day WHERE k.scope = 'p' GROUP BY c.day
    """,
    """
    INSERT INTO stats_dayaudience (scope, key, day, people, replays)
    SELECT 's', c.key, c.day, c.people,
        COALESCE((SELECT SUM(r.replays) FROM stats_replayday r WHERE r.day = c.day AND r.source_id = c.key), 0)
    FROM settling_days c WHERE c.scope = 's'
    """,
    """
    INSERT INTO stats_dayaudience (scope, key, day, people, replays)
    SELECT 's', o.key, a.day, a.people, a.replays FROM settling_sources o
    JOIN stats_dayaudience a ON a.scope = 'p' AND a.key = 0 AND a.day = o.day
    """,
)

_SPANS = """
INSERT INTO settling_spans (grain, start, finish, scope, key)
SELECT DISTINCT p.grain, p.start, p.finish, k.scope, k.key FROM settling_periods p JOIN settling_keys k ON k.day = p.day
"""
_SPANS_OF = """
INSERT INTO settling_spans (grain, start, finish, scope, key)
SELECT p.grain, p.start, p.finish, k.scope, k.key FROM settling_periods p CROSS JOIN (
    SELECT scope, key FROM stats_rollupday WHERE (scope, key) > (%s, %s) AND day >= %s AND day < %s
    UNION SELECT scope, key FROM stats_rollupperiod WHERE grain = %s AND start = %s AND (scope, key) > (%s, %s)
    ORDER BY scope, key LIMIT %s
) k
"""
_PEOPLE = """
INSERT INTO settling_people (grain, start, scope, key, people)
SELECT grain, start, scope, key, COUNT(*) FROM (
    SELECT s.grain, s.start, s.scope, s.key, p.actor FROM settling_spans s {join}
    WHERE s.scope = '{scope}' AND {on} AND p.day >= s.start AND p.day < s.finish
    GROUP BY s.grain, s.start, s.scope, s.key, p.actor
) people GROUP BY grain, start, scope, key
"""
_PEOPLE_OF_SOURCES = """
INSERT INTO settling_people (grain, start, scope, key, people)
SELECT %s, {day}, 's', source_id, COUNT(*) FROM (
    SELECT source_id, actor FROM stats_play p WHERE p.day >= %s AND p.day < %s GROUP BY source_id, actor
) people GROUP BY source_id
"""
_PEOPLE_EVERYWHERE = """
INSERT INTO settling_people (grain, start, scope, key, people)
SELECT %s, {day}, %s, {key}, SUM(people) FROM stats_peoplecell WHERE day >= %s AND day < %s AND previous < %s
"""
_NAMES = ", ".join(KEYS)
_STORE_SPANS = (
    """
    DELETE FROM stats_rollupperiod
    WHERE (grain, start, scope, key) IN (SELECT grain, start, scope, key FROM settling_spans)
    """,
    f"""
    INSERT INTO stats_rollupperiod (grain, start, scope, key, {_NAMES}, people, replays)
    SELECT s.grain, s.start, s.scope, s.key, {", ".join(f"SUM(d.{key})" for key in KEYS)},
        COALESCE(MAX(n.people), 0),
        COALESCE((SELECT SUM(a.replays) FROM stats_dayaudience a
            WHERE a.scope = s.scope AND a.key = s.key AND a.day >= s.start AND a.day < s.finish), 0)
    FROM settling_spans s
    JOIN stats_rollupday d ON d.scope = s.scope AND d.key = s.key AND d.day >= s.start AND d.day < s.finish
    LEFT JOIN settling_people n ON n.grain = s.grain AND n.start = s.start AND n.scope = s.scope AND n.key = s.key
    GROUP BY s.grain, s.start, s.finish, s.scope, s.key
    """,
)


def replays(vendor: str, plays: str) -> str:
    """Return SQL for `plays` (a source of `stats_play p`) with `is_replay`, 1 where the same person began a view before.

    The source must hold the plays of the two days before too. What began at the same instant stands in the order of its
    key, byte by byte.
    """
    collation = 'COLLATE "C"' if vendor == "postgresql" else "COLLATE BINARY"
    return _REPLAYS.format(collation=collation, span=REPLAY_US, plays=plays)


def open_tables(cursor: CursorWrapper) -> None:
    """Make the connection's temporary tables, empty."""
    types = _TYPES[cursor.db.vendor]
    for table, columns in _TABLES.items():
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({columns.format(**types)})")
    _empty(cursor, *_TABLES)


def take(cursor: CursorWrapper, most: int) -> int:
    """Read the oldest marks of the queue. Returns how many."""
    cursor.execute(
        "INSERT INTO settling_marks (id, item_id, source_id, day)"
        " SELECT id, item_id, source_id, day FROM stats_dirtyday ORDER BY id LIMIT %s",
        [most],
    )
    return cursor.rowcount


def take_out(cursor: CursorWrapper) -> None:
    """Remove the marks that were read from the queue."""
    cursor.execute("DELETE FROM stats_dirtyday WHERE id IN (SELECT id FROM settling_marks)")


def take_days(cursor: CursorWrapper, first: date, end: date) -> int:
    """Read every item's plays of the days from `first` to before `end` as marks. Returns how many."""
    cursor.execute(
        "INSERT INTO settling_marks (item_id, source_id, day) SELECT DISTINCT item_id, source_id, day FROM stats_play"
        " WHERE day >= %s AND day < %s",
        [first.isoformat(), end.isoformat()],
    )
    return cursor.rowcount


def count(cursor: CursorWrapper) -> None:
    """Count what the marks concern: the people and replays of the days, and the people of the periods that are kept."""
    marked = days(cursor, "SELECT DISTINCT day FROM settling_marks")
    cursor.executemany(
        "INSERT INTO settling_reach (marked, day, is_counted) VALUES (%s, %s, %s)",
        [
            (day.isoformat(), (day + timedelta(days=more)).isoformat(), int(more >= 0))
            for day in marked
            for more in range(-REACH_DAYS, REACH_DAYS + 1)
        ],
    )
    cursor.execute(_KEYS)
    cursor.execute(_ITEMS)
    _analyze(cursor, "settling_keys", "settling_items")
    looked_up = "settling_items l CROSS JOIN stats_play p WHERE p.item_id = l.item_id AND p.day = l.day"
    cursor.execute(_PLAYS.format(replays=replays(cursor.db.vendor, looked_up)))
    cursor.execute(_COUNT_ITEMS)
    cursor.execute(_COUNT_OWNERS)
    _count_sources(cursor)
    counted = days(cursor, "SELECT DISTINCT day FROM settling_reach WHERE is_counted = 1")
    kept = _kept_periods(cursor)
    for day in counted:
        for grain in GRAINS:
            if (grain, period_of(grain, day)) in kept:
                _add_period(cursor, grain, period_of(grain, day), day)
    cursor.execute(_SPANS)
    count_spans(cursor)


def store(cursor: CursorWrapper) -> None:
    """Replace the rows that were counted, inside the caller's transaction."""
    for statement in (*_STORE_DAYS, *_STORE_SPANS):
        cursor.execute(statement)


def take_spans(cursor: CursorWrapper, grain: str, start: date, after: Place, most: int) -> Place | None:
    """Take the next scopes and keys of a period that have something in it, instead of those before.

    Returns the last of them; None where there is none.
    """
    _empty(cursor, "settling_periods", "settling_spans", "settling_people")
    finish = next_period(grain, start)
    _add_period(cursor, grain, start, start)
    first, end = start.isoformat(), finish.isoformat()
    cursor.execute(_SPANS_OF, [*after, first, end, grain, first, *after, most])
    cursor.execute("SELECT scope, key FROM settling_spans ORDER BY scope DESC, key DESC LIMIT 1")
    return cursor.fetchone()


def count_spans(cursor: CursorWrapper) -> None:
    """Count the people of the spans that were taken."""
    _analyze(cursor, "settling_spans")
    plays, items = "CROSS JOIN stats_play p", "CROSS JOIN stats_item i CROSS JOIN stats_play p"
    cursor.execute(_PEOPLE.format(scope="i", join=plays, on="p.item_id = s.key"))
    cursor.execute(_PEOPLE.format(scope="o", join=items, on="i.owner_id = s.key AND p.item_id = i.id"))
    cursor.execute("SELECT DISTINCT grain, start, finish, scope FROM settling_spans WHERE scope IN ('s', 'p')")
    for grain, start, finish, scope in cursor.fetchall():
        _count_everywhere(cursor, grain, str(start), str(finish), scope)


def store_spans(cursor: CursorWrapper) -> int:
    """Replace the rows of the spans that were taken, inside the caller's transaction. Returns how many there are."""
    for statement in _STORE_SPANS:
        cursor.execute(statement)
    return cursor.rowcount


def days(cursor: CursorWrapper, query: str) -> list[date]:
    """Return the days that a query gives, in order."""
    cursor.execute(query)
    return sorted(to_day(day) for (day,) in cursor.fetchall())


def _count_sources(cursor: CursorWrapper) -> None:
    """Count the sources of the days that have plays of more than one; a single one has what there is everywhere."""
    cursor.execute(
        "SELECT day, COUNT(*), MIN(key) FROM stats_rollupday WHERE scope = 's' AND plays > 0"
        " AND day IN (SELECT day FROM settling_reach WHERE is_counted = 1) GROUP BY day"
    )
    single, shared = [], []
    for day, sources, key in cursor.fetchall():
        if sources == 1:
            single.append((str(day), key))
        else:
            shared.append(str(day))
    cursor.executemany("INSERT INTO settling_sources (day, key) VALUES (%s, %s)", single)
    for at in range(0, len(shared), DAYS_AT_ONCE):
        some = shared[at : at + DAYS_AT_ONCE]  # by name: only then PostgreSQL looks at these days alone
        cursor.execute(_COUNT_SOURCES.format(days=", ".join(["%s"] * len(some))), some)


def _count_everywhere(cursor: CursorWrapper, grain: str, start: str, finish: str, scope: str) -> None:
    """Count the people of all sources, or of everything, in one period. A single source has all the people there are."""
    day = "CAST(%s AS date)" if cursor.db.vendor == "postgresql" else "%s"
    key: int | None = 0
    if scope == "s":
        cursor.execute(
            "SELECT COUNT(DISTINCT key), MIN(key) FROM stats_rollupday"
            " WHERE scope = 's' AND plays > 0 AND day >= %s AND day < %s",
            [start, finish],
        )
        sources, key = cursor.fetchone()
        if sources != 1:
            cursor.execute(_PEOPLE_OF_SOURCES.format(day=day), [grain, start, start, finish])
            return
    query = _PEOPLE_EVERYWHERE.format(day=day, key=int(key or 0))
    cursor.execute(query, [grain, start, scope, start, finish, start])


def _kept_periods(cursor: CursorWrapper) -> set[tuple[str, date]]:
    """Return the periods that are built, or being built (in capitals)."""
    cursor.execute("SELECT grain, start FROM stats_builtperiod")
    return {(grain.lower(), to_day(start)) for grain, start in cursor.fetchall()}


def _add_period(cursor: CursorWrapper, grain: str, start: date, day: date) -> None:
    values: list[Any] = [grain, start.isoformat(), next_period(grain, start).isoformat(), day.isoformat()]
    cursor.execute("INSERT INTO settling_periods (grain, start, finish, day) VALUES (%s, %s, %s, %s)", values)


def _empty(cursor: CursorWrapper, *tables: str) -> None:
    if cursor.db.vendor == "postgresql":
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        return
    for table in tables:
        cursor.execute(f"DELETE FROM {table}")


def _analyze(cursor: CursorWrapper, *tables: str) -> None:
    """Tell PostgreSQL, which looks at no temporary table by itself, how large they are."""
    if cursor.db.vendor == "postgresql":
        cursor.execute(f"ANALYZE {', '.join(tables)}")
