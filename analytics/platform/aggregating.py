"""Bringing the kept numbers up to date: days that are over once, days that something came late for again, and today.

Everything may be stopped and run again at any time, and by several at once.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from analytics.platform import counting, storing
from analytics.platform.instants import instant
from analytics.platform.models import MetricType, PlatformAnalytics, Timeframe, TouchedDay
from stats.fields import to_day
from stats.windows import DAY, day_of

MOST_MARKS = 10_000
DAYS_AT_ONCE = 31
SWEEP_S = 20.0
RESTS = 20
LONGEST_REST_S = 900
RESTING = "analytics.platform.resting"

Progress = Callable[[int, int], None]


def aggregate(days: Iterable[date], now: datetime, until: date | None = None) -> int:
    """Count some days anew, with their weeks and months, and what the days after them to `until` (today) owe to them.

    Total members and the members of 30 days of a later day change with an earlier one. Days to come are left out.
    Returns how many rows were kept.
    """
    today = day_of(now, settings.TIME_ZONE)
    wanted = sorted({day for day in days if day <= today})
    if not wanted:
        return 0
    first, last = wanted[0], min(until or today, today)
    last = max(last, wanted[-1])
    since = timezone.now()
    spread = [first + number * DAY for number in range((last - first).days + 1)]
    periods = counting.weeks_and_months(spread, today)
    begin, end = min(period.first for period in periods), max(period.last for period in periods)
    periods += counting.days(first, last, today)
    rows = counting.running(begin, end, periods) + counting.revenue(begin, end, periods, now)
    kept = storing.store(rows, since)
    for day in wanted:
        kept += _learn(next(counting.days(day, day, today)))
    for period in counting.weeks_and_months(wanted, today):
        kept += _learn(period)
    return kept


def refresh_today(now: datetime) -> int:
    """Count today as far as it has come. Returns how many rows were kept."""
    today = day_of(now, settings.TIME_ZONE)
    since, began = timezone.now(), time.monotonic()
    [period] = counting.days(today, today, today)
    rows = counting.running(today, today, [period]) + counting.revenue(today, today, [period], now)
    return storing.store(rows, since, round(1000 * (time.monotonic() - began))) + _learn(period)


def work_off_touched(now: datetime) -> int:
    """Count closed days again that something came late for: at most a month of them. Returns how many days."""
    today = day_of(now, settings.TIME_ZONE)
    marks = TouchedDay.objects.filter(day__lt=today)
    newest = sorted(set(marks.order_by("-day").values_list("day", flat=True)[:MOST_MARKS]), reverse=True)
    days = newest[:DAYS_AT_ONCE]
    if not days:
        return 0
    ids = list(marks.filter(day__in=days).values_list("pk", flat=True)[:MOST_MARKS])
    aggregate(days, now)
    TouchedDay.objects.filter(pk__in=ids).delete()
    return len(days)


def missing(now: datetime) -> list[date]:
    """Return the days since the first of anything that are over and not kept yet, the newest first. Two queries."""
    first, yesterday = beginning(), day_of(now, settings.TIME_ZONE) - DAY
    if first is None or first > yesterday:
        return []
    kept = PlatformAnalytics.objects.filter(
        timeframe=Timeframe.DAILY, metric_type=MetricType.LEARNING, is_closed=True, date__gte=first
    )
    have = set(kept.values_list("date", flat=True))
    every = (yesterday - number * DAY for number in range((yesterday - first).days + 1))
    return [day for day in every if day not in have]


def catch_up(now: datetime, progress: Progress | None = None, within_s: float | None = None) -> int:
    """Count the days that are over and not kept yet, month by month from the newest. Returns how many days.

    With `within_s`, no further month is begun after so many seconds.
    """
    waiting, began, done = missing(now), time.monotonic(), 0
    for days in _months(waiting):
        if within_s is not None and done and time.monotonic() - began > within_s:
            break
        aggregate(days, now, until=days[0])
        done += len(days)
        if progress:
            progress(done, len(waiting))
    return done


def sweep(now: datetime) -> int:
    """Do what is due: closed days, touched days, today. Then rest twenty times as long as that took. Returns how much.

    On a small site today's numbers are so a minute old at most, on a great one a quarter of an hour.
    """
    if cache.get(RESTING):
        return 0
    began = time.monotonic()
    done = catch_up(now, within_s=SWEEP_S)
    while time.monotonic() - began < SWEEP_S and (days := work_off_touched(now)):
        done += days
    done += refresh_today(now)
    rest = min(RESTS * (time.monotonic() - began), LONGEST_REST_S)
    if rest > 1:
        cache.set(RESTING, True, rest)
    return done


def beginning() -> date | None:
    """Return the first site day on which anything was, None on an empty site. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT MIN(created_at) FROM accounts_user), (SELECT MIN(at) FROM accounts_payment),"
            " (SELECT MIN(day) FROM stats_kindday)"
        )
        made, paid, told = cursor.fetchone()
    days = [day_of(instant(at), settings.TIME_ZONE) for at in (made, paid) if at is not None]
    if told is not None:
        days.append(to_day(told))
    return min(days, default=None)


def _learn(period: counting.Period) -> int:
    since, began = timezone.now(), time.monotonic()
    learned = counting.learned(period)
    return storing.store_learned(learned, since, round(1000 * (time.monotonic() - began)))


def _months(days: Sequence[date]) -> Iterable[list[date]]:
    """Yield days, the newest first, in lists of those of one month."""
    found: dict[date, list[date]] = {}
    for day in days:
        found.setdefault(day.replace(day=1), []).append(day)
    return found.values()
