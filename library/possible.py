"""The possible stats that need to know what items are about: favourite categories, and tags that are rising."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from library.models import Category, Media
from stats.compute import Row, Value
from stats.fields import to_micros
from stats.kinds import Kind
from stats.metrics import Scope, Unit
from stats.models import Play, RollupDay, Visibility
from stats.possible.asked import Asked
from stats.possible.content import listed
from stats.possible.facts import Fact
from stats.possible.record import MINE, SITE, stat
from stats.possible.trends import hundred
from stats.windows import DAY, Window, day_of

PATH = "library.possible.answers"
CATEGORY_DAYS, HALF_LIFE_DAYS, FEWEST_PLAYS, FIRST_CATEGORIES = 90, 30, 3, 3
HOUR_US = 3_600_000_000
TAG_DAYS, BASELINE_DAYS, FEWEST_VIEWERS, FIRST_TAGS = 7, 14, 5, 10
MOST_TAGS_ASKED = 40

METRICS = (
    stat(
        "Watch engagement", "favorite_categories", "Favorite content categories", Unit.LIST,
        "The three categories with the most played time of the last 90 days, where a day 30 days ago counts half as much as"
        " today; of equal ones by name. A category needs three plays. Shown are their shares of this weighted time in percent."
        " By days of the person's zone, the site's by the site's. Items of other sites have no category here.",
        (Kind.PLAY,), MINE, path=PATH,
    ),
    stat(
        "Content performance", "trending_tags", "Trending content tags", Unit.LIST,
        "The tags of public items by how much they are seen now against usual. Each view counts, one a person, item and day, half"
        " as much for each day that passed since (by the hour, back to a week); the sum is divided by 5 more than its mean at the"
        " same time of the 14 days before. A tag needs five different viewers in the week.",
        (Kind.PLAY,), SITE, path=PATH,
    ),
)  # fmt: skip


def answers(keys: frozenset[str], scope: Scope, window: Window) -> dict[str, Value]:
    """Compute some of these stats for one scope and window."""
    asked = Asked(scope, window)
    functions = {"favorite_categories": favorite_categories, "trending_tags": trending_tags}
    return {metric.key: asked.answer(metric, functions[metric.key]) for metric in METRICS if metric.key in keys}


def favorite_categories(asked: Asked) -> Value:
    """List the categories with the most weighted time. One query beside the plays."""
    if asked.is_site:
        return asked.fact("categories", favorites)
    plays = asked.trailing(asked.plays, CATEGORY_DAYS)
    about = dict(Media.objects.filter(item__in={play.item_id for play in plays}).values_list("item", "category"))
    told: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for play in plays:
        if play.item_id in about:
            told[about[play.item_id]][0] += weighted((asked.today - asked.local(play.at).date()).days, play.played_ms)
            told[about[play.item_id]][1] += 1
    return favorites(told)


def weighted(age_days: int, ms: int) -> float:
    """Return played time as it counts after so many days."""
    return float(ms * 2 ** (-age_days / HALF_LIFE_DAYS))


def favorites(told: Mapping[str, Iterable[float]]) -> Value:
    """Return the first categories of (weighted time, plays) by category."""
    enough = {}
    for category, (ms, plays) in told.items():
        if plays >= FEWEST_PLAYS and ms > 0:
            enough[str(Category(category).label)] = round(ms)
    if not enough:
        return Value(None, note=_("No category has three plays in 90 days."))
    shares = hundred(enough)
    ranked = sorted(enough, key=lambda label: (-enough[label], label))
    return listed(Row(label, shares[label], label) for label in ranked[:FIRST_CATEGORIES])


def trending_tags(asked: Asked) -> Value:
    """List the tags that the task found to rise."""
    return asked.fact("tags", lambda told: listed(Row(tag, score, tag) for tag, score in told))


def _categories(now: datetime) -> Any:
    today = day_of(now, settings.TIME_ZONE)
    category_of = dict(Media.objects.values_list("item", "category"))
    rows = RollupDay.objects.filter(scope="i", day__gt=today - CATEGORY_DAYS * DAY, day__lte=today, plays__gt=0)
    told: dict[str, list[float]] = defaultdict(lambda: [0, 0])
    for key, day, plays, ms in rows.values_list("key", "day", "plays", "played_ms").iterator(chunk_size=5000):
        if key in category_of:
            told[category_of[key]][0] += weighted((today - day).days, ms)
            told[category_of[key]][1] += plays
    return told


def _tags(now: datetime) -> Any:
    tags_of = {
        item_id: tags
        for item_id, tags in Media.objects.filter(
            item__visibility=Visibility.PUBLIC, item__deleted_at=None, published_at__lte=now
        ).values_list("item", "tags")
        if tags
    }
    scored = scores(_views_by_hour(now), tags_of, to_micros(now) // HOUR_US)
    ranked = sorted(scored, key=lambda tag: (-scored[tag], tag))[:MOST_TAGS_ASKED]
    items_of = {tag: [item_id for item_id, tags in tags_of.items() if tag in tags] for tag in ranked}
    rising: list[tuple[str, float]] = []
    for tag in ranked:
        if len(rising) < FIRST_TAGS and _viewers(items_of[tag], now) >= FEWEST_VIEWERS:
            rising.append((tag, round(scored[tag], 2)))
    return rising


def scores(views: Iterable[tuple[int, int, int]], tags_of: Mapping[int, Iterable[str]], hour: int) -> dict[str, float]:
    """Return each tag's score at an hour (since 1970) over 5 more than the mean of its scores 1 to 14 days before.

    `views` are (item, hour, how many).
    """
    now: Counter[str] = Counter()
    before: Counter[str] = Counter()
    for item_id, at, count in views:
        current = decayed(hour - at, count)
        earlier = sum(decayed(hour - 24 * days - at, count) for days in range(1, BASELINE_DAYS + 1)) / BASELINE_DAYS
        for tag in set(tags_of.get(item_id, ())):
            now[tag] += current  # type: ignore[assignment]
            before[tag] += earlier  # type: ignore[assignment]
    return {tag: now[tag] / (5 + before[tag]) for tag in now if now[tag] > 0}


def decayed(age_hours: int, count: int) -> float:
    """Return what views count after so many hours: nothing before they happened, and nothing after a week."""
    return float(count * 2 ** (-age_hours / 24)) if 0 <= age_hours < 24 * TAG_DAYS else 0.0


def _views_by_hour(now: datetime) -> list[tuple[int, int, int]]:
    since = to_micros(now - timedelta(days=TAG_DAYS + BASELINE_DAYS + 1))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT item_id, hour, COUNT(*) FROM (SELECT item_id, MIN(started_at) / %s AS hour FROM stats_play"
            " WHERE is_view = 1 AND started_at >= %s AND started_at < %s GROUP BY item_id, actor, day) v GROUP BY item_id, hour",
            [HOUR_US, since, to_micros(now)],
        )
        return [(item_id, int(hour), count) for item_id, hour, count in cursor.fetchall()]


def _viewers(items: Iterable[int], now: datetime) -> int:
    viewed = Play.objects.filter(
        item_id__in=list(items), is_view=1, started_at__gte=now - timedelta(days=TAG_DAYS), started_at__lt=now
    )
    return len(viewed.order_by().values_list("actor").distinct()[:FEWEST_VIEWERS])


FACTS = (Fact("categories", _categories), Fact("tags", _tags))
