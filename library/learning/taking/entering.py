"""Who stands where: a lesson, its course, and what the person who asks for it may do there."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone

from library.learning import access, facts, outline, progress
from library.learning.facts import Fact
from library.learning.models import Course, Enrolment, Lesson, LessonKind, Status
from library.learning.outline import Part, Step
from stats.fresh import Effect


@dataclass(frozen=True, slots=True)
class Place:
    """A lesson as one person finds it. `fact` is None for who is not known to the site.

    `effects` are what it did to people that the facts completed it just now.
    """

    lesson: Lesson
    course: Course
    enrolment: Enrolment | None
    teaches: bool
    parts: list[Part]
    fact: Fact | None
    effects: list[Effect] = field(default_factory=list)

    @property
    def steps(self) -> list[Step]:
        """All lessons of the course in their order."""
        return [step for part in self.parts for step in part.steps]

    @property
    def step(self) -> Step:
        """The lesson as it stands in the outline."""
        return next(step for step in self.steps if step.is_current)

    @property
    def index(self) -> int:
        """Which lesson of the course it is, from 0."""
        return self.steps.index(self.step)

    @property
    def before(self) -> Step | None:
        """The lesson before."""
        return self.steps[self.index - 1] if self.index else None

    @property
    def after(self) -> Step | None:
        """The next lesson."""
        return self.steps[self.index + 1] if self.index + 1 < len(self.steps) else None

    @property
    def done(self) -> int:
        """How many lessons of the course are done."""
        return sum(step.is_done for step in self.steps)

    @property
    def percent(self) -> int:
        """How much of the course is done."""
        return 100 * self.done // len(self.steps)

    @property
    def is_measured(self) -> bool:
        """Whether what the person does here completes the lesson, now or once they are enrolled."""
        return self.fact is not None and (self.enrolment is not None or not self.teaches)


def enter(user: Any, uuid: UUID, slug: str | None = None) -> Place:
    """Return a lesson as `user` finds it, completing it and the course if the facts say so. At most eight queries.

    Raises Http404 where there is no such lesson, or its course is nothing that `user` may look at.
    """
    lesson = _lesson(uuid, slug)
    course = lesson.section.course
    teaches, enrolment = access.teaches(user, course), access.enrolment_of(user, course)
    if not (teaches or enrolment or course.status == Status.PUBLISHED):
        raise Http404
    now = timezone.now()
    fact, effects = None, list[Effect]()
    if user.pk:
        fact = progress.check(user, lesson, now=now, effects=effects) if enrolment else facts.of(user, lesson, now)
        if enrolment and fact.is_enough and not fact.is_done:
            enrolment.refresh_from_db()  # with the last lesson the course was completed
    lessons = outline.lessons_of(course)
    done = outline.done_by(user, lessons) if enrolment else frozenset()
    parts = outline.arranged(lessons, done=done, enrolment=enrolment, teaches=teaches, current=lesson, now=now)
    return Place(lesson, course, enrolment, teaches, parts, fact, effects)


def opened_by(user: Any, uuid: UUID, slug: str | None = None) -> Lesson:
    """Return a lesson that `user` may open now. Five queries at most. Raises Http404 for any other."""
    lesson = _lesson(uuid, slug)
    if not access.may_open(user, lesson.item_id):
        raise Http404
    return lesson


def settle(user: Any, place: Place) -> bool:
    """Note that a film is handed out to `user`, who is here now; complete the course if nothing is left of it.

    Returns whether that completed the course. Two queries at most, unless it did.
    """
    is_film = place.lesson.kind == LessonKind.VIDEO
    if is_film and place.is_measured and place.fact and not (place.fact.is_done or place.fact.opened_at):
        progress.opened(user, place.lesson)
    enrolment = place.enrolment
    if enrolment is None:
        return False
    if enrolment.last_lesson_id != place.lesson.pk:
        Enrolment.objects.filter(pk=enrolment.pk).update(last_lesson=place.lesson)
    return place.done == len(place.steps) and progress.settle(enrolment)


def _lesson(uuid: UUID, slug: str | None) -> Lesson:
    lessons = Lesson.objects.filter(deleted_at=None).select_related(
        "section__course__owner", "item", "video__media", "video__owner"
    )
    if slug is not None:
        lessons = lessons.filter(section__course__slug=slug)
    return get_object_or_404(lessons, uuid=uuid)
