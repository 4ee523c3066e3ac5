"""What a server, or staff, say that a member did: watched, uploaded, liked, commented, shared."""

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError

from accounts.models import User
from stats import items, ledger, wire
from stats.actors import user_actor
from stats.fields import EPOCH
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item, Source, Visibility


class Interaction(StrEnum):
    """What the seventh of the eight stats counts."""

    LIKE = "like"
    COMMENT = "comment"
    SHARE = "share"


def record_watch(
    user: User,
    video_id: str,
    duration_seconds: float,
    content_type: str = "video",
    *,
    source: Source,
    watched_at: datetime | None = None,
    now: datetime | None = None,
    play_id: str = "",
    session_id: str = "",
    quality: str = "",
    completed: bool = False,
) -> str:
    """Record that `user` played `video_id` for so many seconds, just now or from `watched_at` on. Returns the play's id.

    One play; a later report under its `play_id` (with the same `watched_at`) makes it longer instead of a second one.
    Raises ValidationError `unknown_item`, `event_in_future`, `event_archived`, `play_conflict`.
    """
    moment = now or timezone.now()
    started_at = watched_at or moment - timedelta(seconds=duration_seconds)
    if started_at > moment:
        raise ValidationError({"watched_at": _("This lies in the future.")}, code="event_in_future")
    if started_at < EPOCH:
        raise ValidationError({"watched_at": _("This is older than what can be taken.")}, code="event_archived")
    play_id = play_id or uuid7().hex
    fields: dict[str, Any] = {"play_id": play_id, "duration_seconds": duration_seconds, "completed": completed}
    if quality:
        fields["quality"] = quality
    try:
        with ledger.recording():
            ledger.record(
                Kind.PLAY,
                user_actor(user.uuid),
                item=_item(source, video_id, content_type, "video_id"),
                source_id=source.pk,
                occurred_at=started_at,
                session_id=session_id or None,
                **fields,
            )
    except ledger.Refused as error:
        raise ValidationError(
            {"play_id": _("This play began at another time, or is of another item.")}, code="play_conflict"
        ) from error
    return play_id


def record_upload(user: User, content_type: str, size: int | None = None, *, source: Source) -> uuid.UUID:
    """Record that `user` uploaded something of this type (a stream is a stream created). Returns the event's id."""
    fields: dict[str, Any] = {"content_type": content_type} | ({} if size is None else {"bytes": size})
    with ledger.recording():
        return ledger.record(Kind.UPLOAD, user_actor(user.uuid), source_id=source.pk, **fields)


def record_interaction(
    user: User,
    kind: Interaction,
    item: str = "",
    content_type: str = "video",
    *,
    source: Source,
    platform: str = "other",
) -> uuid.UUID:
    """Record that `user` liked, commented on or shared `item`. Returns the event's id.

    Liking the same item again moves nothing. Without an item it is about one of its own, which nobody sees.
    Raises ValidationError `unknown_item`.
    """
    fields: dict[str, Any] = {"platform": platform} if kind is Interaction.SHARE else {}
    with ledger.recording():
        about = _item(source, item, content_type, "item") if item else _unnamed(source, content_type)
        return ledger.record(Kind(kind.value), user_actor(user.uuid), item=about, source_id=source.pk, **fields)


def _item(source: Source, key: str, content_type: str, field: str) -> Item:
    creates = (source.pk == Source.SITE or source.creates_items_secret) and not wire.as_uuid(key)
    for _attempt in range(2):
        known = items.find(source.pk, [(key, content_type)], create=creates).get(key)
        item = Item.objects.filter(pk=known.id).first() if known else None
        if item is not None:
            return item
        items.forget()  # it may remember an item whose transaction was rolled back
    raise ValidationError({field: _("There is no such item.")}, code="unknown_item")


def _unnamed(source: Source, content_type: str) -> Item:
    return Item.objects.create(
        source=source, external_key=f"unnamed-{uuid7().hex}", type=content_type, visibility=Visibility.PRIVATE
    )
