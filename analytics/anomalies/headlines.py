"""The headline numbers of a day of which a range is expected, each one record."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.billing import money
from accounts.staffing import Area
from analytics import figures
from analytics.platform.models import MetricType

MS_PER_HOUR = 3_600_000


def count(value: int) -> str:
    """Write a count."""
    return figures.number(value)


def hours(value: int) -> str:
    """Write milliseconds as hours."""
    return str(_("%(hours)s hours") % {"hours": figures.number(value / MS_PER_HOUR, 1)})


@dataclass(frozen=True, slots=True)
class Headline:
    """A number of a kept day: `read` finds it in the day's `metric_data`.

    `quantum` is one of what is counted in its unit; `area` what staff must be allowed to read to see it.
    """

    key: str
    label: str | Promise
    kind: MetricType
    read: Callable[[dict[str, Any]], int]
    write: Callable[[int], str] = count
    quantum: int = 1
    area: Area = Area.NUMBERS


HEADLINES = (
    Headline("new_users", _("New members"), MetricType.USERS, lambda data: data["new_users"]),
    Headline("dau", _("Active members"), MetricType.ENGAGEMENT, lambda data: data["dau"]),
    Headline("plays", _("Plays"), MetricType.ENGAGEMENT, lambda data: data["plays"]),
    Headline(
        "watched_hours", _("Time watched"), MetricType.ENGAGEMENT, lambda data: data["played_ms"], hours, MS_PER_HOUR
    ),
    Headline("enrollments", _("Enrolments"), MetricType.LEARNING, lambda data: data["enrollments"]),
)


def takings_of(currency: str) -> Headline:
    """Return the headline of what was paid in a currency, refunds taken off."""
    return Headline(
        f"revenue:{currency}",
        _("Revenue in %(currency)s") % {"currency": currency},
        MetricType.REVENUE,
        lambda data: data[currency]["paid_minor"] - data[currency]["refunded_minor"] if currency in data else 0,
        lambda value: money.written(value, currency),
        100,
        Area.MONEY,
    )


def headline(key: str) -> Headline:
    """Return a headline by its key. Raises KeyError."""
    if key.startswith("revenue:"):
        return takings_of(key.removeprefix("revenue:"))
    return BY_KEY[key]


BY_KEY = {one.key: one for one in HEADLINES}
