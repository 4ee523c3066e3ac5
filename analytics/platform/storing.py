"""Keeping what was counted. Of two who count the same at once, the one who began later is right, whoever is quicker."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from analytics.platform.counting import Learned, Row
from analytics.platform.courses import Tally
from analytics.platform.models import CourseAnalytics, InstructorAnalytics, PlatformAnalytics

LOCK = 0x38_50_41  # "8PA"


def store(rows: Sequence[Row], counted_at: datetime, took_ms: int = 0) -> int:
    """Keep rows that were counted from `counted_at` on; those that somebody has counted since stay. Returns how many.

    Two statements.
    """
    with _alone():
        kept = _newer(rows, counted_at)
        return len(
            PlatformAnalytics.objects.bulk_create(
                [_platform(row, counted_at, took_ms) for row in rows if _key(row) not in kept],
                batch_size=500,
                update_conflicts=True,
                unique_fields=["timeframe", "metric_type", "date"],
                update_fields=["metric_data", "is_closed", "counted_at", "took_ms"],
            )
        )


def store_learned(learned: Learned, counted_at: datetime, took_ms: int = 0) -> int:
    """Keep what was learned in a period in place of what was kept of it. Returns how many rows. Six statements."""
    period = learned.row.period
    with _alone():
        if not store([learned.row], counted_at, took_ms):
            return 0
        about = {
            "timeframe": period.timeframe,
            "date": period.first,
        }
        CourseAnalytics.objects.filter(**about).delete()
        InstructorAnalytics.objects.filter(**about).delete()
        about |= {"is_closed": period.is_closed, "counted_at": counted_at}
        courses = CourseAnalytics.objects.bulk_create(
            [
                CourseAnalytics(course_id=number, active_learners=tally.learners, **taught(tally), **about)
                for number, tally in sorted(learned.courses.items())
            ],
            batch_size=500,
        )
        instructors = InstructorAnalytics.objects.bulk_create(
            [
                InstructorAnalytics(
                    instructor_id=number,
                    students=tally.learners,
                    courses=learned.published.get(number, 0),
                    **taught(tally),
                    **about,
                )
                for number, tally in sorted(learned.instructors.items())
            ],
            batch_size=500,
        )
        return 1 + len(courses) + len(instructors)


@contextmanager
def _alone() -> Iterator[None]:
    """Open a transaction in which nobody else stores: on SQLite every one is that."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


def _newer(rows: Sequence[Row], counted_at: datetime) -> set[tuple[Any, ...]]:
    dates = [row.period.first for row in rows]
    if not dates:
        return set()
    kept = PlatformAnalytics.objects.filter(date__gte=min(dates), date__lte=max(dates), counted_at__gt=counted_at)
    return set(kept.values_list("timeframe", "metric_type", "date"))


def _key(row: Row) -> tuple[Any, ...]:
    return (row.period.timeframe.value, row.metric_type.value, row.period.first)


def _platform(row: Row, counted_at: datetime, took_ms: int) -> PlatformAnalytics:
    return PlatformAnalytics(
        date=row.period.first,
        timeframe=row.period.timeframe,
        is_closed=row.period.is_closed,
        metric_type=row.metric_type,
        metric_data=row.data,
        counted_at=counted_at,
        took_ms=took_ms,
    )


def taught(tally: Tally) -> dict[str, Any]:
    """Return the columns that courses and instructors share."""
    return {
        "enrollments": tally.enrollments,
        "completions": tally.completions,
        "completion_seconds": tally.completion_seconds,
        "reviews": tally.reviews,
        "stars": tally.stars,
        "revenue": tally.revenue,
    }
