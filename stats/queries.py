"""The questions that everyone asks of the numbers: a person's eight, an item's counters, what is switched on."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from django.core.cache import cache
from django.db.models import Q, Sum
from django.utils import timezone

from stats.models import ActorStats, ItemCounter, KindDay, RollupDay, State

MS_PER_HOUR = 3_600_000
TOTALS_KEPT_S = 60


@dataclass(frozen=True, slots=True)
class EightStats:
    """The eight statistics of one person, under the names of the API and of exported files."""

    user_id: uuid.UUID
    subscriber_features_used: int = 0
    watch_history_entries: int = 0
    watched_ms: int = 0
    videos_uploaded: int = 0
    streams_created: int = 0
    images_uploaded: int = 0
    total_interactions: int = 0
    last_activity_timestamp: datetime | None = None

    @property
    def total_watched_hours(self) -> float:
        """Watched time in hours, to four decimals: a third of a second."""
        return round(self.watched_ms / MS_PER_HOUR, 4)


@dataclass(frozen=True, slots=True)
class Counters:
    """What happened to one item so far."""

    plays: int = 0
    views: int = 0
    likes: int = 0
    shares: int = 0
    downloads: int = 0
    saves: int = 0
    comments: int = 0


@dataclass(frozen=True, slots=True)
class States:
    """The items that a person likes and has saved, of those asked about."""

    liked: set[int] = field(default_factory=set)
    saved: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class SiteTotals:
    """The live numbers of the front page."""

    events_today: int
    watched_hours_7d: float
    plays: int
    items_played: int


def eight_stats(actor_id: uuid.UUID) -> EightStats:
    """Return one person's eight statistics, zeros for somebody new. One query."""
    return all_eight_stats([actor_id])[actor_id]


def all_eight_stats(actor_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, EightStats]:
    """Return the eight statistics of many people. One query."""
    wanted = list(actor_ids)
    found = {row.actor: row for row in ActorStats.objects.filter(actor__in=wanted)}
    return {actor: _eight(actor, found.get(actor)) for actor in wanted}


def _eight(actor: uuid.UUID, row: ActorStats | None) -> EightStats:
    if row is None:
        return EightStats(actor)
    return EightStats(
        user_id=actor,
        subscriber_features_used=row.features_used,
        watch_history_entries=row.plays,
        watched_ms=row.watched_ms,
        videos_uploaded=row.videos_uploaded,
        streams_created=row.streams_created,
        images_uploaded=row.images_uploaded,
        total_interactions=row.interactions,
        last_activity_timestamp=row.last_activity_at,
    )


def item_counters(item_ids: Iterable[int]) -> dict[int, Counters]:
    """Return the counters of items, zeros for one that nothing happened to. One query."""
    wanted = list(item_ids)
    names = ("plays", "views", "likes", "shares", "downloads", "saves", "comments")
    found = {
        item_id: Counters(*numbers)
        for item_id, *numbers in ItemCounter.objects.filter(item_id__in=wanted).values_list("item_id", *names)
    }
    return {item_id: found.get(item_id, Counters()) for item_id in wanted}


def states(actor_id: uuid.UUID, item_ids: Iterable[int]) -> States:
    """Return what a person has switched on for these items. One query."""
    result = States()
    rows = State.objects.filter(actor=actor_id, item_id__in=list(item_ids), is_on=1)
    for relation, item_id in rows.values_list("relation", "item_id"):
        (result.liked if relation == "like" else result.saved).add(item_id)
    return result


def site_totals() -> SiteTotals:
    """Return the live numbers of the whole site, at most a minute old."""
    return cast(SiteTotals, cache.get_or_set("stats.site_totals", count_site_totals, TOTALS_KEPT_S))


def count_site_totals() -> SiteTotals:
    """Add up the live numbers of the whole site from its days; the week is today and the six days before. Three queries."""
    today = timezone.localdate(timezone=timezone.get_default_timezone())
    events = KindDay.objects.filter(day=today).aggregate(n=Sum("events"))["n"] or 0
    recent = Q(day__gt=today - timedelta(days=7), day__lte=today)
    days = RollupDay.objects.filter(scope="p", key=0).aggregate(plays=Sum("plays"), ms=Sum("played_ms", filter=recent))
    return SiteTotals(
        events,
        round(int(days["ms"] or 0) / MS_PER_HOUR, 1),
        int(days["plays"] or 0),
        ItemCounter.objects.filter(plays__gt=0).count(),
    )
