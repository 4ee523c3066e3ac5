"""What the library answers: items that somebody may see, as tiles and with all that their page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Case, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from library.models import Comment
from stats import history
from stats import queries as numbers
from stats.models import Item, ItemCounter, ItemType, Source, Visibility
from stats.queries import Counters

MAX_SEARCH = 200
NEXT_UP = 6

# What an item's page and its address show of a type: key, label of many, icon
TYPES = (
    (ItemType.VIDEO, _("Videos"), "video"),
    (ItemType.TRACK, _("Audio"), "headphones"),
    (ItemType.IMAGE, _("Images"), "photo"),
    (ItemType.STREAM, _("Streams"), "broadcast"),
)
ORDERS = {"new": _("Newest"), "popular": _("Most played")}


@dataclass(frozen=True, slots=True)
class Tile:
    """An item as it stands in a list."""

    id: int
    uuid: UUID
    url: str
    title: str
    owner_name: str
    thumbnail_url: str
    type: str
    duration_ms: int | None
    created_at: datetime
    counters: Counters
    percent: int | None = None

    @property
    def plays(self) -> int:
        """How often it was played."""
        return self.counters.plays

    @property
    def left_ms(self) -> int | None:
        """What is left to watch."""
        if self.percent is None or self.duration_ms is None:
            return None
        return self.duration_ms * (100 - self.percent) // 100


def visible_to(user: Any) -> QuerySet[Item]:
    """Return the items that `user` may open: public and unlisted ones, and their own; staff any. Never deleted ones."""
    items = Item.objects.filter(source=Source.SITE, deleted_at=None, media__isnull=False)
    items = items.select_related("media", "owner")
    if user.is_staff:
        return items
    opened = Q(visibility__in=[Visibility.PUBLIC, Visibility.UNLISTED], media__published_at__isnull=False)
    return items.filter(opened | Q(owner=user.pk)) if user.pk else items.filter(opened)


def editable_by(user: Any) -> QuerySet[Item]:
    """Return the items that `user` may change and delete: their own; staff any."""
    items = visible_to(user)
    if not user.pk:
        return items.none()
    return items if user.is_staff else items.filter(owner=user.pk)


def listed() -> QuerySet[Item]:
    """Return the items that stand in lists: the public ones, newest first."""
    items = Item.objects.filter(
        source=Source.SITE, deleted_at=None, visibility=Visibility.PUBLIC, media__published_at__isnull=False
    )
    return items.select_related("media", "owner").order_by("-media__published_at", "-id")


def found(text: str = "", *, type: str = "", order: str = "new", owner: UUID | None = None) -> QuerySet[Item]:
    """Return listed items whose title, description or owner has every word of `text`."""
    items = listed()
    for word in text[:MAX_SEARCH].split():
        named = Q(owner__username__icontains=word) | Q(owner__first_name__icontains=word)
        named |= Q(owner__last_name__icontains=word)
        items = items.filter(Q(title__icontains=word) | Q(media__description__icontains=word) | named)
    if type:
        items = items.filter(type=type)
    if owner:
        items = items.filter(owner__uuid=owner)
    return by_plays(items) if order == "popular" else items


def by_plays(items: QuerySet[Item]) -> QuerySet[Item]:
    """Order items by how often they were played, the newest first among equals."""
    plays = ItemCounter.objects.filter(item_id=OuterRef("pk")).values("plays")
    return items.annotate(played=Coalesce(Subquery(plays), Value(0))).order_by("-played", "-media__published_at", "-id")


def next_up(item: Item, count: int = NEXT_UP) -> QuerySet[Item]:
    """Return what to offer beside an item: the same owner's first, then the same category and type, then the newest."""
    near = Case(
        When(owner=item.owner_id, then=Value(3)),
        When(media__category=item.media.category, type=item.type, then=Value(2)),
        When(media__category=item.media.category, then=Value(1)),
        default=Value(0),
    )
    return listed().exclude(pk=item.pk).order_by(near.desc(), F("media__published_at").desc(), "-id")[:count]


def tiles(items: Iterable[Item], actor_id: UUID | None = None) -> list[Tile]:
    """Return items as tiles, with how far `actor_id` is in each. Two queries beside that of the items."""
    rows = list(items)
    counters = numbers.item_counters(row.pk for row in rows)
    places = history.positions(actor_id, [row.pk for row in rows]) if actor_id and rows else {}
    return [
        Tile(
            id=row.pk,
            uuid=row.uuid,
            url=reverse("library:item", args=[row.uuid]),
            title=row.title,
            owner_name=owner_name(row),
            thumbnail_url=picture_url(row, "thumbnail"),
            type=row.type,
            duration_ms=row.duration_ms,
            created_at=row.created_at,
            counters=counters[row.pk],
            percent=places.get(row.pk),
        )
        for row in rows
    ]


def owner_name(item: Item) -> str:
    """Return what to call the owner of an item."""
    return item.owner.display_name if item.owner else ""


def picture_url(item: Item, kind: str) -> str:
    """Return the address of an item's `thumbnail` or `poster`, '' when it has none."""
    if not getattr(item.media, kind):
        return ""
    return f"{reverse(f'library:{kind}', args=[item.uuid])}?v={item.media.version}"


def comments_of(item: Item) -> QuerySet[Comment]:
    """Return an item's comments that still stand, newest first."""
    return Comment.objects.filter(item=item, deleted_at=None).select_related("author")


def in_order(items: QuerySet[Item], ids: Sequence[int]) -> list[Item]:
    """Return those of `items` whose number is in `ids`, in the order of `ids`. One query."""
    rows = {row.pk: row for row in items.filter(pk__in=ids)}
    return [rows[pk] for pk in ids if pk in rows]
