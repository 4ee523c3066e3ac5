"""Courses as they stand in lists: found, filtered, ordered, with their numbers."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, FloatField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from library.learning import covers, progress
from library.learning.models import Course, Lesson, Level, Status
from library.learning.prices import written_price
from library.learning.progress import Progress
from stats import queries as numbers
from stats.models import CourseCounter
from stats.queries import CourseCounts

MAX_SEARCH = 200
MAX_WORDS = 8
ORDERS = {"new": _("Newest"), "popular": _("Most taken"), "rated": _("Best rated"), "price": _("Cheapest")}
PRICES = {"free": _("Free"), "paid": _("With a price")}
RATINGS = {"4": _("4 stars and more"), "3": _("3 stars and more")}
# As many reviews of three stars are taken for granted, so that one of five stars does not lead the list
PRIOR_REVIEWS, PRIOR_STARS = 3, 9


@dataclass(frozen=True, slots=True)
class Contents:
    """How much there is in a course."""

    lessons: int = 0
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Card:
    """A course as it stands in a list.

    `progress` is that of who looks, None for who does not take it; `waiting` is told to who teaches it alone.
    """

    course: Course
    contents: Contents
    counts: CourseCounts
    cover_url: str
    price: str
    progress: Progress | None = None
    waiting: int = 0


def found(
    courses: QuerySet[Course],
    text: str = "",
    *,
    category: str = "",
    level: str = "",
    price: str = "",
    rating: str = "",
    order: str = "new",
) -> QuerySet[Course]:
    """Return those of `courses` that have every word of `text` in title, subtitle, outcomes or instructor."""
    for word in text[:MAX_SEARCH].split()[:MAX_WORDS]:
        named = Q(owner__username__icontains=word) | Q(owner__first_name__icontains=word)
        named |= Q(owner__last_name__icontains=word)
        said = Q(title__icontains=word) | Q(subtitle__icontains=word) | Q(outcomes__icontains=word)
        courses = courses.filter(said | named)
    if category:
        courses = courses.filter(category=category)
    if level:
        courses = courses.filter(level__in=[level, Level.ALL])
    if price:
        courses = courses.filter(price_minor=0) if price == "free" else courses.filter(price_minor__gt=0)
    if rating:
        courses = courses.annotate(rating=_average(0, 0)).filter(rating__gte=int(rating))
    return _ordered(courses, order)


def listed() -> QuerySet[Course]:
    """Return the courses that everybody finds."""
    return Course.objects.filter(status=Status.PUBLISHED).select_related("owner")


def cards(courses: Iterable[Course], user: Any = None) -> list[Card]:
    """Return courses as they stand in a list, with how far `user` is. Two queries, two more for a member."""
    rows = list(courses)
    inside = contents_of(rows)
    counts = numbers.course_counts(row.uuid for row in rows)
    taken = progress.of_courses(user, _taken(user, rows)) if user is not None and user.pk else {}
    return [
        Card(
            row,
            inside.get(row.pk, Contents()),
            counts[row.uuid],
            covers.url(row),
            written_price(row.price_minor, row.currency),
            taken.get(row.pk),
        )
        for row in rows
    ]


def contents_of(courses: Iterable[Course]) -> dict[int, Contents]:
    """Return how much there is in each course that has lessons. One query."""
    lessons = Lesson.objects.filter(section__course__in=[one.pk for one in courses], deleted_at=None)
    sums = lessons.values_list("section__course").annotate(Count("pk"), Sum("item__duration_ms")).order_by()
    return {course: Contents(count, duration or 0) for course, count, duration in sums}


def _taken(user: Any, courses: list[Course]) -> list[Course]:
    ids = {one.pk for one in courses}
    taken = set(user.enrolments.filter(course__in=ids, state="active").values_list("course", flat=True))
    return [one for one in courses if one.pk in taken]


def _ordered(courses: QuerySet[Course], order: str) -> QuerySet[Course]:
    newest = (F("published_at").desc(nulls_last=True), "-id")
    if order == "popular":
        return courses.annotate(enrolled=_counted("enrolled")).order_by("-enrolled", *newest)
    if order == "rated":
        return courses.annotate(score=_average(PRIOR_REVIEWS, PRIOR_STARS)).order_by("-score", *newest)
    if order == "price":
        return courses.order_by("price_minor", *newest)
    return courses.order_by(*newest)


def _counted(name: str) -> Any:
    return Coalesce(Subquery(CourseCounter.objects.filter(course=OuterRef("uuid")).values(name)), Value(0))


def _average(reviews: int, stars: int) -> Any:
    """Return the mean stars of a course's reviews and these."""
    counters = CourseCounter.objects.filter(course=OuterRef("uuid"), reviews__gt=0)
    mean = Cast(F("stars") + stars, FloatField()) / (F("reviews") + reviews)
    nothing = stars / reviews if reviews else 0.0
    return Coalesce(Subquery(counters.annotate(mean=mean).values("mean")), Value(nothing))
