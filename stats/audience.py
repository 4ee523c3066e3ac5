"""Who was active when: each person's site days, and from them how many different people played in any window.

Each of a person's days of playing knows the one before it. Counting days by (day, day before) makes the people of any
window a sum: those who played on a day of it, and not on an earlier day of it.
"""

from typing import Any

from stats.fresh import Fresh, Projection, number_type
from stats.kinds import ACTIVITY_KINDS, Kind
from stats.models import ActorDay, PeopleCell

NEVER = "0001-01-01"
SUMMED = ("plays", "views", "completed", "played_ms", "interactions", "uploads", "acts")
PLAYING = frozenset({Kind.PLAY.value, Kind.GUEST_CLAIMED.value})
INTERACTIONS = ("like", "comment", "share")

_NAMES = ", ".join(SUMMED)
_FROM_MOVES = """
    SELECT actor, day, plays, views, completed, played_ms, 0 AS interactions, 0 AS uploads, 0 AS acts FROM moves
    WHERE day IS NOT NULL
"""
_FROM_EVENTS = f"""
    SELECT actor, day, 0, 0, 0, 0, CASE WHEN kind IN ({", ".join(f"'{kind}'" for kind in INTERACTIONS)}) THEN 1 ELSE 0 END,
        CASE WHEN kind = 'upload' THEN 1 ELSE 0 END, 1
    FROM fresh WHERE actor IS NOT NULL AND actor_type <> 'a' AND kind IN ({", ".join(f"'{kind}'" for kind in ACTIVITY_KINDS)})
"""
_SUM = f"""
SELECT actor, day, {", ".join(f"SUM({name})" for name in SUMMED)} FROM ({{parts}}) parts GROUP BY actor, day
"""
_ADD = "ON CONFLICT (actor, day) DO UPDATE SET " + ", ".join(f"{name} = x.{name} + excluded.{name}" for name in SUMMED)

# The people whose days of playing change, and from which day on.
_TOUCHED = """
INSERT INTO fresh_people (actor, first_day)
SELECT g.actor, MIN(g.day) FROM fresh_actordays g
    LEFT JOIN stats_actorday d ON d.actor = g.actor AND d.day = g.day
WHERE g.plays <> 0 AND (COALESCE(d.plays, 0) > 0) <> (COALESCE(d.plays, 0) + g.plays > 0)
GROUP BY g.actor
"""
_CELLS = f"""
INSERT INTO stats_peoplecell AS c (day, previous, people)
SELECT d.day, COALESCE(d.previous, '{NEVER}'), {{sign}} COUNT(*)
FROM fresh_people t JOIN stats_actorday d ON d.actor = t.actor AND d.day >= t.first_day
WHERE d.plays > 0 GROUP BY d.day, COALESCE(d.previous, '{NEVER}') ORDER BY 1, 2
ON CONFLICT (day, previous) DO UPDATE SET people = c.people + excluded.people
"""
_CHAIN = f"""
UPDATE stats_actorday SET previous = chain.previous FROM (
    SELECT d.actor, d.day, CASE WHEN d.plays > 0 THEN (
        SELECT MAX(e.day) FROM stats_actorday e WHERE e.actor = d.actor AND e.day < d.day AND e.plays > 0
    ) END AS previous
    FROM fresh_people t JOIN stats_actorday d ON d.actor = t.actor AND d.day >= t.first_day
) chain WHERE stats_actorday.actor = chain.actor AND stats_actorday.day = chain.day
    AND COALESCE(stats_actorday.previous, '{NEVER}') <> COALESCE(chain.previous, '{NEVER}')
"""


def project(fresh: Fresh) -> None:
    """Add the chunk to each person's days, and follow up who played when."""
    _open(fresh)
    fresh.execute(
        f"INSERT INTO fresh_actordays (actor, day, {_NAMES}) {_SUM.format(parts=f'{_FROM_MOVES} UNION ALL {_FROM_EVENTS}')}"
    )
    _add(fresh)


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's days the member's: the plays are in `moves`, with loss and gain; the rest is added."""
    _open(fresh)
    fresh.execute(f"INSERT INTO fresh_actordays (actor, day, {_NAMES}) {_SUM.format(parts=_FROM_MOVES)}")
    _add(fresh)
    _open(fresh)
    cast = fresh.uuid("%s")
    fresh.execute(
        f"INSERT INTO fresh_actordays (actor, day, {_NAMES}) SELECT {cast}, day, {_NAMES} FROM stats_actorday WHERE actor = %s",
        [person, guest],
    )
    fresh.execute("DELETE FROM stats_actorday WHERE actor = %s", [guest])
    _add(fresh)


def _open(fresh: Fresh) -> None:
    uuid, day = ("uuid", "date") if fresh.vendor == "postgresql" else ("char(32)", "text")
    numbers = ", ".join(f"{name} {number_type(name)}" for name in SUMMED)
    for table, columns in (("fresh_actordays", f"day {day}, {numbers}"), ("fresh_people", f"first_day {day}")):
        fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} (actor {uuid}, {columns})")


def _add(fresh: Fresh) -> None:
    """Add the gains to the days. Where a day of playing appears or goes, the cells from it on are counted again."""
    touched = fresh.execute(_TOUCHED) if fresh.kinds & PLAYING else 0
    if touched:
        fresh.execute(_CELLS.format(sign="-"))
    fresh.execute(
        f"INSERT INTO stats_actorday AS x (actor, day, {_NAMES}) SELECT actor, day, {_NAMES} FROM fresh_actordays"
        f" WHERE true ORDER BY actor, day {_ADD}"
    )
    if touched:
        fresh.execute(_CHAIN)
        fresh.execute(_CELLS.format(sign=""))
        fresh.execute("DELETE FROM stats_peoplecell WHERE people = 0")
    if fresh.moved_away:
        fresh.execute(
            "DELETE FROM stats_actorday WHERE (actor, day) IN (SELECT actor, day FROM fresh_actordays WHERE plays < 0) AND "
            + " AND ".join(f"{name} = 0" for name in SUMMED)
        )
    fresh.empty("fresh_actordays", "fresh_people")


AUDIENCE = Projection("audience", (ActorDay, PeopleCell), frozenset(ACTIVITY_KINDS) | {Kind.PLAY.value}, project, claim)
