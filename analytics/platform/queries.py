"""What is asked of the platform's numbers: days of the site, read from what is kept, and counted on the spot where it is not.

Days that are over are frozen until something comes late for them. Today is counted by the scheduler every minute, and here
when nobody did and counting is cheap; `counted_at` tells.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from analytics.models import PlatformAnalytics
from analytics.platform import aggregating, counting, members
from analytics.platform.cells import Active
from analytics.platform.models import MetricType, Timeframe
from analytics.revenue import queries as revenue
from stats.windows import DAY, Window, before, day_of

FRESH = timedelta(minutes=2)
CHEAP_MS = 20
TOLD = frozenset(MetricType) - {MetricType.REVENUE}
BEGINNING, BEGINNING_S = "analytics.platform.beginning", 60
CURRENCIES, CURRENCIES_S = "analytics.platform.currencies", 60


@dataclass(frozen=True, slots=True)
class Kept:
    """One part of the numbers of a day, and up to when it was counted."""

    data: dict[str, Any]
    counted_at: datetime
    is_closed: bool


Days = dict[date, dict[MetricType, Kept]]


@dataclass(frozen=True, slots=True)
class Overview:
    """The platform as it stands now. Rates in percent, None where there is nothing to divide by."""

    total_users: int
    total_courses: int
    published_courses: int
    total_instructors: int
    total_enrollments: int
    total_completions: int

    @property
    def completion_rate(self) -> float | None:
        """How many of those who ever enrolled in a course have completed it."""
        return 100 * self.total_completions / self.total_enrollments if self.total_enrollments else None


@dataclass(frozen=True, slots=True)
class Growth:
    """New members by day, against as many days before."""

    total_users: int
    new_users: int
    new_users_before: int | None
    daily: tuple[tuple[date, int, int], ...]

    @property
    def growth_rate(self) -> float | None:
        """What more came than in the days before, in percent of those; None where none came or there is no before."""
        if not self.new_users_before:
            return None
        return 100 * (self.new_users - self.new_users_before) / self.new_users_before

    @property
    def is_new(self) -> bool:
        """Whether there is growth that no percentage can tell, as none came before."""
        return self.new_users_before == 0 and self.new_users > 0


def days_of(window: Window, now: datetime, kinds: frozenset[MetricType] = TOLD) -> Days:
    """Return the kept numbers of a window's site days up to today, of these kinds, counting what is not kept yet.

    One query, one for the site's first day once a minute, and three where members and engagement of days must be counted.
    """
    first, last = ends(window, now)
    return _days(first, last, now, kinds) if first is not None and first <= last else {}


def signups(window: Window, now: datetime | None = None) -> list[tuple[date, int]]:
    """Return the new members of each day of the window."""
    found = days_of(window, now or timezone.now())
    return [
        (day, parts[MetricType.USERS].data["new_users"]) for day, parts in found.items() if MetricType.USERS in parts
    ]


def users_total(window: Window, now: datetime | None = None) -> list[tuple[date, int]]:
    """Return how many members there were at the end of each day of the window."""
    found = days_of(window, now or timezone.now())
    return [
        (day, parts[MetricType.USERS].data["total_users"]) for day, parts in found.items() if MetricType.USERS in parts
    ]


def active(window: Window, now: datetime | None = None) -> list[Active]:
    """Return the active members of each day of the window, of its week and of its month."""
    return active_in(days_of(window, now or timezone.now()))


def active_in(days: Days) -> list[Active]:
    """Return the active members of days that were read."""
    return [
        Active(day, *(parts[MetricType.ENGAGEMENT].data[name] for name in ("dau", "wau", "mau", "dau_30_days")))
        for day, parts in days.items()
        if MetricType.ENGAGEMENT in parts
    ]


def learning(window: Window, now: datetime | None = None) -> list[tuple[date, dict[str, int]]]:
    """Return enrolments, completed courses and completed lessons of each day that was counted."""
    found = days_of(window, now or timezone.now())
    return [(day, parts[MetricType.LEARNING].data) for day, parts in found.items() if MetricType.LEARNING in parts]


def overview() -> Overview:
    """Return the platform as it stands. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT COUNT(*) FROM accounts_user), COUNT(*),"
            " SUM(CASE WHEN status = 'published' THEN 1 ELSE 0 END), COUNT(DISTINCT owner_id),"
            " (SELECT COALESCE(SUM(enrolled), 0) FROM stats_coursecounter),"
            " (SELECT COALESCE(SUM(completed), 0) FROM stats_coursecounter) FROM library_course"
        )
        users, made, published, owners, enrolled, completed = (int(number or 0) for number in cursor.fetchone())
    return Overview(users, made, published, owners, enrolled, completed)


def growth(window: Window, days: Days) -> Growth:
    """Return new members from days that were read, against the window before, up to the same time of day. One query."""
    rows = tuple(
        (day, parts[MetricType.USERS].data["new_users"], parts[MetricType.USERS].data["total_users"])
        for day, parts in days.items()
        if MetricType.USERS in parts
    )
    span = before(window)
    earlier = None if span is None else members.made_between(span.start_at, span.end_at)
    return Growth(rows[-1][2] if rows else 0, sum(new for _day, new, _total in rows), earlier, rows)


def main_currency() -> str:
    """Return the currency with the highest run rate, asked once a minute."""
    return currencies()[0]


def currencies() -> list[str]:
    """Return the currencies that there are, the main one first. Two queries once a minute."""
    found: list[str] | None = cache.get(CURRENCIES)
    if found is None:
        found = revenue.currencies(timezone.now())
        cache.set(CURRENCIES, found, CURRENCIES_S)
    return found


# What is kept, and what is not


def ends(window: Window, now: datetime) -> tuple[date | None, date]:
    """Return the first and last site day of a window between the site's first day and today; None for no day."""
    today, begun = day_of(now, settings.TIME_ZONE), _beginning()
    last = min(window.end_day - DAY, today)
    if begun is None or begun > last:
        return None, last
    return max(window.first_day, begun), last


def _beginning() -> date | None:
    found: date | None = cache.get(BEGINNING)
    if found is None:
        found = aggregating.beginning()
        if found is not None:
            cache.set(BEGINNING, found, BEGINNING_S)
    return found


def _days(first: date, last: date, now: datetime, kinds: frozenset[MetricType]) -> Days:
    found: Days = {first + number * DAY: {} for number in range((last - first).days + 1)}
    kept = PlatformAnalytics.objects.filter(timeframe=Timeframe.DAILY, date__gte=first, date__lte=last)
    for day, kind, data, counted_at, is_closed, took_ms in kept.filter(metric_type__in=kinds).values_list(
        "date", "metric_type", "metric_data", "counted_at", "is_closed", "took_ms"
    ):
        is_good = is_closed or (day == last and (now - counted_at < FRESH or took_ms >= CHEAP_MS))
        if is_good:
            found[day][MetricType(kind)] = Kept(data, counted_at, is_closed)
    needed = kinds - {MetricType.LEARNING}
    lacking = [day for day, parts in found.items() if not needed <= parts.keys()]
    if lacking:
        today = day_of(now, settings.TIME_ZONE)
        periods = [one for one in counting.days(lacking[0], lacking[-1], today) if one.first in set(lacking)]
        for row in counting.running(lacking[0], lacking[-1], periods):
            found[row.period.first][row.metric_type] = Kept(row.data, now, False)
    return found


def uncounted(days: Days, first: date, last: date) -> list[date]:
    """Return the days from one to another of which what was learned is not kept."""
    every = (first + number * DAY for number in range((last - first).days + 1))
    return [day for day in every if MetricType.LEARNING not in days.get(day, {})]
