"""The inbox: where accepted batches are durable before their answer, committed in groups.

A request's own thread commits. While one commit is on its way to the disk, the requests that come gather in a group;
the first of them leads it, which is to commit for all as soon as the one before is done. So many answers share one
flush, and nobody hands work to another thread.
"""

import os
import threading
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
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


class Group:
    """Batches that are committed together, and the locks on which all but the first of their threads wait."""

    def __init__(self) -> None:
        self.batches: list[tuple[bytes, int]] = []
        self.waiting: list[threading.Lock] = []
        self.problem = "The database does not answer; send the same ids again."


class Committer:
    """Commits batches for all threads of a process, on a connection of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._gathering: Group | None = None
        self._database: BaseDatabaseWrapper | None = None

    def store(self, rows: bytes, events: int) -> None:
        """Return once the rows are committed. Raises Unavailable."""
        with self._lock:
            group = self._gathering
            committed: threading.Lock | None = None
            if group is None or len(group.batches) == LARGEST_GROUP:
                group = self._gathering = Group()
            else:
                committed = threading.Lock()
                committed.acquire()
                group.waiting.append(committed)
            group.batches.append((rows, events))
        if committed is None:
            try:
                self._lead(group)
            except (DatabaseError, InterfaceError) as error:
                raise Unavailable(group.problem) from error
        elif not committed.acquire(timeout=2 * ANSWER_WITHIN_S):
            raise Unavailable("Whether it was stored is not known; send the same ids again.")
        if group.problem:
            raise Unavailable(group.problem)

    def _lead(self, group: Group) -> None:
        """Commit a group when the one before it is committed, and let its threads go on."""
        has_turn = self._turn.acquire(timeout=ANSWER_WITHIN_S)
        with self._lock:
            if self._gathering is group:
                self._gathering = None
        try:
            if has_turn:
                self._insert(group.batches)
                group.problem = ""
            else:
                group.problem = "Nothing was stored; try again."
        finally:
            if has_turn:
                self._turn.release()
            for committed in group.waiting:
                committed.release()

    def _insert(self, batches: list[tuple[bytes, int]]) -> None:
        """Insert a group, once more on a new connection if this one was lost: what is there twice still counts once."""
        if self._database is None:
            self._database = connections["default"].copy()
            self._database.inc_thread_sharing()
        try:
            insert(batches, self._database)
        except (OperationalError, InterfaceError):
            self._database.close()
            insert(batches, self._database)


_committer = Committer()


def _start_anew() -> None:
    """Give a forked process its own: threads do not survive a fork, and a connection is not to be shared."""
    global _committer
    _committer = Committer()


os.register_at_fork(after_in_child=_start_anew)


def admit(events: int) -> None:
    """Raise Full when these events are past the bound of what may wait. Asked before anything is stored."""
    if backlog() + events > settings.INGEST_BACKLOG_LIMIT:
        raise Full


def put(rows: bytes, events: int) -> None:
    """Make a batch durable. Raises Unavailable when it may not be."""
    if connection.in_atomic_block:
        insert([(rows, events)])
    else:
        _committer.store(rows, events)


def insert(batches: list[tuple[bytes, int]], database: BaseDatabaseWrapper = connection) -> None:
    """Insert batches in one statement and, outside of a transaction, commit it."""
    if database.vendor == "postgresql":
        _insert_binary(batches, database)
        return
    with database.cursor() as cursor:
        values: list[Any] = []
        for rows, events in batches:
            values += [events, FORMAT, rows]
        marks = ", ".join(["(%s, %s, %s)"] * len(batches))
        cursor.execute(f"INSERT INTO stats_inboxbatch (events, format, rows) VALUES {marks}", values)


def _insert_binary(batches: list[tuple[bytes, int]], database: BaseDatabaseWrapper) -> None:
    """Insert with the rows sent as they are: Django's cursor would write them out in hexadecimal digits."""
    from psycopg import Cursor

    database.ensure_connection()
    with database.wrap_database_errors, Cursor(database.connection) as cursor:
        cursor.execute(
            "INSERT INTO stats_inboxbatch (events, format, rows)"
            " SELECT e, %s, r FROM unnest(%s::int[], %s::bytea[]) AS batch (e, r)",
            [FORMAT, [events for _, events in batches], [rows for rows, _ in batches]],
        )


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
