"""Verify and rebuild: run the projections over the whole log again, beside the tables that the site reads.

Temporary tables of the same names stand before the real ones on this connection (both databases look there first), so
the very code that keeps the tables up to date fills them; what is settled later (people, replays, periods) is counted
from the plays that this gave. Then the two are compared, row by row.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model, QuerySet

from stats import fresh, ledger, log, recount, settling, visitors
from stats.fields import to_day
from stats.fresh import Fresh, Postings
from stats.kinds import KINDS
from stats.models import BuiltPeriod, DayAudience, KindDay, Ledger, ReplayDay, RollupPeriod
from stats.recount import BEGINNING, Place
from stats.windows import next_period, period_of

DAYS_AT_ONCE = 14
KEYS_AT_ONCE = 2_000

# What is settled, by the names that `rebuild` takes; the first is a projection's too.
SETTLED: tuple[tuple[str, type[Model]], ...] = (
    ("audience", ReplayDay),
    ("audience", DayAudience),
    ("periods", RollupPeriod),
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not what the log says. `kept` or `recomputed` is None where the row is missing."""

    projection: str
    table: str
    key: tuple[Any, ...]
    kept: dict[str, Any] | None
    recomputed: dict[str, Any] | None

    def __str__(self) -> str:
        if self.kept is None:
            return f"{self.table} {self.key}: missing, should be {self.recomputed}"
        if self.recomputed is None:
            return f"{self.table} {self.key}: should not be there, is {self.kept}"
        cells = (f"{name} is {now}, should be {then}" for name, (now, then) in self.changed().items())
        return f"{self.table} {self.key}: " + ", ".join(cells)

    def changed(self) -> dict[str, tuple[Any, Any]]:
        """Return what is kept and what was recomputed of each cell that differs, where both have the row."""
        if self.kept is None or self.recomputed is None:
            return {}
        return {
            name: (value, self.recomputed[name]) for name, value in self.kept.items() if value != self.recomputed[name]
        }


@dataclass(slots=True)
class Unsettled:
    """What the queue says is about to change: not compared."""

    days: set[tuple[str, int | None, date]] = field(default_factory=set)
    periods: set[tuple[str, date, str, int | None]] = field(default_factory=set)

    def has(self, one: Difference) -> bool:
        """Whether the difference is in a row that is to be settled. All sources of a day are counted together."""
        if one.table == ReplayDay._meta.db_table:
            item, day, _ = one.key
            return ("i", item, to_day(day)) in self.days
        if one.table == DayAudience._meta.db_table:
            scope, key, day = one.key
            return (scope, key if scope in "io" else None, to_day(day)) in self.days
        grain, start, scope, key = one.key
        return (grain, to_day(start), scope, key if scope in "io" else None) in self.periods


def names() -> set[str]:
    """Return what can be rebuilt by name."""
    return {projection.name for projection in ledger.projections()} | {name for name, _ in SETTLED}


def differences(progress: Progress | None = None) -> list[Difference]:
    """Return every difference between what is kept and the log, as of one instant. None on a sound database.

    Reads the whole log. Writers are not held up. What waits to be settled is left out.
    """
    with _own_connection() as database, _snapshot(database), database.cursor() as cursor, _shadows(cursor):
        _recompute(cursor, 0, progress)
        _count_all(cursor)
        found = [
            one
            for projection in ledger.projections()
            for table in projection.tables
            for one in _compare(cursor, projection.name, table)
        ]
        found += [
            one
            for projection in ledger.projections()
            for postings in projection.postings
            for one in _compare_sums(cursor, projection.name, postings)
        ]
        return found + _settled_differences(cursor)


def rebuild(names: set[str], progress: Progress | None = None) -> dict[str, int]:
    """Make what has one of these names (all, if none) what the log says. Returns how many rows were changed, by table.

    The log is replayed beside the running site; only its last moments, and the writing of the rows that differ, hold
    other writers up. Readers never see anything between the old and the right numbers.
    """
    changed: dict[str, int] = {}
    with _own_connection() as database, database.cursor() as cursor, _shadows(cursor):
        with _snapshot(database):
            last = _last_chunk(cursor)
            _recompute(cursor, 0, progress)
            _count_all(cursor)
        with settling.alone(database), _writing(database):
            ledger.lock(cursor)
            _recompute(cursor, last, None)
            _count_rest(cursor)
            for name, table in _tables():
                if not names or name in names:
                    changed[table._meta.db_table] = _replace(cursor, table)
            if not names or "periods" in names:
                _forget_unbuildable(cursor)
            for projection in ledger.projections():
                for postings in projection.postings if not names or projection.name in names else ():
                    changed[postings.table._meta.db_table] = _settle_up(cursor, postings)
    return changed


def missing() -> set[str]:
    """Return the projections that have no row though the log has events for them: new ones, after an upgrade. Cheap."""
    if not Ledger.objects.filter(chunk__gt=0).exists():
        return set()
    kinds = set(KindDay.objects.values_list("kind", flat=True).distinct()) or set(KINDS)
    return {
        projection.name
        for projection in ledger.projections()
        if projection.tables
        and projection.kinds & kinds
        and not any(QuerySet(table).exists() for table in projection.tables)
    }


@contextmanager
def _own_connection() -> Iterator[BaseDatabaseWrapper]:
    """Yield a second connection, or this one inside a transaction, whose rows no other could see."""
    if connection.in_atomic_block:
        yield connection
        return
    database = connection.copy()
    try:
        yield database
    finally:
        database.close()


@contextmanager
def _snapshot(database: BaseDatabaseWrapper) -> Iterator[None]:
    """Read everything as of one instant, and block nobody."""
    if database.in_atomic_block:
        yield
        return
    fresh.open_stage(database)
    with database.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ" if database.vendor == "postgresql" else "BEGIN DEFERRED")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")


@contextmanager
def _writing(database: BaseDatabaseWrapper) -> Iterator[None]:
    if database.in_atomic_block:
        yield
        return
    with database.cursor() as cursor:
        cursor.execute("BEGIN" if database.vendor == "postgresql" else "BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")


@contextmanager
def _shadows(cursor: CursorWrapper) -> Iterator[None]:
    """Make empty temporary tables in front of all that can be compared, and take them away again."""
    queues: list[type[Model]] = [queue for projection in ledger.projections() for queue in projection.queues]
    queues += [postings.table for projection in ledger.projections() for postings in projection.postings]
    kept: list[type[Model]] = [table for _, table in _tables()]
    both: list[type[Model]] = [*kept, *queues, BuiltPeriod]
    tables = [table._meta.db_table for table in both]
    fresh.open_stage(cursor.db)
    ledger.text_uuids(cursor)
    for table in tables:
        if cursor.db.vendor == "postgresql":
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {table} INCLUDING ALL)")
        else:
            cursor.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = %s", [table])
            cursor.execute(cursor.fetchone()[0].replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
            cursor.execute(
                "SELECT sql FROM main.sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name = %s", [table]
            )
            for (sql,) in cursor.fetchall():
                cursor.execute(re.sub(r"^CREATE (UNIQUE )?INDEX ", r"CREATE \1INDEX temp.", sql))
    try:
        yield
    finally:
        if cursor.db.connection is not None and cursor.db.is_usable():
            for table in tables:
                cursor.execute(f"DROP TABLE IF EXISTS {_temporary(cursor)}.{table}")


def _recompute(cursor: CursorWrapper, after_chunk: int, progress: Progress | None) -> None:
    total = log.count(cursor, after_chunk) if progress else 0
    done = 0
    for rows in log.replay(cursor, after_chunk):
        batch = Fresh(cursor, rows)
        cursor.execute("SELECT DISTINCT kind FROM fresh")
        batch.kinds = frozenset(kind for (kind,) in cursor.fetchall())
        ledger.project(batch)
        batch.empty("fresh", "moves")
        done += rows
        if progress:
            progress(done, total)


def _count_all(cursor: CursorWrapper) -> None:
    """Count the people, replays and periods of the whole replayed log."""
    if cursor.db.vendor == "postgresql":
        cursor.execute("ANALYZE stats_play, stats_rollupday")
    cursor.execute("DELETE FROM stats_dirtyday")
    played = recount.days(cursor, "SELECT DISTINCT day FROM stats_rollupday WHERE scope = 'p' AND plays > 0")
    while played:
        first, end = played[0], played[0] + timedelta(days=DAYS_AT_ONCE)
        recount.open_tables(cursor)
        recount.take_days(cursor, first, end)
        recount.count(cursor)
        recount.store(cursor)
        played = [day for day in played if day >= end]
    if cursor.db.vendor == "postgresql":
        cursor.execute("ANALYZE stats_dayaudience, stats_replayday")
    _build_all(cursor)


def _count_rest(cursor: CursorWrapper) -> None:
    """Count what the events touched that came after the snapshot, and periods that were built since."""
    recount.open_tables(cursor)
    while recount.take(cursor, settling.MOST):
        recount.count(cursor)
        recount.store(cursor)
        recount.take_out(cursor)
        recount.open_tables(cursor)
    _build_all(cursor)


def _build_all(cursor: CursorWrapper) -> None:
    """Aggregate the periods that are built, or being built, and not yet in the shadow."""
    query = "SELECT grain, start FROM {}.stats_builtperiod"
    cursor.execute(f"{query.format(_real(cursor))} EXCEPT {query.format(_temporary(cursor))}")
    periods = cursor.fetchall()
    recount.open_tables(cursor)
    for grain, start in periods:
        if not _is_buildable(grain, to_day(start)):
            continue
        after: Place | None = BEGINNING
        while after and (after := recount.take_spans(cursor, grain.lower(), to_day(start), after, KEYS_AT_ONCE)):
            recount.count_spans(cursor)
            recount.store_spans(cursor)
        cursor.execute(
            "INSERT INTO stats_builtperiod (grain, start) VALUES (%s, %s)", [grain, to_day(start).isoformat()]
        )


def _is_buildable(grain: str, start: date) -> bool:
    """Whether there is such a period, and it is over."""
    grain = grain.lower()
    return (
        grain in recount.GRAINS and period_of(grain, start) == start and next_period(grain, start) <= visitors.today()
    )


def _forget_unbuildable(cursor: CursorWrapper) -> None:
    for one in _unbuildable(cursor):
        cursor.execute(f"DELETE FROM {_real(cursor)}.stats_builtperiod WHERE grain = %s AND start = %s", one.key)


def _unbuildable(cursor: CursorWrapper) -> list[Difference]:
    cursor.execute(f"SELECT grain, start FROM {_real(cursor)}.stats_builtperiod ORDER BY grain, start")
    return [
        Difference("periods", "stats_builtperiod", (grain, start), {"grain": grain, "start": start}, None)
        for grain, start in cursor.fetchall()
        if not _is_buildable(grain, to_day(start))
    ]


def _settled_differences(cursor: CursorWrapper) -> list[Difference]:
    found = [one for name, table in SETTLED for one in _compare(cursor, name, table)]
    if found:
        unsettled = _unsettled(cursor)
        cursor.execute(f"SELECT grain, start FROM {_real(cursor)}.stats_builtperiod")
        unfinished = {(grain.lower(), to_day(start)) for grain, start in cursor.fetchall() if grain.isupper()}
        found = [
            one
            for one in found
            if not unsettled.has(one)
            and not (one.table == RollupPeriod._meta.db_table and (one.key[0], to_day(one.key[1])) in unfinished)
        ]
    return found + _unbuildable(cursor)


def _unsettled(cursor: CursorWrapper) -> Unsettled:
    cursor.execute(
        f"SELECT DISTINCT d.item_id, i.owner_id, d.day FROM {_real(cursor)}.stats_dirtyday d"
        " LEFT JOIN stats_item i ON i.id = d.item_id"
    )
    queued = Unsettled()
    for item, owner, marked in cursor.fetchall():
        for more in range(recount.REACH_DAYS + 1):
            day = to_day(marked) + timedelta(days=more)
            for scope, key in (("i", item), ("o", owner), ("s", None), ("p", None)):
                queued.days.add((scope, key, day))
                queued.periods |= {(grain, period_of(grain, day), scope, key) for grain in recount.GRAINS}
    return queued


def _last_chunk(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT chunk FROM stats_ledger WHERE id = 1")
    row = cursor.fetchone()
    return row[0] if row else 0


def _temporary(cursor: CursorWrapper) -> str:
    return "pg_temp" if cursor.db.vendor == "postgresql" else "temp"


def _real(cursor: CursorWrapper) -> str:
    return "public" if cursor.db.vendor == "postgresql" else "main"


def _tables() -> list[tuple[str, type[Model]]]:
    """Return what can be compared: the projections' tables, then what is settled from them, each with its name."""
    return [(projection.name, table) for projection in ledger.projections() for table in projection.tables] + list(
        SETTLED
    )


def _columns(table: type[Model]) -> tuple[list[str], list[str]]:
    """Return all columns and those of the key."""
    columns = [field.column for field in table._meta.local_concrete_fields if field.column]
    keys = [field.column for field in getattr(table._meta.pk, "fields", [table._meta.pk])]
    return columns, keys


def _compare(cursor: CursorWrapper, projection: str, table: type[Model]) -> list[Difference]:
    columns, keys = _columns(table)
    name, names = table._meta.db_table, ", ".join(columns)
    sides: list[dict[tuple[Any, ...], dict[str, Any]]] = []
    for one, other in ((_real(cursor), _temporary(cursor)), (_temporary(cursor), _real(cursor))):
        cursor.execute(f"SELECT {names} FROM {one}.{name} EXCEPT SELECT {names} FROM {other}.{name}")
        rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
        sides.append({tuple(row[key] for key in keys): row for row in rows})
    kept, recomputed = sides
    return [
        Difference(projection, name, key, kept.get(key), recomputed.get(key))
        for key in sorted(kept.keys() | recomputed.keys(), key=str)
    ]


def _sums(cursor: CursorWrapper, schema: str, postings: Postings) -> dict[tuple[Any, ...], int]:
    """Return what a ledger's rows come to by key, without what comes to nothing."""
    keys = ", ".join(postings.key)
    cursor.execute(
        f"SELECT {keys}, SUM({postings.amount}) FROM {schema}.{postings.table._meta.db_table}"
        f" GROUP BY {keys} HAVING SUM({postings.amount}) <> 0"
    )
    return {tuple(row[:-1]): int(row[-1]) for row in cursor.fetchall()}


def _compare_sums(cursor: CursorWrapper, projection: str, postings: Postings) -> list[Difference]:
    kept, recomputed = (_sums(cursor, schema, postings) for schema in (_real(cursor), _temporary(cursor)))
    name, amount = postings.table._meta.db_table, postings.amount
    return [
        Difference(
            projection,
            name,
            key,
            {amount: kept[key]} if key in kept else None,
            {amount: recomputed[key]} if key in recomputed else None,
        )
        for key in sorted(kept.keys() | recomputed.keys(), key=str)
        if kept.get(key) != recomputed.get(key)
    ]


def _owed(cursor: CursorWrapper, postings: Postings) -> list[tuple[Any, ...]]:
    """Return what has to be posted, key and amount, so that a ledger comes to what the log says."""
    kept, recomputed = (_sums(cursor, schema, postings) for schema in (_real(cursor), _temporary(cursor)))
    return [
        (*key, recomputed.get(key, 0) - kept.get(key, 0))
        for key in sorted(kept.keys() | recomputed.keys(), key=str)
        if kept.get(key) != recomputed.get(key)
    ]


def _settle_up(cursor: CursorWrapper, postings: Postings) -> int:
    """Post what a ledger owes. Its shadow is taken away first, so that what is appended stands in the ledger."""
    rows = _owed(cursor, postings)
    cursor.execute(f"DROP TABLE {_temporary(cursor)}.{postings.table._meta.db_table}")
    postings.correct(cursor, rows)
    return len(rows)


def _replace(cursor: CursorWrapper, table: type[Model]) -> int:
    """Change the rows of one table that differ from its shadow. Returns how many."""
    columns, keys = _columns(table)
    real, shadow = (f"{schema}.{table._meta.db_table}" for schema in (_real(cursor), _temporary(cursor)))
    names, key = ", ".join(columns), ", ".join(keys)
    cursor.execute(f"DELETE FROM {real} WHERE ({key}) IN (SELECT {key} FROM {real} EXCEPT SELECT {key} FROM {shadow})")
    changed = cursor.rowcount
    updates = ", ".join(f"{column} = excluded.{column}" for column in columns if column not in keys)
    cursor.execute(
        f"INSERT INTO {real} ({names}) SELECT * FROM (SELECT {names} FROM {shadow} EXCEPT SELECT {names} FROM {real}) d"
        f" WHERE true ON CONFLICT ({key}) DO {f'UPDATE SET {updates}' if updates else 'NOTHING'}"
    )
    return changed + cursor.rowcount
