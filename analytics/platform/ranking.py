"""Courses and instructors in order: by what happened in them in a window, or by what is thought of them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, OuterRef, Q, Subquery, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from accounts.models import User
from analytics.models import CourseAnalytics, InstructorAnalytics
from analytics.platform import courses, queries
from analytics.platform.courses import Tally
from analytics.platform.models import Timeframe
from analytics.platform.queries import Days
from library.learning.models import Course
from stats.models import CourseCounter
from stats.windows import Window

PRIOR_REVIEWS = 10
"""So many reviews of the site's average are added to each course's when ordering by rating (Bayesian average)."""


class Order(StrEnum):
    """What courses and instructors are ranked by."""

    ENROLLMENTS = "enrollments"
    REVENUE = "revenue"
    RATING = "rating"


@dataclass(frozen=True, slots=True)
class Ranked:
    """A course or an instructor with what happened in a window; `reviews` and `stars` are all that stand now."""

    key: int
    uuid: Any
    name: str
    by: str
    enrollments: int
    completions: int
    revenue_minor: int
    reviews: int
    stars: int
    courses: int = 1

    @property
    def rating(self) -> float | None:
        """The average of the reviews that stand, None without any."""
        return self.stars / self.reviews if self.reviews else None


def top_courses(
    window: Window,
    order: Order,
    limit: int,
    *,
    currency: str = "",
    now: datetime | None = None,
    days: Days | None = None,
) -> list[Ranked]:
    """Return the courses in which most happened in a window. Two queries; five where days are not counted yet.

    By rating the window does not matter: it is of the reviews that stand now.
    """
    now, currency = now or timezone.now(), currency or queries.main_currency()
    sums = _by_courses(window, now, currency, queries.days_of(window, now) if days is None else days)
    if order is Order.RATING:
        numbers = _best_rated(limit)
    else:
        numbers = _first(sums, order, currency, limit)
    of_course = CourseCounter.objects.filter(course=OuterRef("uuid"))
    rows = Course.objects.filter(pk__in=numbers).select_related("owner")
    found = rows.annotate(
        reviews_now=Coalesce(Subquery(of_course.values("reviews")), 0),
        stars_now=Coalesce(Subquery(of_course.values("stars")), 0),
    ).in_bulk()
    return [
        Ranked(
            number,
            course.uuid,
            course.title,
            course.owner.display_name,
            tally.enrollments,
            tally.completions,
            tally.revenue.get(currency, 0),
            course.reviews_now,
            course.stars_now,
        )
        for number in numbers
        for course, tally in ((found[number], sums.get(number, Tally())),)
    ]


def top_instructors(
    window: Window,
    order: Order,
    limit: int,
    *,
    currency: str = "",
    now: datetime | None = None,
    days: Days | None = None,
) -> list[Ranked]:
    """Return the people in whose courses most happened in a window. Two queries; six where days are not counted yet."""
    now, currency = now or timezone.now(), currency or queries.main_currency()
    days = queries.days_of(window, now) if days is None else days
    sums = _by_instructors(window, now, currency, days)
    standing = _standing(None if order is Order.RATING else _first(sums, order, currency, limit))
    if order is Order.RATING:
        numbers = _ordered_by_rating({owner: row[2:] for owner, row in standing.items()}, limit)
    else:
        numbers = _first(sums, order, currency, limit)
    return [
        Ranked(
            number,
            person.uuid,
            person.display_name,
            "",
            tally.enrollments,
            tally.completions,
            tally.revenue.get(currency, 0),
            reviews,
            stars,
            courses=published,
        )
        for number in numbers
        for person, published, reviews, stars in (standing[number],)
        for tally in (sums.get(number, Tally()),)
    ]


def _by_courses(window: Window, now: datetime, currency: str, days: Days) -> dict[int, Tally]:
    return _kept_and_counted(CourseAnalytics.objects.all(), "course", queries.ends(window, now), currency, days)


def _by_instructors(window: Window, now: datetime, currency: str, days: Days) -> dict[int, Tally]:
    return _kept_and_counted(InstructorAnalytics.objects.all(), "instructor", queries.ends(window, now), currency, days)


def _kept_and_counted(
    rows: Any, key: str, ends: tuple[date | None, date], currency: str, days: Days
) -> dict[int, Tally]:
    """Return what adds up over a window's days: from what is kept, and counted anew from the first day to the last that
    is not.
    """
    first, last = ends
    if first is None:
        return {}
    lacking = queries.uncounted(days, first, last)
    if not lacking:
        return _sums(rows.filter(date__gte=first, date__lte=last), key, currency)
    begin, end = lacking[0], lacking[-1]
    found: dict[int, Tally] = defaultdict(Tally)
    if begin > first or end < last:
        kept = Q(date__gte=first, date__lt=begin) | Q(date__gt=end, date__lte=last)
        found.update(_sums(rows.filter(kept), key, currency))
    counted = courses.sums(begin, end)
    owners = courses.owners(counted) if key == "instructor" else {}
    for number, tally in counted.items():
        found[owners.get(number, number)].add(tally)
    return dict(found)


def _sums(rows: Any, key: str, currency: str) -> dict[int, Tally]:
    minor = Coalesce(Sum(Cast(KT(f"revenue__{currency}"), BigIntegerField())), 0)
    found = (
        rows.filter(timeframe=Timeframe.DAILY)
        .values_list(key)
        .annotate(Sum("enrollments"), Sum("completions"), minor=minor)
        .order_by()
    )
    return {
        number: Tally(enrollments=enrolled, completions=completed, revenue={currency: int(minor)})
        for number, enrolled, completed, minor in found
    }


def _first(sums: dict[int, Tally], order: Order, currency: str, limit: int) -> list[int]:
    """Return those of whom there is anything, the most first; of equal ones the older."""

    def value(tally: Tally) -> int:
        return tally.enrollments if order is Order.ENROLLMENTS else tally.revenue.get(currency, 0)

    some = [(number, value(tally)) for number, tally in sums.items() if value(tally) > 0]
    return [number for number, _value in sorted(some, key=lambda one: (-one[1], one[0]))[:limit]]


def _best_rated(limit: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, k.reviews, k.stars FROM stats_coursecounter k JOIN library_course c ON c.uuid = k.course"
            " WHERE k.reviews > 0"
        )
        found = {number: (int(reviews), int(stars)) for number, reviews, stars in cursor.fetchall()}
    return _ordered_by_rating(found, limit)


def _ordered_by_rating(found: Mapping[int, tuple[int, ...]], limit: int) -> list[int]:
    """Order by the average with ten reviews of everybody's average added, so that one review does not lead."""
    rated = {number: (reviews, stars) for number, (reviews, stars) in found.items() if reviews}
    reviews_of_all = sum(reviews for reviews, _stars in rated.values())
    mean = sum(stars for _reviews, stars in rated.values()) / reviews_of_all if reviews_of_all else 0.0

    def weight(number: int) -> float:
        reviews, stars = rated[number]
        return (PRIOR_REVIEWS * mean + stars) / (PRIOR_REVIEWS + reviews)

    return sorted(rated, key=lambda number: (-weight(number), number))[:limit]


def _standing(owners: Iterable[int] | None) -> dict[int, tuple[User, int, int, int]]:
    """Return some instructors, or all, with how many courses they have published, reviews and stars. One query."""
    where, params = "", []
    if owners is not None:
        params = list(owners)
        if not params:
            return {}
        where = f" WHERE c.owner_id IN ({', '.join(['%s'] * len(params))})"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT u.id, u.uuid, u.username, u.first_name, u.last_name,"
            " SUM(CASE WHEN c.status = 'published' THEN 1 ELSE 0 END), COALESCE(SUM(k.reviews), 0), COALESCE(SUM(k.stars), 0)"
            " FROM library_course c JOIN accounts_user u ON u.id = c.owner_id"
            f" LEFT JOIN stats_coursecounter k ON k.course = c.uuid{where}"
            " GROUP BY u.id, u.uuid, u.username, u.first_name, u.last_name",
            params,
        )
        rows = cursor.fetchall()
    return {
        owner: (
            User(pk=owner, uuid=UUID(str(uuid)), username=name, first_name=first, last_name=last),
            int(published),
            int(reviews),
            int(stars),
        )
        for owner, uuid, name, first, last, published, reviews, stars in rows
    }
