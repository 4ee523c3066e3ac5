"""Counters: each item's, and the eight statistics of each person. They are sums of fresh events and of `moves`.

An opening balance names one of `ACTOR_COLUMNS` and what it stood at before the log began; `LAST_ACTIVITY` as its name says
that somebody was active at its time.
"""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import ACTIVITY_KINDS, KINDS, Kind
from stats.models import ActorStats, ItemCounter

_MOVING = frozenset({"play", "like", "unlike", "save", "unsave", "stream_started", "stream_ended"})
_ITEM_KINDS = frozenset({"share", "download", "comment", "comment_deleted"})
ACTOR_COLUMNS = (
    "features_used", "plays", "watched_ms", "videos_uploaded", "streams_created", "images_uploaded", "interactions",
)  # fmt: skip

LAST_ACTIVITY = "last_activity"

_ITEM_MOVES = """
    SELECT item_id, plays, views, likes, 0 AS shares, 0 AS downloads, saves, 0 AS comments FROM moves
    WHERE item_id IS NOT NULL
"""
_ITEM_EVENTS = """
    SELECT item_id, 0, 0, 0, CASE WHEN kind = 'share' THEN 1 ELSE 0 END, CASE WHEN kind = 'download' THEN 1 ELSE 0 END,
        0, CASE WHEN kind = 'comment' THEN 1 WHEN kind = 'comment_deleted' THEN -1 ELSE 0 END
    FROM fresh WHERE kind IN ('share', 'download', 'comment', 'comment_deleted') AND item_id IS NOT NULL
"""
_ITEMS = """
INSERT INTO stats_itemcounter AS c (item_id, plays, views, likes, shares, downloads, saves, comments)
SELECT item_id, SUM(plays), SUM(views), SUM(likes), SUM(shares), SUM(downloads), SUM(saves), SUM(comments) FROM (
{parts}
) parts GROUP BY item_id ORDER BY item_id
ON CONFLICT (item_id) DO UPDATE SET plays = c.plays + excluded.plays, views = c.views + excluded.views,
    likes = c.likes + excluded.likes, shares = c.shares + excluded.shares, downloads = c.downloads + excluded.downloads,
    saves = c.saves + excluded.saves, comments = c.comments + excluded.comments
"""

_ADD_TO_ACTOR = (
    "ON CONFLICT (actor) DO UPDATE SET "
    + ", ".join(f"{name} = c.{name} + excluded.{name}" for name in ACTOR_COLUMNS)
    + ", last_activity_at = CASE WHEN c.last_activity_at IS NULL OR excluded.last_activity_at > c.last_activity_at"
    " THEN COALESCE(excluded.last_activity_at, c.last_activity_at) ELSE c.last_activity_at END"
)

_ACTOR_MOVES = """
    SELECT actor, 0 AS features, plays, played_ms, 0 AS videos, streams, 0 AS images, liked AS interactions, active_at
    FROM moves WHERE COALESCE(actor_type, '') <> 'a'
"""
_ACTOR_EVENTS = f"""
    SELECT actor,
        CASE WHEN kind = 'feature_used' THEN 1 ELSE 0 END, 0, 0,
        CASE WHEN kind = 'upload' AND label = 'video' THEN 1 ELSE 0 END,
        CASE WHEN kind = 'upload' AND label = 'stream' THEN 1 ELSE 0 END,
        CASE WHEN kind = 'upload' AND label = 'image' THEN 1 ELSE 0 END,
        CASE WHEN kind IN ('comment', 'share') THEN 1 ELSE 0 END,
        occurred_at
    FROM fresh WHERE actor IS NOT NULL AND actor_type <> 'a'
        AND kind IN ({", ".join(f"'{kind}'" for kind in ACTIVITY_KINDS if kind != Kind.PLAY)})
"""
_OPENINGS = f"""
    SELECT actor, {", ".join(f"CASE WHEN label = '{column}' THEN amount ELSE 0 END" for column in ACTOR_COLUMNS)},
        CASE WHEN label = '{LAST_ACTIVITY}' THEN occurred_at END
    FROM fresh WHERE kind = 'opening_balance' AND actor IS NOT NULL
"""
_ACTORS = f"""
INSERT INTO stats_actorstats AS c (actor, {", ".join(ACTOR_COLUMNS)}, last_activity_at)
SELECT actor, SUM(features), SUM(plays), SUM(played_ms), SUM(videos), SUM(streams), SUM(images), SUM(interactions),
    MAX(active_at) FROM (
{{parts}}
) parts GROUP BY actor ORDER BY actor
{_ADD_TO_ACTOR}
"""


def project_items(fresh: Fresh) -> None:
    """Add the chunk to each item's counters."""
    fresh.execute(_ITEMS.format(parts=f"{_ITEM_MOVES} UNION ALL {_ITEM_EVENTS}"))


def project_actors(fresh: Fresh) -> None:
    """Add the chunk to each person's eight statistics."""
    fresh.execute(_ACTORS.format(parts=f"{_ACTOR_MOVES} UNION ALL {_ACTOR_EVENTS} UNION ALL {_OPENINGS}"))


def claim_items(fresh: Fresh, guest: Any, person: Any) -> None:
    """Take in what changed when the guest's plays and states became the member's."""
    fresh.execute(_ITEMS.format(parts=_ITEM_MOVES))


def claim_actors(fresh: Fresh, guest: Any, person: Any) -> None:
    """Give a guest's statistics to the member.

    What hangs on rows that moved (plays, states, streams) is in `moves` already, as a loss of the guest's and a gain of
    the member's, so the guest's row is brought to its rest first, and that rest is added.
    """
    fresh.execute(_ACTORS.format(parts=_ACTOR_MOVES))
    fresh.execute(
        f"INSERT INTO stats_actorstats AS c (actor, {', '.join(ACTOR_COLUMNS)}, last_activity_at)"
        f" SELECT {fresh.uuid('%s')}, {', '.join(ACTOR_COLUMNS)},"
        f" last_activity_at FROM stats_actorstats WHERE actor = %s {_ADD_TO_ACTOR}",
        [person, guest],
    )
    fresh.execute("DELETE FROM stats_actorstats WHERE actor = %s", [guest])


ITEMS = Projection("item counters", (ItemCounter,), _MOVING | _ITEM_KINDS, project_items, claim_items)
ACTORS = Projection(
    "eight stats",
    (ActorStats,),
    _MOVING | {Kind.OPENING_BALANCE.value} | frozenset(kind for kind in KINDS if kind in ACTIVITY_KINDS),
    project_actors,
    claim_actors,
)
