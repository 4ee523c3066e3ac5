"""What the pages of learners show, gathered in a bounded number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.requests import ActorRequest
from library import pages as items
from library import prose
from library.discussions import pages as discussions
from library.learning import covers, progress
from library.learning.models import Certificate, Course, Enrolment, EnrolmentState, Lesson, LessonKind, LessonOpened
from library.learning.progress import Progress
from library.learning.reading import BEAT_S
from library.learning.taking.entering import Place
from library.quizzes import pages as quizzes
from stats import history

SHOWN = {
    "running": _("In progress"),
    "completed": _("Completed"),
    "requested": _("Requested"),
}


@dataclass(frozen=True, slots=True)
class Card:
    """A course that somebody takes, as it stands among the own courses."""

    enrolment: Enrolment
    progress: Progress
    certificate: Certificate | None

    @property
    def cover_url(self) -> str:
        """The course's picture, '' if it has none."""
        return covers.url(self.enrolment.course)

    @property
    def url(self) -> str:
        """Where to go on: the lesson that comes next, else the course."""
        if self.enrolment.state != EnrolmentState.ACTIVE:
            return reverse("learning:course", args=[self.enrolment.course.slug])
        return _next_url(self.enrolment.course, self.progress)


@dataclass(frozen=True, slots=True)
class Current:
    """The course that somebody is in the middle of."""

    course: Course
    progress: Progress

    @property
    def url(self) -> str:
        """Where to go on."""
        return _next_url(self.course, self.progress)


def _next_url(course: Course, far: Progress) -> str:
    if far.next_lesson is None:
        return reverse("learning:course", args=[course.slug])
    return reverse("learning:lesson", args=[course.slug, far.next_lesson.uuid])


def lesson_context(request: ActorRequest, place: Place) -> dict[str, Any]:
    """Return what a lesson's page needs. One query for the discussions, one for a film, six for a quiz."""
    lesson = place.lesson
    context = parts_context(request, place)
    if lesson.text:
        context["text"] = prose.rendered(lesson.text)
    if lesson.kind == LessonKind.TEXT:
        context["beat_s"] = BEAT_S
    if lesson.kind == LessonKind.VIDEO and lesson.video and lesson.video.media.file:
        address = [place.course.slug, lesson.uuid]
        context |= {
            "file_url": reverse("learning:lesson-file", args=address),
            "poster_url": reverse("learning:lesson-poster", args=address),
            "media": lesson.video.media,
            "play": items.play_data(lesson.item, history.resume(request.actor.id, lesson.item_id), "direct"),
        }
    if place.enrolment or place.teaches:
        context |= discussions.panel_context(request, place.course, lesson, may_talk=True)
    if lesson.kind == LessonKind.QUIZ:
        context |= quizzes.lesson_context(request, lesson, place.enrolment)
    return context


def parts_context(request: ActorRequest, place: Place) -> dict[str, Any]:
    """Return what changes on a lesson's page while somebody is there. No query."""
    certificate = getattr(place.enrolment, "certificate", None) if is_finished(place) else None
    return {
        "place": place,
        "lesson": place.lesson,
        "course": place.course,
        "outline": place.parts,
        "fact": place.fact,
        "is_done": place.step.is_done,
        "certificate": certificate,
        "is_counted": is_counted(request),
        "next_open": next((step for step in place.steps if step.url and not step.is_done), None),
    }


def is_counted(request: ActorRequest) -> bool:
    """Whether what somebody plays and reads here stands in the statistics; where not, it is measured for the course alone."""
    return settings.ENABLE_USER_ANALYTICS and not request.opted_out


def is_finished(place: Place) -> bool:
    """Whether the person has completed the course."""
    return place.enrolment is not None and place.enrolment.completed_at is not None


def enrolments(user: User, shown: str) -> QuerySet[Enrolment]:
    """Return the courses of `user` that are `shown`, one of SHOWN: the latest first."""
    rows = Enrolment.objects.filter(user=user).select_related("course__owner", "last_lesson", "certificate")
    if shown == "requested":
        return rows.filter(state=EnrolmentState.REQUESTED).order_by("-requested_at", "-pk")
    rows = rows.filter(state=EnrolmentState.ACTIVE)
    if shown == "completed":
        return rows.filter(completed_at__isnull=False).order_by("-completed_at", "-pk")
    return rows.filter(completed_at=None).order_by("-enrolled_at", "-pk")


def cards(user: User, rows: Iterable[Enrolment]) -> list[Card]:
    """Return enrolments with how far `user` is in each. One query."""
    found = list(rows)
    far = progress.of_courses(user, [row.course for row in found])
    return [Card(row, far[row.course_id], getattr(row, "certificate", None)) for row in found]


def current(user: User) -> Current | None:
    """Return the course that `user` is in the middle of: where a lesson was opened last, else begun last. One query."""
    opened = LessonOpened.objects.filter(user=user, lesson__section__course=OuterRef("course")).order_by("-opened_at")
    rows = enrolments(user, "running").annotate(opened_at=Subquery(opened.values("opened_at")[:1]))
    found = progress.of_enrolment(user, rows.order_by(Coalesce("opened_at", "enrolled_at").desc(), "-pk"))
    return Current(*found) if found else None


def certificate_context(request: HttpRequest, certificate: Certificate) -> dict[str, Any]:
    """Return what the page of a certificate shows. Two queries."""
    course = certificate.enrolment.course
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None)
    durations = list(lessons.values_list("item__duration_ms", flat=True))
    return {
        "certificate": certificate,
        "course": course,
        "lessons": len(durations),
        "duration_ms": sum(duration or 0 for duration in durations),
        "link": request.build_absolute_uri(),
        "is_own": request.user.pk == certificate.enrolment.user_id,
    }
