"""What was really paid and given back in a window, in one currency: by day, by what for, by country.

A refund counts on the day on which it was given, for what it was given back of. Days that are over are read from what is
kept; the part of a day at which a window begins or ends from the ledger itself.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property, partial, reduce
from operator import or_
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Q, Sum

from accounts.models import Payment, PaymentKind
from analytics.revenue.models import TakingsDay
from stats.windows import DAY, Window, day_of, midnight, period_of


class Takings(NamedTuple):
    """Payments and refunds, how many and how much in minor units."""

    payments: int = 0
    refunds: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0

    def plus(self, other: "Takings") -> "Takings":
        """Return both together."""
        return Takings(*(one + more for one, more in zip(self, other, strict=True)))

    @property
    def net_minor(self) -> int:
        """What stayed: paid less given back. Below zero where more was given back than came in."""
        return self.paid_minor - self.refunded_minor

    @property
    def average_minor(self) -> int | None:
        """What a payment was on average, refunds apart, rounded half to even; None without one."""
        return round(Fraction(self.paid_minor, self.payments)) if self.payments else None


class Sold(NamedTuple):
    """What was paid for: a product and the plan's number, 0 for none."""

    product: str
    plan: int


@dataclass(frozen=True)
class Till:
    """The payments of one currency in one window; `now` is the moment of asking.

    One query for days and what was sold, one for countries, and one for a window that does not begin at midnight.
    """

    window: Window
    currency: str
    now: datetime

    @cached_property
    def total(self) -> Takings:
        """All of the window."""
        return self._sums(self._sold, lambda _key: "").get("", Takings())

    def by_day(self) -> dict[date, Takings]:
        """Return each day that has any."""
        return self._sums(self._sold, lambda key: key[0])

    def by_sold(self) -> dict[Sold, Takings]:
        """Return what was paid for, what brought most first."""
        return _ranked(self._sums(self._sold, lambda key: Sold(*key[1:])))

    def by_step_and_sold(self, grain: str) -> dict[tuple[date, Sold], Takings]:
        """Return what was paid for in each day ('d') or month ('m'), by the first day of it."""
        step = (lambda day: day) if grain == "d" else partial(period_of, grain)
        return self._sums(self._sold, lambda key: (step(key[0]), Sold(*key[1:])))

    @cached_property
    def by_country(self) -> dict[str, Takings]:
        """Each country by its two letters, '' where it is not known, what brought most first."""
        found = self._kept("country")
        for (_, _, _, country), takings in self._edges:
            found[country,] = found.get((country,), Takings()).plus(takings)
        return _ranked(self._sums(found, lambda key: key[0]))

    @cached_property
    def _sold(self) -> dict[tuple[Any, ...], Takings]:
        """By (day, product, plan)."""
        found = self._kept("day", "product", "plan_id")
        for (day, product, plan, _), takings in self._edges:
            found[day, product, plan] = found.get((day, product, plan), Takings()).plus(takings)
        return found

    @cached_property
    def _span(self) -> tuple[date, date, list[Q]]:
        """The days that are kept whole, as the first and the day after the last, and the parts of days around them."""
        zone = settings.TIME_ZONE
        start, end = self.window.start_at, self.window.end_at
        first, last = day_of(start, zone), day_of(end, zone)
        parts = []
        if midnight(first, zone) < start:
            first += DAY
            parts.append(Q(at__gte=start, at__lt=min(end, midnight(first, zone))))
        if end >= self.now:
            last = day_of(self.now, zone) + DAY  # nothing is paid after the moment of asking
        elif midnight(last, zone) < end and first <= last:
            parts.append(Q(at__gte=midnight(last, zone), at__lt=end))
        return first, last, parts

    def _kept(self, *names: str) -> dict[tuple[Any, ...], Takings]:
        first, last, _ = self._span
        rows = TakingsDay.objects.filter(currency=self.currency, day__gte=first, day__lt=last).values_list(*names)
        sums = rows.annotate(*(Sum(name) for name in Takings._fields)).order_by()
        return {tuple(row[: len(names)]): Takings(*map(int, row[len(names) :])) for row in sums}

    @cached_property
    def _edges(self) -> list[tuple[tuple[date, str, int, str], Takings]]:
        """The payments of the parts of days: (day, product, plan, country), takings."""
        *_, parts = self._span
        if not parts:
            return []
        rows = Payment.objects.filter(reduce(or_, parts), currency=self.currency)
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
        found = []
        for at, product, plan, country, of_plan, of_country, kind, minor in rows.values_list(*names):
            is_refund = kind == PaymentKind.REFUND
            takings = Takings(0, 1, 0, minor) if is_refund else Takings(1, 0, minor, 0)
            found.append(
                ((day_of(at, settings.TIME_ZONE), product, plan or of_plan or 0, country or of_country or ""), takings)
            )
        return found

    @staticmethod
    def _sums(parts: dict[tuple[Any, ...], Takings], key: Callable[[tuple[Any, ...]], Any]) -> dict[Any, Takings]:
        found: dict[Any, Takings] = defaultdict(Takings)
        for part, takings in parts.items():
            named = key(part)
            found[named] = found[named].plus(takings)
        return dict(found)


def _ranked(parts: dict[Any, Takings]) -> dict[Any, Takings]:
    return dict(sorted(parts.items(), key=lambda part: (-part[1].net_minor, str(part[0]))))
