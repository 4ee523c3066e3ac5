"""What was really paid and given back in a window, in one currency: by day, by what for, by country.

A refund counts on the day on which it was given, for what it was given back of; so does what a bank took back by a
dispute. A refund that failed and a dispute that was won are taken off what was given back on the day on which the money
was there again, so that a day may have given back less than nothing. Days that are over are read from what is
kept; the part of a day at which a window begins or ends from the ledger itself.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, reduce
from operator import or_
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection
from django.db.models import Q

from accounts.models import UNDOES, Payment, PaymentKind
from analytics.revenue.rates import divided, together
from stats.fields import to_day
from stats.windows import DAY, Window, day_of, midnight, period_of

_SUMS = "SUM(payments), SUM(refunds), CAST(SUM(paid_minor) AS bigint), CAST(SUM(refunded_minor) AS bigint) FROM analytics_takingsday"
_KEPT = f"""
SELECT day, product, plan_id, '', {_SUMS} WHERE currency = %s AND day >= %s AND day < %s GROUP BY day, product, plan_id
UNION ALL SELECT NULL, '', 0, country, {_SUMS} WHERE currency = %s AND day >= %s AND day < %s GROUP BY country
UNION ALL SELECT NULL, '', 0, NULL, {_SUMS} WHERE currency = %s AND day >= %s AND day < %s HAVING COUNT(*) > 0
"""


class Takings(NamedTuple):
    """Payments, and what was given back (refunds and disputes, less those undone): how many and how much in minor units."""

    payments: int = 0
    refunds: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0

    def plus(self, other: "Takings") -> "Takings":
        """Return both together."""
        return together(self, other)

    @property
    def net_minor(self) -> int:
        """What stayed: paid less given back. Below zero where more was given back than came in."""
        return self.paid_minor - self.refunded_minor

    @property
    def average_minor(self) -> int | None:
        """What a payment was on average, refunds apart, rounded half to even; None without one."""
        return divided(self.paid_minor, self.payments) if self.payments else None


def takings_of(kind: str, minor: int) -> Takings:
    """Return what a line of the ledger of money adds."""
    if kind == PaymentKind.PAYMENT:
        return Takings(1, 0, minor, 0)
    return Takings(0, -1, 0, -minor) if kind in UNDOES else Takings(0, 1, 0, minor)


Parts = defaultdict[Any, Takings]


class Sold(NamedTuple):
    """What was paid for: a product and the plan's number, 0 for none."""

    product: str
    plan: int


@dataclass(frozen=True)
class Till:
    """The payments of one currency in one window, and in the one that it is compared with; `now` is the moment of asking.

    One query for everything, and one where a window begins or ends inside a day that is over.
    """

    window: Window
    currency: str
    now: datetime
    before: Window | None = None

    @cached_property
    def total(self) -> Takings:
        """All of the window."""
        return together(Takings(), *self._found[0].values())

    @cached_property
    def total_before(self) -> Takings:
        """All of the window before."""
        return self._found[1]

    def by_day(self) -> dict[date, Takings]:
        """Return each day that has any."""
        return self._sums(self._found[0], lambda key: key[0])

    @cached_property
    def by_sold(self) -> dict[Sold, Takings]:
        """What was paid for, what brought most first."""
        return _ranked(self._sums(self._found[0], lambda key: Sold(*key[1:])))

    def by_step_and_sold(self, grain: str) -> dict[tuple[date, Sold], Takings]:
        """Return what was paid for in each day ('d') or month ('m'), by the first day of it."""
        return self._sums(
            self._found[0], lambda key: (key[0] if grain == "d" else period_of(grain, key[0]), Sold(*key[1:]))
        )

    def by_country(self) -> dict[str, Takings]:
        """Return each country by its two letters, '' where it is not known, what brought most first."""
        return _ranked(self._found[2])

    @cached_property
    def _found(self) -> tuple[Parts, Takings, Parts]:
        """By (day, product, plan) of the window, all of the one before, and by country of the window."""
        now, before, countries = Parts(Takings), Takings(), Parts(Takings)
        first, last = _days(self.window, self.now)
        spans = [(first, last), (first, last), _days(self.before, self.now) if self.before else (first, first)]
        params = [value for span in spans for value in (self.currency, *(day.isoformat() for day in span))]
        with connection.cursor() as cursor:
            cursor.execute(_KEPT, params)
            for day, product, plan, country, *numbers in cursor.fetchall():
                takings = Takings(*numbers)
                if day is not None:
                    now[to_day(day), product, plan] = takings
                elif country is not None:
                    countries[country] = takings
                else:
                    before = takings
        for is_before, key, takings in self._edges():
            if is_before:
                before = before.plus(takings)
            else:
                now[key[:3]] = now[key[:3]].plus(takings)
                countries[key[3]] = countries[key[3]].plus(takings)
        return now, before, countries

    def _edges(self) -> Iterator[tuple[bool, tuple[date, str, int, str], Takings]]:
        """Yield the payments in parts of days: whether before, (day, product, plan, country), takings."""
        parts = [(False, span) for span in _parts(self.window, self.now)]
        parts += [(True, span) for span in _parts(self.before, self.now)] if self.before else []
        if not parts:
            return
        wanted = reduce(or_, (Q(at__gte=start, at__lt=end) for _, (start, end) in parts))
        names = (
            "at",
            "product",
            "plan_id",
            "country",
            "refund_of__plan_id",
            "refund_of__country",
            "kind",
            "amount_minor",
        )
        rows = Payment.objects.filter(wanted, currency=self.currency).order_by()
        for at, product, plan, country, of_plan, of_country, kind, minor in rows.values_list(*names):
            takings = takings_of(kind, minor)
            key = (day_of(at, settings.TIME_ZONE), product, plan or of_plan or 0, country or of_country or "")
            yield from ((is_before, key, takings) for is_before, (start, end) in parts if start <= at < end)

    @staticmethod
    def _sums(parts: Parts, key: Callable[[tuple[Any, ...]], Any]) -> Parts:
        grouped = defaultdict[Any, list[Takings]](list)
        for part, takings in parts.items():
            grouped[key(part)].append(takings)
        return Parts(Takings, {named: together(*every) for named, every in grouped.items()})


def _ranked(parts: dict[Any, Takings]) -> dict[Any, Takings]:
    return dict(sorted(parts.items(), key=lambda part: (-part[1].net_minor, str(part[0]))))


def _days(window: Window, now: datetime) -> tuple[date, date]:
    """Return the site days of a window that are kept whole, as the first and the day after the last: today is, up to now."""
    zone = settings.TIME_ZONE
    first, last = day_of(window.start_at, zone), day_of(window.end_at, zone)
    if midnight(first, zone) < window.start_at:
        first += DAY
    if window.end_at >= now:
        last = day_of(now, zone) + DAY
    return first, max(first, last)


def _parts(window: Window, now: datetime) -> list[tuple[datetime, datetime]]:
    """Return the parts of days at the ends of a window that are not kept by themselves."""
    zone = settings.TIME_ZONE
    start, end = window.start_at, window.end_at
    first, last = day_of(start, zone), day_of(end, zone)
    found = []
    if midnight(first, zone) < start:
        first += DAY
        found.append((start, min(end, midnight(first, zone))))
    if end < now and midnight(last, zone) < end and first <= last:
        found.append((midnight(last, zone), end))
    return found
