"""The system: what waits, what failed, what was measured."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession

from stats.models import InboxBatch
from tests.analytics.dashboards.recounts import counts
from tests.analytics.dashboards.seen import DAY, Case, Number, Table, instant

MINUTE = timedelta(minutes=1)


def _step(case: Case) -> int:
    span = (case.end - case.start) / 60_000_000
    return 1 if span <= 6 * 60 else 5 if span <= 2 * 24 * 60 else 60


def _samples(case: Case) -> list[Any]:
    start, end, step = instant(case.start), instant(case.end), _step(case)
    return [one for one in case.seen.samples if start <= one.minute < end and one.minute.minute % step == 0]


def _traffic(case: Case, at: datetime) -> tuple[int, int]:
    """Return requests and errors from one measuring to the next, as far as they lie in the window."""
    first, last = max(at, instant(case.start)), min(at + _step(case) * MINUTE, instant(case.end))
    these = [one for one in case.seen.traffic if first <= one.minute < last]
    return sum(one.requests for one in these), sum(one.errors for one in these)


def _label(case: Case, at: datetime) -> Any:
    return at.astimezone(ZoneInfo(case.seen.zone))


def _line(case: Case, name: str, scale: float = 1) -> Table:
    return Table([(_label(case, one.minute), (getattr(one, name) * scale,)) for one in _samples(case)])


def _last_hour(case: Case) -> tuple[int, int]:
    these = [one for one in case.seen.traffic if one.minute > case.seen.now - 60 * MINUTE]
    return sum(one.requests for one in these), sum(one.errors for one in these)


def _open(case: Case) -> int:
    since = case.seen.now - 15 * MINUTE
    return sum(one.last_seen_at > since for one in UserSession.objects.all())


def _waiting() -> int:
    return sum(one.events for one in InboxBatch.objects.all())


@counts("sessions")
def sessions(case: Case) -> Number:
    """Count sessions that were just used."""
    return Number(_open(case), None, tuple(one.sessions for one in _samples(case)))


@counts("waiting")
def waiting(case: Case) -> Number:
    """Count events that wait."""
    return Number(_waiting(), None, tuple(one.backlog for one in _samples(case)))


@counts("error-rate")
def error_rate(case: Case) -> Number:
    """Divide errors by requests."""
    requests, errors = _last_hour(case)
    points = []
    for one in _samples(case):
        of, failed = _traffic(case, one.minute)
        points.append(round(100 * failed / of, 2) if of else None)
    return Number(100 * errors / requests if requests else None, None, tuple(points), (f"{requests:,}",))


@counts("available")
def available(case: Case) -> Number:
    """Divide the minutes that were measured by those that passed."""
    kept = [one.minute for one in case.seen.samples if one.minute > case.seen.now - 30 * DAY]
    minutes = int((case.seen.now - min(kept)) / MINUTE) + 1
    return Number(min(100.0, 100 * len(kept) / minutes), note=("30",))


@counts("requests")
def requests(case: Case) -> Table:
    """Add up requests and errors."""
    return Table([(_label(case, one.minute), _traffic(case, one.minute)) for one in _samples(case)])


@counts("lag")
def lag(case: Case) -> Table:
    """Read how long events waited."""
    return _line(case, "lag_ms", 0.001)


@counts("backlog")
def backlog(case: Case) -> Table:
    """Read how many waited."""
    return _line(case, "backlog")


@counts("sessions-by-time")
def sessions_by_time(case: Case) -> Table:
    """Read how many sessions were open."""
    return _line(case, "sessions")


@counts("failures")
def failures(case: Case) -> Table:
    """Name the last failures of a month."""
    since = case.seen.now - 30 * DAY
    these = sorted((one for one in case.seen.failures if one.at > since), key=lambda one: one.at, reverse=True)
    return Table([(one.task, (one.error, one.at)) for one in these[:5]])


def state(case: Case) -> dict[str, Any]:
    """Return the numbers of the system's state."""
    requests, errors = _last_hour(case)
    return {
        "Sessions": f"{_open(case)} open",
        "Inbox": f"{_waiting():,} of ",
        "Days to settle": "1",
        "Error rate, last hour": f"{100 * errors / requests:,.1f} %" if errors else "0 %",
        "Dead letters": "1",
        "Failed tasks, last day": f"{sum(one.at > case.seen.now - DAY for one in case.seen.failures)} tasks",
    }


@counts("health", "overview-system")
def health(case: Case) -> Table:
    """Name what is checked by its first words."""
    return Table([(label, (words,)) for label, words in state(case).items()], None)
