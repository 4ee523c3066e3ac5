"""The platform's numbers of days, weeks and months, counted in sets for as many days as are asked for at once.

What stands in a row's `metric_data`, all whole numbers:

users       `total_users` by the end of the period, `new_users` in it
engagement  `dau`, `wau`, `mau`, `dau_30_days` as of its last day (`analytics.platform.cells`), `active` in the period,
            and its `plays`, `views`, `completed` and `played_ms`
learning    `enrollments`, `course_completions`, `lessons_completed`
revenue     by currency what was paid and given back in the period and how many times, `annual_minor` and `customers` as
            of its last day, and the movements of the run rate in it, a year's as that; minor units
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Sum

from analytics.platform import courses, members
from analytics.platform.courses import Tally
from analytics.platform.models import MetricType, Timeframe
from analytics.revenue import queries
from stats.kinds import Kind
from stats.models import KindDay, RollupDay
from stats.windows import DAY, next_period, period_of

GRAINS = {Timeframe.WEEKLY: "w", Timeframe.MONTHLY: "m"}
PLAYED = ("plays", "views", "completed", "played_ms")


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or month: its first day and its last, or as much of it as there is so far."""

    timeframe: Timeframe
    first: date
    last: date
    is_closed: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One part of the platform's numbers in a period."""

    period: Period
    metric_type: MetricType
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Learned:
    """What was learned in a period: in each course, by whose courses, and altogether."""

    row: Row
    courses: dict[int, Tally]
    instructors: dict[int, Tally]
    published: dict[int, int]


def days(first: date, last: date, today: date) -> Iterator[Period]:
    """Yield each day as a period."""
    for number in range((last - first).days + 1):
        day = first + number * DAY
        yield Period(Timeframe.DAILY, day, day, day < today)


def weeks_and_months(of: Iterable[date], today: date) -> list[Period]:
    """Return the weeks and months that have any of these days. Of one that is not over, the days until today."""
    wanted = sorted({(timeframe, period_of(grain, day)) for day in of for timeframe, grain in GRAINS.items()})
    found = []
    for timeframe, start in wanted:
        end = next_period(GRAINS[timeframe], start)
        found.append(Period(timeframe, start, min(end - DAY, today), end <= today))
    return found


def running(first: date, last: date, periods: Iterable[Period]) -> list[Row]:
    """Return members and engagement of periods that lie between two days. Three queries, however many there are."""
    wanted = list(periods)
    before, signups = members.signups(first, last)
    cells = members.active_cells(first, last)
    played = _played(first, last)
    totals = {}
    for period in days(first, last, last):
        before += signups.get(period.first, 0)
        totals[period.first] = before
    rows = []
    for one in wanted:
        inside = _inside(one)
        active = cells.active(one.last)
        engagement = {
            "dau": active.dau,
            "wau": active.wau,
            "mau": active.mau,
            "dau_30_days": active.dau_30_days,
            "active": cells.people(one.first, one.last),
        } | {name: sum(played.get(day, {}).get(name, 0) for day in inside) for name in PLAYED}
        users = {"total_users": totals[one.last], "new_users": sum(signups.get(day, 0) for day in inside)}
        rows += [
            Row(one, MetricType.USERS, users),
            Row(one, MetricType.ENGAGEMENT, engagement),
        ]
    return rows


def revenue(first: date, last: date, periods: Iterable[Period], now: datetime) -> list[Row]:
    """Return the money of periods that lie between two days. Two queries, and three for each currency."""
    by_day = queries.by_day(first, last, now)
    return [Row(one, MetricType.REVENUE, _money([by_day.get(day, {}) for day in _inside(one)])) for one in periods]


def learned(period: Period) -> Learned:
    """Return what was learned in a period. Nine queries."""
    of_courses = courses.courses(period.first, period.last)
    of_instructors = courses.instructors(period.first, period.last, of_courses)
    lessons = KindDay.objects.filter(
        day__gte=period.first, day__lte=period.last, kind=Kind.LESSON_COMPLETED.value
    ).aggregate(events=Sum("events"))["events"]
    data = {
        "enrollments": sum(one.enrollments for one in of_courses.values()),
        "course_completions": sum(one.completions for one in of_courses.values()),
        "lessons_completed": lessons or 0,
    }
    published = courses.published(of_instructors, period.last)
    return Learned(Row(period, MetricType.LEARNING, data), of_courses, of_instructors, published)


def _played(first: date, last: date) -> dict[date, dict[str, int]]:
    rows = RollupDay.objects.filter(scope="p", key=0, day__gte=first, day__lte=last).values("day", *PLAYED)
    return {row["day"]: row for row in rows}


def _inside(period: Period) -> list[date]:
    return [period.first + number * DAY for number in range((period.last - period.first).days + 1)]


def _money(days: Sequence[dict[str, queries.Day]]) -> dict[str, dict[str, int]]:
    found = {}
    for currency in sorted({currency for day in days for currency in day}):
        of = [day[currency] for day in days if currency in day]
        last = days[-1].get(currency)
        found[currency] = {
            "paid_minor": sum(day.takings.paid_minor for day in of),
            "payments": sum(day.takings.payments for day in of),
            "refunded_minor": sum(day.takings.refunded_minor for day in of),
            "refunds": sum(day.takings.refunds for day in of),
            "annual_minor": last.rate if last else 0,
            "customers": last.people if last else 0,
        } | {
            movement.value: sum(day.movements[movement].rate for day in of if movement in day.movements)
            for movement in queries.Movement
        }
    return found
