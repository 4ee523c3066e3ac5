"""How the system stands: who is here, what waits, what failed, how much room there is, who works, since when."""

import platform
import shutil
import time
import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import django
from allauth.usersessions.models import UserSession
from celery import current_app
from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from accounts.erasure import erasing
from accounts.models import Erasure
from analytics import heartbeats
from analytics.models import Heartbeat
from analytics.platform.instants import instant
from analytics.platform.models import JobFailure, SystemSample, TouchedDay, TrafficMinute
from stats import rows
from stats.fields import from_micros
from stats.models import DeadLetter, DirtyDay, InboxBatch
from stats.windows import Window

STARTED = time.time()
HERE = timedelta(minutes=15)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
KEPT = timedelta(days=30)
MINUTE = timedelta(minutes=1)
RECEIVED = rows.COLUMNS.index("received_at")
LATE_MS = 60_000
FULL_BYTES = 1_000_000_000
ERRORS_PERCENT = 1.0
LATEST_FAILURES = 5
LATEST_ERASURES = 5
COUNTED = (
    "inbox_events", "unsettled", "touched_days", "dead_letters", "job_failures", "late_erasures", "sessions", "requests",
    "errors", "samples",
)  # fmt: skip
STEPS = ((timedelta(hours=6), 1), (timedelta(days=2), 5))

_DATABASE_BYTES = {
    "postgresql": "pg_database_size(current_database())",
    "sqlite": "(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())",
}


@dataclass(frozen=True, slots=True)
class Beat:
    """When a background process last said that it works; never is None."""

    name: str
    at: datetime | None
    is_silent: bool


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that ended with an error."""

    task: str
    error: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Health:
    """The state of the system. `problems` are sentences; without any the status is `ok`, else `degraded`.

    `active_sessions` were used in the last quarter of an hour. `inbox_events` are acknowledged and not applied, for
    `ingest_lag_ms`; `unsettled` are days of items to be settled, `touched_days` late marks of days to be counted again.
    `late_erasures` are the oldest five that were begun and not finished.
    `jobs_waiting` is None where the broker does not answer or was not asked. `error_rate` is in percent of the requests
    of the last hour, None without any; `available` the share in percent of the last 30 days' minutes, since the first
    sample, in which the worker ran, None before there is a sample.
    """

    status: str
    problems: tuple[str, ...]
    active_sessions: int
    inbox_events: int
    ingest_lag_ms: int
    unsettled: int
    touched_days: int
    jobs_waiting: int | None
    requests: int
    errors: int
    error_rate: float | None
    dead_letters: int
    job_failures: int
    latest_failures: tuple[Failure, ...]
    late_erasures: tuple[Erasure, ...]
    database: str
    database_bytes: int
    disk_free_bytes: int
    disk_total_bytes: int
    heartbeats: tuple[Beat, ...]
    version: str
    django: str
    python: str
    started_at: datetime
    uptime_seconds: int
    available: float | None


@dataclass(frozen=True, slots=True)
class Sample:
    """How the system stood in a minute, with the requests and errors since the sample before."""

    at: datetime
    backlog: int
    lag_ms: int
    unsettled: int
    dead_letters: int
    sessions: int
    database_bytes: int
    disk_free_bytes: int
    requests: int
    errors: int


@dataclass(frozen=True, slots=True)
class Numbers:
    """What one statement counts."""

    inbox_events: int
    unsettled: int
    touched_days: int
    dead_letters: int
    job_failures: int
    late_erasures: int
    sessions: int
    requests: int
    errors: int
    samples: int
    first_sample: datetime | None
    database_bytes: int
    oldest: bytes
    beats: tuple[Beat, ...]
    latest_failures: tuple[Failure, ...]


def health(now: datetime, *, with_broker: bool = True) -> Health:
    """Return how the system stands. One query, two where erasures are late; the broker is asked for a second at most."""
    numbers = count(now)
    waited_ms = lag_ms(numbers.oldest, now)
    disk = shutil.disk_usage(settings.DATA_DIR)
    error_rate = 100 * numbers.errors / numbers.requests if numbers.requests else None
    problems = [_("The %(name)s is silent.") % {"name": beat.name} for beat in numbers.beats if beat.is_silent]
    if waited_ms > LATE_MS:
        problems.append(_("Events wait for more than a minute."))
    if numbers.dead_letters:
        problems.append(_("%(number)d events could not be applied.") % {"number": numbers.dead_letters})
    if error_rate is not None and error_rate >= ERRORS_PERCENT:
        problems.append(_("Of a hundred requests %(rate).1f failed in the last hour.") % {"rate": error_rate})
    if numbers.job_failures:
        problems.append(_("%(number)d tasks failed in the last day.") % {"number": numbers.job_failures})
    if numbers.late_erasures:
        problems.append(_("%(number)d erasures were begun and are not finished.") % {"number": numbers.late_erasures})
    if disk.free < FULL_BYTES:
        problems.append(_("Less than a gigabyte is left on the disk."))
    return Health(
        status="degraded" if problems else "ok",
        problems=tuple(problems),
        active_sessions=numbers.sessions,
        inbox_events=numbers.inbox_events,
        ingest_lag_ms=waited_ms,
        unsettled=numbers.unsettled,
        touched_days=numbers.touched_days,
        jobs_waiting=jobs_waiting() if with_broker else None,
        requests=numbers.requests,
        errors=numbers.errors,
        error_rate=error_rate,
        dead_letters=numbers.dead_letters,
        job_failures=numbers.job_failures,
        latest_failures=numbers.latest_failures,
        late_erasures=tuple(erasing.unfinished(now)[:LATEST_ERASURES]) if numbers.late_erasures else (),
        database=connection.vendor,
        database_bytes=numbers.database_bytes,
        disk_free_bytes=disk.free,
        disk_total_bytes=disk.total,
        heartbeats=numbers.beats,
        version=version(),
        django=django.get_version(),
        python=platform.python_version(),
        started_at=datetime.fromtimestamp(STARTED, UTC),
        uptime_seconds=max(0, int(now.timestamp() - STARTED)),
        available=_available(numbers, now),
    )


def count(now: datetime) -> Numbers:
    """Return what waits, what failed and who is here. One query."""
    parts: list[tuple[str, list[Any]]] = [
        (f"SELECT COALESCE(SUM(events), 0) FROM {_table(InboxBatch)}", []),
        (f"SELECT COUNT(*) FROM {_table(DirtyDay)}", []),
        (f"SELECT COUNT(DISTINCT day) FROM {_table(TouchedDay)}", []),
        (f"SELECT COUNT(*) FROM {_table(DeadLetter)}", []),
        (f"SELECT COUNT(*) FROM {_table(JobFailure)} WHERE at > %s", [now - DAY]),
        (f"SELECT COUNT(*) FROM {_table(Erasure)} WHERE begun_at <= %s", [now - erasing.LATE_AFTER]),
        (f"SELECT COUNT(*) FROM {_table(UserSession)} WHERE last_seen_at > %s", [now - HERE]),
        (f"SELECT COALESCE(SUM(requests), 0) FROM {_table(TrafficMinute)} WHERE minute > %s", [now - HOUR]),
        (f"SELECT COALESCE(SUM(errors), 0) FROM {_table(TrafficMinute)} WHERE minute > %s", [now - HOUR]),
        (f"SELECT COUNT(*) FROM {_table(SystemSample)} WHERE minute > %s", [now - KEPT]),
        (f"SELECT MIN(minute) FROM {_table(SystemSample)} WHERE minute > %s", [now - KEPT]),
        (f"SELECT {_DATABASE_BYTES[connection.vendor]}", []),
        (f"SELECT rows FROM {_table(InboxBatch)} ORDER BY id LIMIT 1", []),
        *((f"SELECT at FROM {_table(Heartbeat)} WHERE name = %s", [name]) for name in heartbeats.NAMES),
    ]
    adapt = connection.ops.adapt_datetimefield_value
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT "
            + ", ".join([*(f"({sql})" for sql, _params in parts), "f.task", "f.error", "f.at"])
            + f" FROM (SELECT 1) one LEFT JOIN (SELECT task, error, at FROM {_table(JobFailure)}"
            f" ORDER BY at DESC, id DESC LIMIT {LATEST_FAILURES}) f ON 1 = 1 ORDER BY f.at DESC",
            [adapt(param) if isinstance(param, datetime) else param for _sql, params in parts for param in params],
        )
        rows = cursor.fetchall()
    found, failed = rows[0][:-3], [row[-3:] for row in rows if row[-1] is not None]
    (first, size, oldest), beats = found[len(COUNTED) :][:3], found[len(COUNTED) + 3 :]
    heard = [instant(at) if at else None for at in beats]
    counts: dict[str, Any] = dict(zip(COUNTED, map(int, found[: len(COUNTED)]), strict=True))
    return Numbers(
        **counts,
        first_sample=instant(first) if first else None,
        database_bytes=int(size),
        oldest=bytes(oldest or b""),
        beats=tuple(
            Beat(name, at, at is None or now - at > heartbeats.SILENT_AFTER)
            for name, at in zip(heartbeats.NAMES, heard, strict=True)
        ),
        latest_failures=tuple(Failure(task, error, instant(at)) for task, error, at in failed)
        if counts["job_failures"]
        else (),
    )


def lag_ms(oldest: bytes, now: datetime) -> int:
    """Return for how long the first event of the oldest batch has waited, in milliseconds; 0 without one."""
    first = oldest.split(b"\n", 1)[0].split(b"\t")
    if len(first) <= RECEIVED or not first[RECEIVED].isdigit():
        return 0
    return max(0, (now - from_micros(int(first[RECEIVED]))) // timedelta(milliseconds=1))


def jobs_waiting() -> int | None:
    """Return how many tasks wait at the broker; None where it does not answer within a second."""
    try:
        with current_app.connection_for_write(connect_timeout=1) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=1)
            queue = current_app.conf.task_default_queue
            return int(broker.default_channel.queue_declare(queue=queue, passive=True).message_count)
    except Exception:  # noqa: BLE001 (each broker's library has its own)
        return None


def sample(now: datetime) -> SystemSample:
    """Keep how the system stands in this minute, and forget what is older than a month at each full hour."""
    minute = now.replace(second=0, microsecond=0)
    numbers = count(now)
    kept, _created = SystemSample.objects.update_or_create(
        minute=minute,
        defaults={
            "backlog": numbers.inbox_events,
            "lag_ms": lag_ms(numbers.oldest, now),
            "unsettled": numbers.unsettled,
            "dead_letters": numbers.dead_letters,
            "sessions": numbers.sessions,
            "database_bytes": numbers.database_bytes,
            "disk_free_bytes": shutil.disk_usage(settings.DATA_DIR).free,
        },
    )
    if not minute.minute:
        SystemSample.objects.filter(minute__lt=now - KEPT).delete()
        TrafficMinute.objects.filter(minute__lt=now - KEPT).delete()
    return kept


def samples(window: Window) -> list[Sample]:
    """Return how the system stood over a window: every minute of six hours, every fifth of two days, else every hour.

    Two queries.
    """
    step = next((step for span, step in STEPS if window.end_at - window.start_at <= span), 60)
    minutes = SystemSample.objects.filter(
        minute__gte=window.start_at, minute__lt=window.end_at, minute__minute__in=range(0, 60, step)
    )
    traffic = _traffic(window, step)
    return [
        Sample(
            one.minute,
            one.backlog,
            one.lag_ms,
            one.unsettled,
            one.dead_letters,
            one.sessions,
            one.database_bytes,
            one.disk_free_bytes,
            *traffic.get(one.minute, (0, 0)),
        )
        for one in minutes.order_by("minute")
    ]


def _traffic(window: Window, step: int) -> dict[datetime, tuple[int, int]]:
    """Return requests and errors of each so many minutes, by the first of them."""
    digits = 13 if step == 60 else 16
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT SUBSTR(CAST(minute AS text), 1, {digits}) AS part, SUM(requests), SUM(errors)"
            f" FROM {_table(TrafficMinute)} WHERE minute >= %s AND minute < %s GROUP BY part",
            [connection.ops.adapt_datetimefield_value(at) for at in (window.start_at, window.end_at)],
        )
        rows = cursor.fetchall()
    found: dict[datetime, tuple[int, int]] = {}
    for part, requests, errors in rows:
        at = datetime.fromisoformat(part if digits == 16 else f"{part}:00").replace(tzinfo=UTC)
        at -= timedelta(minutes=at.minute % step)
        before = found.get(at, (0, 0))
        found[at] = (before[0] + int(requests), before[1] + int(errors))
    return found


@cache
def version() -> str:
    """Return the version of this software."""
    with Path(settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _available(numbers: Numbers, now: datetime) -> float | None:
    if numbers.first_sample is None:
        return None
    minutes = (now - numbers.first_sample) // MINUTE + 1
    return min(100.0, 100 * numbers.samples / minutes)


def _table(model: Any) -> str:
    return str(model._meta.db_table)
