"""What is asked of expected ranges: for charts, for the page of unusual days, for the mail."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from accounts.staffing import may
from analytics.anomalies.headlines import Headline, headline
from analytics.models import Expectation


@dataclass(frozen=True, slots=True)
class Judged:
    """A headline number of a day, the range it was expected in, and the row that says how that came about."""

    headline: Headline
    day: date
    low: int
    high: int
    typical: int
    actual: int
    is_unusual: bool
    row: Expectation

    @property
    def note(self) -> str:
        """Say what was, and from what the range was made; made when somebody reads it, for most days nobody does."""
        return sentence(self.headline, self.row)

    @property
    def written(self) -> str:
        """The number for people."""
        return self.headline.write(self.actual)

    @property
    def range_written(self) -> str:
        """The range for people."""
        return _("%(low)s to %(high)s") % {
            "low": self.headline.write(self.low),
            "high": self.headline.write(self.high),
        }

    @property
    def is_high(self) -> bool:
        """Whether it was more than expected."""
        return self.actual > self.high


def expected(
    metrics: Iterable[str], first: date, last: date, *, is_unusual: bool | None = None
) -> dict[str, dict[date, Judged]]:
    """Return what was expected of some metrics by day, of the days that were judged; only unusual ones, or only the others,
    if asked. One query.
    """
    rows = Expectation.objects.filter(metric__in=list(metrics), day__gte=first, day__lte=last).order_by("day")
    rows = rows if is_unusual is None else rows.filter(is_unusual=is_unusual)
    found: dict[str, dict[date, Judged]] = {}
    for row in rows:
        found.setdefault(row.metric, {})[row.day] = judged(row)
    return found


def unusual(first: date, last: date, user: Any) -> list[Judged]:
    """Return what was unusual on some days, of what a member of staff may see, the newest first. One query."""
    rows = Expectation.objects.filter(is_unusual=True, day__gte=first, day__lte=last).order_by("-day", "metric")
    return visible(map(judged, rows), user)


def of_day(day: date) -> list[Judged]:
    """Return what was expected of a day, in the order of the headlines. One query."""
    return [judged(row) for row in Expectation.objects.filter(day=day).order_by("pk")]


def days_judged() -> tuple[date, date] | None:
    """Return the first and the last day that were judged, None before any. Two queries."""
    days = Expectation.objects.values_list("day", flat=True)
    last = days.order_by("-day").first()
    return (days.order_by("day")[0], last) if last else None


def judged(row: Expectation) -> Judged:
    """Return a kept expectation with its words."""
    of = headline(row.metric)
    return Judged(of, row.day, row.low, row.high, row.typical, row.actual, row.is_unusual, row)


def sentence(of: Headline, row: Expectation) -> str:
    """Say what was, and from what the range was made."""
    before = _("The last %(seen)d days of that weekday had %(least)s to %(most)s, about %(typical)s in the middle.") % {
        "seen": row.seen,
        "least": of.write(row.least),
        "most": of.write(row.most),
        "typical": of.write(row.typical),
    }
    return _("%(actual)s on %(day)s; %(low)s to %(high)s were to be expected. %(before)s") % {
        "actual": of.write(row.actual),
        "day": formats.date_format(row.day, "l j F"),
        "low": of.write(row.low),
        "high": of.write(row.high),
        "before": before,
    }


def visible(numbers: Iterable[Judged], user: Any) -> list[Judged]:
    """Return those numbers that a member of staff may see."""
    return [one for one in numbers if may(user, one.headline.area)]
