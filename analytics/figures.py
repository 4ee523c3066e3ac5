"""Numbers written for people: a figure with its unit, a change, a span of time, the line of a small picture."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from math import floor
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import formats, timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from stats.metrics import Unit
from stats.windows import Window

NOTHING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
SPARK_WIDTH, SPARK_HEIGHT, SPARK_EDGE = 100, 34, 4


class Amount(NamedTuple):
    """A figure and its unit, which may be empty."""

    figure: str
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.figure} {self.unit}".strip()


def amount(value: Any, unit: Unit) -> Amount:
    """Write a value of a metric. A dash for None: there was nothing to divide by, or nothing tells it yet."""
    if value is None:
        return Amount(NOTHING)
    if isinstance(value, datetime):
        return Amount(formats.date_format(timezone.localtime(value), "j M Y, H:i"))
    if isinstance(value, str):
        return Amount(value)
    return WRITERS.get(unit, _count)(value)


def number(value: float, decimals: int = 0) -> str:
    """Write a number with its thousands apart, a real minus, and from a million on shortened: 1.2 M."""
    for size, letter in ((1e9, "G"), (1e6, "M")):
        if abs(value) >= size:
            return f"{number(floor(value / size * 10) / 10, 1)} {letter}"
    # A year of days is thousands of numbers, and `formats.number_format` takes twenty times as long for each.
    return f"{value:,.{decimals}f}".translate(_signs(get_language()))


@cache
def _signs(language: str | None) -> dict[int, str]:
    """Return what a language writes for the signs of a number."""
    point, comma = (formats.get_format(f"{name}_SEPARATOR", language) for name in ("DECIMAL", "THOUSAND"))
    return str.maketrans({".": point, ",": comma, "-": MINUS})


def _count(count: float) -> Amount:
    return Amount(number(count, 0 if float(count).is_integer() else 1))


def _seconds(seconds: float) -> Amount:
    if seconds < 60:
        return Amount(number(seconds, 1), _("s"))
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return Amount(f"{minutes}:{rest:02}", _("min"))
    return Amount(f"{minutes // 60}:{minutes % 60:02}", _("h"))


def _bytes(count: float) -> Amount:
    for size, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(count) >= size:
            return Amount(number(count / size, 1), name)
    return Amount(number(count), "B")


WRITERS: dict[Unit, Callable[[float], Amount]] = {
    Unit.SECONDS: _seconds,
    Unit.HOURS: lambda hours: Amount(number(hours, 1 if 0 < abs(hours) < 100 else 0), _("h")),
    Unit.PERCENT: lambda percent: Amount(number(percent, 1 if percent else 0), "%"),
    Unit.BYTES: _bytes,
    Unit.GIGABYTES: lambda size: Amount(number(size, 1), "GB"),
    Unit.HEIGHT: lambda lines: Amount(_("%(lines)dp") % {"lines": lines}),
    Unit.MONEY: lambda minor: Amount(number(minor / 100, 2)),
    Unit.DAYS: lambda days: Amount(number(days), ngettext("day", "days", int(days))),
    Unit.STARS: lambda stars: Amount(number(stars, 1), _("of 5")),
    Unit.PER_WEEK: lambda times: Amount(number(times, 1), _("a week")),
}


# Spans of time


def named(window: Window) -> str:
    """Name a window as one would say it: '23 October to 21 November 2026', 'the last 24 hours'."""
    if window.name == "24h":
        return _("The last 24 hours")
    if window.name == "all":
        return _("Since the beginning")
    if not window.is_whole_days:
        zone = ZoneInfo(window.zone)
        first, last = (
            formats.date_format(at.astimezone(zone), "j F Y, H:i") for at in (window.start_at, window.end_at)
        )
        return _("%(first)s to %(last)s") % {"first": first, "last": last}
    return span(window.first_day, window.end_day - timedelta(days=1))


def span(first: date, last: date) -> str:
    """Write two days without repeating what they share."""
    if first == last:
        return formats.date_format(last, "j F Y")
    if first.year != last.year:
        start = formats.date_format(first, "j F Y")
    else:
        start = formats.date_format(first, "j" if first.month == last.month else "j F")
    return _("%(first)s to %(last)s") % {"first": start, "last": formats.date_format(last, "j F Y")}


def weekday(day: date) -> str:
    """Name a day with its weekday: Tuesday 17 November."""
    return formats.date_format(day, "l j F")


def previous(window: Window) -> str:
    """Name what a window is compared with; '' for everything, before which there is nothing."""
    if window.name == "all":
        return ""
    if window.name == "24h":
        return _("24 hours before")
    if not window.is_whole_days:
        return _("time before")
    return ngettext("day before", "%(days)d days before", window.days) % {"days": window.days}


def clock(at: datetime, zone: str) -> str:
    """Write the time of day in a zone: 14:02:11."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S}"


# A line without axes


def spark(values: Sequence[float | None]) -> str:
    """Return the points of a line through the values that are known, from the least to the greatest.

    Nothing for fewer than two of them.
    """
    known = [(at, value) for at, value in enumerate(values) if value is not None]
    if len(known) < 2:
        return ""
    least, most = min(value for _, value in known), max(value for _, value in known)
    first, last = known[0][0], known[-1][0]
    height = SPARK_HEIGHT - 2 * SPARK_EDGE
    points = []
    for at, value in known:
        share = (value - least) / (most - least) if most > least else 0
        x, y = SPARK_WIDTH * (at - first) / (last - first), SPARK_HEIGHT - SPARK_EDGE - height * share
        points.append(f"{x:.1f},{y:.1f}")
    return " ".join(points)
