"""An item comes into being from a file, is changed, and goes. One function each; page, API and demo call the same."""

import shutil
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from library import formats, probing
from library.models import Category, Media
from library.receiving import Received
from stats import items, ledger
from stats.actors import Actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item, Visibility


@dataclass(frozen=True, slots=True)
class Details:
    """What the owner says about an item."""

    title: str = ""
    description: str = ""
    category: str = Category.OTHER
    visibility: str = Visibility.PUBLIC
    tags: list[str] = field(default_factory=list)


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
                published_at=at,
            )
            ledger.record(
                Kind.UPLOAD,
                user_actor(owner.uuid),
                item=item,
                occurred_at=at,
                content_type=probed.type,
                bytes=received.size,
            )
            folder.parent.mkdir(parents=True, exist_ok=True)
            received.folder.rename(folder)
    except BaseException:
        received.discard()
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return item


def change(item: Item, details: Details) -> None:
    """Write what the owner says now."""
    with ledger.recording():
        Item.objects.filter(pk=item.pk).update(title=details.title, visibility=details.visibility)
        Media.objects.filter(item=item).update(
            description=details.description, category=details.category, tags=details.tags, updated_at=timezone.now()
        )
    items.forget()


def delete(item: Item, by: Actor) -> None:
    """Take an item away: nobody finds it any more and its file is gone. What was counted stays counted."""
    with ledger.recording():
        gone = Item.objects.filter(pk=item.pk, deleted_at=None).update(deleted_at=timezone.now())
        if gone:
            Media.objects.filter(item=item).update(file="", poster="", thumbnail="", published_at=None)
            ledger.record(Kind.ITEM_DELETED, by, item=item)
    items.forget()
    shutil.rmtree(folder_of(item.uuid), ignore_errors=True)


def folder_of(uuid: UUID) -> Path:
    """Return where an item's files lie."""
    return Path(settings.MEDIA_ROOT) / "items" / str(uuid)
