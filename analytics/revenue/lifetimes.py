"""How long members stay, and what one brings until then."""

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from django.conf import settings
from django.db import connection
from django.utils.translation import ngettext

from analytics.revenue.rates import MONTHS, divided
from stats.fields import to_day
from stats.windows import DAY, day_of

MONTH_DAYS, PERIODS = 30, 3

_STARTED = """
SELECT SUM(CASE WHEN day < %s THEN people ELSE 0 END), SUM(CASE WHEN day < %s THEN people ELSE 0 END), SUM(people),
    (SELECT MIN(day) FROM analytics_revenueday WHERE currency = %s),
    (SELECT COUNT(*) FROM ({left}) l)
FROM analytics_revenueday WHERE currency = %s AND day < %s
"""
# Whom the moves of a period take from those who pay to those who do not: who came and left inside it nets to nothing, and who first
# paid after it began is none of them.
_LEFT = """
SELECT user_id FROM analytics_revenuemove WHERE currency = %s AND day >= %s AND day < %s AND cohort <= %s
GROUP BY user_id HAVING SUM(CASE WHEN after = 0 THEN -1 WHEN before = 0 THEN 1 ELSE 0 END) < 0
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
    ends = [(today - DAY * MONTH_DAYS * number).isoformat() for number in range(PERIODS, -1, -1)]
    left = [value for start, end in pairwise(ends) for value in (currency, start, end, start)]
    sql = _STARTED.format(left=" UNION ALL ".join([_LEFT] * PERIODS))
    with connection.cursor() as cursor:
        cursor.execute(sql, [*ends[:2], currency, *left, currency, ends[2]])
        *started, first, lost = cursor.fetchone()
    months = (today - to_day(first)).days // MONTH_DAYS if first else 0
    return Lifetime(sum(int(people or 0) for people in started), int(lost), max(months, 0))
