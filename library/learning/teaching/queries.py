"""What instructors are shown of their courses."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from library import queries as library
from library.learning import access, building, publishing
from library.learning.catalogue import queries as catalogue
from library.learning.catalogue.queries import Card
from library.learning.models import Course, Enrolment, EnrolmentState, Lesson, LessonDone, LessonKind, Section
from library.learning.ordering import Order
from library.learning.publishing import Check
from library.queries import Tile
from library.quizzes import checks
from stats.models import Item

MAX_VIDEOS = 60


@dataclass(frozen=True, slots=True)
class Learner:
    """Somebody who takes a course, and how many of its lessons they have done."""

    enrolment: Enrolment
    done: int
    total: int

    @property
    def percent(self) -> int:
        """How much is done; 100 only if all is."""
        return self.done * 100 // self.total if self.total else 0


@dataclass(frozen=True, slots=True)
class Row:
    """A lesson in the editor's outline, with what it still lacks."""

    lesson: Lesson
    duration_ms: int | None
    lacks: str
    is_first: bool
    is_last: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A section in the editor's outline."""

    section: Section
    rows: list[Row]
    is_first: bool
    is_last: bool

    @property
    def duration_ms(self) -> int:
        """How long its lessons take together, as far as that is known."""
        return sum(row.duration_ms or 0 for row in self.rows)


def courses_of(user: User) -> QuerySet[Course]:
    """Return the courses that `user` builds, the last changed first."""
    own = Course.objects.filter(Q(owner=user) | Q(pk__in=user.teaching.values("course")))
    return own.select_related("owner").order_by("-updated_at", "-id")


def cards(courses: Iterable[Course]) -> list[Card]:
    """Return courses as they stand in the list of who builds them. Three queries."""
    rows = list(courses)
    asking = waiting(rows)
    return [replace(card, waiting=asking.get(card.course.pk, 0)) for card in catalogue.cards(rows)]


def waiting(courses: Iterable[Course]) -> dict[int, int]:
    """Return how many people ask to be let into each of these courses. One query."""
    rows = Enrolment.objects.filter(course__in=[one.pk for one in courses], state=EnrolmentState.REQUESTED)
    return dict(rows.values_list("course").annotate(Count("pk")))


def outline_of(course: Course) -> tuple[list[Block], list[Check]]:
    """Return the sections of a course with their lessons, empty ones too, and what it still needs. Three queries."""
    sections, lessons = publishing.sections_of(course), publishing.lessons_of(course)
    unasked = checks.problems(lessons)
    return blocks_of(sections, lessons, unasked), publishing.checked(course, sections, lessons, unasked)


def blocks_of(
    sections: Sequence[Section], lessons: Sequence[Lesson], unasked: Mapping[int, list[str]] | None = None
) -> list[Block]:
    """Put lessons in their order into their sections, each with what it lacks."""
    by_section: dict[int, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        by_section[lesson.section_id].append(lesson)
    first, last = (lessons[0].pk, lessons[-1].pk) if lessons else (0, 0)
    end = len(sections) - 1
    return [
        Block(
            section,
            [
                Row(
                    lesson,
                    lesson.item.duration_ms,
                    _lack(lesson) or next(iter((unasked or {}).get(lesson.pk, ())), ""),
                    lesson.pk == first and place == 0,
                    lesson.pk == last and place == end,
                )
                for lesson in by_section[section.pk]
            ],
            place == 0,
            place == end,
        )
        for place, section in enumerate(sections)
    ]


def order_now(course: Course) -> Order:
    """Return the order that a course has. Two queries."""
    blocks = blocks_of(publishing.sections_of(course), publishing.lessons_of(course))
    return [(block.section.uuid, [row.lesson.uuid for row in block.rows]) for block in blocks]


def before(user: User, course: Course) -> QuerySet[Course]:
    """Return the courses that may be named as coming before this one: what `user` builds, and what is named already."""
    own = Course.objects.filter(Q(owner=user) | Q(pk__in=user.teaching.values("course")) | Q(leads_to=course))
    return own.exclude(pk=course.pk).distinct().order_by("title")


def videos_for(user: User, lesson: Lesson) -> QuerySet[Item]:
    """Return the videos to choose from: the newest of one's own, and the one that is there."""
    return building.videos_of(user, also=lesson.video_id)


def learners(course: Course, enrolments: Iterable[Enrolment]) -> list[Learner]:
    """Return how far each of these learners is. Two queries."""
    rows = list(enrolments)
    total = Lesson.objects.filter(section__course=course, deleted_at=None).count()
    done = LessonDone.objects.filter(
        user__in=[row.user_id for row in rows], lesson__section__course=course, lesson__deleted_at=None
    )
    counts = dict(done.values_list("user").annotate(Count("pk")))
    return [Learner(row, counts.get(row.user_id, 0), total) for row in rows]


def video_choices(videos: QuerySet[Item]) -> list[Tile]:
    """Return the newest of these videos to choose from. Three queries."""
    return library.tiles(videos.select_related("owner")[:MAX_VIDEOS])


def lesson_of(user: Any, course: UUID, lesson: UUID) -> Lesson | None:
    """Return a lesson that `user` may build. One query."""
    rows = Lesson.objects.filter(section__course__in=access.taught_by(user), section__course__uuid=course)
    return rows.filter(uuid=lesson, deleted_at=None).select_related("section__course__owner", "item", "video").first()


def _lack(lesson: Lesson) -> str:
    if lesson.kind == LessonKind.VIDEO and lesson.video is None:
        return _("No video yet")
    if lesson.kind == LessonKind.VIDEO and lesson.video and lesson.video.deleted_at is not None:
        return _("Its video was deleted")
    if lesson.kind == LessonKind.TEXT and not lesson.text.strip():
        return _("No text yet")
    return ""
