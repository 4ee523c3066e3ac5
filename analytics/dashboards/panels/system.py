"""System: whether everything runs, and how it did."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staffing import Area
from analytics import figures
from analytics.dashboards import steps
from analytics.dashboards.registry import Column, Figure, Page, Panel, Query, Row, Rows, Shape, State, Width
from analytics.platform import health
from analytics.platform.health import Health, Sample
from stats.metrics import Unit

GOOD, WARN, BAD = State.GOOD, State.WARN, State.BAD
LATE_MS, VERY_LATE_MS = 10_000, health.LATE_MS
NAMES = {"worker": gettext_lazy("Worker"), "scheduler": gettext_lazy("Scheduler"), "drain": gettext_lazy("Drain")}
STATE = gettext_lazy(
    "The state of the system at this moment: what waits, what failed in the last day, requests of the"
    " last hour, erasures of members that were begun and are not finished, processes by when they last said that they"
    " work, and room on the disk. Whatever the"
    " window."
)


def _health(query: Query) -> Health:
    return query.once("health", lambda: health.health(query.now, with_broker=False))


def _samples(query: Query) -> list[Sample]:
    return query.once("samples", lambda: health.samples(query.window))


def short(query: Query) -> Rows:
    """Return how the system stands, as much as one looks at every morning."""
    return Rows(_("What"), (_text(),), tuple(_running(_health(query))))


def everything(query: Query) -> Rows:
    """Return how the system stands in every respect."""
    now = _health(query)
    rows = [*_running(now), *_processes(now, query.now), *_room(now)]
    started = _("up for %(time)s") % {"time": _span(now.uptime_seconds)}
    rows.append(Row(_("Version"), (f"{now.version}, {started}",), note=f"Django {now.django}, Python {now.python}"))
    return Rows(_("What"), (_text(),), tuple(rows))


def _running(now: Health) -> list[Row]:
    limit = settings.INGEST_BACKLOG_LIMIT
    lag = GOOD if now.ingest_lag_ms < LATE_MS else WARN if now.ingest_lag_ms < VERY_LATE_MS else BAD
    inbox = GOOD if now.inbox_events < limit / 2 else WARN if now.inbox_events < limit else BAD
    rate = now.error_rate
    errors = GOOD if not rate or rate < health.ERRORS_PERCENT else BAD
    counts = {"waiting": f"{now.inbox_events:,}", "limit": f"{limit:,}"}
    dead, failed = now.dead_letters, now.job_failures
    return [
        Row(_("Sessions"), (_("%(n)s open") % {"n": f"{now.active_sessions:,}"},), state=GOOD),
        Row(_("Ingest lag"), (str(figures.amount(now.ingest_lag_ms / 1000, Unit.SECONDS)),), state=lag),
        Row(_("Inbox"), (_("%(waiting)s of %(limit)s events") % counts,), state=inbox),
        Row(_("Days to settle"), (f"{now.unsettled:,}",), state=GOOD, note=_("marked by what came late")),
        Row(_("Error rate, last hour"), (str(figures.amount(rate, Unit.PERCENT)),), state=errors),
        Row(
            _("Dead letters"), (f"{dead:,}",), state=WARN if dead else GOOD,
            href=reverse("admin:stats_deadletter_changelist") if dead else "",
        ),
        Row(
            _("Failed tasks, last day"),
            (ngettext("%(n)s task", "%(n)s tasks", failed) % {"n": f"{failed:,}"},),
            state=WARN if failed else GOOD,
        ),
        *(
            Row(
                _("Erasure not finished"),
                (_("since %(moment)s") % {"moment": formats.date_format(timezone.localtime(one.begun_at), "j M, H:i")},),
                state=WARN, note=one.error, href=reverse("desk:person", args=[one.user.uuid]),
            )
            for one in now.late_erasures
        ),
    ]  # fmt: skip


def _processes(now: Health, asked_at: datetime) -> list[Row]:
    rows = []
    for beat in now.heartbeats:
        said = (
            _("never") if beat.at is None else _("%(time)s ago") % {"time": _span((asked_at - beat.at).total_seconds())}
        )
        rows.append(Row(str(NAMES.get(beat.name, beat.name)), (said,), state=BAD if beat.is_silent else GOOD))
    return rows


def _room(now: Health) -> list[Row]:
    free = str(figures.amount(now.disk_free_bytes, Unit.BYTES))
    total = str(figures.amount(now.disk_total_bytes, Unit.BYTES))
    return [
        Row(
            _("Database"), (str(figures.amount(now.database_bytes, Unit.BYTES)),), state=GOOD,
            note={"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(now.database, now.database),
        ),
        Row(
            _("Disk"), (_("%(free)s free of %(total)s") % {"free": free, "total": total},),
            state=BAD if now.disk_free_bytes < health.FULL_BYTES else GOOD,
        ),
    ]  # fmt: skip


def sessions(query: Query) -> Figure:
    """Return how many sessions were used in the last quarter of an hour."""
    return Figure(_health(query).active_sessions, points=_points(query, "sessions"), is_live=True)


def waiting(query: Query) -> Figure:
    """Return how many acknowledged events are not applied yet."""
    return Figure(_health(query).inbox_events, points=_points(query, "backlog"), is_live=True)


def errors(query: Query) -> Figure:
    """Return how many of a hundred requests of the last hour failed by a server's error."""
    now = _health(query)
    points = tuple(steps.share(one.errors, one.requests) for one in _samples(query))
    return Figure(now.error_rate, points=points, note=_("of %(n)s in the last hour") % {"n": f"{now.requests:,}"})


def available(query: Query) -> Figure:
    """Return in how many of a hundred minutes of the last month the worker ran."""
    return Figure(_health(query).available, note=_("of the last 30 days' minutes"))


def requests_over_time(query: Query) -> Rows:
    """Return requests and the errors among them."""
    columns = (Column("requests", _("Requests")), Column("errors", _("Errors")))
    return _over_time(query, columns, "requests", "errors")


def waiting_over_time(query: Query) -> Rows:
    """Return how many events waited."""
    return _over_time(query, (Column("backlog", _("Events")),), "backlog")


def lag_over_time(query: Query) -> Rows:
    """Return for how long events waited."""
    found = _over_time(query, (Column("lag", _("Waited"), Unit.SECONDS),), "lag_ms")
    rows = tuple(Row(row.label, (row.values[0] / 1000,), row.at) for row in found.rows)
    return Rows(found.head, found.columns, rows, found.note, found.empty)


def sessions_over_time(query: Query) -> Rows:
    """Return how many sessions were in use."""
    return _over_time(query, (Column("sessions", _("Sessions")),), "sessions")


def failures(query: Query) -> Rows:
    """Return the tasks that failed last."""
    columns = (Column("error", _("Error"), is_text=True), Column("at", _("When"), Unit.MOMENT))
    rows = tuple(Row(one.task, (one.error, one.at)) for one in _health(query).latest_failures)
    return Rows(_("Task"), columns, rows, empty=_("No task failed in the last 30 days."))


def _over_time(query: Query, columns: tuple[Column, ...], *names: str) -> Rows:
    zone = ZoneInfo(query.window.zone)
    is_long = query.window.days > 2
    rows = []
    for one in _samples(query):
        at = one.at.astimezone(zone)
        label = f"{formats.date_format(at, 'j M')}, {at:%H:%M}" if is_long else f"{at:%H:%M}"
        rows.append(Row(label, tuple(getattr(one, name) for name in names), at))
    return Rows(
        _("Time"), columns, tuple(rows), empty=_("Nothing was measured yet: the scheduler does so every minute.")
    )


def _points(query: Query, name: str) -> tuple[Any, ...]:
    return tuple(getattr(one, name) for one in _samples(query))


def _text() -> Column:
    return Column("state", _("State"), is_text=True)


def _span(seconds: float) -> str:
    if seconds < 90:
        return ngettext("%(n)d second", "%(n)d seconds", int(seconds)) % {"n": seconds}
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86400
    if minutes < 90:
        return ngettext("%(n)d minute", "%(n)d minutes", int(minutes)) % {"n": minutes}
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", int(hours)) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", int(days)) % {"n": days}


PANELS = (
    Panel(
        "sessions", Page.SYSTEM, gettext_lazy("Sessions"), Shape.CARD, sessions, area=Area.SYSTEM,
        means=gettext_lazy(
            "Sessions used in the last quarter of an hour. The line is of the window, as it was measured each"
            " minute."
        ),
    ),
    Panel(
        "waiting", Page.SYSTEM, gettext_lazy("Events waiting"), Shape.CARD, waiting, area=Area.SYSTEM,
        means=gettext_lazy(
            "Events that are acknowledged and not yet in the numbers. The line is of the window."
        ),
    ),
    Panel(
        "error-rate", Page.SYSTEM, gettext_lazy("Error rate"), Shape.CARD, errors, Unit.PERCENT, Area.SYSTEM,
        is_higher_better=False,
        means=gettext_lazy(
            "Of a hundred requests of the last hour those that failed by a server's error. The line is of the"
            " window."
        ),
    ),
    Panel(
        "available", Page.SYSTEM, gettext_lazy("Available"), Shape.CARD, available, Unit.PERCENT, Area.SYSTEM,
        means=gettext_lazy(
            "Of a hundred minutes of the last 30 days, since the first that was measured, those in which the"
            " worker ran."
        ),
    ),
    Panel(
        "requests", Page.SYSTEM, gettext_lazy("Requests"), Shape.LINE, requests_over_time, area=Area.SYSTEM, width=Width.MOST,
        means=gettext_lazy(
            "Requests answered and those that failed by a server's error, from each measuring to the next: a"
            " minute, five or an hour in longer windows."
        ),
    ),
    Panel(
        "health", Page.SYSTEM, gettext_lazy("State"), Shape.CHECKS, everything, area=Area.SYSTEM, width=Width.LESS,
        means=STATE,
    ),
    Panel(
        "lag", Page.SYSTEM, gettext_lazy("Ingest lag"), Shape.LINE, lag_over_time, Unit.SECONDS, Area.SYSTEM,
        means=gettext_lazy(
            "For how long the oldest event that is not in the numbers had waited, when it was measured: each"
            " minute, in longer windows every fifth, or once an hour."
        ),
    ),
    Panel(
        "backlog", Page.SYSTEM, gettext_lazy("Events waiting"), Shape.AREA, waiting_over_time, area=Area.SYSTEM,
        means=gettext_lazy(
            "Events that were acknowledged and not yet in the numbers, when it was measured: each minute, in"
            " longer windows every fifth, or once an hour."
        ),
    ),
    Panel(
        "sessions-by-time", Page.SYSTEM, gettext_lazy("Sessions"), Shape.LINE, sessions_over_time, area=Area.SYSTEM,
        means=gettext_lazy(
            "Sessions used in the quarter of an hour before it was measured: each minute, in longer windows every"
            " fifth, or once an hour."
        ),
    ),
    Panel(
        "failures", Page.SYSTEM, gettext_lazy("Failed tasks"), Shape.TABLE, failures, area=Area.SYSTEM,
        means=gettext_lazy("The last five tasks that ended with an error in the last 30 days."),
    ),
)  # fmt: skip
