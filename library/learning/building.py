"""A course is built: its words, sections, lessons and their order.

Every change of a course happens inside `editing`, which takes the version that the editor saw. The functions below it
belong into such a block and open none of their own.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import F, Max, Q, QuerySet
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.models import User
from library import prose
from library.learning import access
from library.learning.models import (
    Course,
    CourseChange,
    CourseTeacher,
    Lesson,
    LessonKind,
    Section,
    Status,
    What,
)
from library.people import access as people
from library.people import notifications
from stats import items, ledger
from stats.ids import uuid7
from stats.models import Item, ItemType, Visibility

MAX_SECTIONS = 100
MAX_LESSONS = 500
MAX_TEACHERS = 10
MAX_PREREQUISITES = 5
MAX_SLUG = 60
WORDS_A_MINUTE = 230
LEAST_READING_MS = 5_000
CHANGES_TOLD = 5
ADDING = "adding"
LOCK = 0x38_50_43  # "8PC"
COURSE_FIELDS = frozenset(
    {
        "title", "subtitle", "description", "outcomes", "category", "level", "price_minor", "currency",
        "is_sequential", "has_certificate",
    }
)  # fmt: skip
SECTION_FIELDS = frozenset({"title", "opens_at", "opens_after_days"})
LESSON_FIELDS = frozenset({"title", "text", "video", "is_preview"})


class Refused(Exception):
    """What cannot be done to a course: a `code` for programs and a sentence for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


class Stale(Refused):
    """Somebody changed the course since: `course` as it is now, and `changes` since then, newest first."""

    def __init__(self, course: Course, changes: Sequence[CourseChange]) -> None:
        super().__init__("stale_version", _("Somebody else changed this course since you opened it."))
        self.course = course
        self.changes = changes


class StaleList(Refused):
    """An order that leaves something out, or names what is not there."""

    def __init__(self) -> None:
        super().__init__("stale_list", _("The list is another one by now. Load the page again and order it anew."))


def create(owner: User, title: str, *, at: datetime | None = None, **fields: Any) -> Course:
    """Begin a course as a draft, now or as of `at`. Its address comes from its title and stays."""
    course = Course(owner=owner, title=title, created_at=at or timezone.now(), **fields)
    stem = slugify(title)[:MAX_SLUG].strip("-") or "course"
    for slug in (stem, f"{stem}-{course.uuid.hex[-6:]}"):
        course.slug = slug
        try:
            with transaction.atomic():
                course.save(force_insert=True)
        except IntegrityError:
            continue
        return course
    raise Refused("try_again", _("This course could not be made. Try again."))


@contextmanager
def editing(
    course: UUID, user: User, version: int, what: What = What.COURSE, about: str = "", *, subject: str = ""
) -> Iterator[Course]:
    """Open the transaction in which `user` changes a course that they saw as `version`, and hand out the course.

    It is a `ledger.recording()` block: events may be recorded inside, and nothing that opens one may be called. `what`
    and `about` tell the others what was changed. With a `subject`, one part of the course, only changes of that part
    or of the whole are in the way; nothing is in the way of ADDING to its end. Raises Http404 to who may not build it, Stale when it is another version by now. The
    new version is on the course that comes out.
    """
    with ledger.recording():
        mine = get_object_or_404(access.taught_by(user), uuid=course)
        # taking the next number locks the row, so whoever else edits waits until the commit
        Course.objects.filter(pk=mine.pk).update(version=F("version") + 1, updated_at=timezone.now())
        edited = access.taught_by(user).get(pk=mine.pk)
        seen_until = edited.version - 1
        if version > seen_until or (version < seen_until and _in_the_way(edited, version, subject)):
            edited.version = seen_until
            raise Stale(edited, changes_since(edited, version))
        yield edited
        CourseChange.objects.create(
            course=edited, version=edited.version, user=user, what=what, about=about[:120], subject=subject
        )
        said = {"what": str(what), "version": edited.version} | ({} if what == What.TEACHERS else {"part": about})
        audit.note_over(
            user,
            "course.changed",
            edited,
            edited.owner_id,
            said,
            takes_part=lambda: edited.teachers.filter(user=user).exists(),
        )
    items.forget()


def _in_the_way(course: Course, version: int, subject: str) -> bool:
    """Whether what was changed after `version` is what is to be changed now."""
    if subject in {"", ADDING}:
        return not subject
    return course.changes.filter(version__gt=version, subject__in=["", subject]).exists()


def changes_since(course: Course, version: int) -> list[CourseChange]:
    """Return what was changed after `version`, newest first, a few at most. One query."""
    changes = course.changes.filter(version__gt=version).select_related("user").order_by("-version")
    return list(changes[:CHANGES_TOLD])


# Inside `editing`


def change(course: Course, **fields: Any) -> None:
    """Write what the course says about itself: any of COURSE_FIELDS."""
    _write(course, COURSE_FIELDS, fields)


def set_prerequisites(course: Course, prerequisites: Iterable[Course]) -> None:
    """Say which courses come before this one. Raises Refused `prerequisite_cycle`, `too_many`.

    Of two courses at once, one waits for the other's commit: each alone could be no cycle, and both be one.
    """
    wanted = list(prerequisites)
    if len(wanted) > MAX_PREREQUISITES:
        raise Refused("too_many", _("A course has five prerequisites at most."))
    _one_at_a_time()
    if course.pk in _all_before({one.pk for one in wanted}):
        raise Refused("prerequisite_cycle", _("One of these courses comes after this one."))
    course.prerequisites.set(wanted)


def add_section(course: Course, title: str, **fields: Any) -> Section:
    """Add a section at the end. Raises Refused `too_many`."""
    live = course.sections.filter(deleted_at=None)
    if live.count() >= MAX_SECTIONS:
        raise Refused("too_many", _("A course has a hundred sections at most."))
    last = live.aggregate(last=Max("position"))["last"]
    return Section.objects.create(course=course, title=title, position=0 if last is None else last + 1, **fields)


def change_section(section: Section, **fields: Any) -> None:
    """Write any of SECTION_FIELDS."""
    _write(section, SECTION_FIELDS, fields)


def remove_section(section: Section) -> None:
    """Take a section out, with its lessons."""
    now = timezone.now()
    _remove_lessons(section.lessons.filter(deleted_at=None), now)
    section.deleted_at = now
    section.save(update_fields=["deleted_at"])


def add_lesson(section: Section, kind: str, title: str, *, by: User, **fields: Any) -> Lesson:
    """Add a lesson at the end of a section. Raises Refused `too_many`, `not_your_video`."""
    course = section.course
    if Lesson.objects.filter(section__course=course, deleted_at=None).count() >= MAX_LESSONS:
        raise Refused("too_many", _("A course has five hundred lessons at most."))
    last = section.lessons.filter(deleted_at=None).aggregate(last=Max("position"))["last"]
    item = Item.objects.create(
        type=ItemType.LESSON, title=title, owner=course.owner, visibility=Visibility.PRIVATE, uuid=uuid7()
    )
    lesson = Lesson(section=section, item=item, kind=kind, title=title, position=0 if last is None else last + 1)
    change_lesson(lesson, by=by, **fields)
    return lesson


def change_lesson(lesson: Lesson, *, by: User, **fields: Any) -> None:
    """Write any of LESSON_FIELDS, and what follows for the lesson's item. Raises Refused `not_your_video`."""
    video = fields.get("video")
    if video is not None and video.pk != lesson.video_id and not videos_of(by).filter(pk=video.pk).exists():
        raise Refused("not_your_video", _("Choose one of your own videos."))
    if lesson.pk:
        _write(lesson, LESSON_FIELDS, fields)
    else:
        for name, value in fields.items():
            setattr(lesson, name, value)
        lesson.save(force_insert=True)
    follow_item(lesson)


def follow_item(lesson: Lesson) -> None:
    """Bring the item that the lesson's events are about up to date: its name, how long it takes, who may open it."""
    course = lesson.section.course
    is_open = lesson.is_preview and course.status == Status.PUBLISHED
    Item.objects.filter(pk=lesson.item_id).update(
        title=lesson.title,
        duration_ms=duration_ms(lesson),
        visibility=Visibility.UNLISTED if is_open else Visibility.PRIVATE,
    )


def remove_lesson(lesson: Lesson) -> None:
    """Take a lesson out. Who completed it keeps that."""
    _remove_lessons(Lesson.objects.filter(pk=lesson.pk, deleted_at=None), timezone.now())


def reorder(course: Course, order: Sequence[tuple[UUID, Sequence[UUID]]]) -> None:
    """Put sections, and in each its lessons, into this order. Raises StaleList unless it names each exactly once."""
    lessons = Lesson.objects.filter(section__course=course, deleted_at=None)
    arrange(course.sections.filter(deleted_at=None), lessons, "section", order)


def arrange(groups: QuerySet, members: QuerySet, holder: str, order: Sequence[tuple[UUID, Sequence[UUID]]]) -> None:
    """Put groups, and in each its members, into this order; a member's `holder` is its group. Four queries.

    Raises StaleList unless the order names each exactly once.
    """
    held = {group.uuid: group for group in groups}
    rows = {member.uuid: member for member in members}
    told = [uuid for _group, uuids in order for uuid in uuids]
    if sorted(group for group, _uuids in order) != sorted(held) or sorted(told) != sorted(rows):
        raise StaleList
    for position, (group, uuids) in enumerate(order):
        held[group].position = position
        for place, uuid in enumerate(uuids):
            setattr(rows[uuid], holder, held[group])
            rows[uuid].position = place
    groups.model.objects.bulk_update(held.values(), ["position"])
    members.model.objects.bulk_update(rows.values(), [holder, "position"])


def add_teacher(course: Course, user: User, *, by: User) -> bool:
    """Let somebody build the course too, and tell them. Whether that is new. Raises Refused `too_many`, `not_invitable`."""
    if user.pk == course.owner_id or course.teachers.filter(user=user).exists():
        return False
    if not people.may_invite(user, by):
        raise Refused("not_invitable", _("This member does not take invitations."))
    if course.teachers.count() >= MAX_TEACHERS:
        raise Refused("too_many", _("A course has ten more teachers at most."))
    _teacher, is_new = CourseTeacher.objects.get_or_create(course=course, user=user)
    if is_new:
        notifications.notify(
            "collaboration",
            [user],
            by=by,
            title=gettext_noop("%(name)s lets you build “%(course)s”"),
            words={"name": by.display_name, "course": course.title},
            address=reverse("learning:teach-course", args=[course.uuid]),
            cause=f"course-teacher {course.uuid} {user.uuid}",
        )
    return is_new


def remove_teacher(course: Course, user: User) -> None:
    """Let somebody build the course no longer."""
    course.teachers.filter(user=user).delete()


def videos_of(user: User, *, also: int | None = None) -> QuerySet[Item]:
    """Return the videos that `user` may put into lessons, newest first: their own, private ones too, and `also`."""
    mine = Q(owner=user) | Q(pk=also)
    videos = Item.objects.filter(mine, type=ItemType.VIDEO, deleted_at=None, media__isnull=False)
    return videos.exclude(media__file="").select_related("media").order_by("-created_at", "-id")


def duration_ms(lesson: Lesson) -> int | None:
    """Return how long a lesson takes: its video's length, the reading of its text; None where nobody can say."""
    if lesson.kind == LessonKind.VIDEO:
        return lesson.video.duration_ms if lesson.video else None
    if lesson.kind == LessonKind.TEXT:
        return max(LEAST_READING_MS, prose.words(lesson.text) * 60_000 // WORDS_A_MINUTE)
    return None


def _write(row: Any, known: frozenset[str], fields: dict[str, Any]) -> None:
    if unknown := set(fields) - known:
        raise TypeError(f"unknown: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(row, name, value)
    if fields:
        row.save(update_fields=list(fields))


def _remove_lessons(lessons: QuerySet[Lesson], now: datetime) -> None:
    ids = list(lessons.values_list("item_id", flat=True))
    lessons.update(deleted_at=now)
    Item.objects.filter(pk__in=ids).update(deleted_at=now)


def _one_at_a_time() -> None:
    """Let nobody else set prerequisites until the commit. SQLite has one writer anyhow."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _all_before(ids: set[int]) -> set[int]:
    """Return these courses and all that come before them: one query a step back."""
    known, new = set(ids), set(ids)
    before = Course.prerequisites.through.objects
    while new:
        new = set(before.filter(from_course__in=new).values_list("to_course_id", flat=True)) - known
        known |= new
    return known
