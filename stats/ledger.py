"""The writing side of the event log: one chunk, one transaction, all projections.

Everything that enters the log goes through `apply`, one writer at a time: the drain with what was sent, and the site's
own actions through `recording()`. A chunk's number is taken by updating the one row of `Ledger`, whose lock is held
until the commit, so chunks are numbered in the order in which they become visible.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from django.utils.module_loading import import_string

from stats import encoding, fresh, identities, inbox, log, plays
from stats.actors import Actor
from stats.fresh import Effect, Fresh, Projection
from stats.ids import derived, uuid7
from stats.kinds import KINDS, Kind
from stats.models import DeadLetter, Item, Source
from stats.rows import FORMAT

CLAIMED = Kind.GUEST_CLAIMED.value
DEEPEST = 3


class NotRecording(RuntimeError):
    """`record()` outside of a `recording()` block, or one block inside another."""


class Refused(Exception):
    """One event of the site's own contradicts what is known."""


@dataclass(slots=True)
class Recording:
    """What a `recording()` block has collected, how many of its events were new, and what they did to people."""

    rows: list[str] = field(default_factory=list)
    new: int = 0
    effects: list[Effect] = field(default_factory=list)


_current: ContextVar[Recording | None] = ContextVar("recording", default=None)


def projections() -> tuple[Projection, ...]:
    """Return the projections in the order of `settings.EVENT_PROJECTIONS`."""
    return _load(tuple(settings.EVENT_PROJECTIONS))


_loaded: dict[tuple[str, ...], tuple[Any, ...]] = {}


def _load(paths: tuple[str, ...]) -> tuple[Any, ...]:
    if paths not in _loaded:
        _loaded[paths] = tuple(import_string(path) for path in paths)
    return _loaded[paths]


@contextmanager
def recording() -> Iterator[Recording]:
    """Open the outermost transaction of a site's own action, and apply what it records just before the commit.

    So the person's very next page shows it. Raises NotRecording inside another block.
    """
    if _current.get() is not None:
        raise NotRecording("recording() is open already: pass on what is to be recorded instead of opening another.")
    done = Recording()
    fresh.open_stage(connection)
    token = _current.set(done)
    try:
        with transaction.atomic():
            yield done
            if done.rows:
                done.new = apply(connection, ["".join(done.rows).encode()], refuse=_raise, effects=done.effects)
    finally:
        _current.reset(token)


def record(
    kind: Kind,
    actor: Actor | None,
    *,
    item: Item | None = None,
    occurred_at: datetime | None = None,
    event_id: uuid.UUID | None = None,
    source_id: int = Source.SITE,
    session_id: str | None = None,
    count_anyway: bool = False,
    **fields: Any,
) -> uuid.UUID:
    """Collect one event of the site's own, to be applied when the `recording()` block ends. Returns its id.

    `fields` are the kind's own, as on the wire. Members' behaviour is not recorded while `ENABLE_USER_ANALYTICS` is off;
    with `count_anyway` it is, but not who did it: for what the site's own rows show and a later event takes back.
    """
    done = _current.get()
    if done is None:
        raise NotRecording("record() belongs into a recording() block.")
    if kind is Kind.GUEST_CLAIMED:
        event_id = derived(kind, fields.get("guest"))  # of two claims of one guest the log keeps the first
    event_id = event_id or uuid7()
    spec = KINDS[kind]
    if spec.is_behaviour and not settings.ENABLE_USER_ANALYTICS:
        if not count_anyway:
            return event_id
        actor = None
    now = timezone.now()
    done.rows.append(
        encoding.own_row(
            spec,
            actor,
            event_id=event_id,
            item=item,
            occurred_at=occurred_at or now,
            received_at=now,
            source_id=source_id,
            session_id=session_id,
            fields=fields,
        )
    )
    return event_id


def report(kind: Kind, actor: Actor, **fields: Any) -> None:
    """Leave one event of the site's own to the drain, as ingest does: for what nobody's next page shows. One query."""
    spec, now = KINDS[kind], timezone.now()
    if spec.is_behaviour and not settings.ENABLE_USER_ANALYTICS:
        return
    row = encoding.own_row(
        spec,
        actor,
        event_id=uuid7(),
        item=None,
        occurred_at=now,
        received_at=now,
        source_id=Source.SITE,
        session_id=None,
        fields=fields,
    )
    inbox.put(row.encode(), 1)


def _raise(conflicts: Sequence[plays.Report]) -> None:
    raise Refused(f"play_conflict: {conflicts[0].key[2]}")


def apply(
    database: BaseDatabaseWrapper,
    payloads: Iterable[bytes],
    refuse: Callable[[Sequence[plays.Report]], None],
    effects: list[Effect] | None = None,
) -> int:
    """Append events to the log and bring every projection up to date, inside the caller's transaction.

    `payloads` are lines as `stats.rows` has them. An event whose id the log has is left out, so anything may be sent
    again. Reports of plays that contradict the play are taken out and handed to `refuse`. What the events did to people
    is added to `effects`. Returns how many events were new; those that followed from them are not counted.
    """
    told: list[Effect] = []
    new, follow = _apply(database, payloads, refuse, told)
    depth = 0
    while follow:
        depth += 1
        if depth > DEEPEST:
            raise RuntimeError("Events that follow from events do not come to an end.")
        _, follow = _apply(database, ["".join(follow).encode()], _raise, told)
    if told:
        for listener in _load(tuple(settings.EFFECT_LISTENERS)):
            listener(told)
        if effects is not None:
            effects += told
    return new


def _apply(
    database: BaseDatabaseWrapper,
    payloads: Iterable[bytes],
    refuse: Callable[[Sequence[plays.Report]], None],
    effects: list[Effect],
) -> tuple[int, list[str]]:
    """Apply one chunk. Returns how many events were new, and the lines of the events that follow from them."""
    follow: list[str] = []
    with database.cursor() as cursor:
        text_uuids(cursor)
        chunk = lock(cursor) + 1
        staged = fresh.stage(cursor, payloads)
        batch = Fresh(cursor, staged, chunk=chunk)
        kinds = {kind for (kind,) in batch.fetch("SELECT DISTINCT kind FROM fresh")}
        if Kind.PLAY in kinds:
            batch.shared["reports"] = reports = plays.read_reports(batch)
            batch.shared["plays"] = stored = plays.stored_rows(batch)
            if refused := plays.conflicting(reports, stored):
                refuse(refused)
                for report in refused:
                    staged -= batch.execute(
                        "DELETE FROM fresh WHERE id = %s AND source_id = %s", [report.event_id, report.key[1]]
                    )
                del batch.shared["reports"]
        batch.count = log.append(cursor, chunk, staged)
        if batch.count != staged:
            batch.shared.pop("reports", None)
        if batch.count:
            cursor.execute("UPDATE stats_ledger SET chunk = %s", [chunk])
            batch.kinds = frozenset(kinds)
            project(batch)
            for react in _load(tuple(settings.EVENT_REACTORS)):
                follow += react(batch)
            effects += batch.effects
        batch.empty("fresh", "moves")
        return batch.count, follow


def text_uuids(cursor: CursorWrapper) -> None:
    """Make a cursor return UUIDs as text, which costs less than objects nobody needs."""
    if cursor.db.vendor == "postgresql":
        from psycopg.types.string import TextLoader

        cursor.cursor.adapters.register_loader("uuid", TextLoader)


def lock(cursor: CursorWrapper) -> int:
    """Wait for the other writers, keep them waiting until the commit, and return the last chunk's number."""
    cursor.execute(
        "INSERT INTO stats_ledger AS l (id, chunk) VALUES (1, 0) ON CONFLICT (id) DO UPDATE SET chunk = l.chunk"
        " RETURNING chunk"
    )
    return cursor.fetchone()[0]


def project(batch: Fresh) -> None:
    """Bring all projections up to date with the staged rows: first who is who, then each in order."""
    if CLAIMED in batch.kinds:
        for guest, person in identities.new_claims(batch):
            for projection in projections():
                if projection.claim:
                    projection.claim(batch, guest, person)
            batch.execute("DELETE FROM moves")
        batch.shared.clear()
    identities.resolve(batch)
    for projection in projections():
        if projection.kinds & batch.kinds:
            projection.project(batch)


def bury(source_id: int, event_id: Any, code: str, reason: str, row: bytes) -> None:
    """Put an event that cannot be applied aside, with why, once however often it is sent."""
    letter = DeadLetter(
        event_id=event_id,
        source_id=source_id,
        code=code,
        reason=reason.replace("\0", "")[:2000],
        row=row,
        format=FORMAT,
    )
    DeadLetter.objects.bulk_create([letter], ignore_conflicts=True)
