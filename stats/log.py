"""The event log: an append-only table that only this module reads and writes.

It is no Django model: rows come by COPY, and on PostgreSQL it is partitioned by the id itself, a month of version 7
ids each and a default partition for other versions, so that ids stay unique as a whole. Its only indexes are the
primary key (id, source) and, on PostgreSQL, a BRIN index on the received time.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper

from stats.rows import COLUMNS

TABLE = "stats_event"
NAMES = ", ".join(COLUMNS)
REPLAY_ROWS = 20_000

_TYPES = {
    "id": "uuid NOT NULL", "source_id": "integer NOT NULL", "kind": "text NOT NULL", "received_at": "bigint NOT NULL",
    "occurred_at": "bigint NOT NULL", "day": "date NOT NULL", "actor": "uuid", "actor_type": "text", "item_id": "bigint",
    "session_id": "text", "play_id": "text", "playlist": "uuid", "label": "text", "amount": "bigint", "data": "text",
}  # fmt: skip
_SQLITE_TYPES = {"uuid": "char(32)", "date": "text"}


def column_definitions(vendor: str, *, nullable: bool = False) -> str:
    """Return the columns' SQL definitions, the same for the log and for the stage of fresh rows."""
    definitions = []
    for name, sql_type in _TYPES.items():
        base, _, rest = sql_type.partition(" ")
        if vendor == "sqlite":
            base = _SQLITE_TYPES.get(base, base)
        definitions.append(f"{name} {base} {'' if nullable else rest}".strip())
    return ", ".join(definitions)


def create(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements that make the log on this database."""
    columns = column_definitions(connection.vendor)
    if connection.vendor == "sqlite":
        return [
            f"CREATE TABLE {TABLE} ({columns}, chunk integer NOT NULL, PRIMARY KEY (id, source_id)) WITHOUT ROWID",
        ]
    return [
        f"CREATE TABLE {TABLE} ({columns}, chunk bigint NOT NULL, PRIMARY KEY (id, source_id)) PARTITION BY RANGE (id)",
        f"CREATE INDEX {TABLE}_received_at ON {TABLE} USING brin (received_at)",
        f"CREATE TABLE {TABLE}_other PARTITION OF {TABLE} DEFAULT",
    ]


def first_id(month: date) -> str:
    """Return the smallest id of version 7 that can be made in a month."""
    millis = int(datetime(month.year, month.month, 1, tzinfo=UTC).timestamp() * 1000)
    digits = f"{millis:012x}"
    return f"{digits[:8]}-{digits[8:]}-0000-0000-000000000000"


def next_month(month: date) -> date:
    """Return the first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def ensure_partitions(connection: BaseDatabaseWrapper, today: date, ahead: int = 2) -> int:
    """Make the partitions of this month and the next ones where they are missing, inside the caller's transaction.

    Returns how many were made. Rows of the default partition that belong into a new one are moved into it.
    """
    if connection.vendor != "postgresql":
        return 0
    made = 0
    month = date(today.year, today.month, 1)
    with connection.cursor() as cursor:
        for _ in range(ahead + 1):
            name, low, high = f"{TABLE}_{month:%Y_%m}", first_id(month), first_id(next_month(month))
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is None:
                bounds = "id >= %s AND id < %s"
                cursor.execute(f"LOCK TABLE {TABLE} IN SHARE ROW EXCLUSIVE MODE")
                cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING ALL)")
                cursor.execute(
                    f"WITH moved AS (DELETE FROM {TABLE}_other WHERE {bounds} RETURNING *) INSERT INTO {name} SELECT * FROM moved",
                    [low, high],
                )
                cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{low}') TO ('{high}')")
                made += 1
            month = next_month(month)
    return made


def append(cursor: CursorWrapper, chunk: int, staged: int) -> int:
    """Append the staged rows under `chunk`, once per (id, source). Leaves in the stage only what is new; returns how many.

    Costs one statement when nothing was sent twice. Called by the ledger, which holds the writers' lock.
    """
    insert = (
        f"INSERT INTO {TABLE} ({NAMES}, chunk) SELECT {NAMES}, %s FROM fresh WHERE true ORDER BY id, source_id"
        " ON CONFLICT DO NOTHING"
    )
    cursor.execute(insert, [chunk])
    if cursor.rowcount == staged:
        return staged
    inserted = cursor.rowcount
    cursor.execute(
        f"DELETE FROM fresh WHERE EXISTS (SELECT 1 FROM {TABLE} e WHERE e.id = fresh.id AND"
        " e.source_id = fresh.source_id AND e.chunk <> %s)",
        [chunk],
    )
    staged -= cursor.rowcount
    if staged != inserted:
        row = "rowid" if cursor.db.vendor == "sqlite" else "ctid"
        cursor.execute(
            f"DELETE FROM {TABLE} WHERE chunk = %s AND (id, source_id) IN (SELECT id, source_id FROM fresh)", [chunk]
        )
        cursor.execute(f"DELETE FROM fresh WHERE {row} NOT IN (SELECT MIN({row}) FROM fresh GROUP BY id, source_id)")
        cursor.execute(insert, [chunk])
    return inserted


def count(cursor: CursorWrapper, after_chunk: int = 0) -> int:
    """Return how many events the log has after a chunk. Reads the whole log."""
    cursor.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE chunk > %s", [after_chunk])
    return cursor.fetchone()[0]


def replay(cursor: CursorWrapper, after_chunk: int = 0, rows: int = REPLAY_ROWS) -> Iterator[int]:
    """Stage the log's rows after a chunk, piece by piece in the order of ids. Yields how many were staged each time."""
    last: tuple[Any, Any] | None = None
    while True:
        cursor.execute("DELETE FROM fresh")
        where, params = "chunk > %s", [after_chunk]
        if last:
            where += " AND (id, source_id) > (%s, %s)"
            params += list(last)
        cursor.execute(
            f"INSERT INTO fresh ({NAMES}) SELECT {NAMES} FROM {TABLE} WHERE {where} ORDER BY id, source_id LIMIT %s",
            [*params, rows],
        )
        staged = cursor.rowcount
        if not staged:
            return
        cursor.execute("SELECT id, source_id FROM fresh ORDER BY id DESC, source_id DESC LIMIT 1")
        last = cursor.fetchone()
        yield staged


def received_between(cursor: CursorWrapper, start: int, end: int) -> int:
    """Return how many events were received in a span of microseconds. Uses the BRIN index on PostgreSQL."""
    cursor.execute(f"SELECT COUNT(*) FROM {TABLE} WHERE received_at >= %s AND received_at < %s", [start, end])
    return cursor.fetchone()[0]
