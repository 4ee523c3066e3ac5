"""A course as a list of its sections and lessons, as one person finds it: what is done, what is open, what is not yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from library.learning import access
from library.learning.models import Course, Enrolment, Lesson, LessonDone, Section, Status

ENROL, LATER, ORDER = "enrol", "later", "order"


@dataclass(frozen=True, slots=True)
class Step:
    """A lesson in the outline. `lock` says why it cannot be opened: `enrol`, `later` or `order`; '' if it can."""

    lesson: Lesson
    is_done: bool
    lock: str
    opens_at: datetime | None
    url: str
    is_current: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it may be opened now."""
        return not self.lock


@dataclass(frozen=True, slots=True)
class Part:
    """A section in the outline; `opens_at` is when it opens to this person, None if it has."""

    section: Section
    opens_at: datetime | None
    steps: list[Step] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many of its lessons are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def duration_ms(self) -> int:
        """How long all its lessons take together, as far as that is known."""
        return sum(step.lesson.item.duration_ms or 0 for step in self.steps)

    @property
    def has_current(self) -> bool:
        """Whether the lesson that is shown is one of its."""
        return any(step.is_current for step in self.steps)


def of(
    course: Course,
    user: Any,
    enrolment: Enrolment | None,
    *,
    current: Lesson | None = None,
    now: datetime | None = None,
) -> list[Part]:
    """Return the outline of a course as `user` finds it, who is enrolled as `enrolment` says. Three or four queries."""
    lessons = lessons_of(course)
    done = done_by(user, lessons)
    return arranged(
        lessons,
        done=done,
        enrolment=enrolment,
        teaches=access.teaches(user, course),
        current=current,
        now=now or timezone.now(),
    )


def lessons_of(course: Course) -> list[Lesson]:
    """Return the lessons of a course in their order, each with its section, course and item, without their texts. One query."""
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None)
    lessons = lessons.select_related("section", "item").defer("text")
    rows = list(lessons.order_by("section__position", "section", "position", "id"))
    for lesson in rows:
        lesson.section.course = course
    return rows


def done_by(user: Any, lessons: Iterable[Lesson]) -> frozenset[int]:
    """Return which of the lessons `user` has completed. One query, none for nobody."""
    if not user.pk:
        return frozenset()
    rows = LessonDone.objects.filter(user=user, lesson__in=[lesson.pk for lesson in lessons])
    return frozenset(rows.values_list("lesson_id", flat=True))


def arranged(
    lessons: Iterable[Lesson],
    *,
    done: frozenset[int],
    enrolment: Enrolment | None,
    teaches: bool,
    current: Lesson | None = None,
    now: datetime,
) -> list[Part]:
    """Put lessons in their order into their sections, and say which are open. No query."""
    parts: list[Part] = []
    waits = False
    for lesson in lessons:
        section, course = lesson.section, lesson.section.course
        if not parts or parts[-1].section.pk != section.pk:
            parts.append(Part(section, opens_at(section, enrolment, now)))
        is_free = teaches or lesson.pk in done or (lesson.is_preview and course.status == Status.PUBLISHED)
        lock = "" if is_free else _lock(parts[-1], enrolment, waits)
        parts[-1].steps.append(
            Step(
                lesson=lesson,
                is_done=lesson.pk in done,
                lock=lock,
                opens_at=parts[-1].opens_at if lock == LATER else None,
                url="" if lock else reverse("learning:lesson", args=[course.slug, lesson.uuid]),
                is_current=current is not None and lesson.pk == current.pk,
            )
        )
        waits = waits or (course.is_sequential and lesson.pk not in done)
    return parts


def opens_at(section: Section, enrolment: Enrolment | None, now: datetime) -> datetime | None:
    """Return when a section opens to who is enrolled, or would today; None if it is open."""
    since = (enrolment and enrolment.enrolled_at) or now
    opens = since + timedelta(days=section.opens_after_days)
    if section.opens_at is not None:
        opens = max(opens, section.opens_at)
    return opens if opens > now else None


def _lock(part: Part, enrolment: Enrolment | None, waits: bool) -> str:
    if enrolment is None:
        return ENROL
    if part.opens_at is not None:
        return LATER
    return ORDER if waits else ""
