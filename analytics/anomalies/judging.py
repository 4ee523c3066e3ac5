"""Judging days that are over: what each headline number was expected to be, kept beside what it was."""

from collections.abc import Iterable
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from analytics.anomalies.expecting import WEEK, WEEKS, expected
from analytics.anomalies.headlines import HEADLINES, Headline, takings_of
from analytics.anomalies.models import Expectation
from analytics.platform.models import MetricType, PlatformAnalytics, Timeframe
from stats.windows import DAY, day_of

RECENT_DAYS = 28


def judge(days: Iterable[date]) -> int:
    """Keep what was expected of days, in place of what was kept of them. Returns how many rows. Three statements.

    A day that is not kept yet, or not over, is left out; so are the noughts before a number's first day, of which nothing is
    to be learned.
    """
    wanted = sorted(set(days))
    if not wanted:
        return 0
    found = _kept(wanted[0] - WEEKS * WEEK, wanted[-1])
    rows = [row for headline in _headlines(found) for row in _judged(headline, wanted, found)]
    with transaction.atomic():
        Expectation.objects.filter(day__in=wanted).delete()
        Expectation.objects.bulk_create(
            rows,
            batch_size=500,
            update_conflicts=True,
            unique_fields=["metric", "day"],
            update_fields=["low", "high", "typical", "least", "most", "seen", "actual", "is_unusual"],
        )
    return len(rows)


def judge_recent(now: datetime) -> int:
    """Judge the last four weeks: what came late for a day may have made it usual, or unusual. Returns how many rows."""
    today = day_of(now, settings.TIME_ZONE)
    return judge(today - number * DAY for number in range(1, RECENT_DAYS + 1))


def judge_all() -> int:
    """Judge every kept day. Returns how many rows."""
    kept = PlatformAnalytics.objects.filter(
        timeframe=Timeframe.DAILY, metric_type=MetricType.USERS, is_closed=True
    ).order_by("date")
    return judge(kept.values_list("date", flat=True))


def is_begun() -> bool:
    """Whether any day was ever judged."""
    return Expectation.objects.exists()


Found = dict[MetricType, dict[date, dict]]


def _kept(first: date, last: date) -> Found:
    rows = PlatformAnalytics.objects.filter(
        timeframe=Timeframe.DAILY, is_closed=True, date__gte=first, date__lte=last
    ).values_list("metric_type", "date", "metric_data")
    found: Found = {kind: {} for kind in MetricType}
    for kind, day, data in rows:
        found[MetricType(kind)][day] = data
    return found


def _headlines(found: Found) -> list[Headline]:
    currencies = {currency for data in found[MetricType.REVENUE].values() for currency in data}
    return [*HEADLINES, *(takings_of(currency) for currency in sorted(currencies))]


def _judged(headline: Headline, days: list[date], found: Found) -> Iterable[Expectation]:
    every = {day: headline.read(data) for day, data in found[headline.kind].items()}
    begun = min((day for day, value in every.items() if value), default=None)
    values = {day: value for day, value in every.items() if begun and day >= begun}
    for day in days:
        span = expected(day, values, quantum=headline.quantum) if day in values else None
        if span is not None:
            actual = values[day]
            yield Expectation(
                metric=headline.key,
                day=day,
                low=span.low,
                high=span.high,
                typical=span.typical,
                least=span.least,
                most=span.most,
                seen=span.seen,
                actual=actual,
                is_unusual=not span.has(actual),
            )
