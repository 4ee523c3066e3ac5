"""Weeks, months and years that are over: aggregated once, and from then on kept up with what still comes for them.

While a period is being built its grain stands in capitals in `BuiltPeriod`: settling keeps its rows right already, and
readers leave it alone until it is complete.
"""

from collections.abc import Callable
from datetime import date

from django.db import connection, transaction

from stats import ledger, recount, settling
from stats.models import BuiltPeriod, RollupDay
from stats.recount import BEGINNING, GRAINS, Place
from stats.windows import DAY, next_period, period_of

KEYS_AT_ONCE = 200

Progress = Callable[[int, int], None]


class NotOver(ValueError):
    """The period has days to come."""


def last_over(grain: str, today: date) -> date:
    """Return the first day of the last period that is over."""
    return period_of(grain, period_of(grain, today) - DAY)


def unbuilt(grain: str, today: date) -> list[date]:
    """Return the periods that are over, have something in them and are not aggregated yet."""
    days = RollupDay.objects.filter(scope="p", day__lt=period_of(grain, today)).values_list("day", flat=True)
    built = set(BuiltPeriod.objects.filter(grain=grain).values_list("start", flat=True))
    return sorted({period_of(grain, day) for day in days} - built)


def build(grain: str, start: date, today: date, progress: Progress | None = None) -> int:
    """Aggregate one period, in short transactions. Returns how many rows it has. Running it again changes nothing.

    Raises NotOver, doing nothing, for one that is not over `today`.
    """
    if grain not in GRAINS or period_of(grain, start) != start:
        raise ValueError(f"{start} does not begin a period {grain!r}.")
    if next_period(grain, start) > today:
        raise NotOver(f"{start} to {next_period(grain, start) - DAY} is not over.")
    _wait_for_writers()
    settling.settle_all()
    with transaction.atomic():
        if not BuiltPeriod.objects.filter(grain=grain, start=start).exists():
            BuiltPeriod.objects.bulk_create([BuiltPeriod(grain=grain.upper(), start=start)], ignore_conflicts=True)
    rows, total = 0, _size(grain, start) if progress else 0
    after: Place | None = BEGINNING
    while after is not None:
        with settling.alone(connection):
            after, stored = _build_some(grain, start, after)
        rows += stored
        if progress:
            progress(min(rows, total), total)
    with transaction.atomic():
        BuiltPeriod.objects.bulk_create([BuiltPeriod(grain=grain, start=start)], ignore_conflicts=True)
        BuiltPeriod.objects.filter(grain=grain.upper(), start=start).delete()
    return rows


def build_unbuilt(grain: str, today: date, progress: Progress | None = None) -> int:
    """Aggregate every period that is over and not aggregated yet. Returns how many."""
    starts = unbuilt(grain, today)
    for number, start in enumerate(starts):
        build(grain, start, today)
        if progress:
            progress(number + 1, len(starts))
    return len(starts)


def _wait_for_writers() -> None:
    """Wait until whoever wrote before the period was over has committed: later writers mark what they add to it."""
    with transaction.atomic(), connection.cursor() as cursor:
        ledger.lock(cursor)


def _build_some(grain: str, start: date, after: Place) -> tuple[Place | None, int]:
    with connection.cursor() as cursor:
        recount.open_tables(cursor)
        last = recount.take_spans(cursor, grain, start, after, KEYS_AT_ONCE)
        if last is None:
            return None, 0
        recount.count_spans(cursor)
        with transaction.atomic():
            return last, recount.store_spans(cursor)


def _size(grain: str, start: date) -> int:
    days = RollupDay.objects.filter(day__gte=start, day__lt=next_period(grain, start))
    return days.values("scope", "key").distinct().count()
