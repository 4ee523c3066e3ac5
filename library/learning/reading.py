"""Reading a text lesson, measured by the server: pages report while they are seen, and the time between counts.

The film of a lesson is measured by its plays; only who wants no statistics has none, and is measured like a reader.

A sitting with a text is a play of the lesson's item, so that what was read stands in the history and in the numbers like what was
watched.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from library.learning import facts, progress
from library.learning.facts import Fact
from library.learning.models import Lesson, LessonKind, Reading
from stats import ledger, watching
from stats.actors import user_actor
from stats.history import RESUME_SINCE_START, RESUME_WITHIN
from stats.kinds import Kind
from stats.watching import Range

BEAT_S = 10
MOST_BETWEEN = timedelta(seconds=2 * BEAT_S)
MILLISECOND = timedelta(milliseconds=1)
END = 1000


def beat(
    user: User,
    lesson: Lesson,
    sitting: UUID | None,
    reached: int = 0,
    *,
    ranges: Iterable[Range] = (),
    now: datetime | None = None,
    counted: bool = True,
) -> tuple[Reading, Fact]:
    """Note that `user` is reading and has come down to `reached` thousandths; return the sitting and what is known now.

    Or that they watch a film, and have covered `ranges` of it, in milliseconds: so who wants no statistics is measured.

    The time since the last report counts, up to 20 s, and once however many pages report. Without a `sitting` one
    begins, or the last one goes on. `counted` is off for who wants no statistics: then only the progress is kept.
    Completes the lesson when that is enough.
    """
    now = now or timezone.now()
    with ledger.recording():
        User.objects.select_for_update(no_key=True).only("pk").get(pk=user.pk)  # two pages of one person take turns
        last = Reading.objects.filter(user=user, seen_at__gt=now - MOST_BETWEEN).aggregate(at=Max("seen_at"))["at"]
        reading = _found(user, lesson, sitting, now)
        begins = reading is None or sitting is None
        reading = reading or Reading(user=user, lesson=lesson, started_at=now, seen_at=now)
        if not begins:
            since = max(reading.seen_at, last or reading.seen_at)
            reading.read_ms += max(timedelta(), min(now - since, MOST_BETWEEN)) // MILLISECOND
        reading.reached = max(reading.reached, min(max(reached, 0), END))
        reading.ranges = watching.unite([*reading.ranges, *ranges])[: watching.MAX_RANGES]
        reading.seen_at = max(now, reading.seen_at)
        reading.save()
        if counted and reading.read_ms and lesson.kind == LessonKind.TEXT:
            _report(user, lesson, reading)
        fact = facts.of(user, lesson, now)
        if fact.is_enough and not fact.is_done:
            progress.completed(user, lesson, at=now)
    return reading, fact


def _found(user: User, lesson: Lesson, sitting: UUID | None, now: datetime) -> Reading | None:
    """Return the sitting that is meant; without one, the last if it is not long ago and the lesson not done."""
    mine = Reading.objects.filter(user=user, lesson=lesson)
    if sitting is not None:
        return mine.filter(uuid=sitting).first()
    if lesson.done.filter(user=user).exists():
        return None
    recent = mine.filter(seen_at__gte=now - RESUME_WITHIN, started_at__gte=now - RESUME_SINCE_START)
    return recent.order_by("-started_at", "-pk").first()


def _report(user: User, lesson: Lesson, reading: Reading) -> None:
    total = lesson.item.duration_ms or 0
    end = total * reading.reached / END / 1000
    ledger.record(
        Kind.PLAY,
        user_actor(user.uuid),
        item=lesson.item,
        occurred_at=reading.started_at,
        play_id=str(reading.uuid),
        source="direct",
        duration_seconds=reading.read_ms / 1000,
        ranges=[(0, end)] if end else [],
        position_seconds=end,
    )
