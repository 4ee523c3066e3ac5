"""What pages say of one member: this week's part of the eight, days, hours and types of watching, every own number."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from accounts.pages import TYPE_LABELS
from analytics import figures
from analytics.heat import Activity
from analytics.queries import Spell
from gamification import queries as game
from stats import asking, compute, memory, windows
from stats.eight import EIGHT
from stats.metrics import CORE, Metric, Scope, Subject, Unit
from stats.windows import Window

DAYS_BY_DAY, DAYS_BY_WEEK = 31, 182
MS_PER_MINUTE, MS_PER_HOUR = 60_000, 3_600_000
HOURS_FROM = 2 * MS_PER_HOUR  # a chart is in minutes until a column of it is higher


def receipt_url(metric: Metric, window: Window, **subject: str) -> str:
    """Return the address that says how a number is counted."""
    asked = {"range": window.name, "tz": window.zone} if window.name else asking.query_of(window)
    return f"{reverse('analytics:receipt', args=[metric.key])}?{urlencode({**subject, **asked})}"


# The eight


@dataclass(frozen=True, slots=True)
class Week:
    """What was added to one of the eight since Monday, in words, and where the whole is accounted for."""

    words: str
    receipt: str


def weeks(actor: uuid.UUID, last_at: datetime | None, now: datetime, zone: str) -> dict[str, Week]:
    """Return this week's part of each of the eight, by its key. As many queries as eight lifetime numbers cost."""
    registry = compute.registry()
    metrics = [registry[stat.key] for stat in EIGHT]
    today = windows.day_of(now, zone)
    week = windows.between(windows.period_of("w", today), today, now, zone)
    added = compute.compute_all(metrics, Scope.user(actor), week)
    always = windows.named("all", now, zone)
    return {
        metric.key: Week(
            _this_week(metric, added[metric.key].value, last_at, today), receipt_url(metric, always, user="me")
        )
        for metric in metrics
    }


def _this_week(metric: Metric, value: Any, last_at: datetime | None, today: date) -> str:
    if metric.unit is Unit.MOMENT:
        return _when(last_at, today)
    if not value:
        return _("none this week")
    amount = time(round(value * MS_PER_HOUR)) if metric.unit is Unit.HOURS else str(figures.amount(value, metric.unit))
    return _("%(amount)s this week") % {"amount": amount}


def _when(at: datetime | None, today: date) -> str:
    if at is None:
        return _("not yet")
    local = timezone.localtime(at)
    days = (today - local.date()).days
    name = {0: _("today"), 1: _("yesterday")}.get(days) or formats.date_format(local, "j F")
    return f"{name}, {formats.date_format(local, 'H:i')}"


def time(ms: int) -> str:
    """Write a time watched: 48 min, from an hour on 2.9 h."""
    if ms < MS_PER_HOUR:
        return _("%(minutes)s min") % {"minutes": figures.number(max(1, round(ms / MS_PER_MINUTE)))}
    return _("%(hours)s h") % {"hours": figures.number(ms / MS_PER_HOUR, 1)}


def clock(ms: int) -> str:
    """Write a time to the second: 12 s, 4 min 20 s, 2 h 48 min."""
    minutes, seconds = divmod(round(ms / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)s h %(minutes)d min") % {"hours": figures.number(hours), "minutes": minutes}
    return (
        _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": seconds}
        if minutes
        else _("%d s") % seconds
    )


# Days


@dataclass(frozen=True, slots=True)
class StreakDay:
    """One day of this week. `kind` says what the streak made of it, as `gamification.streaks.Told` has it."""

    day: date
    kind: str
    is_active: bool
    is_today: bool
    is_over: bool


@dataclass(frozen=True, slots=True)
class Streak:
    """The game's streak as it stands, the longest ever, and this week from Monday."""

    current: int
    longest: int
    week: tuple[StreakDay, ...]


def activity(found: Iterable[Spell], acts: Iterable[tuple[datetime, int]], zone: str) -> dict[date, Activity]:
    """Return what a person did by day of the zone. Who plays something or does what moves the last activity is active."""
    clock = ZoneInfo(zone)
    played: dict[date, int] = defaultdict(int)
    done: dict[date, int] = defaultdict(int)
    for spell in found:
        day = spell.at.astimezone(clock).date()
        played[day] += spell.played_ms
        done[day] += spell.plays
    for at, number in acts:
        done[at.astimezone(clock).date()] += number
    return {day: Activity(played[day], done[day]) for day in played.keys() | done.keys()}


def streak(member: uuid.UUID, now: datetime) -> Streak | None:
    """Return a member's streak; None for who wants nothing of the game to be shown. Two queries."""
    held = game.chosen([member])[member]
    if held.is_calm:
        return None
    week = game.week(member, now, held)
    days = (
        StreakDay(day.date, day.kind, day.is_active, day.is_today, not (day.is_today or day.is_future))
        for day in week.days
    )
    return Streak(week.standing.current, week.standing.longest, tuple(days))


# Charts


@dataclass(frozen=True, slots=True)
class Cell:
    """A time as a number in the chart's unit, and in milliseconds."""

    number: str
    ms: int


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a chart's table: its name, the shorter one for the axis, and a cell for each series."""

    label: str
    short: str
    cells: tuple[Cell, ...]
    start: date | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A type of item as a series: its palette slot is always the same."""

    key: str
    number: int
    label: Any


@dataclass(frozen=True, slots=True)
class Chart:
    """What a chart of watched time shows, in hours or in minutes."""

    title: str
    is_hours: bool
    kinds: tuple[Kind, ...]
    lines: tuple[Line, ...]


def within(found: Iterable[Spell], window: Window) -> list[Spell]:
    """Return the spells of a window."""
    return [spell for spell in found if window.start_at <= spell.at < window.end_at]


def by_type(found: Sequence[Spell], window: Window) -> Chart:
    """Return the watched time by type over the days of the window, in weeks or months where these are many."""
    clock, today = ZoneInfo(window.zone), windows.day_of(window.until or window.end_at, window.zone)
    played = [(spell.at.astimezone(clock).date(), spell) for spell in found]
    first = window.first_day
    if window.name == "all":
        first = played[0][0] if played else today
    end = min(window.end_day, max([today, *(day for day, _spell in played[-1:])]) + windows.DAY)
    grain = _grain((end - first).days)
    times: dict[date, dict[str, int]] = {start: defaultdict(int) for start in _starts(first, end, grain)}
    for day, spell in played:
        times[max(first, _start(day, grain))][spell.item_type] += spell.played_ms
    present = {spell.item_type for spell in found}
    kinds = tuple(Kind(key, n, label) for n, (key, label) in enumerate(TYPE_LABELS.items(), start=1) if key in present)
    titles = {"d": _("By type and day"), "w": _("By type and week"), "m": _("By type and month")}
    in_hours = max((sum(each.values()) for each in times.values()), default=0) >= HOURS_FROM
    lines = tuple(
        Line(*_names(start, grain), tuple(_cell(each[kind.key], in_hours) for kind in kinds), start)
        for start, each in times.items()
    )
    return Chart(titles[grain], in_hours, kinds, lines)


def by_hour(found: Sequence[Spell], window: Window) -> Chart:
    """Return the watched time by the hour of the day in which the plays began."""
    clock = ZoneInfo(window.zone)
    times = [0] * 24
    for spell in found:
        times[spell.at.astimezone(clock).hour] += spell.played_ms
    in_hours = max(times) >= HOURS_FROM
    lines = tuple(Line(f"{hour}:00", str(hour), (_cell(time, in_hours),)) for hour, time in enumerate(times))
    return Chart(_("By hour of the day"), in_hours, (), lines)


def _grain(days: int) -> str:
    if days <= DAYS_BY_DAY:
        return "d"
    return "w" if days <= DAYS_BY_WEEK else "m"


def _start(day: date, grain: str) -> date:
    return day if grain == "d" else windows.period_of(grain, day)


def _starts(first: date, end: date, grain: str) -> Iterable[date]:
    day = first
    while day < end:
        yield day
        day = day + windows.DAY if grain == "d" else windows.next_period(grain, _start(day, grain))


def _names(start: date, grain: str) -> tuple[str, str]:
    if grain == "m":
        return formats.date_format(start, "F Y"), formats.date_format(start, "M y")
    short = formats.date_format(start, "j M")
    if grain == "w":
        return _("Week from %(day)s") % {"day": formats.date_format(start, "j F Y")}, short
    return formats.date_format(start, "D j F Y"), short


def _cell(ms: int, in_hours: bool) -> Cell:
    return Cell(f"{ms / (MS_PER_HOUR if in_hours else MS_PER_MINUTE):.2f}", ms)


# Every own number


@dataclass(frozen=True, slots=True)
class Number:
    """A metric with its value, and where it is accounted for."""

    metric: Metric
    value: compute.Value
    receipt: str

    @property
    def amount(self) -> figures.Amount:
        """The value in its unit."""
        return figures.amount(self.value.value, self.metric.unit)

    @property
    def waits_for(self) -> str:
        """What must come before there is anything to count; '' where there is."""
        return self.metric.waits_for if self.value.value is None else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Numbers that belong together. `window` names the window that all of them have; '' where they have several."""

    name: str
    slug: str
    numbers: tuple[Number, ...]
    window: str


def number(key: str, scope: Scope, now: datetime, zone: str, **subject: str) -> Number:
    """Return one number for its usual window."""
    metric = compute.registry()[key]
    window = windows.named(metric.usual, now, zone)
    return Number(metric, compute.compute(metric, scope, window), receipt_url(metric, window, **subject))


def numbers(
    metrics: Iterable[Metric], scope: Scope, now: datetime, zone: str, window: Window | None = None, **subject: str
) -> list[Group]:
    """Return many numbers by group in the registry's order, of one window or each of its usual one."""
    wanted = list(metrics)
    by_window: dict[Window, list[Metric]] = defaultdict(list)
    for metric in wanted:
        by_window[window or windows.named(metric.usual, now, zone)].append(metric)
    values: dict[str, Number] = {}
    with memory.kept():
        for asked, some in by_window.items():
            found = compute.compute_all(some, scope, asked)
            values |= {each.key: Number(each, found[each.key], receipt_url(each, asked, **subject)) for each in some}
    groups: dict[str, list[Number]] = defaultdict(list)
    for metric in wanted:
        groups[metric.group].append(values[metric.key])
    return [
        Group(name, slugify(name), tuple(found), "" if window else _common(found)) for name, found in groups.items()
    ]


def metrics_of(subject: Subject) -> list[Metric]:
    """Return all metrics of a kind of subject but the eight."""
    return [metric for metric in compute.registry().values() if subject in metric.subjects and metric.group != CORE]


def _common(found: Sequence[Number]) -> str:
    usual = {number.metric.usual for number in found}
    return {"30d": _("last 30 days"), "all": _("since the beginning")}.get(usual.pop(), "") if len(usual) == 1 else ""
