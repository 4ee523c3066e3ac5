"""What somebody has completed: lessons by the facts, courses by their lessons.

Nobody's word counts. A video is complete once 85 % of it was really played (`stats.watching`), a text once it was read
as far for long enough (`library.learning.reading`), a quiz once it is passed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.models import User
from library.learning import certificates, facts
from library.learning.facts import Fact
from library.learning.models import (
    Course,
    Enrolment,
    EnrolmentState,
    Lesson,
    LessonDone,
    LessonOpened,
)
from library.people import notifications
from stats import ledger
from stats.actors import user_actor
from stats.fresh import Effect
from stats.ids import derived
from stats.kinds import Kind


@dataclass(frozen=True, slots=True)
class Progress:
    """How far somebody is in a course: numbers of the lessons that are done, among those that it has now."""

    done: frozenset[int]
    total: int
    next_lesson: Lesson | None

    @property
    def percent(self) -> int:
        """How much is done; 100 only if all is."""
        return 100 * len(self.done) // self.total if self.total else 0

    @property
    def left(self) -> int:
        """How many lessons are left."""
        return self.total - len(self.done)


def of(user: Any, course: Course) -> Progress:
    """Return how far `user` is in a course. One query."""
    return of_courses(user, [course])[course.pk]


def of_courses(user: Any, courses: Iterable[Course]) -> dict[int, Progress]:
    """Return how far `user` is in each course, by its number. One query."""
    lessons: dict[int, list[Any]] = {course.pk: [] for course in courses}
    for lesson in _lessons(user).filter(section__course__in=list(lessons)):
        lessons[lesson.section.course_id].append(lesson)
    return {pk: _progress(found) for pk, found in lessons.items()}


def of_enrolment(user: User, enrolment: QuerySet[Enrolment]) -> tuple[Course, Progress] | None:
    """Return the course of an enrolment, and how far `user` is in it; None for none, or no lesson. One query."""
    lessons: list[Any] = list(_lessons(user).filter(section__course=Subquery(enrolment.values("course")[:1])))
    return (lessons[0].section.course, _progress(lessons)) if lessons else None


def opened(user: User, lesson: Lesson) -> None:
    """Note that the lesson is handed out to `user`, which counts the first time. One query."""
    LessonOpened.objects.bulk_create([LessonOpened(user=user, lesson=lesson)], ignore_conflicts=True)


def check(user: User, lesson: Lesson, *, now: datetime | None = None, effects: list[Effect] | None = None) -> Fact:
    """Look at the facts, complete the lesson if they suffice, and return them. Opens a recording only then.

    Of who is not enrolled nothing is completed. What it did to people is added to `effects`.
    """
    now = now or timezone.now()
    fact = facts.of(user, lesson, now)
    if fact.is_enough and not fact.is_done:
        with ledger.recording() as done:
            completed(user, lesson, at=now)
        if effects is not None:
            effects += done.effects
    return fact


def completed(user: User, lesson: Lesson, *, at: datetime) -> bool:
    """Write down that `user` completed a lesson, and with the last one the course. Returns whether that is new.

    Takes no recording of its own: it belongs inside the caller's. Again, or by who is not enrolled, it changes nothing.
    """
    course = lesson.section.course
    # the lock lets of two last lessons, completed at once, the second see the first
    enrolments = Enrolment.objects.select_for_update().filter(user=user, course=course, state=EnrolmentState.ACTIVE)
    enrolment = enrolments.first()
    if enrolment is None or LessonDone.objects.filter(user=user, lesson=lesson).exists():
        return False
    LessonDone.objects.create(user=user, lesson=lesson, completed_at=at)
    ledger.record(
        Kind.LESSON_COMPLETED,
        user_actor(user.uuid),
        item=lesson.item,
        occurred_at=at,
        event_id=derived(Kind.LESSON_COMPLETED, user.uuid, lesson.uuid),
        course=str(course.uuid),
    )
    _finish(user, course, enrolment, at)
    return True


def settle(enrolment: Enrolment, *, at: datetime | None = None, effects: list[Effect] | None = None) -> bool:
    """Complete the course of who has done all its lessons, as when the last one was taken out. Whether that is new.

    What it did to people is added to `effects`.
    """
    if enrolment.completed_at or enrolment.state != EnrolmentState.ACTIVE:
        return False
    with ledger.recording() as done:
        locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
        is_new = _finish(enrolment.user, enrolment.course, locked, at or timezone.now())
    if effects is not None:
        effects += done.effects
    return is_new


def sweep(*, now: datetime | None = None) -> int:
    """Complete what the facts say and no page has noticed. Returns how many lessons and courses that were."""
    now = now or timezone.now()
    found = 0
    for opening in list(facts.unnoticed(now)):
        before = facts.of(opening.user, opening.lesson, now)
        if before.is_enough and not before.is_done:
            with ledger.recording():
                found += completed(opening.user, opening.lesson, at=now)
    for enrolment in list(_finished_unnoticed()):
        found += settle(enrolment, at=now)
    return found


def _lessons(user: Any) -> QuerySet[Any]:
    """Return the lessons in order, each with whether `user` has completed it as `is_done`."""
    rows = Lesson.objects.filter(deleted_at=None).select_related("section__course", "item").defer("text")
    rows = rows.annotate(is_done=Exists(LessonDone.objects.filter(user=user.pk, lesson=OuterRef("pk"))))
    return rows.order_by("section__position", "section", "position", "id")


def _progress(lessons: Sequence[Any]) -> Progress:
    todo = (lesson for lesson in lessons if not lesson.is_done)
    return Progress(frozenset(lesson.pk for lesson in lessons if lesson.is_done), len(lessons), next(todo, None))


def _finish(user: User, course: Course, enrolment: Enrolment, at: datetime) -> bool:
    """Complete the course if no lesson is left. The enrolment is locked."""
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None)
    left = lessons.exclude(done__user=user)
    if enrolment.completed_at or left.exists() or not lessons.exists():
        return False
    enrolment.completed_at = at
    enrolment.save(update_fields=["completed_at"])
    ledger.record(
        Kind.COURSE_COMPLETED,
        user_actor(user.uuid),
        occurred_at=at,
        event_id=derived(Kind.COURSE_COMPLETED, user.uuid, course.uuid),
        course=str(course.uuid),
    )
    certificate = certificates.issue(enrolment, course, user, at)
    address = reverse("learning:certificate", args=[certificate.uuid]) if certificate else ""
    notifications.notify(
        "course",
        [user],
        by=None,
        title=gettext_noop("You completed “%(course)s”"),
        words={"course": course.title},
        address=address or reverse("learning:course", args=[course.slug]),
        cause=f"course-completed {enrolment.uuid}",
    )
    return True


def _finished_unnoticed() -> QuerySet[Enrolment]:
    """Return those who have done lessons of a course and have none left, but did not complete it."""
    lessons = Lesson.objects.filter(section__course=OuterRef("course"), deleted_at=None)
    of_user = LessonDone.objects.filter(user=OuterRef(OuterRef("user")), lesson=OuterRef("pk"))
    running = Enrolment.objects.filter(state=EnrolmentState.ACTIVE, completed_at=None)
    return (
        running.filter(Exists(lessons.filter(Exists(of_user))))
        .exclude(Exists(lessons.exclude(Exists(of_user))))
        .select_related("user", "course")
        .order_by("pk")
    )
