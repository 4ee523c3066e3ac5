"""An item comes into being from a file, is changed, and goes. One function each; page, API and demo call the same."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts import audit
from accounts.features import Feature
from accounts.models import User
from accounts.roles import Role
from library import formats, probing
from library.models import Category, Downloads, Media
from library.people import announcing
from library.people.models import Answer, Collaboration
from library.receiving import Received
from stats import items, ledger
from stats.actors import Actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item, Visibility

MAX_TAGS = 10


class Held(Exception):
    """The staff hid an item, so only they may let it be seen again; the argument is that item. Nothing was changed."""


@dataclass(frozen=True, slots=True)
class Details:
    """What the owner says about an item. `publish_at` is None for at once; a draft comes out when it is none any more."""

    title: str = ""
    description: str = ""
    category: str = Category.OTHER
    visibility: str = Visibility.PUBLIC
    tags: list[str] = field(default_factory=list)
    least_role: str = Role.FREE
    downloads: str = Downloads.EVERYBODY
    is_draft: bool = False
    publish_at: datetime | None = None

    def published_at(self, before: datetime | None, now: datetime) -> datetime | None:
        """Return when the item is out, None for a draft. What is out already (`before`) stays out since then. Pure."""
        if self.is_draft:
            return None
        is_out = before is not None and before <= now
        return self.publish_at or (before if is_out else now)


def details_of(item: Item, now: datetime) -> Details:
    """Return what is said about an item now."""
    media = item.media
    is_coming = media.published_at is not None and media.published_at > now
    return Details(
        title=item.title,
        description=media.description,
        category=media.category,
        visibility=item.visibility,
        least_role=media.least_role,
        downloads=media.downloads,
        tags=media.tags,
        is_draft=media.published_at is None,
        publish_at=media.published_at if is_coming else None,
    )


def publish(owner: User, received: Received, details: Details, *, at: datetime | None = None) -> Item:
    """Make an item of a file that has arrived, now or as of `at`. Raises formats.Refused, leaving nothing behind.

    Reading the file comes before the transaction; the folder is moved inside it, so either rows, event and files are
    there, or none is.
    """
    at = at or timezone.now()
    folder = folder_of(uuid := uuid7())
    try:
        probed = probing.probe(received.path, received.name or "", received.folder)
        received.close()
        name = f"original.{probed.extension}"
        received.path.rename(received.folder / name)
        with ledger.recording():
            item = Item.objects.create(
                uuid=uuid,
                type=probed.type,
                title=details.title or formats.title_of(received.name or "") or "Untitled",
                owner=owner,
                duration_ms=probed.duration_ms,
                visibility=details.visibility,
                created_at=at,
            )
            Media.objects.create(
                item=item,
                description=details.description,
                category=details.category,
                least_role=details.least_role,
                downloads=details.downloads,
                tags=details.tags,
                file=f"items/{uuid}/{name}",
                poster=f"items/{uuid}/poster.webp",
                thumbnail=f"items/{uuid}/thumbnail.webp",
                original_name=formats.clean_name(received.name or ""),
                mime=probed.mime,
                bytes=received.size,
                sha256=received.sha256,
                width=probed.width,
                height=probed.height,
                facts=probed.facts,
                published_at=details.published_at(None, at),
            )
            ledger.record(
                Kind.UPLOAD,
                user_actor(owner.uuid),
                item=item,
                occurred_at=at,
                content_type=probed.type,
                bytes=received.size,
            )
            announcing.announce(item)
            folder.parent.mkdir(parents=True, exist_ok=True)
            received.folder.rename(folder)
    except BaseException:
        received.discard()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return item


def change(item: Item, details: Details, by: Actor, *, staff: User | None = None, now: datetime | None = None) -> bool:
    """Write what is said about an item now. Returns whether anything is different; if so, it is an event.

    Where `details` are what they were when `item` was read, what somebody else has written since then stays. What the
    staff hid is let be seen again only by `staff`, who may change anybody's content; what they change of somebody else's
    is in the audit log. Raises Held.
    """
    with ledger.recording():
        changed = change_within(item, details, by, staff=staff, now=now)
    items.forget()
    return changed


def change_within(
    item: Item, details: Details, by: Actor, *, staff: User | None = None, now: datetime | None = None
) -> bool:
    """Do the same inside the caller's recording block; the caller calls `stats.items.forget` after it."""
    now = now or timezone.now()
    media = Media.objects.select_for_update(of=("self", "item")).select_related("item").get(item=item)
    seen, stands = details_of(item, now), details_of(media.item, now)
    told = {one.name: getattr(details, one.name) for one in fields(Details)}
    details = replace(stands, **{name: value for name, value in told.items() if value != getattr(seen, name)})
    published_at = details.published_at(media.published_at, now)
    if media.item.deleted_at or (details == stands and published_at == media.published_at):
        return False
    is_released = bool(media.held_for) and details.visibility != Visibility.PRIVATE
    if is_released and staff is None:
        raise Held(item)
    Item.objects.filter(pk=item.pk).update(title=details.title, visibility=details.visibility)
    Media.objects.filter(pk=media.pk).update(
        description=details.description,
        category=details.category,
        least_role=details.least_role,
        downloads=details.downloads,
        tags=details.tags,
        published_at=published_at,
        held_for="" if is_released else media.held_for,
        updated_at=now,
    )
    announcing.announce(item)
    ledger.record(Kind.ITEM_CHANGED, by, item=item)
    if staff is not None:
        _note_change(media.item, stands, details, staff, is_released=is_released)
    return True


def _note_change(item: Item, before: Details, after: Details, staff: User, *, is_released: bool) -> None:
    told: dict[str, Any] = {
        "changed": [one.name for one in fields(Details) if getattr(before, one.name) != getattr(after, one.name)]
    }
    told |= {
        name: {"before": getattr(before, name), "after": getattr(after, name)}
        for name in ("visibility", "category", "is_draft")
        if name in told["changed"]
    }
    mine = Collaboration.objects.filter(item=item, person=staff, state=Answer.ACCEPTED)
    audit.note_over(
        staff,
        "item.changed",
        item,
        item.owner_id,
        told | ({"let_be_seen": True} if is_released else {}),
        takes_part=lambda: not is_released and mine.exists(),
    )


def delete(item: Item, by: Actor, *, staff: User | None = None) -> None:
    """Take an item away: nobody finds it any more and its file is gone. What was counted stays counted."""
    delete_all([item], by, staff=staff)


def delete_all(doomed: Sequence[Item], by: Actor, *, used: Feature | None = None, staff: User | None = None) -> None:
    """Take several items away, all or none; `used` is the feature that let them go at once.

    What `staff` take away of somebody else's is in the audit log.
    """
    with ledger.recording():
        # as who changes an item: its media first, and of several items always in the same order
        list(Media.objects.select_for_update().filter(item__in=doomed).order_by("item_id").values_list("pk"))
        for item in doomed:
            if Item.objects.filter(pk=item.pk, deleted_at=None).update(deleted_at=timezone.now()):
                Media.objects.filter(item=item).update(file="", poster="", thumbnail="", published_at=None)
                ledger.record(Kind.ITEM_DELETED, by, item=item)
                if staff is not None:
                    audit.note_over(staff, "item.deleted", item, item.owner_id)
        if used:
            ledger.record(Kind.FEATURE_USED, by, feature=used.value)
    items.forget()
    for item in doomed:
        shutil.rmtree(folder_of(item.uuid), ignore_errors=True)


def folder_of(uuid: UUID) -> Path:
    """Return where an item's files lie."""
    return Path(settings.MEDIA_ROOT) / "items" / str(uuid)
