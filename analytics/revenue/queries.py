"""The numbers of revenue that other parts ask for. Each currency stands by itself."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from django.conf import settings
from django.db import connection
from django.db.models import Sum

from analytics.revenue.books import Books, Movements, Sums
from analytics.revenue.books import beside as books_beside
from analytics.revenue.lifetimes import Lifetime, lifetime
from analytics.revenue.models import RevenueDay
from analytics.revenue.rates import Movement
from analytics.revenue.takings import Takings, Till
from stats.windows import DAY, Window, day_of, midnight

USUAL = "EUR"

# From one currency to the next by the index: both tables have years of rows and a handful of currencies.
_NEXT = """
SELECT MIN(currency) FROM {table} UNION ALL
SELECT (SELECT MIN(t.currency) FROM {table} t WHERE t.currency > n.currency) FROM {name} n WHERE n.currency IS NOT NULL
"""
_CURRENCIES = f"""
WITH RECURSIVE agreed(currency) AS ({_NEXT.format(table="analytics_revenueday", name="agreed")}),
paid(currency) AS ({_NEXT.format(table="analytics_takingsday", name="paid")})
SELECT currency FROM agreed WHERE currency IS NOT NULL UNION SELECT currency FROM paid WHERE currency IS NOT NULL
"""


def currencies(now: datetime) -> list[str]:
    """Return the currencies in which anything was ever paid or agreed, the one with the highest run rate first. One query,
    two where there are several.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CURRENCIES)
        found = sorted(currency for (currency,) in cursor.fetchall())
    if len(found) > 1:
        days = RevenueDay.objects.filter(day__lte=day_of(now, settings.TIME_ZONE))
        rates = dict(days.values_list("currency").annotate(Sum("amount")).order_by())
        found.sort(key=lambda currency: -rates.get(currency, 0))
    return found or [USUAL]


@dataclass(frozen=True)
class Summary:
    """The headline figures of one currency in one window; amounts in minor units. At most six queries for all of them.

    What each of them means is said in `analytics.revenue.figures`. `mau` tells how many members were active in the 30 days
    that end with the window's last day. `is_before` is for the window that another one is compared with (`beside`).
    """

    window: Window
    currency: str
    now: datetime
    mau: Callable[[], int] | None = None
    is_before: bool = False

    @cached_property
    def books(self) -> Books:
        """The run rate and its movements."""
        return Books(self.window, self.currency, self.now)

    @cached_property
    def till(self) -> Till:
        """What was paid."""
        return Till(self.window, self.currency, self.now)

    @cached_property
    def lifetime(self) -> Lifetime:
        """How long members stay."""
        return lifetime(self.currency, self.now)

    @property
    def takings(self) -> Takings:
        """What was paid and given back in the window."""
        return self.till.total_before if self.is_before else self.till.total

    @property
    def mrr_minor(self) -> int:
        """Monthly recurring revenue at the end of the window, or now."""
        return self.books.monthly

    @property
    def arr_minor(self) -> int:
        """Twelve times that, before it was rounded."""
        return self.books.rate

    @property
    def customers(self) -> int:
        """How many pay."""
        return self.books.people

    @property
    def arppu_minor(self) -> int | None:
        """Monthly recurring revenue for each who pays."""
        return self.books.per_payer

    @property
    def arpu_minor(self) -> int | None:
        """Monthly recurring revenue for each of the members who were active in 30 days; None where nobody knows how many."""
        return self.books.per_active(self.mau()) if self.mau else None

    @property
    def customer_churn(self) -> float | None:
        """Of those who paid when the window began, who do not when it ends, in percent."""
        return self.books.kept.customer_churn

    @property
    def revenue_churn(self) -> float | None:
        """Of what they brought, what was lost or reduced, in percent."""
        return self.books.kept.revenue_churn

    @property
    def net_retention(self) -> float | None:
        """What those who paid when the window began bring when it ends, in percent of what they brought."""
        return self.books.kept.net_retention

    @property
    def ltv_minor(self) -> int | None:
        """What one who pays brings until leaving; None where nobody left in 90 days, see `lifetime.note`."""
        return self.lifetime.value_minor(self.books.rate, self.books.people)


def beside(
    window: Window, before: Window | None, currency: str, now: datetime, mau: Callable[[], int] | None = None
) -> tuple[Summary, Summary | None]:
    """Return the figures of a window, and of the one that it is compared with, which share their queries."""
    books, earlier = books_beside(window, before, currency, now)
    shared = {"till": Till(window, currency, now, before)}
    told = Summary(window, currency, now, mau)
    vars(told).update(shared, books=books)
    if before is None:
        return told, None
    other = Summary(before, currency, now, is_before=True)
    vars(other).update(shared, books=earlier)
    return told, other


@dataclass(frozen=True, slots=True)
class Day:
    """One currency on one site day: what was paid, and the run rate (a year's) when the day was over, or now."""

    takings: Takings
    rate: int
    people: int
    movements: Movements


def by_day(first: date, last: date, now: datetime) -> dict[date, dict[str, Day]]:
    """Return each site day from `first` to `last` that is not to come, by currency.

    A day before anything happened in a currency does not have it. A query, and four for each currency.
    """
    zone = settings.TIME_ZONE
    window = Window(midnight(first, zone), midnight(last + DAY, zone), zone)
    found: dict[date, dict[str, Day]] = defaultdict(dict)
    for currency in currencies(now):
        takings = Till(window, currency, now).by_day()
        for step in Books(window, currency, now).days:
            paid = takings.get(step.day, Takings())
            if step.rate or step.people or any(paid) or any(sums.moves for sums in step.movements.values()):
                found[step.day][currency] = Day(paid, step.rate, step.people, step.movements)
    return dict(found)


__all__ = ["USUAL", "Books", "Day", "Movement", "Summary", "Sums", "Takings", "Till", "beside", "by_day", "currencies"]
