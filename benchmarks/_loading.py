"""Filling a database with millions of events: the log by COPY, then each projection from the whole log at once.

The plays are merged by the product's own code; every other projection runs its own SQL one time, with views of the log
in the place of a chunk. `differences` says whether that gives what the real ingest makes of the same events.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import reduce
from io import StringIO
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from _population import DAYS, EPOCH, Crowd, Size, Told, settle_in
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction

from analytics.platform.models import TouchedDay
from library.models import Comment
from stats import actions, drain, fresh, inbox, ingest, items, ledger, log, periods, plays, rows, settling, verify, wire
from stats.kinds import Sender
from stats.models import Source

ROOT = Path(__file__).resolve().parent.parent
LINES_AT_ONCE = 10_000
ROWS_AT_ONCE = 5_000
KEYS_AT_ONCE = 1_000
WORK_MEMORY = "256MB"

NOTE = "bench_loaded"

_details = msgspec.json.Decoder(plays.Details)


def use(name: str) -> None:
    """Speak with another database from now on."""
    connection.close()
    connection.settings_dict["NAME"] = name
    items.forget()


def drop(name: str) -> None:
    """Remove a database, if it is there."""
    _admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def copy(name: str, template: str) -> None:
    """Make a database anew, as another one is."""
    connection.close()
    drop(name)
    _admin(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')


def blank(name: str) -> None:
    """Make a database with nothing but the site's tables."""
    connection.close()
    drop(name)
    _admin(f'CREATE DATABASE "{name}"')
    migrate(name)


def migrate(name: str) -> None:
    """Bring a database's tables up to date."""
    url = os.environ["DATABASE_URL"].rpartition("/")[0]
    environment = os.environ | {"DATABASE_URL": f"{url}/{name}"}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "-v0", "--skip-checks"], cwd=ROOT, check=True, env=environment
    )


def inhabit(name: str, size: Size, first_day: Any) -> None:
    """Fill a blank database with members, items and partitions of the log, and nothing that they did."""
    blank(name)
    use(name)
    settle_in(size)
    with transaction.atomic():
        log.ensure_partitions(connection, first_day, ahead=DAYS // 28 + 1)
    connection.close()


def keep(name: str, fingerprint: str, took: dict[str, float]) -> None:
    """Note in a database what it was filled with, and the seconds that each part took."""
    use(name)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {NOTE} (fingerprint text, took jsonb)")
        cursor.execute(f"TRUNCATE {NOTE}")
        cursor.execute(f"INSERT INTO {NOTE} VALUES (%s, %s)", [fingerprint, json.dumps(took)])
    connection.close()


def is_filled(name: str, fingerprint: str) -> bool:
    """Whether there is such a database, filled with just this."""
    if not _admin("SELECT 1 FROM pg_database WHERE datname = %s", [name]):
        return False
    use(name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [NOTE])
        if cursor.fetchone()[0] is None:
            return False
        cursor.execute(f"SELECT 1 FROM {NOTE} WHERE fingerprint = %s", [fingerprint])
        return cursor.fetchone() is not None


def told_of_loading() -> str:
    """Return how long filling the database in use took, in words."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT took FROM {NOTE}")
        took = json.loads(cursor.fetchone()[0])
        cursor.execute("SELECT pg_size_pretty(pg_database_size(current_database()))")
        [size] = cursor.fetchone()
    parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in took.items() if seconds >= 1 and name != "all")
    return f"Loaded in {took['all']:.0f} s ({parts}); {size}."


@contextmanager
def unhurried() -> Iterator[None]:
    """Let this connection use much memory and one core, and flush the disk at the end only."""
    with connection.cursor() as cursor:
        for setting in (
            f"work_mem = '{WORK_MEMORY}'",
            f"maintenance_work_mem = '{WORK_MEMORY}'",
            "temp_buffers = '128MB'",
            "synchronous_commit = off",
            "max_parallel_workers_per_gather = 0",
            "max_parallel_maintenance_workers = 0",
            "jit = off",
        ):
            cursor.execute(f"SET {setting}")
    try:
        yield
    finally:
        connection.close()


def load(units: Iterable[list[list[Told]]]) -> dict[str, float]:
    """Make the log and all projections of these events, given day by day. Returns the seconds that each part took."""
    took: dict[str, float] = {}
    began = time.perf_counter()

    def lap(name: str) -> None:
        nonlocal began
        took[name] = took.get(name, 0.0) + time.perf_counter() - began
        print(f"    {name}: {took[name]:.1f} s", file=sys.stderr, flush=True)
        began = time.perf_counter()

    with unhurried():
        with connection.cursor() as cursor, _unindexed(cursor, "stats_play"):
            chunk = 0
            for day in units:
                chunk = _append(cursor, day, chunk)
            cursor.execute("UPDATE stats_ledger SET chunk = %s", [chunk])
            lap("log and plays")
        with connection.cursor() as cursor:
            lap("indexes of plays")
            ledger.text_uuids(cursor)
            _stage(cursor)
            lap("plays as moves")
            batch = fresh.Fresh(cursor)
            batch.kinds = frozenset(kind for (kind,) in batch.fetch("SELECT DISTINCT kind FROM fresh"))
            for projection in ledger.projections():
                if projection is actions.ACTIONS:
                    with _unindexed(cursor, "stats_action"):
                        projection.project(batch)
                elif projection is not plays.PLAYS and projection.kinds & batch.kinds:
                    projection.project(batch)
                lap(projection.name)
            cursor.execute("DROP VIEW fresh")
            cursor.execute("DROP TABLE moves")
            cursor.execute("ANALYZE stats_play, stats_rollupday, stats_dirtyday, stats_item")
            settling.settle(most=10**9, wait=True)
            lap("settling")
            _aggregate()
            lap("weeks, months, years")
            _keep_comments(cursor)
            cursor.execute("VACUUM ANALYZE")
            lap("vacuum")
    return took


def _append(cursor: Any, units: list[list[Told]], chunk: int) -> int:
    """Write one day to the log, in the order of time, and its plays. Returns the last chunk's number."""
    told: list[tuple[int, str]] = []
    made: list[str] = []
    for unit in units:
        lines = [one.line() for one in unit]
        told += [(one.received_us, line) for one, line in zip(unit, lines, strict=True)]
        if unit[0].event.type == "play":
            row = reduce(plays.joined, [plays.reported(_report(line)) for line in lines])
            made.append(plays.judged(row).line())
    told.sort()
    with cursor.copy(f"COPY {log.TABLE} ({log.NAMES}, chunk) FROM STDIN") as copying:
        for start in range(0, len(told), LINES_AT_ONCE):
            chunk += 1
            end = f"\t{chunk}\n"
            copying.write("".join(line[:-1] + end for _, line in told[start : start + LINES_AT_ONCE]))
    with cursor.copy(f"COPY stats_play ({plays.NAMES}) FROM STDIN") as copying:
        for start in range(0, len(made), ROWS_AT_ONCE):
            copying.write("".join(made[start : start + ROWS_AT_ONCE]))
    return chunk


def _report(line: str) -> plays.Report:
    """Return what a play's line of the log says, as the projection reads it."""
    (id_, source, _, received, start, _, actor, who, item, session, play_id, playlist, label, amount, data) = (
        rows.values(line.encode())
    )
    return plays.Report(
        id_, (actor, int(source or 0), play_id or ""), who or "", int(item or 0), session, playlist, label,
        int(amount or 0), int(start or 0), int(received or 0), _details.decode(data or ""),
    )  # fmt: skip


@contextmanager
def _unindexed(cursor: Any, table: str) -> Iterator[None]:
    """Take the indexes of an empty table away, and make them when it is full: sorted once instead of row by row."""
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype IN ('p', 'u')",
        [table],
    )
    constraints = cursor.fetchall()
    for name, _ in constraints:
        cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(f'DROP INDEX "{name}"')
    yield
    for name, definition in constraints:
        cursor.execute(f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
    for _, definition in indexes:
        cursor.execute(definition)


def _stage(cursor: Any) -> None:
    """Put the log in the place of the fresh rows, and the plays in the place of their moves."""
    cursor.execute(f"CREATE TEMPORARY VIEW fresh AS SELECT {log.NAMES} FROM {log.TABLE}")
    fresh.open_stage(connection)
    cursor.execute(
        f"INSERT INTO moves ({', '.join(plays.MOVED)}) SELECT actor, actor_type, item_id, source_id, day,"
        " EXTRACT(HOUR FROM to_timestamp(started_at / 1000000) AT TIME ZONE %s)::int::text, item_type,"
        " COALESCE(quality, ''), COALESCE(speed::text, ''), play_source, 1, is_view, is_completed, is_skipped,"
        " (COALESCE(media_ms, 0) > 0)::int, completion_bp, played_ms, covered_ms, started_at + played_ms * 1000"
        " FROM stats_play",
        [settings.TIME_ZONE],
    )
    cursor.execute("ANALYZE moves")
    cursor.execute(f"ANALYZE {log.TABLE}")


def _keep_comments(cursor: Any) -> None:
    """Give the members' comments of the log the rows that the item pages show."""
    cursor.execute(
        f"INSERT INTO {Comment._meta.db_table} (uuid, item_id, author_id, text, created_at, replies)"
        " SELECT CAST(a.label AS uuid), a.item_id, u.id, 'Well said.', to_timestamp(a.at / 1000000.0), 0"
        " FROM stats_action a JOIN accounts_user u ON u.uuid = a.actor WHERE a.kind = 'comment'"
    )


def ingest_really(crowd: Crowd, units: Iterable[list[list[Told]]]) -> None:
    """Send events through the real ingest, drain, settling and aggregation, one by one, late ones in between."""
    app = Source.objects.get(pk=crowd.app)
    told = sorted((one for day in units for unit in day for one in unit), key=lambda one: one.received_us)
    for start in range(0, len(told), 500):
        lines = [line for one in told[start : start + 500] for line in _accepted(one, app)]
        inbox.insert([("".join(lines).encode(), len(lines))])
    pace = drain.Pace()
    while drain.drain_once(pace):
        pass
    settling.settle_all()
    _aggregate()


def _aggregate() -> None:
    periods.KEYS_AT_ONCE = KEYS_AT_ONCE  # nobody else is kept waiting
    call_command("aggregate", all=True, stdout=StringIO(), stderr=StringIO())


def _accepted(one: Told, app: Source) -> list[str]:
    source = Source(pk=Source.SITE) if one.actor else app
    received = EPOCH + timedelta(microseconds=one.received_us)
    lines, outcome = ingest.prepare(
        ingest.Sending(source, Sender.SERVER, one.actor), wire.Decoded([(0, one.event)]), received
    )
    if outcome.rejected or len(lines) != 1:
        raise SystemExit(f"Ingest refused {one}: {outcome}")
    return lines


def sample(crowd: Crowd, number: int) -> list[list[list[Told]]]:
    """Return the first events of each day of the crowd, day by day, `number` in all."""
    return [list(islice(crowd.units(day), number // DAYS)) for day in crowd.days()]


def tables() -> list[tuple[str, str]]:
    """Return all that is kept of events, each with its columns in order: the log and every projection.

    Without the days that are to be counted again: that queue has a row for each time that something came.
    """
    models = [
        table
        for projection in ledger.projections()
        for table in (*projection.tables, *projection.queues)
        if table is not TouchedDay
    ] + [table for _, table in verify.SETTLED] + [verify.BuiltPeriod]  # fmt: skip
    kept = [(log.TABLE, f"{log.NAMES}")]
    for model in models:
        names = [one.column for one in model._meta.local_concrete_fields if one.column]
        kept.append((model._meta.db_table, ", ".join(names)))
    return kept


def contents() -> dict[str, set[tuple[Any, ...]]]:
    """Return all rows of all of them."""
    with connection.cursor() as cursor:
        found = {}
        for table, names in tables():
            cursor.execute(f"SELECT {names} FROM {table}")
            found[table] = set(cursor.fetchall())
    return found


def differences(one: dict[str, set[tuple[Any, ...]]], other: dict[str, set[tuple[Any, ...]]]) -> dict[str, int]:
    """Return how many rows differ, by table."""
    return {table: len(found ^ other[table]) for table, found in one.items() if found != other[table]}


def _admin(sql: str, params: list[Any] | None = None) -> list[tuple[Any, ...]]:
    url = os.environ["DATABASE_URL"].rpartition("/")[0]
    with psycopg.connect(f"{url}/postgres", autocommit=True) as admin:
        found = admin.execute(sql, params)
        return found.fetchall() if found.description else []
