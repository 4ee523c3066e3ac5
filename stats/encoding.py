"""Checked events to the rows that the inbox keeps and the drain copies. No database is asked here."""

import uuid
from datetime import datetime
from typing import Any

import msgspec

from stats import plays, wire
from stats.actors import Actor
from stats.days import site_day
from stats.fields import to_micros
from stats.kinds import KindSpec
from stats.models import Item
from stats.rows import NULL, text

MS = 1000
LATE_US = 48 * 3_600_000_000

_json = msgspec.json.Encoder()


def row(
    spec: KindSpec,
    event: wire.Event,
    *,
    event_id: str,
    source_id: int,
    received_us: int,
    occurred_us: int,
    client_start_us: int | None,
    actor: str | None,
    actor_type: str,
    item_id: int | None,
    item_type: str | None,
    media_ms: int | None,
    trusted: bool,
) -> str:
    """Return one event's line. Ids are 32 hexadecimal digits; `media_ms` is the item's own duration, where known.

    What a play claims beyond the possible is cut: played time to the time since its start, ranges to the media. What a
    sender who is not trusted tells more than two days late is marked `late`.
    """
    label: str | None = getattr(event, spec.label) if spec.label else None
    late = not trusted and received_us - occurred_us > LATE_US
    if spec.kind == "play":
        played = int((event.duration_seconds or 0) * MS + 0.5)
        most = max(0, (received_us - occurred_us) // MS)
        media = media_ms or int((event.item_duration_seconds or 0) * MS) or None
        details = plays.Details(
            type=item_type or "video",
            media=media,
            ranges=_spans(event.ranges, media),
            position=None if event.position_seconds is None else int(event.position_seconds * MS),
            told_completed=bool(trusted and event.completed),
            quality=event.quality,
            speed=event.speed,
            client_start=client_start_us,
            clamped=played > most,
            late=late,
        )
        amount: Any = min(played, most)
        data: str | None = plays.details_encoder.encode(details).decode()
    else:
        amount = getattr(event, spec.amount) if spec.amount else None
        rest = {name: value for name in spec.rest if (value := getattr(event, name)) is not None}
        if late:
            rest["late"] = True
        data = _json.encode(rest).decode() if rest else None
    playlist = event.playlist
    return (
        f"{event_id}\t{source_id}\t{spec.kind.value}\t{received_us}\t{occurred_us}\t{site_day(occurred_us)}"
        f"\t{actor or NULL}\t{actor_type}\t{NULL if item_id is None else item_id}\t{text(event.session_id)}"
        f"\t{text(event.play_id)}\t{playlist.replace('-', '').lower() if playlist else NULL}\t{text(label)}"
        f"\t{NULL if amount is None else amount}\t{text(data)}\n"
    )


def _spans(ranges: list[tuple[float, float]] | None, media: int | None) -> list[tuple[int, int]]:
    if not ranges:
        return []
    spans = [(int(start * MS + 0.5), int(end * MS + 0.5)) for start, end in ranges]
    if media:
        spans = [(start, min(end, media)) for start, end in spans]
    return [(start, end) for start, end in spans if end > start]


def own_row(
    spec: KindSpec,
    actor: Actor | None,
    *,
    event_id: uuid.UUID,
    item: Item | None,
    occurred_at: datetime,
    received_at: datetime,
    source_id: int,
    session_id: str | None,
    fields: dict[str, Any],
) -> str:
    """Return the line of one of the site's own events. Raises ValidationError for fields that do not fit the kind."""
    unknown = fields.keys() - set(spec.fields)
    missing = [name for name in spec.required if fields.get(name) is None]
    if unknown or missing or (spec.about_item and item is None):
        raise msgspec.ValidationError(f"{spec.kind}: unknown {sorted(unknown)}, missing {missing}, item {item!r}.")
    told = {name: str(value) if isinstance(value, uuid.UUID) else value for name, value in fields.items()}
    event = msgspec.convert({"type": spec.kind.value, "session_id": session_id, **told}, wire.Event)
    return row(
        spec,
        event,
        event_id=event_id.hex,
        source_id=source_id,
        received_us=to_micros(received_at),
        occurred_us=to_micros(occurred_at),
        client_start_us=None,
        actor=actor.id.hex if actor else None,
        actor_type=actor.type.value if actor else "a",
        item_id=item.pk if item else None,
        item_type=item.type if item else None,
        media_ms=item.duration_ms if item else None,
        trusted=True,
    )
