"""Reading and writing many people's rows at once, inside a chunk."""

import json
from collections.abc import Container, Iterable, Sequence
from itertools import chain
from typing import Any

from stats.fresh import Fresh

FEW = 20


def of_actors(
    fresh: Fresh, actors: Iterable[Any], table: str, columns: Sequence[str], condition: str = "true"
) -> list[tuple[Any, ...]]:
    """Return these columns of the rows that a table has of these people, and for which the condition on `t` holds."""
    wanted = sorted(set(actors))
    if not wanted:
        return []
    names = ", ".join(f"t.{name}" for name in columns)
    if fresh.vendor == "postgresql":  # one text instead of a list, of which each element would be adapted by itself
        people, listed = "unnest(CAST(%s AS uuid[])) f(actor)", "{" + ",".join(wanted) + "}"
    else:
        people, listed = "(SELECT value AS actor FROM json_each(%s)) f", json.dumps(wanted)
    found = joined(fresh, table, f"t.actor = f.actor AND {condition}")
    return fresh.fetch(f"SELECT {names} FROM {people} {found}", [listed])


def joined(fresh: Fresh, table: str, condition: str) -> str:
    """Return a join of few rows `f` with those of a large table `t`, looked up one by one.

    PostgreSQL does not know how few they are, and would rather read a million of the others. It looks into a subquery that
    has an offset for each row by itself.
    """
    if fresh.vendor == "postgresql":
        return f"CROSS JOIN LATERAL (SELECT * FROM {table} t WHERE {condition} OFFSET 0) t"
    return f"JOIN {table} t ON {condition}"


def store(
    fresh: Fresh,
    table: str,
    columns: Sequence[str],
    keys: int,
    rows: Iterable[Sequence[Any]],
    known: Container[tuple[Any, ...]] | None = None,
) -> None:
    """Write whole rows, new ones and changed ones, by the first `keys` of the columns; with 0 those there stay as they are.

    A caller who has read the table tells the keys that are there as `known`: all others are just appended.
    """
    written = sorted(rows, key=lambda row: tuple(row[:keys]))
    if known is not None:
        append(fresh, table, columns, [row for row in written if tuple(row[:keys]) not in known])
        written = [row for row in written if tuple(row[:keys]) in known]
    if not written:
        return
    names, key = ", ".join(columns), ", ".join(columns[:keys])
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns[keys:])
    on_conflict = f"ON CONFLICT ({key}) DO UPDATE SET {updates}" if keys else "ON CONFLICT DO NOTHING"
    marks = f"({', '.join(['%s'] * len(columns))})"
    if fresh.vendor != "postgresql":
        fresh.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES {marks} {on_conflict}", written)
    elif len(written) <= FEW:
        listed = ", ".join([marks] * len(written))
        fresh.execute(
            f"INSERT INTO {table} ({names}) VALUES {listed} {on_conflict}", list(chain.from_iterable(written))
        )
    else:
        staged = f"fresh_{table}"
        fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} AS SELECT {names} FROM {table} WHERE false")
        append(fresh, staged, columns, written)
        fresh.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged} {on_conflict}")
        fresh.empty(staged)


def append(fresh: Fresh, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Append rows to a table: by COPY on PostgreSQL, one by one on SQLite."""
    if not rows:
        return
    names = ", ".join(columns)
    if fresh.vendor == "postgresql":
        with fresh.cursor.db.wrap_database_errors, fresh.cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        marks = ", ".join(["%s"] * len(columns))
        fresh.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)


def uuid_type(fresh: Fresh) -> str:
    """Return the type of a person's column in a temporary table."""
    return "uuid" if fresh.vendor == "postgresql" else "char(32)"
