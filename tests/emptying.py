"""PostgreSQL's tables, emptied quickly after a test that commits.

Django truncates all tables, which gives every one of them and each of their indexes a new file, for the few rows that a test
left.
"""

from collections.abc import Sequence
from typing import Any

from django.db.backends.postgresql.operations import DatabaseOperations

BEGIN_AGAIN = (
    "SELECT setval(quote_ident(sequencename)::regclass, start_value, false) FROM pg_sequences WHERE last_value > 0"
)

truncate_all = DatabaseOperations.sql_flush


def delete_what_is_there() -> None:
    """Let `flush` delete the rows of those tables that have some, as it does on SQLite."""
    DatabaseOperations.sql_flush = sql_flush


def sql_flush(
    self: DatabaseOperations, style: Any, tables: Sequence[str], *, reset_sequences: bool = False, **options: Any
) -> list[str]:
    """Return the statements; only a superuser may do without the triggers, some of which forbid to delete."""
    with self.connection.cursor() as cursor:
        cursor.execute("SHOW is_superuser")
        if not tables or cursor.fetchone() != ("on",):
            return truncate_all(self, style, tables, reset_sequences=reset_sequences, **options)
        names = {name: self.quote_name(name) for name in tables}
        cursor.execute(
            " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {quoted})" for name, quoted in names.items())
        )
        filled = [names[name] for (name,) in cursor.fetchall()]
    return [
        "SET LOCAL session_replication_role = replica",
        *(f"DELETE FROM {quoted}" for quoted in filled),
        "SET LOCAL session_replication_role = origin",
        *([BEGIN_AGAIN] if reset_sequences else []),
    ]
