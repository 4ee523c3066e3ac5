"""Reading and writing many people's rows at once, inside a chunk."""

from collections.abc import Iterable, Sequence
from typing import Any

from stats.fresh import Fresh, copy_lines
from stats.rows import NULL, text

FEW = 20


def of_actors(
    fresh: Fresh, actors: Iterable[Any], table: str, columns: Sequence[str], condition: str = "true"
) -> list[tuple[Any, ...]]:
    """Return these columns of the rows that a table has of these people, and for which the condition on `t` holds."""
    wanted = sorted(set(actors))
    names = ", ".join(f"t.{name}" for name in columns)
    if len(wanted) <= FEW:
        if not wanted:
            return []
        marks = ", ".join(["%s"] * len(wanted))
        return fresh.fetch(f"SELECT {names} FROM {table} t WHERE t.actor IN ({marks}) AND {condition}", wanted)
    fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_actors (actor {uuid_type(fresh)})")
    append(fresh, "fresh_actors", ("actor",), ((actor,) for actor in wanted))
    found = fresh.fetch(f"SELECT {names} FROM fresh_actors f JOIN {table} t ON t.actor = f.actor WHERE {condition}")
    fresh.empty("fresh_actors")
    return found


def store(fresh: Fresh, table: str, columns: Sequence[str], keys: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write whole rows, new ones and changed ones."""
    written = list(rows)
    if not written:
        return
    names, key = ", ".join(columns), ", ".join(keys)
    updates = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    on_conflict = f"ON CONFLICT ({key}) DO {f'UPDATE SET {updates}' if updates else 'NOTHING'}"
    if fresh.vendor != "postgresql":
        marks = ", ".join(["%s"] * len(columns))
        fresh.cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}) {on_conflict}", written)
        return
    staged = f"fresh_{table}"
    fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {staged} AS SELECT {names} FROM {table} WHERE false")
    append(fresh, staged, columns, written)
    fresh.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM {staged} ORDER BY {key} {on_conflict}")
    fresh.empty(staged)


def append(fresh: Fresh, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Append rows to a table: by COPY on PostgreSQL, one by one on SQLite."""
    if fresh.vendor == "postgresql":
        copy_lines(fresh.cursor, table, columns, map(line, rows))
    else:
        marks = ", ".join(["%s"] * len(columns))
        fresh.cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", list(rows))


def line(values: Sequence[Any]) -> str:
    """Return one row as a line for COPY."""
    parts = [NULL if value is None else text(value) if isinstance(value, str) else str(value) for value in values]
    return "\t".join(parts) + "\n"


def uuid_type(fresh: Fresh) -> str:
    """Return the type of a person's column in a temporary table."""
    return "uuid" if fresh.vendor == "postgresql" else "char(32)"
