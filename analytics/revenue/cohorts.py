"""What members brought, by the month in which they first paid: how much of it is left month by month."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db.models import CharField, Sum
from django.db.models.functions import Cast, Substr

from analytics.revenue.books import Books, Mover, percent
from analytics.revenue.models import RevenueDay
from analytics.revenue.rates import Movement
from stats.windows import DAY, Window, day_of, midnight, next_period, period_of

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Cell:
    """A cohort when a month was over, or now while it is not: who pays, and at what run rate."""

    month: date
    people: int
    rate: int
    began: int
    is_open: bool = False

    @property
    def kept(self) -> float | None:
        """The run rate in percent of the one that the cohort began with. It passes 100 where members upgrade."""
        return percent(self.rate, self.began)


@dataclass(frozen=True, slots=True)
class Cohort:
    """Those who first paid in a month: how many, the run rate that they began with, and each month from then to now."""

    month: date
    people: int
    rate: int
    cells: tuple[Cell, ...]


def cohorts(
    currency: str, now: datetime, months: int = MONTHS, *, movers: Sequence[Mover] | None = None
) -> list[Cohort]:
    """Return the cohorts of so many months up to this one, the oldest first; none for a month in which nobody began.

    `movers` are today's, where they are known. One query then, otherwise two.
    """
    zone = settings.TIME_ZONE
    today = day_of(now, zone)
    this = period_of("m", today)
    first = this
    for _ in range(months - 1):
        first = period_of("m", first - DAY)
    moved = _moved(currency, today, first, movers_of(currency, now) if movers is None else movers)
    found = []
    for month in _months(first, this):
        people, rate = moved[month, Movement.NEW.value, month]
        if not people:
            continue
        cells, heads, left = [], 0, 0
        for step in _months(month, this):
            for movement in Movement:
                more, amount = moved[month, movement.value, step]
                heads, left = heads + more, left + amount
            cells.append(Cell(step, heads, left, rate, is_open=step == this))
        found.append(Cohort(month, people, rate, tuple(cells)))
    return found


def _moved(
    currency: str, today: date, first: date, movers: Sequence[Mover]
) -> dict[tuple[date, str, date], tuple[int, int]]:
    """Return (people, run rate) by cohort, movement and month, with today's up to now."""
    found: dict[tuple[date, str, date], tuple[int, int]] = defaultdict(lambda: (0, 0))
    rows = (
        RevenueDay.objects.filter(currency=currency, cohort__gte=first, day__lt=today)
        .annotate(month=Substr(Cast("day", CharField()), 1, 7))
        .values_list("cohort", "movement", "month")
        .annotate(Sum("people"), Sum("amount"))
        .order_by()
    )
    for cohort, movement, month, people, amount in rows:
        found[cohort, movement, date.fromisoformat(f"{month}-01")] = (int(people), int(amount))
    for mover in movers:
        key = (mover.cohort, mover.movement.value, period_of("m", today))
        people, amount = found[key]
        found[key] = (people + (mover.after > 0) - (mover.before > 0), amount + mover.after - mover.before)
    return found


def movers_of(currency: str, now: datetime) -> list[Mover]:
    """Return who moved today, up to now. One query."""
    zone = settings.TIME_ZONE
    today = day_of(now, zone)
    return Books(Window(midnight(today, zone), midnight(today + DAY, zone), zone), currency, now).movers_of_pieces()


def _months(first: date, last: date) -> list[date]:
    found, month = [], first
    while month <= last:
        found.append(month)
        month = next_period("m", month)
    return found
