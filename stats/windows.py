"""Spans of time that numbers are asked for, and the days they are made of. Pure.

A window is half-open and says in which zone its days are. The ranges of days end with today, which is not over yet;
what came before is compared up to the same time of day.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

DAY = timedelta(days=1)
RANGES = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
NAMES = ("24h", *RANGES, "all")
LONGEST_DAYS = 400
BEGINNING = date(1969, 12, 31)  # no event is older than 1970 in UTC


@dataclass(frozen=True, slots=True)
class Window:
    """The instants from `start_at` to before `end_at`. `name` is how it was asked for; empty where it was by dates.

    `until` is the moment of asking where that lies inside.
    """

    start_at: datetime
    end_at: datetime
    zone: str
    name: str = ""
    until: datetime | None = None

    @property
    def is_whole_days(self) -> bool:
        """Whether it begins and ends at midnight of its zone."""
        return midnight(self.first_day, self.zone) == self.start_at and midnight(self.end_day, self.zone) == self.end_at

    @property
    def first_day(self) -> date:
        """The day of its first instant."""
        return day_of(self.start_at, self.zone)

    @property
    def end_day(self) -> date:
        """The day after its last instant's."""
        return day_of(self.end_at - timedelta(microseconds=1), self.zone) + DAY

    @property
    def days(self) -> int:
        """How many days it touches."""
        return (self.end_day - self.first_day).days

    def whole_days(self, zone: str) -> tuple[date, date] | None:
        """Return the days of a zone that lie wholly inside, as first day and day after the last; None if there is none."""
        first, end = day_of(self.start_at, zone), day_of(self.end_at, zone)
        if midnight(first, zone) < self.start_at:
            first += DAY
        return (first, end) if first < end else None

    def __iter__(self) -> Iterator[date]:
        """Yield each day that it touches."""
        day, end = self.first_day, self.end_day
        while day < end:
            yield day
            day += DAY


@cache
def zone_names() -> frozenset[str]:
    """Return the names of all time zones: read once, for it walks through their files."""
    return frozenset(available_timezones())


def midnight(day: date, zone: str) -> datetime:
    """Return when a day begins in a zone: an aware instant in UTC. Where midnight is skipped, the day begins later."""
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


def day_of(at: datetime, zone: str) -> date:
    """Return the day of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def named(name: str, now: datetime, zone: str) -> Window:
    """Return one of `NAMES`: 24 hours back from now, or so many days with today as the last, or everything."""
    if name == "24h":
        return Window(now - DAY, now, zone, name, now)
    today = day_of(now, zone)
    first = BEGINNING if name == "all" else today - timedelta(days=RANGES[name] - 1)
    return Window(midnight(first, zone), midnight(today + DAY, zone), zone, name, now)


def between(first: date, last: date, now: datetime, zone: str) -> Window:
    """Return the window of the days from `first` to `last`, both in it."""
    start, end = midnight(first, zone), midnight(last + DAY, zone)
    return Window(start, end, zone, "", now if start <= now < end else None)


def before(window: Window) -> Window | None:
    """Return the window of equal length just before, for comparison; None where there is nothing before everything.

    Of a window that is not over, as much of it as has passed, to the minute: who asks again soon asks for the same window,
    so that what was counted of it may be remembered.
    """
    if window.name == "all":
        return None
    if not window.is_whole_days:
        return Window(window.start_at - (window.end_at - window.start_at), window.start_at, window.zone)
    span = timedelta(days=window.days)
    start = midnight(window.first_day - span, window.zone)
    if window.until is None or window.until >= window.end_at:
        return Window(start, window.start_at, window.zone)
    until = window.until.replace(second=0, microsecond=0)
    return Window(start, same_time(until, -window.days, window.zone), window.zone)


def same_time(at: datetime, days: int, zone: str) -> datetime:
    """Return the same time by the clock so many days later."""
    local = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) + timedelta(days=days)
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


# Weeks, months and years


def period_of(grain: str, day: date) -> date:
    """Return the first day of the week ('w', from Monday), month ('m') or year ('y') of a day."""
    if grain == "w":
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if grain == "m" else day.replace(month=1, day=1)


def next_period(grain: str, start: date) -> date:
    """Return the first day of the period after."""
    if grain == "w":
        return start + timedelta(days=7)
    if grain == "m":
        return date(start.year + start.month // 12, start.month % 12 + 1, 1)
    return date(start.year + 1, 1, 1)


def covered(first: date, end: date) -> Iterator[tuple[str, date]]:
    """Yield the fewest days ('d'), months and years, in order, that make up the days from `first` to before `end`."""
    day = first
    while day < end:
        for grain in ("y", "m"):
            if period_of(grain, day) == day and next_period(grain, day) <= end:
                yield grain, day
                day = next_period(grain, day)
                break
        else:
            yield "d", day
            day += DAY
