"""The questions that everyone asks of the numbers: a person's eight, an item's counters, what is switched on."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import cast

from django.core.cache import cache
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone

from stats.models import (
    ActorStats,
    CourseCounter,
    Follow,
    FollowCounter,
    ItemCounter,
    ItemRating,
    KindDay,
    Rating,
    RollupDay,
    State,
)

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
class FollowCounts:
    """How many follow a person, and how many the person follows."""

    followers: int = 0
    following: int = 0


@dataclass(frozen=True, slots=True)
class Rated:
    """The ratings of something: how many, and the sum of their stars."""

    count: int = 0
    stars: int = 0

    @property
    def average(self) -> float | None:
        """The mean from 1 to 5, to two decimals; None without a rating."""
        return round(self.stars / self.count, 2) if self.count else None


@dataclass(frozen=True, slots=True)
class CourseCounts:
    """What happened in one course so far. `quizzes_passed` counts a person once in each quiz."""

    enrolled: int = 0
    completed: int = 0
    lessons_completed: int = 0
    quizzes_passed: int = 0
    posts: int = 0
    reviews: int = 0
    stars: int = 0

    @property
    def rating(self) -> Rated:
        """The stars of its reviews."""
        return Rated(self.reviews, self.stars)


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


def follow_counts(actor_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, FollowCounts]:
    """Return how many follow these people and how many they follow, zeros for who has neither. One query."""
    wanted = list(actor_ids)
    rows = FollowCounter.objects.filter(actor__in=wanted).values_list("actor", "followers", "following")
    found = {actor: FollowCounts(followers, following) for actor, followers, following in rows}
    return {actor: found.get(actor, FollowCounts()) for actor in wanted}


def following(actor_id: uuid.UUID, targets: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Return whom of these people somebody follows. One query."""
    rows = Follow.objects.filter(actor=actor_id, target__in=list(targets), is_on=1).exclude(target=actor_id)
    return set(rows.values_list("target", flat=True))


def followed_by(actor_id: uuid.UUID) -> QuerySet[Follow]:
    """Return the follows of a person, newest first; `target` is who is followed. For joins and pages."""
    return Follow.objects.filter(actor=actor_id, is_on=1).exclude(target=F("actor")).order_by("-at", "target")


def followers_of(actor_id: uuid.UUID) -> QuerySet[Follow]:
    """Return the follows that a person has, newest first; `actor` is who follows. For joins and pages."""
    return Follow.objects.filter(target=actor_id, is_on=1).exclude(actor=F("target")).order_by("-at", "actor")


def item_ratings(item_ids: Iterable[int]) -> dict[int, Rated]:
    """Return the ratings of items, none for one that nobody rated. One query."""
    wanted = list(item_ids)
    rows = ItemRating.objects.filter(item_id__in=wanted).values_list("item_id", "ratings", "stars")
    found = {item_id: Rated(count, stars) for item_id, count, stars in rows}
    return {item_id: found.get(item_id, Rated()) for item_id in wanted}


def own_ratings(actor_id: uuid.UUID, item_ids: Iterable[int]) -> dict[int, int]:
    """Return the stars that a person gave these items, without those that the person did not rate. One query."""
    rows = Rating.objects.filter(actor=actor_id, item_id__in=list(item_ids), stars__gt=0)
    return dict(rows.values_list("item_id", "stars"))


def course_counts(courses: Iterable[uuid.UUID]) -> dict[uuid.UUID, CourseCounts]:
    """Return the numbers of courses, zeros for one in which nothing happened. One query."""
    wanted = list(courses)
    names = ("enrolled", "completed", "lessons_completed", "quizzes_passed", "posts", "reviews", "stars")
    found = {
        course: CourseCounts(*numbers)
        for course, *numbers in CourseCounter.objects.filter(course__in=wanted).values_list("course", *names)
    }
    return {course: found.get(course, CourseCounts()) for course in wanted}


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
