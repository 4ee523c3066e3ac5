"""The inbox: where accepted batches are durable before their answer, committed in groups.

Each web process has one flusher thread. Requests hand it their rows and wait; it commits what has gathered in one
transaction, so that many answers share one flush to the disk.
"""

import os
import queue
import threading
import time
from concurrent.futures import Future
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.db.models import Sum

from stats.models import InboxBatch
from stats.rows import FORMAT

LARGEST_GROUP = 500
COUNTED_EVERY_S = 0.5
ANSWER_WITHIN_S = 10.0


class Unavailable(Exception):
    """The database does not answer; the message says whether something may have been stored."""


class Full(Exception):
    """Nothing was stored: more is waiting than `INGEST_BACKLOG_LIMIT`."""


class Flusher:
    """The thread of one process that commits batches in groups. Started with the first batch, after any fork."""

    def __init__(self) -> None:
        self._waiting: queue.SimpleQueue[tuple[bytes, int, Future[None]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._process: int | None = None

    def store(self, rows: bytes, events: int) -> None:
        """Return once the rows are committed. Raises Unavailable."""
        if self._process != os.getpid():
            self._start()
        done: Future[None] = Future()
        self._waiting.put((rows, events, done))
        try:
            done.result(timeout=ANSWER_WITHIN_S)
        except TimeoutError as error:
            if done.cancel():
                raise Unavailable("Nothing was stored; try again.") from error
            raise Unavailable("Whether it was stored is not known; send the same ids again.") from error

    def _start(self) -> None:
        with self._lock:
            if self._process != os.getpid():
                self._waiting = queue.SimpleQueue()
                threading.Thread(target=self._run, name="inbox-flusher", daemon=True).start()
                self._process = os.getpid()

    def _run(self) -> None:
        while True:
            group = [self._waiting.get()]
            while len(group) < LARGEST_GROUP:
                try:
                    group.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            group = [one for one in group if one[2].set_running_or_notify_cancel()]
            if not group:
                continue
            try:
                self._insert([(rows, events) for rows, events, _ in group])
            except (DatabaseError, InterfaceError):
                connections["default"].close()
                for _, _, done in group:
                    done.set_exception(Unavailable("The database does not answer; send the same ids again."))
            except BaseException as error:  # noqa: BLE001 (or every later request would wait for a thread that is no more)
                for _, _, done in group:
                    done.set_exception(error)
            else:
                for _, _, done in group:
                    done.set_result(None)

    def _insert(self, batches: list[tuple[bytes, int]]) -> None:
        """Insert a group, once more on a new connection if this one was lost: what is there twice still counts once."""
        try:
            insert(batches)
        except (OperationalError, InterfaceError):
            connections["default"].close()
            insert(batches)


_flusher = Flusher()


def admit(events: int) -> None:
    """Raise Full when these events are past the bound of what may wait. Asked before anything is stored."""
    if backlog() + events > settings.INGEST_BACKLOG_LIMIT:
        raise Full


def put(rows: bytes, events: int) -> None:
    """Make a batch durable. Raises Unavailable when it may not be."""
    if connection.in_atomic_block:
        insert([(rows, events)])
    else:
        _flusher.store(rows, events)


def insert(batches: list[tuple[bytes, int]]) -> None:
    """Insert batches in one statement and, outside of a transaction, commit it."""
    sql = "INSERT INTO stats_inboxbatch (events, format, rows) VALUES "
    values: list[Any] = []
    for rows, events in batches:
        values += [events, FORMAT, rows]
    with connection.cursor() as cursor:
        cursor.execute(sql + ", ".join(["(%s, %s, %s)"] * len(batches)), values)


_counted: tuple[float, int] = (0.0, 0)


def backlog(*, fresh: bool = False) -> int:
    """Return how many events are acknowledged and not applied yet. Counted at most every half second, unless `fresh`."""
    global _counted
    now = time.monotonic()
    at, events = _counted
    if fresh or now - at > COUNTED_EVERY_S:
        # each row has an event at least: so many rows are enough to know that the bound is passed
        rows = InboxBatch.objects.order_by()[: settings.INGEST_BACKLOG_LIMIT + 1].values("events")
        events = rows.aggregate(total=Sum("events"))["total"] or 0
        _counted = (now, events)
    return events
