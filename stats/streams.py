"""Live streams as stat 5 counts them: a start within 5 minutes of another mark of the same stream is a reconnect."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.models import StreamMark

RECONNECT_US = 5 * 60 * 1_000_000

_COUNT = f"""
INSERT INTO moves (actor, streams)
SELECT m.actor, {{sign}} COUNT(*)
FROM stats_streammark m JOIN ({{touched}}) t ON t.actor = m.actor AND t.item_id = m.item_id
WHERE m.is_start = 1 AND NOT EXISTS (
    SELECT 1 FROM stats_streammark o WHERE o.actor = m.actor AND o.item_id = m.item_id
        AND o.at >= m.at - {RECONNECT_US} AND (o.at, o.event_id) < (m.at, m.event_id)
) GROUP BY m.actor
"""

_TOUCHED = "SELECT DISTINCT actor, item_id FROM fresh WHERE kind IN ('stream_started', 'stream_ended')"


def project(fresh: Fresh) -> None:
    """Keep the fresh marks and hand the difference in streams to the counters."""
    fresh.execute(_COUNT.format(sign="-", touched=_TOUCHED))
    fresh.execute(
        "INSERT INTO stats_streammark AS m (actor, item_id, at, event_id, is_start)"
        " SELECT actor, item_id, occurred_at, id, MAX(CASE WHEN kind = 'stream_started' THEN 1 ELSE 0 END) FROM fresh"
        " WHERE kind IN ('stream_started', 'stream_ended') AND actor_type <> 'a' GROUP BY actor, item_id, occurred_at, id"
        " ORDER BY actor, item_id, occurred_at, id ON CONFLICT (actor, item_id, at, event_id) DO UPDATE"
        " SET is_start = CASE WHEN excluded.is_start > m.is_start THEN excluded.is_start ELSE m.is_start END"
    )
    fresh.execute(_COUNT.format(sign="", touched=_TOUCHED))


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's marks the member's."""
    theirs = "SELECT DISTINCT actor, item_id FROM stats_streammark WHERE actor = %s"
    for actor in (guest, person):
        fresh.execute(_COUNT.format(sign="-", touched=theirs), [actor])
    fresh.execute("UPDATE stats_streammark SET actor = %s WHERE actor = %s", [person, guest])
    fresh.execute(_COUNT.format(sign="", touched=theirs), [person])


STREAMS = Projection(
    "streams", (StreamMark,), frozenset({Kind.STREAM_STARTED.value, Kind.STREAM_ENDED.value}), project, claim
)
