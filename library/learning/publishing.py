"""A course goes out to learners, is put away, or is deleted while nobody has it. All but `delete` inside `editing`."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import audit
from accounts.models import User
from library.learning.building import Refused
from library.learning.models import Course, Lesson, LessonKind, Section, Status
from library.quizzes import checks
from stats import items, ledger
from stats.models import Item, Visibility


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that a course needs before it goes out, and whether it has it. `lessons` are those it is about."""

    key: str
    label: Any
    is_met: bool
    lessons: tuple[Lesson, ...] = ()


class NotReady(Refused):
    """A course that lacks something. `missing` says what."""

    def __init__(self, missing: Sequence[Check]) -> None:
        super().__init__("not_ready", _("This course is not ready to be published."))
        self.missing = missing


def checklist(course: Course) -> list[Check]:
    """Return what the course needs before it can be published. Three queries."""
    lessons = lessons_of(course)
    return checked(course, sections_of(course), lessons, checks.problems(lessons))


def sections_of(course: Course) -> list[Section]:
    """Return the sections of a course in their order, empty ones too. One query."""
    return list(Section.objects.filter(course=course, deleted_at=None))


def lessons_of(course: Course) -> list[Lesson]:
    """Return the lessons of a course in their order, each with its item, video and section. One query."""
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None).select_related("item", "video", "section")
    return list(lessons.order_by("section__position", "section_id", "position", "id"))


def checked(
    course: Course, sections: Sequence[Section], lessons: Sequence[Lesson], unasked: Container[int]
) -> list[Check]:
    """Return the checklist of a course with these sections and lessons; `unasked` are quizzes without questions."""
    filled = {lesson.section_id for lesson in lessons}
    without_video = tuple(
        lesson
        for lesson in lessons
        if lesson.kind == LessonKind.VIDEO and (lesson.video is None or lesson.video.deleted_at is not None)
    )
    without_text = tuple(one for one in lessons if one.kind == LessonKind.TEXT and not one.text.strip())
    without_questions = tuple(one for one in lessons if one.pk in unasked)
    return [
        Check("description", gettext_lazy("A description of the course"), bool(course.description.strip())),
        Check("outcomes", gettext_lazy("At least one thing that people learn"), bool(course.outcomes)),
        Check("lessons", gettext_lazy("At least one lesson"), bool(lessons)),
        Check("sections", gettext_lazy("No section without lessons"), all(one.pk in filled for one in sections)),
        Check("videos", gettext_lazy("Every video lesson has its video"), not without_video, without_video),
        Check("texts", gettext_lazy("Every text lesson has its text"), not without_text, without_text),
        Check("quizzes", gettext_lazy("Every quiz has its questions"), not without_questions, without_questions),
    ]


def publish(course: Course, *, at: datetime | None = None) -> None:
    """Let people find and take the course, now or as of `at`. Raises NotReady."""
    if missing := [check for check in checklist(course) if not check.is_met]:
        raise NotReady(missing)
    course.status, course.archived_at = Status.PUBLISHED, None
    course.published_at = course.published_at or at or timezone.now()
    course.save(update_fields=["status", "published_at", "archived_at"])
    _follow_previews(course)


def archive(course: Course) -> None:
    """Take nobody new from now on; who is in the course goes on. Raises Refused `not_published`."""
    if course.status != Status.PUBLISHED:
        raise Refused("not_published", _("Only a published course can be archived."))
    course.status, course.archived_at = Status.ARCHIVED, timezone.now()
    course.save(update_fields=["status", "archived_at"])
    _follow_previews(course)


def is_deletable(course: Course) -> bool:
    """Whether it is a draft that nobody takes. One query."""
    return course.status == Status.DRAFT and not course.enrolments.exists()


def delete(course: Course, by: User) -> None:
    """Delete a draft. Raises Refused `course_in_use` for one that was published or that somebody takes."""
    with ledger.recording():
        locked = Course.objects.select_for_update().get(pk=course.pk)
        if not is_deletable(locked):
            raise Refused("course_in_use", _("This course was published or has learners: archive it instead."))
        Item.objects.filter(lesson__section__course=locked).update(deleted_at=timezone.now())
        audit.note_over(by, "course.deleted", locked, locked.owner_id)
        locked.delete()
    items.forget()


def _follow_previews(course: Course) -> None:
    """Open the items of preview lessons to guests while the course is published, and close them again."""
    previews = Item.objects.filter(lesson__section__course=course, lesson__is_preview=True, deleted_at=None)
    is_open = course.status == Status.PUBLISHED
    previews.update(visibility=Visibility.UNLISTED if is_open else Visibility.PRIVATE)
