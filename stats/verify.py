"""Verify and rebuild: run the projections over the whole log again, beside the tables that the site reads.

Temporary tables of the same names stand before the real ones on this connection (both databases look there first), so
the very code that keeps the tables up to date fills them. Then the two are compared, row by row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from stats import fresh, ledger, log
from stats.fresh import Fresh

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
        changed = {
            name: (value, self.recomputed[name]) for name, value in self.kept.items() if value != self.recomputed[name]
        }
        return f"{self.table} {self.key}: " + ", ".join(
            f"{name} is {a}, should be {b}" for name, (a, b) in changed.items()
        )


def differences(progress: Progress | None = None) -> list[Difference]:
    """Return every difference between the projections and the log, as of one instant. None on a sound database.

    Reads the whole log. Writers are not held up.
    """
    with _own_connection() as database, _snapshot(database), database.cursor() as cursor, _shadows(cursor):
        _recompute(cursor, 0, progress)
        return [
            one
            for projection in ledger.projections()
            for table in projection.tables
            for one in _compare(cursor, projection.name, table)
        ]


def rebuild(names: set[str], progress: Progress | None = None) -> dict[str, int]:
    """Make the projections of these names (all, if none) what the log says. Returns how many rows were changed, by table.

    The log is replayed beside the running site; only its last moments, and the writing of the rows that differ, hold
    other writers up. Readers never see anything between the old and the right numbers.
    """
    changed: dict[str, int] = {}
    with _own_connection() as database, database.cursor() as cursor, _shadows(cursor):
        with _snapshot(database):
            last = _last_chunk(cursor)
            _recompute(cursor, 0, progress)
        with _writing(database):
            ledger.lock(cursor)
            _recompute(cursor, last, None)
            for projection in ledger.projections():
                if not names or projection.name in names:
                    for table in projection.tables:
                        changed[table._meta.db_table] = _replace(cursor, table)
    return changed


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
    """Make empty temporary tables in front of all projections, and take them away again."""
    tables = [table._meta.db_table for projection in ledger.projections() for table in projection.tables]
    fresh.open_stage(cursor.db)
    ledger.text_uuids(cursor)
    for table in tables:
        if cursor.db.vendor == "postgresql":
            cursor.execute(f"CREATE TEMPORARY TABLE {table} (LIKE {table} INCLUDING ALL)")
        else:
            cursor.execute("SELECT sql FROM main.sqlite_master WHERE type = 'table' AND name = %s", [table])
            cursor.execute(cursor.fetchone()[0].replace("CREATE TABLE", "CREATE TEMPORARY TABLE", 1))
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
        cursor.execute("DELETE FROM moves")
        ledger.project(batch)
        done += rows
        if progress:
            progress(done, total)
    fresh.clear(cursor)


def _last_chunk(cursor: CursorWrapper) -> int:
    cursor.execute("SELECT chunk FROM stats_ledger WHERE id = 1")
    row = cursor.fetchone()
    return row[0] if row else 0


def _temporary(cursor: CursorWrapper) -> str:
    return "pg_temp" if cursor.db.vendor == "postgresql" else "temp"


def _real(cursor: CursorWrapper) -> str:
    return "public" if cursor.db.vendor == "postgresql" else "main"


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
