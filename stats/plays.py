"""Plays: what the cumulative reports of one playback add up to.

A playback is known by its person, source and `play_id`. Its item and its start are those of its first report; a report
that disagrees is refused as `play_conflict` before it reaches the log. (Only a guest who turns out to be a member can
bring a second item or start under a `play_id` that the member has used too; these stay two plays.) Everything else is a
greatest value or a union, so reports may come late, twice, or in any order.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from stats import watching
from stats.days import site_day, site_hour
from stats.fresh import FEW, Fresh, Projection, copy_lines
from stats.kinds import Kind
from stats.models import Play
from stats.rows import NULL, text

COLUMNS = (
    "actor", "source_id", "play_id", "item_id", "client_start", "actor_type", "item_type", "started_at", "reported_at",
    "played_ms", "media_ms", "covered_ms", "position_ms", "ranges", "is_view", "is_completed", "is_skipped",
    "completion_bp", "latest", "session_id", "play_source", "playlist", "quality", "speed", "day",
)  # fmt: skip
NAMES = ", ".join(COLUMNS)
COUNTED = ("plays", "views", "completed", "skipped", "measured", "completion_bp", "played_ms", "covered_ms")
MOVED = (
    "actor", "actor_type", "item_id", "source_id", "day", "hour", "item_type", "quality", "speed", "play_source", *COUNTED, "active_at",
)  # fmt: skip
DEFINITION = 5  # columns: the keys, item and start

Key = tuple[Any, int, str]
Defined = tuple[Any, int, str, int, int]


class Details(msgspec.Struct, omit_defaults=True, gc=False):
    """What a play event says beyond the log's columns: milliseconds, and short names because it is stored for ever."""

    type: str = msgspec.field(name="t", default="video")
    media: int | None = msgspec.field(name="m", default=None)
    ranges: list[tuple[int, int]] = msgspec.field(name="r", default_factory=list)
    position: int | None = msgspec.field(name="p", default=None)
    told_completed: bool = msgspec.field(name="c", default=False)
    quality: str | None = msgspec.field(name="q", default=None)
    speed: float | None = msgspec.field(name="s", default=None)
    client_start: int | None = msgspec.field(name="o", default=None)
    clamped: bool = msgspec.field(name="x", default=False)
    late: bool = msgspec.field(name="l", default=False)


details_encoder = msgspec.json.Encoder()
_encode = details_encoder.encode
_details = msgspec.json.Decoder(Details)
_ranges = msgspec.json.Decoder(list[tuple[int, int]])


@dataclass(slots=True)
class Report:
    """One play event of the chunk."""

    event_id: Any
    key: Key
    actor_type: str
    item_id: int
    session_id: str | None
    playlist: Any
    source: str | None
    played_ms: int
    started_at: int
    received_at: int
    details: Details

    @property
    def client_start(self) -> int:
        """The start as the client said it, in microseconds."""
        return self.started_at if self.details.client_start is None else self.details.client_start

    @property
    def play(self) -> Defined:
        """The playback that it reports."""
        return (*self.key, self.item_id, self.client_start)

    @property
    def active_at(self) -> int:
        """When the person was last playing by this report, in microseconds."""
        return self.started_at + self.played_ms * 1000


@dataclass(slots=True)
class Row:
    """One row of `Play`, in the order of `COLUMNS`; `ranges` are united."""

    actor: Any
    source_id: int
    play_id: str
    item_id: int
    client_start: int
    actor_type: str
    item_type: str
    started_at: int
    reported_at: int
    played_ms: int
    media_ms: int | None
    covered_ms: int
    position_ms: int
    ranges: list[tuple[int, int]]
    is_view: int
    is_completed: int
    is_skipped: int
    completion_bp: int
    latest: Any
    session_id: str | None
    play_source: str | None
    playlist: Any
    quality: str | None
    speed: float | None
    day: str

    def order(self) -> Defined:
        """Return the key, which sorts."""
        return self.actor, self.source_id, self.play_id, self.item_id, self.client_start

    def values(self) -> tuple[Any, ...]:
        """Return what is stored."""
        return (
            self.actor, self.source_id, self.play_id, self.item_id, self.client_start, self.actor_type, self.item_type,
            self.started_at, self.reported_at, self.played_ms, self.media_ms, self.covered_ms, self.position_ms,
            _encode(self.ranges).decode(), self.is_view, self.is_completed, self.is_skipped, self.completion_bp,
            self.latest, self.session_id, self.play_source, self.playlist, self.quality, self.speed, self.day,
        )  # fmt: skip

    def line(self) -> str:
        """Return what is stored, as a line for COPY."""
        return (
            f"{self.actor}\t{self.source_id}\t{text(self.play_id)}\t{self.item_id}\t{self.client_start}"
            f"\t{self.actor_type}\t{self.item_type}\t{self.started_at}\t{self.reported_at}\t{self.played_ms}\t{self.media_ms or NULL}"
            f"\t{self.covered_ms}\t{self.position_ms}\t{_encode(self.ranges).decode()}\t{self.is_view}"
            f"\t{self.is_completed}\t{self.is_skipped}\t{self.completion_bp}\t{self.latest}\t{text(self.session_id)}"
            f"\t{self.play_source or NULL}\t{self.playlist or NULL}\t{text(self.quality)}"
            f"\t{NULL if self.speed is None else self.speed}\t{self.day}\n"
        )

    @property
    def place(self) -> str:
        """Where the play is counted in roll-ups: source, day, hour and the parts of `stats.models.PlayPart`, as of a line."""
        return (
            f"{self.source_id}\t{self.day}\t{site_hour(self.started_at)}\t{self.item_type}\t{text(self.quality or '')}"
            f"\t{'' if self.speed is None else format(self.speed, 'g')}\t{self.play_source or NULL}"
        )

    @property
    def counts(self) -> tuple[int, ...]:
        """What the play adds to counters and roll-ups, in the order of `COUNTED`."""
        return (
            1, self.is_view, self.is_completed, self.is_skipped, int(bool(self.media_ms)), self.completion_bp,
            self.played_ms, self.covered_ms,
        )  # fmt: skip


def read_reports(fresh: Fresh) -> list[Report]:
    """Return the staged play events, guests being the members who claimed them."""
    rows = fresh.fetch(
        "SELECT f.id, COALESCE(c.actor, f.actor), f.source_id, f.play_id,"
        " CASE WHEN c.actor IS NULL THEN f.actor_type ELSE 'u' END, f.item_id, f.session_id, f.playlist, f.label,"
        " f.amount, f.occurred_at, f.received_at, f.data"
        " FROM fresh f LEFT JOIN stats_guestclaim c ON f.actor_type = 'g' AND c.guest = f.actor WHERE f.kind = 'play'"
    )
    return [
        Report(id_, (actor, source, play_id), who, item, session, playlist, label, amount or 0, start, received,
               _details.decode(data))
        for id_, actor, source, play_id, who, item, session, playlist, label, amount, start, received, data in rows
    ]  # fmt: skip


def conflicting(reports: Iterable[Report], stored: Iterable[Defined]) -> list[Report]:
    """Return the reports whose item or start differs from their play's first definition, stored or in the chunk."""
    plays = {report.play for report in reports}.union(stored)
    if len(plays) == len({play[:3] for play in plays}):
        return []
    known: dict[Key, set[Defined]] = defaultdict(set)
    for play in stored:
        known[play[:3]].add(play)
    refused = []
    for report in sorted(reports, key=lambda one: one.event_id):
        definitions = known[report.key]
        if not definitions:
            definitions.add(report.play)
        elif report.play not in definitions:
            refused.append(report)
    return refused


def stored_rows(fresh: Fresh) -> dict[Defined, Row]:
    """Return the rows that the staged reports belong to, as they are before the chunk."""
    columns = ", ".join(f"p.{name}" for name in COLUMNS)
    return _rows(
        fresh.fetch(
            "WITH told AS (SELECT DISTINCT COALESCE(c.actor, f.actor) AS actor, f.source_id, f.play_id FROM fresh f"
            " LEFT JOIN stats_guestclaim c ON f.actor_type = 'g' AND c.guest = f.actor WHERE f.kind = 'play')"
            f" SELECT {columns} FROM told JOIN stats_play p"
            " ON p.actor = told.actor AND p.source_id = told.source_id AND p.play_id = told.play_id"
        )
    )


def project(fresh: Fresh) -> None:
    """Bring the plays of the fresh reports up to date, and hand what changed to the counters."""
    reports: list[Report] = fresh.shared["reports"] if "reports" in fresh.shared else read_reports(fresh)
    stored: dict[Defined, Row] = fresh.shared["plays"] if "plays" in fresh.shared else stored_rows(fresh)
    told: dict[Defined, Row] = {}
    active: dict[Defined, int] = {}
    for report in reports:
        play, row = report.play, reported(report)
        told[play] = joined(told[play], row) if play in told else row
        active[play] = max(active.get(play, 0), report.active_at)
    made: list[Row] = []
    changed: list[Row] = []
    moves = []
    for play, row in told.items():
        old = stored.get(play)
        new = judged(joined(old, row) if old else row)
        fresh.moved_away |= old is not None and old.place != new.place
        (changed if old else made).append(new)
        moves.append(movement(old, new, active[play]))
    _insert(fresh, made)
    _write(fresh, changed)
    copy_lines(fresh.cursor, "moves", MOVED, moves)


def reported(report: Report) -> Row:
    """Return what one report alone says of its play; `judged` fills the rest."""
    details = report.details
    position = details.position
    if position is None:
        position = max([end for _, end in details.ranges], default=0)
    return Row(
        *report.play, report.actor_type, details.type, report.started_at, report.received_at, report.played_ms,
        details.media or None, 0, position, watching.unite(details.ranges), 0, int(details.told_completed), 0, 0,
        report.event_id, report.session_id, report.source, report.playlist, details.quality, details.speed,
        site_day(report.started_at),
    )  # fmt: skip


def joined(one: Row, other: Row) -> Row:
    """Return what two rows of the same play say together; the order does not matter."""
    best = max(one, other, key=lambda row: (row.played_ms, row.latest))
    return replace(
        best,
        started_at=min(one.started_at, other.started_at),
        reported_at=max(one.reported_at, other.reported_at),
        media_ms=max(one.media_ms or 0, other.media_ms or 0) or None,
        ranges=watching.unite([*one.ranges, *other.ranges]),
        is_completed=max(one.is_completed, other.is_completed),
        day=min(one.day, other.day),
    )


def judged(row: Row) -> Row:
    """Set what follows from played time and ranges: coverage, view, completion, skip."""
    row.covered_ms = watching.covered_ms(row.ranges, row.played_ms, row.media_ms)
    row.is_view = int(watching.is_view(row.item_type, row.played_ms, row.covered_ms, row.media_ms))
    told = bool(row.is_completed) and not (row.media_ms and row.item_type in watching.COMPLETED_AT)
    row.is_completed = int(watching.is_completed(row.item_type, row.covered_ms, row.media_ms, told=told))
    row.is_skipped = int(watching.is_skipped(row.item_type, row.played_ms, row.covered_ms, row.media_ms))
    row.completion_bp = watching.completion_bp(row.covered_ms, row.media_ms)
    return row


def movement(old: Row | None, new: Row | None, active_at: int | None = None) -> str:
    """Return what one play adds to the counters when `old` becomes `new`, as lines with the columns of `MOVED`.

    `active_at` is of the reports, each by itself: what a row says in between depends on the order in which they came.
    """
    if old and new and (old.started_at, old.place) == (new.started_at, new.place):
        return _move(new, tuple(now - then for now, then in zip(new.counts, old.counts, strict=True)), active_at)
    gone = _move(old, tuple(-count for count in old.counts), None) if old else ""
    return gone + (_move(new, new.counts, active_at) if new else "")


def _move(row: Row, counts: tuple[int, ...], active_at: int | None) -> str:
    """Return one signed line."""
    return (
        f"{row.actor}\t{row.actor_type}\t{row.item_id}\t{row.place}\t"
        + "\t".join(map(str, counts))
        + f"\t{active_at or NULL}\n"
    )


def _rows(stored: Iterable[tuple[Any, ...]]) -> dict[Defined, Row]:
    at = COLUMNS.index("ranges")
    return {
        values[:DEFINITION]: Row(*(*values[:at], _ranges.decode(values[at]), *values[at + 1 : -1], str(values[-1])))
        for values in stored
    }


def _insert(fresh: Fresh, made: list[Row]) -> None:
    """Insert rows that were not there. The writers' lock is held, so they still are not."""
    made.sort(key=Row.order)
    if len(made) > FEW and fresh.vendor == "postgresql":
        copy_lines(fresh.cursor, "stats_play", COLUMNS, (row.line() for row in made))
    else:
        _write(fresh, made)


def _write(fresh: Fresh, changed: list[Row]) -> None:
    """Insert or replace rows, sorted by key. The writers' lock is held, so nobody changed them since they were read."""
    changed.sort(key=Row.order)
    updates = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS[DEFINITION:])
    conflict = f"ON CONFLICT ({', '.join(COLUMNS[:DEFINITION])}) DO UPDATE SET {updates}"
    if len(changed) <= FEW or fresh.vendor == "sqlite":
        marks = ", ".join(["%s"] * len(COLUMNS))
        fresh.cursor.executemany(
            f"INSERT INTO stats_play ({NAMES}) VALUES ({marks}) {conflict}", [row.values() for row in changed]
        )
        return
    fresh.execute("CREATE TEMPORARY TABLE IF NOT EXISTS fresh_plays (LIKE stats_play)")
    copy_lines(fresh.cursor, "fresh_plays", COLUMNS, (row.line() for row in changed))
    fresh.execute(f"INSERT INTO stats_play ({NAMES}) SELECT {NAMES} FROM fresh_plays WHERE true {conflict}")
    fresh.empty("fresh_plays")


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make a guest's plays the member's; what both reported of the same play is joined."""
    columns = ", ".join(f"p.{name}" for name in COLUMNS)
    theirs = _rows(fresh.fetch(f"SELECT {columns} FROM stats_play p WHERE p.actor = %s", [guest]))
    moves, changed = [], []
    for (_, source, play_id, *definition), row in theirs.items():
        moves.append(movement(row, None))
        row.actor, row.actor_type = person, "u"
        mine = _rows(
            fresh.fetch(
                f"SELECT {columns} FROM stats_play p WHERE p.actor = %s AND p.source_id = %s AND p.play_id = %s",
                [person, source, play_id],
            )
        ).get((person, source, play_id, *definition))
        new = judged(joined(mine, row)) if mine else row
        moves.append(movement(mine, new))
        changed.append(new)
    if theirs:
        fresh.moved_away = True
        fresh.execute("DELETE FROM stats_play WHERE actor = %s", [guest])
        _write(fresh, changed)
        copy_lines(fresh.cursor, "moves", MOVED, moves)


PLAYS = Projection("plays", (Play,), frozenset({Kind.PLAY.value}), project, claim)
