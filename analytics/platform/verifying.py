"""Holding the kept numbers against a count anew: what `manage.py verify_stats` asks of the platform's three tables.

Days that are queued, and what depends on them, are counted first. Rows of periods that are not over are left out: they were
true when they were counted. So is what was learned in a period where no row says it: counting has not come there yet
(`aggregating.missing`).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from analytics.platform import aggregating, counting, storing
from analytics.platform.counting import Period
from analytics.platform.models import CourseAnalytics, InstructorAnalytics, MetricType, PlatformAnalytics, Timeframe
from stats.verify import Difference
from stats.windows import day_of

TAUGHT = ("enrollments", "completions", "completion_seconds", "reviews", "stars", "revenue")
Rows = dict[tuple[Any, ...], dict[str, Any]]


def differences() -> list[Difference]:
    """Return every row of a closed period that a count anew tells otherwise, and every one that is missing."""
    now, closed = timezone.now(), PlatformAnalytics.objects.filter(is_closed=True)
    if not closed.exists():
        return []
    while aggregating.work_off_touched(now):
        pass
    today = day_of(now, settings.TIME_ZONE)
    kept = set(closed.order_by().values_list("timeframe", "date").distinct())
    days = sorted(day for timeframe, day in kept if timeframe == Timeframe.DAILY)
    if not days:
        return []
    periods = [
        period
        for period in (*counting.days(days[0], days[-1], today), *counting.weeks_and_months(days, today))
        if (period.timeframe.value, period.first) in kept and period.is_closed
    ]
    return [*_of_platform(periods), *_of_courses(periods)]


def _of_platform(periods: list[Period]) -> Iterator[Difference]:
    first, last = min(one.first for one in periods), max(one.last for one in periods)
    now = timezone.now()
    counted = counting.running(first, last, periods) + counting.revenue(first, last, periods, now)
    wanted: Rows = {
        (row.period.timeframe.value, row.metric_type.value, row.period.first): {"metric_data": row.data}
        for row in counted
    }
    rows = PlatformAnalytics.objects.filter(is_closed=True).exclude(metric_type=MetricType.LEARNING)
    kept: Rows = {
        (timeframe, kind, day): {"metric_data": data}
        for timeframe, kind, day, data in rows.values_list("timeframe", "metric_type", "date", "metric_data")
    }
    yield from _compared(PlatformAnalytics, kept, wanted)


def _of_courses(periods: list[Period]) -> Iterator[Difference]:
    for period in periods:
        about: dict[str, Any] = {"timeframe": period.timeframe, "date": period.first}
        row = PlatformAnalytics.objects.filter(metric_type=MetricType.LEARNING, **about).first()
        if row is None:
            continue
        learned = counting.learned(period)
        key = (period.timeframe.value, period.first)
        of_all = (period.timeframe.value, "learning", period.first)
        kept = {of_all: {"metric_data": row.metric_data}}
        yield from _compared(PlatformAnalytics, kept, {of_all: {"metric_data": learned.row.data}})
        of_courses = {
            (*key, number): storing.taught(tally) | {"active_learners": tally.learners}
            for number, tally in learned.courses.items()
        }
        yield from _compared(CourseAnalytics, _rows(CourseAnalytics, "course_id", "active_learners", about), of_courses)
        of_people = {
            (*key, number): storing.taught(tally)
            | {"students": tally.learners, "courses": learned.published.get(number, 0)}
            for number, tally in learned.instructors.items()
        }
        kept_people = _rows(InstructorAnalytics, "instructor_id", "students", about, "courses")
        yield from _compared(InstructorAnalytics, kept_people, of_people)


def _rows(table: Any, owner: str, people: str, about: dict[str, Any], *more: str) -> Rows:
    names = (*TAUGHT, people, *more)
    rows = table.objects.filter(**about).values_list("timeframe", "date", owner, *names)
    return {row[:3]: dict(zip(names, row[3:], strict=True)) for row in rows}


def _compared(table: type[Model], kept: Rows, wanted: Rows) -> Iterator[Difference]:
    for key in sorted({*kept, *wanted}, key=str):
        if kept.get(key) != wanted.get(key):
            yield Difference("platform", table._meta.db_table, _said(key), kept.get(key), wanted.get(key))


def _said(key: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.isoformat() if isinstance(part, date) else part for part in key)
