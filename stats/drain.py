"""The drain: from the inbox to the log and all projections, exactly once whatever is killed when.

It takes what is there, applies it and deletes it in one transaction. A batch that fails is split until the poison event
stands alone; that one becomes a dead letter with its reason, and the rest goes on.
"""

import logging
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError, connection, transaction

from stats import fresh, ledger, plays, rows
from stats.ids import derived
from stats.models import InboxBatch

log = logging.getLogger(__name__)

MOST_EVENTS = 10_000
FEWEST_EVENTS = {"postgresql": 500, "sqlite": 2_000}  # SQLite writes whole pages, and fewer events share one
AIM_S = 0.08
LOOK_BACK_S = 1.0
OVERLAP = 1000

# What no event is guilty of: a database that is away, a schema that is not this version's. It is tried again.
NOT_THE_EVENTS = (OperationalError, InterfaceError, ProgrammingError)


@dataclass(slots=True)
class Pace:
    """How many events a chunk may have: all there are, but as many as fit 80 ms while the site's own writers wait.

    `after_id` is where the inbox is read from: what was taken is deleted, but PostgreSQL would read past its remains.
    """

    events: int = MOST_EVENTS
    after_id: int = 0
    looked_back_at: float = 0.0

    def after(self, events: int, seconds: float, *, hurried: bool) -> None:
        """Take in how long the last chunk took."""
        if not hurried:
            self.events = min(MOST_EVENTS, self.events * 2)
        elif events:
            fits = int(events * AIM_S / max(seconds, 0.001))
            self.events = max(FEWEST_EVENTS[connection.vendor], min(MOST_EVENTS, fits))


@dataclass(frozen=True, slots=True)
class Batch:
    """One row of the inbox."""

    id: int
    events: int
    rows: bytes


def open_session() -> None:
    """Prepare the connection: compiling a plan would take longer than it runs, and what is sorted stays in memory."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET work_mem = '32MB'")


def drain_once(pace: Pace) -> int:
    """Apply one chunk. Returns how many events were taken from the inbox, 0 when it is empty."""
    batches = _take(pace)
    if not batches:
        return 0
    events = sum(batch.events for batch in batches)
    started = time.monotonic()
    hurried = _apply(batches)
    pace.after_id = max(0, batches[-1].id - OVERLAP)
    pace.after(events, time.monotonic() - started, hurried=hurried)
    return events


def _take(pace: Pace) -> list[Batch]:
    """Return the oldest batches up to the pace, at least one.

    Ids are given before their rows are committed, so reading begins a little before what was taken last, and once a
    second at the first.
    """
    now = time.monotonic()
    if now - pace.looked_back_at > LOOK_BACK_S:
        pace.after_id, pace.looked_back_at = 0, now
    sql = (
        "SELECT id, events, rows FROM (SELECT id, events, rows, SUM(events) OVER (ORDER BY id) AS total"
        " FROM (SELECT id, events, rows FROM stats_inboxbatch WHERE id > %s ORDER BY id LIMIT %s) oldest"
        ") counted WHERE total <= %s OR total = events ORDER BY id"
    )
    parameters = [pace.after_id, pace.events, pace.events]
    if connection.vendor != "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return [Batch(*row) for row in cursor.fetchall()]
    from psycopg import Cursor

    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        return [Batch(*row) for row in cursor.execute(sql, parameters, binary=True)]


def _apply(batches: Sequence[Batch]) -> bool:
    """Apply batches in one transaction; on failure, one half after the other; a single batch event by event.

    Returns whether the site's own writers waited for it.
    """
    fresh.open_stage(connection)
    try:
        with transaction.atomic():
            ledger.apply(connection, [batch.rows for batch in batches], refuse=_bury_conflicts)
            _delete(batches)
            return _is_hurried()
    except NOT_THE_EVENTS:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is must not stop the drain)
        log.warning("A chunk of %d batches failed and is split: %s", len(batches), error)
        if len(batches) > 1:
            middle = len(batches) // 2
            return any([_apply(batches[:middle]), _apply(batches[middle:])])
        _apply_singly(batches[0])
        return False


def _delete(batches: Sequence[Batch]) -> None:
    InboxBatch.objects.filter(id__in=[batch.id for batch in batches]).delete()


def _apply_singly(batch: Batch) -> None:
    """Apply one batch's events, each part that fails being split further, and bury what fails alone."""
    with transaction.atomic():
        _apply_lines(rows.lines(batch.rows))
        _delete([batch])


def _apply_lines(lines: list[bytes]) -> None:
    try:
        with transaction.atomic():
            ledger.apply(connection, lines, refuse=_bury_conflicts)
    except NOT_THE_EVENTS:
        raise
    except Exception as error:  # noqa: BLE001 (whatever it is must not stop the drain)
        if len(lines) > 1:
            middle = len(lines) // 2
            _apply_lines(lines[:middle])
            _apply_lines(lines[middle:])
        else:
            code = "not_applicable" if isinstance(error, DatabaseError) else "projection_failed"
            ledger.bury(*_identity(lines[0]), code, f"{type(error).__name__}: {error}", lines[0])


def _identity(line: bytes) -> tuple[int, Any]:
    """Return source and event id of a line, or a number and an id made of its bytes where it has none that can be read."""
    parts = line.split(b"\t", 2)
    try:
        source, event_id = int(parts[1]), uuid.UUID(parts[0].decode())
    except (IndexError, ValueError):
        source = -1
    return (source, event_id) if 0 <= source < 2**31 else (0, derived("unreadable", line.hex()))


def _bury_conflicts(reports: Sequence[plays.Report]) -> None:
    for report in reports:
        facts: dict[str, Any] = {"play": report.key[2], "item": report.item_id, "start": report.client_start}
        ledger.bury(report.key[1], report.event_id, "play_conflict", f"Contradicts its play: {facts}", b"")


def _is_hurried() -> bool:
    """Whether the site's own writers wait for this chunk's commit. SQLite cannot tell, so there they always may."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE wait_event IN ('transactionid', 'tuple')"
            " AND datname = current_database())"
        )
        return bool(cursor.fetchone()[0])
