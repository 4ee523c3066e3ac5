"""Settling: the people and replays of the days that events touched, counted anew, and the periods these days are in.

The projections queue what they cannot sum (`DirtyDay`) in the transaction that changes the plays. Settling reads some
of the queue, counts, and then, in one short transaction, takes just these marks out and stores the result: a play that
comes meanwhile leaves a mark of its own, and whoever is killed leaves all marks. One settles at a time. Until a day is
settled, its numbers are counted from the plays by whoever reads them.
"""

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from stats import recount
from stats.models import DayAudience, DirtyDay

log = logging.getLogger(__name__)

LOCK = 0x38_50_55  # "8PU"
MOST = 20_000
EVERY_S = 2.0
RESTS = 10
LONGEST_PAUSE_S = 20.0
TURN_S = 5.0

Progress = Callable[[int, int], None]


def settle(most: int = MOST, *, wait: bool = False) -> int:
    """Settle the oldest `most` marks. Returns how many were settled: 0 when none is left, or another settles just now.

    With `wait` the other is waited for. Never waits for the writers of the log, nor they for the counting.
    """
    with alone(connection, wait=wait) as is_mine:
        if not is_mine:
            return 0
        with connection.cursor() as cursor:
            recount.open_tables(cursor)
            marks = recount.take(cursor, most)
            if marks:
                recount.count(cursor)
                with transaction.atomic():
                    recount.take_out(cursor)
                    recount.store(cursor)
            return marks


def settle_all(progress: Progress | None = None, most: int = MOST) -> int:
    """Settle every mark that there is now, waiting for whoever else settles. Returns how many were settled.

    Those that come meanwhile are not waited for: on a busy site there always are some.
    """
    last = DirtyDay.objects.order_by("-id").values_list("id", flat=True).first() or 0
    waiting, done = DirtyDay.objects.filter(id__lte=last), 0
    while waiting.exists():
        done += settle(most, wait=True)
        if progress:
            progress(done, done + waiting.count())
    return done


def settle_for(seconds: float) -> int:
    """Settle until no mark is left or the time is over; leave it to whoever settles already. Returns how many marks."""
    deadline, done = time.monotonic() + seconds, 0
    while marks := settle():
        done += marks
        if time.monotonic() >= deadline:
            break
    return done


@transaction.atomic
def mark_day(day: date) -> int:
    """Queue a whole day, every item that was played or is kept as played. Returns how many marks that made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stats_dirtyday (item_id, source_id, day)"
            " SELECT DISTINCT item_id, source_id, day FROM stats_play WHERE day = %s",
            [day.isoformat()],
        )
        marks = cursor.rowcount
    stale = DayAudience.objects.filter(day=day, scope="i").values_list("key", flat=True)
    played = set(DirtyDay.objects.filter(day=day).values_list("item_id", flat=True))
    extra = [DirtyDay(item_id=item, source_id=0, day=day) for item in stale if item not in played]
    return marks + len(DirtyDay.objects.bulk_create(extra))


@contextmanager
def beside() -> Iterator[None]:
    """Settle in a thread of its own while the block runs: every other second, and a tenth of the time at most."""
    stop = threading.Event()
    thread = threading.Thread(target=_keep_up, args=(stop,), name="settling", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TURN_S)


def _keep_up(stop: threading.Event) -> None:
    pause = EVERY_S
    try:
        while not stop.wait(pause):
            started = time.monotonic()
            try:
                settle()
            except (DatabaseError, InterfaceError) as error:
                log.warning("Not settled, trying again: %s", str(error).split("\n")[0])
                connection.close()
            pause = min(max(EVERY_S, RESTS * (time.monotonic() - started)), LONGEST_PAUSE_S)
    finally:
        connection.close()


@contextmanager
def alone(database: BaseDatabaseWrapper, *, wait: bool = True) -> Iterator[bool]:
    """Keep others from settling, on this machine or, on PostgreSQL, anywhere. Yields whether that was possible.

    Ends with the process. Whoever needs the ledger's lock too takes this one first.
    """
    if database.vendor == "postgresql":
        with _advisory_lock(database, wait=wait) as is_mine:
            yield is_mine
        return
    with (settings.DATA_DIR / "settling.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


@contextmanager
def _advisory_lock(database: BaseDatabaseWrapper, *, wait: bool) -> Iterator[bool]:
    until_the_end = "_xact" if database.in_atomic_block else ""
    with database.cursor() as cursor:
        if wait:
            cursor.execute(f"SELECT pg_advisory{until_the_end}_lock(%s)", [LOCK])
            is_mine = True
        else:
            cursor.execute(f"SELECT pg_try_advisory{until_the_end}_lock(%s)", [LOCK])
            is_mine = cursor.fetchone()[0]
    try:
        yield is_mine
    finally:
        if is_mine and not until_the_end and database.is_usable():
            with database.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])
