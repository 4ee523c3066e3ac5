"""The platform's numbers of days, weeks and months, counted in sets for as many days as are asked for at once.

What stands in a row's `metric_data`, all whole numbers:

users       `total_users` by the end of the period, `new_users` in it
engagement  `dau`, `wau`, `mau`, `dau_30_days` as of its last day (`analytics.platform.cells`), `active` in the period,
            and its `plays`, `views`, `completed` and `played_ms`
learning    `enrollments`, `course_completions`, `lessons_completed`
revenue     by currency the payments and refunds of the period, in minor units, and how many
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Sum

from analytics.platform import courses, members, money
from analytics.platform.courses import Tally
from analytics.platform.models import MetricType, Timeframe
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
    """Return members, engagement and revenue of periods that lie between two days. Four queries, however many there are."""
    wanted = list(periods)
    before, signups = members.signups(first, last)
    cells = members.active_cells(first, last)
    played = _played(first, last)
    paid = money.by_day(first, last)
    totals = {}
    for period in days(first, last, last):
        before += signups.get(period.first, 0)
        totals[period.first] = before
    rows = []
    for one in wanted:
        inside = [one.first + number * DAY for number in range((one.last - one.first).days + 1)]
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
            Row(one, MetricType.REVENUE, money.together(paid[day] for day in inside if day in paid)),
        ]
    return rows


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
