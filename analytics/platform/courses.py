"""What happened in courses, and in their teachers' courses, between two site days: counted from events and ledger."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Case, Count, F, Q, Sum, Value, When

from accounts.models import SIGNED_MINOR, Payment, Product
from analytics.platform.members import after
from library.learning.models import Course
from stats.fields import to_micros
from stats.kinds import Kind
from stats.models import Action, CourseMember
from stats.windows import midnight

US_PER_S = 1_000_000

# A course's id in an event is as whoever sent it wrote it; comparing texts asks no database to read a wrong one as an id.
_SAME = "LOWER(REPLACE(a.label, '-', '')) = REPLACE(CAST(c.uuid AS text), '-', '')"
_LEARNED = f"""
    SELECT s.course_id AS course, p.actor FROM library_lesson l JOIN library_section s ON s.id = l.section_id
        JOIN stats_play p ON p.item_id = l.item_id
    WHERE p.day >= %s AND p.day <= %s AND p.actor_type <> 'a'
    UNION SELECT c.id, a.actor FROM stats_action a JOIN library_course c ON {_SAME}
    WHERE a.at >= %s AND a.at < %s AND a.kind IN ('lesson_completed', 'quiz_completed') AND a.actor_type <> 'a'
"""
_LEARNERS = f"SELECT course, COUNT(DISTINCT actor) FROM ({_LEARNED}) learned GROUP BY course"
_STUDENTS = f"""
SELECT c.owner_id, COUNT(DISTINCT actor) FROM ({_LEARNED}) learned JOIN library_course c ON c.id = learned.course
GROUP BY c.owner_id
"""


@dataclass(slots=True)
class Tally:
    """What happened in one course, or in all of one person's, in a period. Fields as in `analytics.platform.models`."""

    enrollments: int = 0
    completions: int = 0
    completion_seconds: int = 0
    reviews: int = 0
    stars: int = 0
    revenue: dict[str, int] = field(default_factory=dict)
    learners: int = 0

    def add(self, other: "Tally") -> None:
        """Add another's, except learners: the same person may learn in both."""
        for name in ("enrollments", "completions", "completion_seconds", "reviews", "stars"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for currency, minor in other.revenue.items():
            self.revenue[currency] = self.revenue.get(currency, 0) + minor


def sums(first: date, last: date) -> dict[int, Tally]:
    """Return of each course what adds up over site days: enrolments, completions, revenue. Three queries."""
    return _sums(first, last, dict(Course.objects.values_list("uuid", "pk")))


def courses(first: date, last: date) -> dict[int, Tally]:
    """Return what happened in each course on these site days, by the course's number; nothing for the others. Five
    queries.
    """
    numbers = dict(Course.objects.values_list("uuid", "pk"))
    found = _sums(first, last, numbers)
    by_text = {uuid.hex: number for uuid, number in numbers.items()}
    for (_actor, course), stars in _last_words(first, last).items():
        if stars and course in by_text:
            found[by_text[course]].reviews += 1
            found[by_text[course]].stars += stars
    for number, people in _people(_LEARNERS, first, last).items():
        found[number].learners = people
    return dict(found)


def instructors(first: date, last: date, of_courses: dict[int, Tally]) -> dict[int, Tally]:
    """Return the same of each person's courses together, by the person's number, from what `courses` told. Two queries."""
    whose = owners(of_courses)
    found: dict[int, Tally] = defaultdict(Tally)
    for number, tally in of_courses.items():
        found[whose[number]].add(tally)
    for owner, people in _people(_STUDENTS, first, last).items():
        found[owner].learners = people
    return dict(found)


def owners(numbers: Iterable[int]) -> dict[int, int]:
    """Return whose courses these are. One query, none for no courses."""
    wanted = list(numbers)
    return dict(Course.objects.filter(pk__in=wanted).values_list("pk", "owner_id")) if wanted else {}


def published(owners: Iterable[int], last: date) -> dict[int, int]:
    """Return how many courses of these people were published by the end of a site day. One query."""
    rows = Course.objects.filter(owner__in=owners, published_at__lt=after(last)).exclude(status="draft")
    return dict(rows.values_list("owner_id").annotate(Count("pk")).order_by())


def _sums(first: date, last: date, numbers: dict[Any, int]) -> dict[int, Tally]:
    found: dict[int, Tally] = defaultdict(Tally)
    for uuid, enrolled, completed, seconds in _members(first, last):
        if uuid in numbers:
            tally = found[numbers[uuid]]
            tally.enrollments, tally.completions, tally.completion_seconds = enrolled, completed, seconds
    for uuid, currency, minor in _revenue(first, last):
        if uuid in numbers:
            found[numbers[uuid]].revenue[currency] = minor
    return found


def _members(first: date, last: date) -> Iterable[tuple[Any, int, int, int]]:
    start, end = midnight(first, settings.TIME_ZONE), after(last)
    enrolled = Q(enrolled_at__gte=start, enrolled_at__lt=end)
    completed = Q(completed_at__gte=start, completed_at__lt=end)
    took = Case(
        When(
            completed & Q(enrolled_at__lte=F("completed_at")),
            then=F("completed_at") - F("enrolled_at"),
        ),
        default=Value(0),
        output_field=BigIntegerField(),
    )
    rows = (
        CourseMember.objects.filter(enrolled | completed)
        .values("course")
        .annotate(
            new=Count("actor", filter=enrolled),
            done=Count("actor", filter=completed),
            us=Sum(took, output_field=BigIntegerField()),
        )
        .order_by()
    )
    return [(row["course"], row["new"], row["done"], int(row["us"] or 0) // US_PER_S) for row in rows]


def _revenue(first: date, last: date) -> Iterable[tuple[Any, str, int]]:
    rows = Payment.objects.filter(
        product=Product.COURSE,
        course__isnull=False,
        at__gte=midnight(first, settings.TIME_ZONE),
        at__lt=after(last),
    )
    return rows.values_list("course", "currency").annotate(minor=Sum(SIGNED_MINOR)).order_by()


def _last_words(first: date, last: date) -> dict[tuple[Any, str], int]:
    """Return the stars of each person's last word of these days on each course, 0 where the review was taken away."""
    rows = (
        Action.objects.filter(
            at__gte=midnight(first, settings.TIME_ZONE),
            at__lt=after(last),
            kind__in=(Kind.REVIEW.value, Kind.REVIEW_DELETED.value),
            label__isnull=False,
        )
        .order_by("at", "event_id")
        .values_list("actor", "label", "kind", "amount")
    )
    words: dict[tuple[Any, str], int] = {}
    for actor, label, kind, stars in rows.iterator(chunk_size=2000):
        course = (label or "").replace("-", "").lower()
        words[actor, course] = stars or 0 if kind == Kind.REVIEW.value else 0
    return words


def _people(sql: str, first: date, last: date) -> dict[int, int]:
    start, end = to_micros(midnight(first, settings.TIME_ZONE)), to_micros(after(last))
    with connection.cursor() as cursor:
        cursor.execute(sql, [first.isoformat(), last.isoformat(), start, end])
        return dict(cursor.fetchall())
