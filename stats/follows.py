"""Follows: who follows whom, and how many each person has of both."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.lastwords import LastWords
from stats.models import Follow, FollowCounter

KINDS = (Kind.FOLLOW.value, Kind.UNFOLLOW.value)

WORDS = LastWords(
    "stats_follow",
    "target",
    "is_on",
    "SELECT actor, {uuid} AS target, CASE WHEN kind = 'follow' THEN 1 ELSE 0 END AS is_on, occurred_at AS at,"
    " id AS event_id FROM fresh WHERE kind IN ('follow', 'unfollow') AND actor IS NOT NULL AND actor_type <> 'a'",
)

# Nobody is counted as following themselves, which a guest who turns out to be the one followed would.
_COUNT = """
INSERT INTO stats_followcounter AS c (actor, followers, following)
SELECT who, SUM(followers), SUM(following) FROM (
    SELECT target AS who, CASE WHEN actor <> target THEN new - old ELSE 0 END AS followers, 0 AS following
    FROM ({changes}) t
    UNION ALL
    SELECT actor, 0, CASE WHEN actor <> target THEN new - old ELSE 0 END FROM ({changes}) a
) parts GROUP BY who ORDER BY who
ON CONFLICT (actor) DO UPDATE SET followers = c.followers + excluded.followers, following = c.following + excluded.following
"""


def project(fresh: Fresh) -> None:
    """Count the difference that the chunk makes, then set what it says."""
    fresh.execute(_COUNT.format(changes=WORDS.changes(fresh)))
    WORDS.store(fresh)


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make whom a guest follows followed by the member, once."""
    changes, params = WORDS.claimed_changes(fresh, guest, person)
    fresh.execute(_COUNT.format(changes=changes), params * 2)
    WORDS.claim(fresh, guest, person)
    fresh.execute(
        "DELETE FROM stats_followcounter WHERE actor = %s AND NOT EXISTS (SELECT 1 FROM stats_follow WHERE target = %s)",
        [guest, guest],
    )


FOLLOWS = Projection("follows", (Follow, FollowCounter), frozenset(KINDS), project, claim)
