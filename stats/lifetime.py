"""The eight statistics: over the whole life from their counters, in a window from plays, actions and streams."""

import uuid
from typing import Any

from django.db import connection
from django.db.models import Max, Sum

from stats.counters import ACTOR_COLUMNS, LAST_ACTIVITY
from stats.fields import from_micros, to_micros
from stats.kinds import ACTIVITY_KINDS, Kind
from stats.models import ActorStats
from stats.streams import RECONNECT_US
from stats.windows import Window

COLUMNS = (*ACTOR_COLUMNS, "last_activity_at")
_ACTIVITIES = ", ".join(f"'{kind}'" for kind in ACTIVITY_KINDS if kind != Kind.PLAY)


def everybodys() -> dict[str, Any]:
    """Return the lifetime counters of all members and guests together. One query, a look at each of them."""
    sums = {name: Sum(name) for name in COLUMNS[:-1]}
    row = ActorStats.objects.aggregate(**sums, last_activity_at=Max("last_activity_at"))
    return {**{name: int(row[name] or 0) for name in sums}, "last_activity_at": row["last_activity_at"]}


def eight_in(person: uuid.UUID, window: Window) -> dict[str, Any]:
    """Return the eight by their columns: lifetime counters for the window `all`, else what was added in it. One query.

    What an item's like adds lies where the person first liked it; watched time lies where its play began; what somebody
    brought along lies at the date of the opening balance.
    """
    if window.name == "all":
        row = ActorStats.objects.filter(actor=person).values(*COLUMNS).first()
        return row or {**dict.fromkeys(COLUMNS, 0), "last_activity_at": None}
    who, start, end = person.hex, to_micros(window.start_at), to_micros(window.end_at)
    with connection.cursor() as cursor:
        cursor.execute(_IN_WINDOW, [who, start, end] * 4)
        row = cursor.fetchone()
    plays, watched, played_at, features, videos, images, streamed, told, acted_at, *opened, liked, streams = row
    last = max(played_at or 0, acted_at or 0)
    added = {
        "features_used": features,
        "plays": plays,
        "watched_ms": watched,
        "videos_uploaded": videos,
        "streams_created": int(streams) + int(streamed or 0),
        "images_uploaded": images,
        "interactions": int(told or 0) + int(liked),
    }
    before = dict(zip(ACTOR_COLUMNS, opened, strict=True))
    return {
        **{column: int(count or 0) + int(before[column] or 0) for column, count in added.items()},
        "last_activity_at": from_micros(last) if last else None,
    }


def _counts(condition: str) -> str:
    return f"SUM(CASE WHEN {condition} THEN 1 ELSE 0 END)"


_IN_WINDOW = f"""
SELECT p.*, a.*, l.*, s.* FROM (
    SELECT COUNT(*), SUM(played_ms), MAX(started_at + played_ms * 1000) FROM stats_play
    WHERE actor = %s AND started_at >= %s AND started_at < %s
) p, (
    SELECT {_counts("kind = 'feature_used'")}, {_counts("kind = 'upload' AND label = 'video'")},
        {_counts("kind = 'upload' AND label = 'image'")}, {_counts("kind = 'upload' AND label = 'stream'")},
        {_counts("kind IN ('comment', 'share')")}, MAX(CASE WHEN kind IN ({_ACTIVITIES})
            OR (kind = 'opening_balance' AND label = '{LAST_ACTIVITY}') THEN at END),
        {", ".join(f"SUM(CASE WHEN kind = 'opening_balance' AND label = '{column}' THEN amount END)" for column in ACTOR_COLUMNS)}
    FROM stats_action WHERE actor = %s AND at >= %s AND at < %s
) a, (
    SELECT COUNT(*) FROM (
        SELECT MIN(at) AS first_at FROM stats_action WHERE actor = %s AND kind = 'like' GROUP BY item_id
    ) f WHERE first_at >= %s AND first_at < %s
) l, (
    SELECT COUNT(*) FROM stats_streammark m WHERE m.actor = %s AND m.is_start = 1 AND m.at >= %s AND m.at < %s
        AND NOT EXISTS (
            SELECT 1 FROM stats_streammark o WHERE o.actor = m.actor AND o.item_id = m.item_id
                AND o.at >= m.at - {RECONNECT_US} AND (o.at, o.event_id) < (m.at, m.event_id)
        )
) s
"""
