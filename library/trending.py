"""What is played most, rises and is liked best, as figures beside each listed item, taken every few minutes.

The formula of trending, which the browse page shows: each person who watched on a day counts 1 for that day, each like
3 (those taken back are taken off), each share 2, over the last fourteen site days; and a day counts half of what the
day after the next counts. Best rated is the mean of the stars as if five people more had given three stars.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from library.models import Tag
from stats.models import PlatformFact
from stats.windows import DAY, day_of

DAYS = 14
HALF_LIFE_DAYS = 2
LIKE, SHARE = 3, 2
PRIOR_RATINGS, PRIOR_STARS = 5, 3
FORMULA = {
    "days": DAYS,
    "half_life_days": HALF_LIFE_DAYS,
    "like": LIKE,
    "share": SHARE,
    "ratings": PRIOR_RATINGS,
    "stars": PRIOR_STARS,
    "prior": PRIOR_RATINGS * PRIOR_STARS,
}
"""The same figures for the page that shows them, and for the SQL."""
STALE = timedelta(minutes=10)
KEY = "listings"
LOCK = "library.trending"
LOCKED_S = 120
TAKEN_AT, MOST_TAGS = "library.taken_at", "library.tags"
REMEMBERED_S = 60
TAGS = 12

_FIGURES = """
UPDATE library_listing SET plays = f.plays, trend = f.trend, ratings = f.ratings, grade = f.grade FROM (
    SELECT l.item_id, COALESCE(c.plays, 0) AS plays, COALESCE(t.trend, 0) AS trend, COALESCE(r.ratings, 0) AS ratings,
        CASE WHEN r.ratings > 0 THEN (r.stars + {prior}) * 1.0 / (r.ratings + {ratings}) ELSE 0 END AS grade
    FROM library_listing l
    LEFT JOIN stats_itemcounter c ON c.item_id = l.item_id
    LEFT JOIN stats_itemrating r ON r.item_id = l.item_id
    LEFT JOIN (
        SELECT key, SUM(score * CASE day {weights} END) AS trend FROM (
            SELECT d.key, d.day,
                CASE WHEN a.people < d.views THEN a.people ELSE d.views END
                + {like} * (d.likes - d.unlikes) + {share} * d.shares AS score
            FROM stats_rollupday d
            LEFT JOIN stats_dayaudience a ON a.scope = d.scope AND a.key = d.key AND a.day = d.day
            WHERE d.scope = 'i' AND d.day > %s AND d.day <= %s
        ) days GROUP BY key
    ) t ON t.key = l.item_id
) f
WHERE f.item_id = library_listing.item_id AND (
    library_listing.plays <> f.plays OR ABS(library_listing.trend - f.trend) > 0.0001
    OR library_listing.ratings <> f.ratings OR ABS(library_listing.grade - f.grade) > 0.0001
)
"""
_TAGS = """
INSERT INTO library_tag AS g (name, items)
SELECT t.tag, COUNT(*) FROM library_itemtag t JOIN library_listing l ON l.item_id = t.item_id
WHERE l.least_rank = 0 AND l.published_at <= %s GROUP BY t.tag
ON CONFLICT (name) DO UPDATE SET items = excluded.items WHERE g.items <> excluded.items
"""
_TAGS_GONE = """
DELETE FROM library_tag WHERE NOT EXISTS (
    SELECT 1 FROM library_itemtag t JOIN library_listing l ON l.item_id = t.item_id
    WHERE t.tag = library_tag.name AND l.least_rank = 0 AND l.published_at <= %s
)
"""


def weight(age_days: int) -> float:
    """Return how much a day counts that is so many days ago. Pure."""
    return float(2 ** (-age_days / HALF_LIFE_DAYS))


def refresh(now: datetime) -> int:
    """Take the figures of all listed items, and count the tags. Returns how many items moved. Safe to run again."""
    today = day_of(now, settings.TIME_ZONE)
    days = [today - age * DAY for age in range(DAYS)]
    sql = _FIGURES.format(**FORMULA, weights=" ".join("WHEN %s THEN %s" for _ in days))
    weights = [value for age, day in enumerate(days) for value in (day, weight(age))]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, [*weights, today - DAYS * DAY, today])
        moved = cursor.rowcount
        cursor.execute(_TAGS, [now])
        cursor.execute(_TAGS_GONE, [now])
        PlatformFact.objects.update_or_create(key=KEY, defaults={"value": {"told": moved, "took_ms": 0}, "as_of": now})
        transaction.on_commit(partial(cache.delete_many, [TAKEN_AT, MOST_TAGS]))
    return int(moved)


def as_of(*, now: datetime | None = None) -> datetime:
    """Return when the figures were taken; takes them when that is ten minutes ago and nobody else does.

    One query, none while the cache remembers.
    """
    now = now or timezone.now()
    kept: datetime | None = cache.get(TAKEN_AT)
    if kept is None:
        kept = PlatformFact.objects.filter(key=KEY).values_list("as_of", flat=True).first()
    if kept is None or now - kept >= STALE:
        if not cache.add(LOCK, True, LOCKED_S):
            return kept or now
        try:
            refresh(now)
        finally:
            cache.delete(LOCK)
        kept = now
    _remember(TAKEN_AT, kept)
    return kept


def tags() -> list[Tag]:
    """Return the tags that most items have. One query, none while the cache remembers."""
    kept: list[Tag] | None = cache.get(MOST_TAGS)
    if kept is None:
        kept = list(Tag.objects.order_by("-items", "name")[:TAGS])
        _remember(MOST_TAGS, kept)
    return kept


def _remember(key: str, value: Any) -> None:
    """Keep what was read once it is sure: staff who look as a member take back what their looking refreshed."""
    transaction.on_commit(partial(cache.set, key, value, REMEMBERED_S))
