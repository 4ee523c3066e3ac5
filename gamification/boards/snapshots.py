"""The first hundred of each board, taken every minute and swapped whole, so that pages read one row.

What is shown says as of when it is. Who has left the boards since then is taken out when it is read; one's own place is
never from here, but asked live.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Max

from gamification.boards import periods, ranking
from gamification.boards.models import Snapshot
from gamification.boards.ranking import TOP, Ranked
from gamification.models import Entry
from gamification.scores import SITE
from stats.days import site_day
from stats.fields import to_micros

FRESH = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Taken:
    """The first of a board, and as of when."""

    rows: list[Ranked]
    as_of: datetime


def read(board: str, period: str, now: datetime) -> Taken:
    """Return the first of a board: as last taken if that is not too old, as they are now if not. Two queries at most."""
    row = Snapshot.objects.filter(board=board, period=period, as_of__gt=to_micros(now - FRESH)).first()
    if row is None:
        return Taken(ranking.top(board, period), now)
    return Taken([Ranked(rank, UUID(actor), xp, at) for rank, actor, xp, at in row.rows], row.as_of)


def rebuild(now: datetime) -> int:
    """Take the whole site's boards anew, and those of courses in which points were posted since. Returns how many.

    Each is read and replaced by one statement, so nobody sees half of one. What is over or was not taken for a long time
    goes; a course's board where nothing is posted is read along its index instead.
    """
    today = date.fromisoformat(site_day(to_micros(now)))
    current = periods.current(today)
    newest = Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0
    last = Snapshot.objects.filter(board=SITE).aggregate(last=Max("entry"))["last"]
    boards = [SITE, *(_moved(last) if last is not None else [])]
    rows = [_taken(board, period, now, newest) for board in boards for period in current]
    Snapshot.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["board", "period"], update_fields=["as_of", "entry", "rows"]
    )
    Snapshot.objects.filter(as_of__lte=to_micros(now - FRESH)).delete()
    return len(rows)


def _taken(board: str, period: str, now: datetime, entry: int) -> Snapshot:
    rows = [(row.rank, row.actor.hex, row.xp, row.reached_at) for row in ranking.top(board, period, TOP)]
    return Snapshot(board=board, period=period, as_of=now, entry=entry, rows=rows)


def _moved(last: int) -> list[str]:
    """Return the courses in which points were posted after an entry of the ledger."""
    rows = Entry.objects.filter(pk__gt=last, course__isnull=False).values_list("course", flat=True)
    return sorted(course.hex for course in rows.distinct() if course)
