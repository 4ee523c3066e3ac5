"""States: likes and saves as rows that are on or off, whatever order the clicks arrive in."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.models import State

KINDS = (Kind.LIKE.value, Kind.UNLIKE.value, Kind.SAVE.value, Kind.UNSAVE.value)
NO_PLAYLIST = "0" * 32

COLUMNS = "actor, relation, item_id, playlist, actor_type, is_on, ever, at, event_id"

# What the touched (person, item) pairs count for: a like when it is on; a save when any of its playlists has it on.
_CONTRIBUTIONS = """
INSERT INTO moves (actor, actor_type, item_id, likes, saves, liked)
SELECT s.actor, s.actor_type, s.item_id,
    {sign} MAX(CASE WHEN s.relation = 'like' THEN s.is_on ELSE 0 END),
    {sign} MAX(CASE WHEN s.relation = 'save' THEN s.is_on ELSE 0 END),
    {sign} MAX(CASE WHEN s.relation = 'like' THEN s.ever ELSE 0 END)
FROM stats_state s JOIN ({touched}) t ON t.actor = s.actor AND t.relation = s.relation AND t.item_id = s.item_id
GROUP BY s.actor, s.actor_type, s.relation, s.item_id
"""

_TOUCHED = """
SELECT DISTINCT actor, CASE WHEN kind IN ('like', 'unlike') THEN 'like' ELSE 'save' END AS relation, item_id
FROM fresh WHERE kind IN ('like', 'unlike', 'save', 'unsave')
"""

_WINS = "(excluded.at, excluded.event_id, excluded.is_on) > (x.at, x.event_id, x.is_on)"
_ON_CONFLICT = f"""
ON CONFLICT (actor, relation, item_id, playlist) DO UPDATE SET
    is_on = CASE WHEN {_WINS} THEN excluded.is_on ELSE x.is_on END,
    ever = CASE WHEN excluded.ever > x.ever THEN excluded.ever ELSE x.ever END,
    at = CASE WHEN {_WINS} THEN excluded.at ELSE x.at END,
    event_id = CASE WHEN {_WINS} THEN excluded.event_id ELSE x.event_id END
"""

_UPSERT = f"""
INSERT INTO stats_state AS x ({COLUMNS})
SELECT actor, relation, item_id, playlist, actor_type, is_on, ever, occurred_at, id FROM (
    SELECT n.*, MAX(is_on) OVER w AS ever,
        ROW_NUMBER() OVER (PARTITION BY actor, relation, item_id, playlist ORDER BY occurred_at DESC, id DESC, is_on DESC) AS place
    FROM (
        SELECT id, actor, actor_type, item_id, occurred_at,
            CASE WHEN kind IN ('like', 'unlike') THEN 'like' ELSE 'save' END AS relation,
            CASE WHEN kind IN ('save', 'unsave') AND playlist IS NOT NULL THEN playlist ELSE {{none}} END AS playlist,
            CASE WHEN kind IN ('like', 'save') THEN 1 ELSE 0 END AS is_on
        FROM fresh WHERE kind IN ('like', 'unlike', 'save', 'unsave')
    ) n WINDOW w AS (PARTITION BY actor, relation, item_id, playlist)
) latest WHERE place = 1 ORDER BY actor, relation, item_id, playlist
{_ON_CONFLICT}
"""


def project(fresh: Fresh) -> None:
    """Set what the fresh clicks say, and hand the difference to the counters."""
    fresh.execute(_CONTRIBUTIONS.format(sign="-", touched=_TOUCHED))
    fresh.execute(_UPSERT.format(none=fresh.uuid(f"'{NO_PLAYLIST}'")))
    fresh.execute(_CONTRIBUTIONS.format(sign="", touched=_TOUCHED))


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's states the member's; where both have one, the later wins and it counts once."""
    theirs = "SELECT DISTINCT actor, relation, item_id FROM stats_state WHERE actor = %s"
    mine = (
        "SELECT DISTINCT m.actor, m.relation, m.item_id FROM stats_state m JOIN stats_state g"
        " ON g.relation = m.relation AND g.item_id = m.item_id WHERE m.actor = %s AND g.actor = %s"
    )
    fresh.execute(_CONTRIBUTIONS.format(sign="-", touched=theirs), [guest])
    fresh.execute(_CONTRIBUTIONS.format(sign="-", touched=mine), [person, guest])
    moved = fresh.fetch("SELECT DISTINCT relation, item_id FROM stats_state WHERE actor = %s", [guest])
    fresh.execute(
        f"INSERT INTO stats_state AS x ({COLUMNS}) SELECT {{person}}, relation, item_id, playlist, 'u', is_on, ever, at,"
        f" event_id FROM stats_state WHERE actor = %s ORDER BY relation, item_id, playlist {_ON_CONFLICT}".format(
            person=fresh.uuid("%s")
        ),
        [person, guest],
    )
    fresh.execute("DELETE FROM stats_state WHERE actor = %s", [guest])
    for relation, item_id in moved:
        now = "SELECT DISTINCT actor, relation, item_id FROM stats_state WHERE actor = %s AND relation = %s AND item_id = %s"
        fresh.execute(_CONTRIBUTIONS.format(sign="", touched=now), [person, relation, item_id])


STATES = Projection("states", (State,), frozenset(KINDS), project, claim)
