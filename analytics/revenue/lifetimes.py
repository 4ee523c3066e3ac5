"""How long members stay, and what one brings until then."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.translation import ngettext

from analytics.revenue.rates import MONTHS, divided
from stats.fields import to_micros
from stats.windows import DAY, day_of, midnight

MONTH_DAYS, PERIODS = 30, 3

_LOST = """
SELECT COUNT(DISTINCT s.user_id),
    (SELECT SUM(d.people) FROM analytics_revenueday d WHERE d.currency = %s AND d.day < %s),
    (SELECT MIN(d.day) FROM analytics_revenueday d WHERE d.currency = %s)
FROM analytics_revenuespell s
WHERE s.currency = %s AND s.rate > 0 AND s.since <= %s AND s.until > %s AND s.until <= %s AND NOT EXISTS (
    SELECT 1 FROM analytics_revenuespell e
    WHERE e.user_id = s.user_id AND e.currency = %s AND e.rate > 0 AND e.since <= %s AND e.until > %s
)
"""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """Of three periods of 30 days together: how many paid when each began, and how many of them did not when it ended.

    `months` are the whole periods since somebody first paid.
    """

    started: int
    lost: int
    months: int

    @property
    def monthly_churn(self) -> float | None:
        """The share that leaves in 30 days, in percent; None where nobody paid."""
        return round(self.lost / self.started * 100, 4) if self.started else None

    def value_minor(self, rate: int, people: int) -> int | None:
        """Return what one who pays brings until leaving: the monthly amount for each, divided by the churn.

        In minor units, rounded half to even. None where nobody left or nobody pays: see `note`.
        """
        if not self.lost or not people:
            return None
        return divided(rate * self.started, MONTHS * people * self.lost)

    @property
    def note(self) -> str:
        """What stands in the place of the value where nobody left."""
        if self.lost or not self.started:
            return ""
        return ngettext(
            "Nobody left: at least %(months)d month observed.",
            "Nobody left: at least %(months)d months observed.",
            self.months,
        ) % {"months": self.months}


def lifetime(currency: str, now: datetime) -> Lifetime:
    """Return the churn of the last three periods of 30 days, which end with yesterday. One query."""
    today = day_of(now, settings.TIME_ZONE)
    starts = [today - DAY * MONTH_DAYS * number for number in range(PERIODS, 0, -1)]
    params: list[Any] = []
    for day in starts:
        start, end = _micros(day) - 1, _micros(day + DAY * MONTH_DAYS) - 1
        params += [currency, day.isoformat(), currency, currency, start, start, end, currency, end, end]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join([_LOST] * PERIODS), params)
        rows = cursor.fetchall()
    first = rows[0][2]
    months = (today - date.fromisoformat(str(first))).days // MONTH_DAYS if first else 0
    return Lifetime(sum(int(row[1] or 0) for row in rows), sum(int(row[0] or 0) for row in rows), max(months, 0))


def _micros(day: date) -> int:
    return to_micros(midnight(day, settings.TIME_ZONE))
