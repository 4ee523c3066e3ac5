"""The rows that an insert really inserted, staged for the projections.

`fresh` and `moves` are temporary tables of the connection. `fresh` has the log's columns, with the actor of a claimed
guest already being the member. `moves` collects signed contributions to counters and roll-ups: what a row counted
before it changed (negative), and what it counts now.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.db.models import Model

from stats import log, rows

MOVED_NUMBERS = (
    "plays", "views", "completed", "skipped", "measured", "completion_bp", "played_ms", "covered_ms", "likes", "saves",
    "liked", "streams",
)  # fmt: skip

FEW = 20


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a chunk did to one person, which whoever caused it may want to tell: `kind` and `ref` say what.

    `amount` is what was gained, negative for a loss; `at` when it was earned, in microseconds.
    """

    actor: Any
    kind: str
    ref: str
    amount: int
    at: int


@dataclass(frozen=True, slots=True)
class Postings:
    """An append-only ledger that a projection writes: its rows may come in any number of corrections.

    What holds for one `key` is the sum of `amount`; that, and not the rows, follows from the log.
    """

    table: type[Model]
    key: tuple[str, ...]
    amount: str
    correct: Callable[[CursorWrapper, list[tuple[Any, ...]]], None]


@dataclass(frozen=True, slots=True)
class Projection:
    """Tables derived from the log.

    `kinds` are the events that it reads; `project` brings the tables up to date with the fresh rows; `claim`, where a
    person is part of a key, moves what a guest did to the member who the guest turned out to be. `queues` are tables that
    it fills and something else empties, `postings` the ledgers that it only ever appends to.
    """

    name: str
    tables: tuple[type[Model], ...]
    kinds: frozenset[str]
    project: Callable[["Fresh"], None]
    claim: Callable[["Fresh", Any, Any], None] | None = None
    queues: tuple[type[Model], ...] = ()
    postings: tuple[Postings, ...] = ()


@dataclass(slots=True)
class Fresh:
    """One chunk of new events, open on a cursor inside the writer's transaction. `effects` are what it did to people.

    `moved_away` says whether a play left the person or the day that it was counted for, so that rows may be empty now.
    """

    cursor: CursorWrapper
    count: int = 0
    kinds: frozenset[str] = frozenset()
    shared: dict[str, Any] = field(default_factory=dict)
    moved_away: bool = False
    chunk: int = 0
    effects: list[Effect] = field(default_factory=list)

    @property
    def vendor(self) -> str:
        """`postgresql` or `sqlite`."""
        return self.cursor.db.vendor

    def uuid(self, expression: str) -> str:
        """Return SQL that takes a text of 32 digits, or a parameter, as the database's form of a UUID."""
        return f"CAST({expression} AS uuid)" if self.vendor == "postgresql" else expression

    def uuid_of(self, expression: str) -> str:
        """Return SQL that reads a UUID as it was written by whoever told of it, with hyphens and in any case."""
        return self.uuid(expression) if self.vendor == "postgresql" else f"LOWER(REPLACE({expression}, '-', ''))"

    def execute(self, sql: str, params: Sequence[Any] = ()) -> int:
        """Run one statement, the same text on both databases. Returns how many rows it touched."""
        self.cursor.execute(sql, params)
        return self.cursor.rowcount

    def fetch(self, sql: str, params: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query; UUIDs come as text in the database's own form."""
        self.cursor.execute(sql, params)
        return self.cursor.fetchall()

    def empty(self, *tables: str) -> None:
        """Empty temporary tables after use: for many rows at once, for a few row by row, which is cheaper then."""
        at_once = self.vendor == "postgresql" and self.count > FEW
        for table in tables:
            self.execute(f"{'TRUNCATE' if at_once else 'DELETE FROM'} {table}")


def number_type(name: str) -> str:
    """Return the type of a number of one chunk: PostgreSQL adds up small ones without going through `numeric`."""
    return "bigint" if name in {"played_ms", "covered_ms", "completion_bp", "stars"} else "integer"


def open_stage(connection: BaseDatabaseWrapper) -> None:
    """Make the connection's temporary tables if it does not have them."""
    columns = log.column_definitions(connection.vendor, nullable=True)
    uuid = "uuid" if connection.vendor == "postgresql" else "char(32)"
    day = "date" if connection.vendor == "postgresql" else "text"
    numbers = ", ".join(f"{name} {number_type(name)} NOT NULL DEFAULT 0" for name in MOVED_NUMBERS)
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh ({columns})")
        cursor.execute(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS moves (actor {uuid}, actor_type text, item_id bigint, source_id integer,"
            f" day {day}, hour text, item_type text, quality text, speed text, play_source text, {numbers},"
            " active_at bigint)"
        )


def stage(cursor: CursorWrapper, payloads: Iterable[bytes]) -> int:
    """Fill the stage, which is empty, with inbox payloads. Returns how many rows it has."""
    if cursor.db.vendor == "postgresql":
        with cursor.db.wrap_database_errors, cursor.copy(f"COPY fresh ({log.NAMES}) FROM STDIN") as copy:
            for payload in payloads:
                copy.write(payload)
        return cursor.rowcount
    marks = ", ".join(["%s"] * len(rows.COLUMNS))
    values = [rows.values(one) for payload in payloads for one in rows.lines(payload)]
    if any(len(one) != len(rows.COLUMNS) for one in values):
        raise ValueError("A row of the inbox has not as many values as the log has columns.")
    cursor.executemany(f"INSERT INTO fresh ({log.NAMES}) VALUES ({marks})", values)
    return len(values)


def copy_lines(cursor: CursorWrapper, table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Insert many rows into a temporary table, given as lines that `stats.rows` describes."""
    payload = "".join(lines)
    names = ", ".join(columns)
    if cursor.db.vendor == "postgresql":
        if payload:
            with cursor.db.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                copy.write(payload)
    else:
        marks = ", ".join(["%s"] * len(columns))
        values = [rows.values(one) for one in rows.lines(payload.encode())]
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", values)
