"""What the server knows of somebody's watching and reading of a lesson, and whether that is enough.

Watched is the union of what was covered in all plays (and in the sittings of who wants no statistics), at most what can be played in their time, and at most what can
be played since the server first handed the lesson out. Read is how far down somebody came, at most what can be read in
the time that the server measured. Either at double speed.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Exists, F, Max, OuterRef, QuerySet, Subquery, Sum
from django.utils.translation import gettext as _

from accounts.models import User
from library.learning.models import Enrolment, EnrolmentState, Lesson, LessonDone, LessonKind, LessonOpened, Reading
from stats import watching
from stats.models import ItemType, Play
from stats.watching import MAX_SPEED, SLACK_MS, Range

ENOUGH = watching.COMPLETED_AT[ItemType.LESSON]
MILLISECOND = timedelta(milliseconds=1)
SOUGHT_FOR = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Fact:
    """How much of a lesson somebody has seen, of how much, in milliseconds of its media; whether it is done already.

    `opened_at` is when a film was first handed out to them.
    """

    kind: str
    seen_ms: int
    total_ms: int | None
    done_at: datetime | None
    opened_at: datetime | None = None

    @property
    def is_done(self) -> bool:
        """Whether the lesson was completed before."""
        return self.done_at is not None

    @property
    def is_enough(self) -> bool:
        """Whether so much completes the lesson; a quiz is completed by passing it alone."""
        return bool(self.total_ms) and self.seen_ms >= ENOUGH * (self.total_ms or 0)

    @property
    def is_completed(self) -> bool:
        """Whether the lesson is completed, before or by these facts."""
        return self.is_done or self.is_enough

    @property
    def percent(self) -> int:
        """How much was seen."""
        return min(100, 100 * self.seen_ms // self.total_ms) if self.total_ms else 0

    @property
    def needed_percent(self) -> int:
        """How much has to be seen."""
        return round(100 * ENOUGH)

    @property
    def missing(self) -> str:
        """What is missing, in words; '' if nothing is."""
        if self.is_completed:
            return ""
        if self.kind == LessonKind.QUIZ:
            return _("Pass the quiz to complete this lesson.")
        if not self.total_ms:
            return _("There is nothing to watch in this lesson yet.")
        told = {"percent": self.percent, "needed": self.needed_percent}
        if self.kind == LessonKind.TEXT:
            return _("%(percent)d %% is read; %(needed)d %% completes the lesson.") % told
        return _("%(percent)d %% is watched; %(needed)d %% completes the lesson.") % told


def of(user: User, lesson: Lesson, now: datetime) -> Fact:
    """Return what is known of `user` and a lesson. Two queries, three for who watches without statistics."""
    done = LessonDone.objects.filter(user=user, lesson=OuterRef("pk")).values("completed_at")
    opened = LessonOpened.objects.filter(user=user, lesson=OuterRef("pk")).values("opened_at")
    sittings = Reading.objects.filter(user=user, lesson=lesson)
    noted = Lesson.objects.annotate(done_at=Subquery(done), opened_at=Subquery(opened), sat=Exists(sittings))
    done_at, opened_at, sat = noted.values_list("done_at", "opened_at", "sat").get(pk=lesson.pk)
    total, seen = lesson.item.duration_ms, 0
    if total and lesson.kind == LessonKind.TEXT:
        read = sittings.aggregate(ms=Sum("read_ms"), reached=Max("reached"))
        seen = read_ms(read["ms"] or 0, read["reached"] or 0, total)
    elif total and lesson.kind == LessonKind.VIDEO:
        plays = Play.objects.filter(actor=user.uuid, item_id=lesson.item_id, media_ms=total)
        told = [(json.loads(ranges), ms) for ranges, ms in plays.values_list("ranges", "played_ms")]
        if sat:
            told += sittings.values_list("ranges", "read_ms")
        since_ms = (now - opened_at) // MILLISECOND if opened_at else 0
        seen = watched_ms([ranges for ranges, _ms in told], sum(ms for _ranges, ms in told), since_ms, total)
    return Fact(lesson.kind, seen, total, done_at, opened_at)


def watched_ms(plays: Iterable[Sequence[Range]], played_ms: int, since_ms: int, total_ms: int) -> int:
    """Return how much of a media was really watched, in milliseconds of it.

    `plays` are the covered ranges of each play, `played_ms` how long they ran together, `since_ms` how long ago the
    person could begin.
    """
    covered = watching.covered_ms(watching.unite(span for ranges in plays for span in ranges), played_ms, total_ms)
    return min(covered, max(0, since_ms) * MAX_SPEED + SLACK_MS) if played_ms else 0


def read_ms(spent_ms: int, reached: int, total_ms: int) -> int:
    """Return how much of a text was read, in milliseconds of its expected time; `reached` is in thousandths."""
    return min(-(-total_ms * min(reached, 1000) // 1000), spent_ms * MAX_SPEED)


def unnoticed(now: datetime) -> QuerySet[LessonOpened]:
    """Return the openings of films that may be complete and are not, by the time that was spent on them. One query.

    Whether they are is for `of` to say. Those of whom nothing was played for `SOUGHT_FOR` are left to their pages. What
    is read is complete with the report that completes it.
    """
    enrolled = Enrolment.objects.filter(
        user=OuterRef("user"), course=OuterRef("lesson__section__course"), state=EnrolmentState.ACTIVE
    )
    done = LessonDone.objects.filter(user=OuterRef("user"), lesson=OuterRef("lesson"))
    plays = Play.objects.filter(actor=OuterRef("user__uuid"), item_id=OuterRef("lesson__item"))
    of_item = plays.values("item_id").annotate(total=Sum("played_ms")).values("total")
    played = Subquery(of_item, output_field=BigIntegerField())
    return (
        LessonOpened.objects.filter(lesson__kind=LessonKind.VIDEO, lesson__deleted_at=None)
        .filter(Exists(enrolled), ~Exists(done), Exists(plays.filter(started_at__gte=now - SOUGHT_FOR)))
        .annotate(possible=played * MAX_SPEED + SLACK_MS)
        .filter(possible__gte=F("lesson__item__duration_ms") * round(100 * ENOUGH) / 100)
        .select_related("user", "lesson__item", "lesson__section__course")
        .order_by("pk")
    )
