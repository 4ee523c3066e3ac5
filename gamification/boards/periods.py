"""Weeks and months of the site's days, by the names under which points are kept: '2026-11', '2026-W47'."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import formats
from django.utils.translation import gettext as _

from gamification.scores import ALL, periods_of_day
from stats.fields import to_micros

DAY = timedelta(days=1)

_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])", re.ASCII)
_WEEK = re.compile(r"(\d{4})-W(0[1-9]|[1-4]\d|5[0-3])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """A week or a month: its name and its days, `last` among them."""

    name: str
    first: date
    last: date

    @property
    def is_week(self) -> bool:
        """Whether it is a week."""
        return "W" in self.name

    @property
    def begins_at(self) -> datetime:
        """The instant at which it begins."""
        return _midnight(self.first)

    @property
    def ends_at(self) -> datetime:
        """The instant at which it is over."""
        return _midnight(self.last + DAY)

    @property
    def span(self) -> tuple[int, int]:
        """Beginning and end in microseconds."""
        return to_micros(self.begins_at), to_micros(self.ends_at)

    @property
    def next(self) -> "Period":
        """The one after it."""
        return (week_of if self.is_week else month_of)(self.last + DAY)

    @property
    def label(self) -> str:
        """Its name in words."""
        if self.is_week:
            return _("Week of %(day)s") % {"day": formats.date_format(self.first, "j F Y")}
        return formats.date_format(self.first, "F Y")

    def days_left(self, today: date) -> int:
        """Return on how many days points still count in it, today among them."""
        return (self.last - today).days + 1


def week_of(day: date) -> Period:
    """Return the week of a day, Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return Period(periods_of_day(day)[1], monday, monday + timedelta(days=6))


def month_of(day: date) -> Period:
    """Return the month of a day."""
    first = day.replace(day=1)
    return Period(periods_of_day(day)[0], first, (first + timedelta(days=31)).replace(day=1) - DAY)


def named(name: str) -> Period | None:
    """Return the week or month of this name, None if there is none."""
    try:
        if found := _MONTH.fullmatch(name):
            return month_of(date(int(found[1]), int(found[2]), 1))
        if found := _WEEK.fullmatch(name):
            return week_of(date.fromisocalendar(int(found[1]), int(found[2]), 1))
    except (ValueError, OverflowError):
        return None
    return None


def current(today: date) -> tuple[str, str, str]:
    """Return the periods that are going on: all time, the month, the week."""
    return (ALL, *periods_of_day(today))


def _midnight(day: date) -> datetime:
    """Return when a day of the site's begins."""
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE)).astimezone(UTC)
