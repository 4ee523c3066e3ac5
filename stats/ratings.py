"""Ratings: the stars that each person gave each item last, and what they add up to."""

from typing import Any

from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.lastwords import LastWords
from stats.models import ItemRating, Rating

WORDS = LastWords(
    "stats_rating",
    "item_id",
    "stars",
    "SELECT actor, item_id, amount AS stars, occurred_at AS at, id AS event_id FROM fresh"
    " WHERE kind = 'rating' AND actor IS NOT NULL",
)

_COUNT = """
INSERT INTO stats_itemrating AS c (item_id, ratings, stars)
SELECT item_id, SUM(ratings), SUM(stars) FROM (
    SELECT item_id, CASE WHEN new > 0 THEN 1 ELSE 0 END - CASE WHEN old > 0 THEN 1 ELSE 0 END AS ratings,
        new - old AS stars
    FROM ({changes}) t
    {unknown}
) parts GROUP BY item_id ORDER BY item_id
ON CONFLICT (item_id) DO UPDATE SET ratings = c.ratings + excluded.ratings, stars = c.stars + excluded.stars
"""
# Ratings by nobody who is known are each somebody's.
_UNKNOWN = "UNION ALL SELECT item_id, 1, amount FROM fresh WHERE kind = 'rating' AND actor IS NULL"


def project(fresh: Fresh) -> None:
    """Count the difference that the chunk makes, then set what it says."""
    fresh.execute(_COUNT.format(changes=WORDS.changes(fresh), unknown=_UNKNOWN))
    WORDS.store(fresh)


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's ratings the member's; where both rated an item, the later holds and counts once."""
    changes, params = WORDS.claimed_changes(fresh, guest, person)
    fresh.execute(_COUNT.format(changes=changes, unknown=""), params)
    WORDS.claim(fresh, guest, person)


RATINGS = Projection("ratings", (Rating, ItemRating), frozenset({Kind.RATING.value}), project, claim)
