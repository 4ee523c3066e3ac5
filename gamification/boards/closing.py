"""Closing weeks and months: two days after its end a period is counted from the ledger, and stays as it is then.

So what comes late still counts for a while, and what comes later moves no rank that was told. Everybody who had points is
kept, and as the ledger only grows, the same can be counted again at any time: `check` does.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Min
from django.utils import timezone

from gamification.boards.models import Closing, Final
from gamification.boards.periods import Period, month_of, week_of
from gamification.models import Entry, Score
from gamification.scores import SITE
from stats import ledger
from stats.days import site_day
from stats.fields import to_micros

GRACE = timedelta(hours=48)
AT_ONCE = 200

_SUMS = """
WITH due AS (
    SELECT actor, course, earned_at, SUM(amount) AS amount FROM gamification_entry
    WHERE earned_at >= %s AND earned_at < %s AND recorded_at < %s
    GROUP BY actor, rule, ref, course, earned_at HAVING SUM(amount) <> 0
), shares AS (
    SELECT '' AS board, actor, earned_at, amount FROM due
    UNION ALL
    SELECT REPLACE(CAST(course AS text), '-', ''), actor, earned_at, amount FROM due WHERE course IS NOT NULL
), sums AS (
    SELECT board, actor, CAST(SUM(amount) AS bigint) AS xp, MAX(earned_at) AS reached_at FROM shares GROUP BY board, actor
)
"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row of a closed period that is not what the ledger says. None where one of the two has no row."""

    period: str
    board: str
    actor: UUID
    kept: str | None
    counted: str | None

    def __str__(self) -> str:
        return f"{self.period} {self.board or 'site'} {self.actor}: kept {self.kept or 'nothing'}, counted {self.counted or 'nothing'}"


def close_due(now: datetime) -> int:
    """Close the weeks and months that ended two days ago or earlier and are not closed. Returns how many."""
    return sum(close(period) for period in list(due(now)))


def due(now: datetime) -> Iterator[Period]:
    """Return which weeks and months are to be closed, in order."""
    first: date | None = None
    for period_of, is_week in ((month_of, False), (week_of, True)):
        rows = Closing.objects.order_by("-last")
        last = (rows.filter(period__contains="W") if is_week else rows.exclude(period__contains="W")).first()
        if last is not None:
            period = period_of(last.last).next
        else:
            first = first or _first_day()
            if first is None:
                return
            period = period_of(first)
        for _ in range(AT_ONCE):
            if period.ends_at + GRACE > now:
                break
            yield period
            period = period.next


def close(period: Period) -> bool:
    """Count a period from the ledger and keep it. Returns False if it was closed already."""
    closed_at = _moment()
    with transaction.atomic():
        row, is_first = Closing.objects.get_or_create(
            period=period.name,
            defaults={
                "first": period.first,
                "last": period.last,
                "begins_at": period.begins_at,
                "ends_at": period.ends_at,
                "closed_at": closed_at,
                "people": 0,
            },
        )
        if not is_first:
            return False
        if not Score.objects.filter(board=SITE, period=period.name).exists():
            return True
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO gamification_final (period, board, actor, xp, reached_at, rank)"
                f" {_SUMS} SELECT %s, s.board, s.actor, s.xp, s.reached_at, CASE WHEN COALESCE(p.is_listed, 1) = 1"
                " AND s.xp > 0 THEN RANK() OVER (PARTITION BY s.board, COALESCE(p.is_listed, 1) ORDER BY s.xp DESC) END"
                " FROM sums s LEFT JOIN gamification_player p ON p.actor = s.actor",
                [*period.span, to_micros(closed_at), period.name],
            )
        row.people = Final.objects.filter(period=period.name, board=SITE, rank__isnull=False).count()
        row.save(update_fields=["people"])
    return True


def check(names: list[str] | None = None) -> list[Difference]:
    """Count closed periods again, all if none is named, and return what is not as it was kept."""
    rows = Closing.objects.filter(period__in=names) if names else Closing.objects.all()
    return [difference for row in rows.order_by("first", "period") for difference in _differences(row)]


def _differences(row: Closing) -> Iterator[Difference]:
    final = "SELECT board, actor, xp, reached_at FROM gamification_final WHERE period = %s"
    counted = f"{_SUMS} SELECT board, actor, xp, reached_at FROM sums"
    values = [to_micros(at) for at in (row.begins_at, row.ends_at, row.closed_at)]
    with connection.cursor() as cursor:
        cursor.execute(f"{counted} EXCEPT {final}", [*values, row.period])
        owed = _by_key(cursor.fetchall())
        cursor.execute(
            f"{_SUMS} SELECT f.board, f.actor, f.xp, f.reached_at FROM ({final}) f LEFT JOIN sums s ON s.board = f.board"
            " AND s.actor = f.actor WHERE s.xp IS NULL OR s.xp <> f.xp OR s.reached_at <> f.reached_at",
            [*values, row.period],
        )
        kept = _by_key(cursor.fetchall())
        cursor.execute(
            "SELECT board, actor, rank, place FROM (SELECT board, actor, rank, RANK() OVER (PARTITION BY board"
            " ORDER BY xp DESC) AS place FROM gamification_final WHERE period = %s AND rank IS NOT NULL) r"
            " WHERE rank <> place",
            [row.period],
        )
        misranked = _by_key(cursor.fetchall())
    for key in sorted(kept.keys() | owed.keys()):
        was, now = (f"{found[key][0]} XP" if key in found else None for found in (kept, owed))
        yield Difference(row.period, *key, was, now)
    for key, (rank, place) in sorted(misranked.items()):
        yield Difference(row.period, *key, f"rank {rank}", f"rank {place}")


def _by_key(rows: list[tuple[Any, ...]]) -> dict[tuple[str, UUID], tuple[int, int]]:
    return {(board, UUID(str(actor))): (int(one), int(other)) for board, actor, one, other in rows}


def _moment() -> datetime:
    """Return an instant before which everything is posted: later writers read the clock after this."""
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.lock(cursor)
        return timezone.now()


def _first_day() -> date | None:
    """Return the first day on which points were earned. Reads the ledger: only asked before anything is closed."""
    earliest = Entry.objects.aggregate(earliest=Min("earned_at"))["earliest"]
    return date.fromisoformat(site_day(to_micros(earliest))) if earliest else None
