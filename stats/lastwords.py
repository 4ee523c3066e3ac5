"""Last words: of all that a person said about one thing, the latest holds, whatever order it arrives in.

A follow, a rating and a review are such rows. Their counters take the difference that a chunk makes, which is asked for
before the rows are changed.
"""

from dataclasses import dataclass
from typing import Any

from stats.fresh import Fresh


@dataclass(frozen=True, slots=True)
class LastWords:
    """A table with one row a person and thing: (`actor`, `key`), then `value` (0 is nothing), `at` and `event_id`.

    `said` is SQL that takes the words out of `fresh`, under the names of these columns; `{uuid}` in it reads the label.
    """

    table: str
    key: str
    value: str
    said: str

    def changes(self, fresh: Fresh) -> str:
        """Return SQL of (actor, key, old, new) for every row that the chunk says something about."""
        return (
            f"SELECT n.actor, n.{self.key}, COALESCE(x.{self.value}, 0) AS old,"
            f" CASE WHEN x.at IS NULL OR {self._wins('n', 'x')} THEN n.{self.value} ELSE x.{self.value} END AS new"
            f" FROM ({self._latest(fresh)}) n"
            f" LEFT JOIN {self.table} x ON x.actor = n.actor AND x.{self.key} = n.{self.key}"
        )

    def store(self, fresh: Fresh) -> None:
        """Write what the chunk says."""
        self._upsert(fresh, self._latest(fresh), [])

    def claimed_changes(self, fresh: Fresh, guest: Any, person: Any) -> tuple[str, list[Any]]:
        """Return SQL as `changes` does, and its parameters, for the guest's rows becoming the member's."""
        sql = (
            f"SELECT actor, {self.key}, {self.value} AS old, 0 AS new FROM {self.table} WHERE actor = %s"
            f" UNION ALL SELECT {fresh.uuid('%s')}, g.{self.key}, COALESCE(m.{self.value}, 0),"
            f" CASE WHEN m.at IS NULL OR {self._wins('g', 'm')} THEN g.{self.value} ELSE m.{self.value} END"
            f" FROM {self.table} g LEFT JOIN {self.table} m ON m.actor = %s AND m.{self.key} = g.{self.key}"
            " WHERE g.actor = %s"
        )
        return sql, [guest, person, person, guest]

    def claim(self, fresh: Fresh, guest: Any, person: Any) -> None:
        """Make the guest's rows the member's."""
        theirs = (
            f"SELECT {fresh.uuid('%s')} AS actor, {self.key}, {self.value}, at, event_id FROM {self.table}"
            " WHERE actor = %s"
        )
        self._upsert(fresh, theirs, [person, guest])
        fresh.execute(f"DELETE FROM {self.table} WHERE actor = %s", [guest])

    def _latest(self, fresh: Fresh) -> str:
        return (
            f"SELECT actor, {self.key}, {self.value}, at, event_id FROM ("
            f" SELECT s.*, ROW_NUMBER() OVER (PARTITION BY actor, {self.key}"
            f" ORDER BY at DESC, event_id DESC, {self.value} DESC) AS place"
            f" FROM ({self.said.format(uuid=fresh.uuid_of('label'))}) s) w WHERE place = 1"
        )

    def _upsert(self, fresh: Fresh, rows: str, params: list[Any]) -> None:
        names = f"actor, {self.key}, {self.value}, at, event_id"
        wins = self._wins("excluded", "x")
        updates = ", ".join(
            f"{name} = CASE WHEN {wins} THEN excluded.{name} ELSE x.{name} END"
            for name in (self.value, "at", "event_id")
        )
        fresh.execute(
            f"INSERT INTO {self.table} AS x ({names}) SELECT {names} FROM ({rows}) r WHERE true"
            f" ORDER BY actor, {self.key} ON CONFLICT (actor, {self.key}) DO UPDATE SET {updates}",
            params,
        )

    def _wins(self, one: str, other: str) -> str:
        names = ("at", "event_id", self.value)
        return " > ".join(f"({', '.join(f'{side}.{name}' for name in names)})" for side in (one, other))
