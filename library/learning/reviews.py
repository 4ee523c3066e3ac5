"""What people who take a course think of it: one review each, with stars, changed and taken away as they like."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, staffing
from accounts.models import User
from library.learning import access
from library.learning.building import Refused
from library.learning.enrolling import teachers_of
from library.learning.models import Course, Review
from library.people import notifications
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind

MOST_STARS = 5


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many reviews have five stars, four, … one, and what they come to."""

    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """How many reviews there are."""
        return sum(self.counts)

    @property
    def average(self) -> float | None:
        """The mean, None without a review."""
        stars = sum(count * (MOST_STARS - place) for place, count in enumerate(self.counts))
        return stars / self.total if self.total else None

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """Stars, reviews and percent, five stars first."""
        return [
            (MOST_STARS - place, count, round(100 * count / self.total) if self.total else 0)
            for place, count in enumerate(self.counts)
        ]


def of(course: Course) -> QuerySet[Review]:
    """Return the reviews of a course, newest first."""
    return Review.objects.filter(course=course).select_related("author").order_by("-created_at", "-id")


def own(user: Any, course: Course) -> Review | None:
    """Return what `user` wrote about a course. One query, none for nobody."""
    return Review.objects.filter(course=course, author=user).first() if user.pk else None


def histogram(course: Course) -> Histogram:
    """Return how many reviews have how many stars. One query."""
    counts = dict(Review.objects.filter(course=course).values_list("stars").annotate(Count("pk")))
    return Histogram(tuple(counts.get(stars, 0) for stars in range(MOST_STARS, 0, -1)))


def write(user: User, course: Course, stars: int, text: str = "", *, at: datetime | None = None) -> tuple[Review, bool]:
    """Write what `user` thinks, or write it anew, now or as of `at`. Returns it and whether it is the first.

    Raises Refused `own_course`, and `not_enrolled` for who does not take the course.
    """
    if user.pk == course.owner_id or course.teachers.filter(user=user).exists():
        raise Refused("own_course", _("You teach this course, so others review it."))
    if access.enrolment_of(user, course) is None:
        raise Refused("not_enrolled", _("Only people who take this course review it."))
    with ledger.recording():
        review, is_new = Review.objects.update_or_create(
            course=course,
            author=user,
            defaults={"stars": stars, "text": text},
            create_defaults={"stars": stars, "text": text, "created_at": at or timezone.now()},
        )
        # the time is taken while the row is locked, so that row and log agree on which of two was the last
        ledger.record(
            Kind.REVIEW,
            user_actor(user.uuid),
            occurred_at=at or timezone.now(),
            stars=stars,
            course=str(course.uuid),
        )
        if is_new:
            notifications.notify(
                "review",
                teachers_of(course),
                by=user,
                title=gettext_noop("%(name)s reviewed “%(course)s”"),
                words={"name": user.display_name, "course": course.title},
                address=f"{reverse('learning:course', args=[course.slug])}#reviews",
                cause=f"review {course.uuid} {user.uuid}",
            )
    return review, is_new


def is_deletable(review: Review, user: Any) -> bool:
    """Whether `user` may take the review away: who wrote it, and staff."""
    return bool(user.pk and (staffing.runs_content(user) or user.pk == review.author_id))


def delete(review: Review, by: User) -> None:
    """Take a review away. Again, it changes nothing. The event is in the name of who wrote it, as the review was."""
    with ledger.recording():
        if Review.objects.filter(pk=review.pk).delete()[0]:
            ledger.record(Kind.REVIEW_DELETED, user_actor(review.author.uuid), course=str(review.course.uuid))
            said = {"stars": review.stars}
            audit.note_over(by, "review.removed", review.course, review.author_id, said, person=review.author)
