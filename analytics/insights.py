"""The insights page of every member, its tables as CSV, and every number of the whole site for staff."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts import staffing
from accounts.requests import MemberRequest
from accounts.staffing import Area
from analytics import exports, figures, heat, own, queries
from stats import asking, windows
from stats import queries as stats
from stats.metrics import CORE, METRICS, Metric, Scope, Subject
from stats.windows import Window

RANGES = {
    "7d": gettext_lazy("7 d"),
    "30d": gettext_lazy("30 d"),
    "90d": gettext_lazy("90 d"),
    "1y": gettext_lazy("1 y"),
    "all": gettext_lazy("All"),
}
USUAL = "30d"
FAVOURITES = "favorite_categories"
OF_A_TIME = tuple(metric for metric in METRICS if Subject.USER in metric.subjects and metric.group != CORE)


@dataclass(frozen=True, slots=True)
class Watching:
    """What a member did by day of the own zone, and what was played in the window that is shown."""

    window: Window
    days: dict[date, heat.Activity]
    found: list[queries.Spell]

    @property
    def ms(self) -> int:
        """How long things were played in the window."""
        return sum(spell.played_ms for spell in self.found)


@dataclass(frozen=True, slots=True)
class Range:
    """A choice of the range picker."""

    query: str
    label: Any
    is_current: bool


@dataclass(frozen=True, slots=True)
class Days:
    """What the form for days of one's own shows. `error` is what was wrong with those that were asked for."""

    window: Window
    error: str
    order: str = ""

    @property
    def is_custom(self) -> bool:
        """Whether the window was asked for by dates."""
        return not self.window.name

    @property
    def first(self) -> date:
        """The first day of the window."""
        return self.window.first_day

    @property
    def last(self) -> date:
        """The last day of the window."""
        return self.window.end_day - windows.DAY


@require_safe
@login_required
def page(request: MemberRequest) -> HttpResponse:
    """What a member did: the eight, the days, the hours, the types, the favourites."""
    now, zone = timezone.now(), timezone.get_current_timezone_name()
    error = ""
    try:
        window = window_of(request, now, zone)
    except BadRequest as bad:
        window, error = windows.named(USUAL, now, zone), str(bad)
    totals = stats.eight_stats(request.user.uuid)
    version = version_of(request, totals, now)
    if is_known(request, version):
        return answered(HttpResponseNotModified(), now, zone)
    watching, today = watched(request, window), windows.day_of(now, zone)
    context = {
        "is_new": totals.last_activity_timestamp is None and not watching.days,
        "window": window,
        "window_words": figures.named(window),
        "ranges": ranges_of(window),
        "days": Days(window, error),
        "stats": totals,
        "watching": watching,
        "heat": heat.heat(watching.days, today),
        "streak": own.streak(request.user.uuid, now),
        "favourites": own.number(FAVOURITES, Scope.user(request.user.uuid), now, zone, user="me"),
        "by_type": own.by_type(watching.found, window),
        "by_hour": own.by_hour(watching.found, window),
        "groups": own.numbers(OF_A_TIME, Scope.user(request.user.uuid), now, zone, window, user="me"),
    }
    return shown(request, "insights", context, version, now, zone, status=400 if error else 200)


@require_safe
@login_required
def numbers(request: MemberRequest) -> HttpResponse:
    """The possible stats of a member, each for its usual time."""
    refuse_parameters(request)
    now, zone = timezone.now(), timezone.get_current_timezone_name()
    version = version_of(request, stats.eight_stats(request.user.uuid), now)
    if is_known(request, version):
        return answered(HttpResponseNotModified(), now, zone)
    groups = own.numbers(possible(), Scope.user(request.user.uuid), now, zone, user="me")
    return shown(request, "insights_numbers", {"groups": groups}, version, now, zone)


@require_safe
@login_required
def table(request: MemberRequest, name: str) -> HttpResponseBase:
    """One of the page's tables as CSV, for the window that the page shows."""
    if name not in TABLES:
        raise Http404
    now, zone = timezone.now(), timezone.get_current_timezone_name()
    window = window_of(request, now, zone)
    made = TABLES[name](request, window, now)
    return exports.table_response(made, request.user.username, figures.named(window), zone)


@require_safe
@login_required
def site(request: MemberRequest) -> HttpResponse:
    """Every number of the whole site, for staff. Others find nothing here."""
    if not staffing.may(request.user, Area.NUMBERS):
        raise Http404
    refuse_parameters(request)
    now, zone = timezone.now(), timezone.get_default_timezone_name()
    groups = own.numbers(own.metrics_of(Subject.PLATFORM), Scope.platform(), now, zone)
    return render(request, "analytics/insights_site.html", {"groups": groups, "as_of": now, "zone": zone})


# What the page is made of


def window_of(request: MemberRequest, now: datetime, zone: str) -> Window:
    """Return the window of the charts. Raises BadRequest."""
    try:
        asking.only(request.GET, ("range", "timeRange", "days", "from", "to"))
        return asking.window_of(request.GET, now, zone, USUAL)
    except asking.Bad as bad:
        raise BadRequest(bad.sentence) from bad


def ranges_of(window: Window) -> list[Range]:
    """Return the range picker; days of one's own begin with those that are shown, or with a month of everything."""
    named = [Range(f"?range={name}", label, name == window.name) for name, label in RANGES.items()]
    last = window.end_day - windows.DAY
    first = last - timedelta(days=29) if window.days > windows.LONGEST_DAYS else window.first_day
    return [*named, Range(f"?from={first}&to={last}", _("Custom"), not window.name)]


def refuse_parameters(request: MemberRequest) -> None:
    """Raise BadRequest where a page that takes no parameters is given some."""
    try:
        asking.only(request.GET, ())
    except asking.Bad as bad:
        raise BadRequest(bad.sentence) from bad


def watched(request: MemberRequest, window: Window) -> Watching:
    """Return what the member did ever, and played in the window. Two queries."""
    found = queries.spells(request.user.uuid)
    days = own.activity(found, queries.acts(request.user.uuid), window.zone)
    return Watching(window, days, own.within(found, window))


def possible() -> list[Metric]:
    """Return the member's metrics that have a time of their own."""
    return [metric for metric in own.metrics_of(Subject.USER) if metric not in OF_A_TIME]


def version_of(request: MemberRequest, totals: stats.EightStats, now: datetime) -> str:
    """Return what stays the same while there is nothing new: the eight, and the minute, in which what others do shows."""
    seen = (request.get_full_path(), totals, int(now.timestamp()) // 60, request.LANGUAGE_CODE)
    return f'"{hashlib.sha256(repr(seen).encode()).hexdigest()[:20]}"'


def is_known(request: MemberRequest, version: str) -> bool:
    """Whether a refresh would bring nothing new."""
    return bool(request.htmx) and request.headers.get("If-None-Match") == version


def shown(
    request: MemberRequest,
    name: str,
    context: dict[str, Any],
    version: str,
    now: datetime,
    zone: str,
    status: int = 200,
) -> HttpResponse:
    """Answer with a page; a refresh with the part of it that lives."""
    template = f"analytics/_{name}.html" if request.htmx else f"analytics/{name}.html"
    address = request.get_full_path() if status == 200 else request.path
    told = {"version": version, "as_of": figures.clock(now, zone), "zone": zone, "address": address}
    return answered(render(request, template, context | told, status=status), now, zone)


def answered(response: HttpResponse, now: datetime, zone: str) -> HttpResponse:
    """Say of when the answer is, and that a refresh gets another one than who opens the page."""
    response["X-As-Of"] = figures.clock(now, zone)
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ("HX-Request",))
    return response


# Tables


def days_table(request: MemberRequest, window: Window, now: datetime) -> exports.Table:
    """The days of the heat map."""
    picture = heat.heat(watched(request, window).days, windows.day_of(now, window.zone))
    rows = [(cell.day, cell.activity.played_ms, cell.activity.acts) for cell in picture.cells]
    return exports.Table("activity", _("Activity by day"), (_("Day"), _("Watched (ms)"), _("Activities")), rows)


def types_table(request: MemberRequest, window: Window, now: datetime) -> exports.Table:
    """Watched time by type."""
    chart = own.by_type(watched(request, window).found, window)
    head = (_("From"), *(_("%(kind)s (ms)") % {"kind": kind.label} for kind in chart.kinds))
    rows = ((line.start, *(cell.ms for cell in line.cells)) for line in chart.lines)
    return exports.Table("watched-by-type", chart.title, head, rows)


def hours_table(request: MemberRequest, window: Window, now: datetime) -> exports.Table:
    """Watched time by hour of the day."""
    chart = own.by_hour(watched(request, window).found, window)
    rows = ((line.label, *(cell.ms for cell in line.cells)) for line in chart.lines)
    return exports.Table("watched-by-hour", chart.title, (_("Hour"), _("Watched (ms)")), rows)


def numbers_table(request: MemberRequest, window: Window, now: datetime) -> exports.Table:
    """Every own number."""
    scope = Scope.user(request.user.uuid)
    groups = own.numbers(OF_A_TIME, scope, now, window.zone, window) + own.numbers(possible(), scope, now, window.zone)
    return exports.Table("numbers", _("All your numbers"), NUMBER_HEAD, number_rows(groups))


def number_rows(groups: Iterable[own.Group]) -> Iterable[Sequence[Any]]:
    """Yield a line for each number, empty where there is none."""
    for group in groups:
        for number in group.numbers:
            metric = number.metric
            yield metric.key, group.name, metric.label, number.value.value, metric.unit.value, metric.definition


NUMBER_HEAD = ("key", "group", "label", "value", "unit", "definition")
TABLES: dict[str, Callable[[MemberRequest, Window, datetime], exports.Table]] = {
    "activity": days_table,
    "types": types_table,
    "hours": hours_table,
    "numbers": numbers_table,
}
