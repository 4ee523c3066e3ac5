"""Co-watching: which items are watched by the same people, counted now and then from the plays.

A person's watching of an item counts by when it was last: half as much for each 30 days. Two items are as alike as the
cosine of the angle between all people's watching of the one and of the other, times s / (s + 5) for s people who watched
both, so that a chance meeting of two rare items is worth little. Pairs of fewer than three people are left out: nothing
of one person shows. What somebody took out of the history counts nowhere.

Because a cosine does not change when everything ages alike, only what was watched anew changes rows.
"""

import time
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from library.recommending.models import CoWatch
from stats.fields import to_micros
from stats.models import PlatformFact
from stats.possible import facts

DAYS = 180
HALF_LIFE_DAYS = 30
FEWEST_PEOPLE = 3
SHRINK = 5
MOST_ITEMS = 40
MOST_PEOPLE = 50_000
KEPT = 20
DAY_US = 86_400_000_000
KEY, LOCK, LOCKED_S = "co_watching", "library.co_watching", 900

_WATCHED = f"""
INSERT INTO co_watched (actor, item_id, weight)
SELECT actor, item_id, POWER(2.0, CAST(last_at - %s AS double precision) / {HALF_LIFE_DAYS * DAY_US}) FROM (
    SELECT actor, item_id, last_at, ROW_NUMBER() OVER (PARTITION BY actor ORDER BY last_at DESC, item_id) AS place,
        COUNT(*) OVER (PARTITION BY actor) AS items
    FROM (
        SELECT p.actor, p.item_id, MAX(p.started_at) AS last_at
        FROM stats_play p JOIN library_listing l ON l.item_id = p.item_id
        LEFT JOIN stats_historyclear c ON c.actor = p.actor
        LEFT JOIN stats_hiddenplay h ON h.actor = p.actor AND h.source_id = p.source_id AND h.play_id = p.play_id
        WHERE p.is_view = 1 AND p.actor_type <> 'a' AND p.started_at >= %s AND p.started_at < %s
            AND (c.cleared_at IS NULL OR p.started_at > c.cleared_at) AND h.actor IS NULL
            AND p.actor IN (
                SELECT actor FROM stats_play WHERE is_view = 1 AND actor_type <> 'a' AND started_at >= %s AND started_at < %s
                GROUP BY actor ORDER BY MAX(started_at) DESC, actor LIMIT {MOST_PEOPLE}
            )
        GROUP BY p.actor, p.item_id
    ) latest
) ranked WHERE place <= {MOST_ITEMS} AND items > 1
"""
_NORMS = (
    "INSERT INTO co_norms (item_id, norm) SELECT item_id, SQRT(SUM(weight * weight)) FROM co_watched GROUP BY item_id"
)
_PAIRS = f"""
INSERT INTO co_pairs (item_id, other_id, score, people)
SELECT p.item_id, p.other_id,
    CAST(ROUND(10000 * p.shared / (a.norm * b.norm) * p.people / (p.people + {SHRINK})) AS integer), p.people
FROM (
    SELECT a.item_id, b.item_id AS other_id, SUM(a.weight * b.weight) AS shared, COUNT(*) AS people
    FROM co_watched a JOIN co_watched b ON b.actor = a.actor AND b.item_id > a.item_id
    GROUP BY a.item_id, b.item_id HAVING COUNT(*) >= {FEWEST_PEOPLE}
) p JOIN co_norms a ON a.item_id = p.item_id JOIN co_norms b ON b.item_id = p.other_id
"""
_BEST = f"""
INSERT INTO co_best (item_id, other_id, score, people)
SELECT item_id, other_id, score, people FROM (
    SELECT both_ways.*, ROW_NUMBER() OVER (PARTITION BY item_id ORDER BY score DESC, people DESC, other_id) AS place FROM (
        SELECT item_id, other_id, score, people FROM co_pairs WHERE score > 0
        UNION ALL SELECT other_id, item_id, score, people FROM co_pairs WHERE score > 0
    ) both_ways
) ranked WHERE place <= {KEPT}
"""
_FORGET = """
DELETE FROM library_cowatch WHERE NOT EXISTS (
    SELECT 1 FROM co_best b WHERE b.item_id = library_cowatch.item_id AND b.other_id = library_cowatch.other_id
)
"""
_KEEP = """
INSERT INTO library_cowatch AS x (item_id, other_id, score, people)
SELECT item_id, other_id, score, people FROM co_best WHERE true ORDER BY item_id, other_id
ON CONFLICT (item_id, other_id) DO UPDATE SET score = excluded.score, people = excluded.people
WHERE x.score <> excluded.score OR x.people <> excluded.people
"""
_TABLES = {
    "co_watched": "actor {uuid}, item_id bigint, weight double precision, PRIMARY KEY (actor, item_id)",
    "co_norms": "item_id bigint PRIMARY KEY, norm double precision",
    "co_pairs": "item_id bigint, other_id bigint, score integer, people integer",
    "co_best": "item_id bigint, other_id bigint, score integer, people integer, PRIMARY KEY (item_id, other_id)",
}


def refresh_if_due(now: datetime) -> int | None:
    """Count anew when that is due and nobody else does: the longer it takes, the more seldom, at least every hour."""
    if not facts.is_due(PlatformFact.objects.filter(key=KEY).first(), now) or not cache.add(LOCK, True, LOCKED_S):
        return None
    try:
        return refresh(now)
    finally:
        cache.delete(LOCK)


def refresh(now: datetime) -> int:
    """Count anew which items the same people watch. Returns how many pairs there are. Safe to run again.

    The counting fills temporary tables, outside of any transaction: on SQLite nobody waits for it.
    """
    started = time.monotonic()
    with connection.cursor() as cursor:
        _open(cursor)
        try:
            _count(cursor, now)
            with transaction.atomic():
                cursor.execute(_FORGET)
                cursor.execute(_KEEP)
        finally:
            _close(cursor)
    pairs = CoWatch.objects.count()
    value = {"told": pairs, "took_ms": round(1000 * (time.monotonic() - started))}
    PlatformFact.objects.update_or_create(key=KEY, defaults={"value": value, "as_of": now})
    return pairs


def _count(cursor: CursorWrapper, now: datetime) -> None:
    end, start = to_micros(now), to_micros(now - timedelta(days=DAYS))
    cursor.execute(_WATCHED, [end, start, end, start, end])
    if cursor.db.vendor == "postgresql":
        cursor.execute("ANALYZE co_watched")
    for step in (_NORMS, _PAIRS, _BEST):
        cursor.execute(step)


def _open(cursor: CursorWrapper) -> None:
    uuid = "uuid" if cursor.db.vendor == "postgresql" else "char(32)"
    for name, columns in _TABLES.items():
        cursor.execute(f"CREATE TEMPORARY TABLE {name} ({columns.format(uuid=uuid)})")


def _close(cursor: CursorWrapper) -> None:
    if cursor.db.connection is not None and cursor.db.is_usable():
        for name in _TABLES:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
