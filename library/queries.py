"""What the library answers: items that somebody may see, as tiles and with all that their page shows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from library import access, search
from library.listing import EVERYBODY
from library.models import ItemTag, Listing
from stats import history
from stats import queries as numbers
from stats.models import Item, ItemType
from stats.queries import Counters

NEXT_UP = 6
MINUTE_MS = 60_000

# What an item's page and its address show of a type: key, label of many, icon
TYPES = (
    (ItemType.VIDEO, _("Videos"), "video"),
    (ItemType.TRACK, _("Audio"), "headphones"),
    (ItemType.IMAGE, _("Images"), "photo"),
    (ItemType.STREAM, _("Streams"), "broadcast"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """An order of lists: what people read, and what it goes by, from the largest to the smallest."""

    label: Any
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Length:
    """How long something lasts, in minutes: from the first to below the second."""

    label: Any
    least_min: int | None
    most_min: int | None

    @property
    def limits(self) -> dict[str, int]:
        """The same as conditions on a listing."""
        least = {"duration_ms__gte": self.least_min * MINUTE_MS} if self.least_min else {}
        return least | ({"duration_ms__lt": self.most_min * MINUTE_MS} if self.most_min else {})


_NEWEST_BUT_ONE = (
    "SELECT item_id FROM (SELECT item_id FROM library_listing WHERE least_rank = %s AND published_at <= %s AND item_id <> %s{}"
    " ORDER BY published_at DESC, item_id DESC LIMIT %s) {}"
)
_NEAR = " UNION ".join(
    _NEWEST_BUT_ONE.format(*near) for near in ((" AND owner_id = %s", "o"), (" AND category = %s", "c"), ("", "n"))
)

BEST, NEWEST = "relevance", "new"
ORDERS = {
    NEWEST: Order(_("Newest")),
    "popular": Order(_("Most played"), ("-plays",)),
    "trending": Order(_("Trending"), ("-trend",)),
    "rated": Order(_("Best rated"), ("-grade",)),
    BEST: Order(_("Best match")),
}
TAKEN = ("popular", "trending", "rated")
"""Orders by figures that are taken now and then: see `library.trending`."""
LENGTHS = {
    "short": Length(_("Under 4 minutes"), None, 4),
    "medium": Length(_("4 to 20 minutes"), 4, 20),
    "long": Length(_("Over 20 minutes"), 20, None),
}
SINCE = {
    "day": (_("Last 24 hours"), 1),
    "week": (_("Last 7 days"), 7),
    "month": (_("Last 30 days"), 30),
    "year": (_("Last 365 days"), 365),
}


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


@dataclass(slots=True)
class Found:
    """Items that fit, to be counted and cut into pages by a paginator: narrow rows first, then the items of a page.

    `order` are columns of `rows`, of which the first `most` are taken; or `ids` are all that fit, in their order.
    """

    rows: QuerySet[Listing]
    order: tuple[str, ...] = ()
    ids: list[int] | None = None
    most: int | None = None

    def count(self) -> int:
        """Return how many there are. One query, none where all are known."""
        if self.ids is not None:
            return len(self.ids)
        return self.rows[: self.most].count() if self.most else self.rows.count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, part: slice) -> list[Item]:
        """Return the items of a page. One query."""
        items = Item.objects.select_related("media", "owner")
        if self.ids is not None:
            return in_order(items, self.ids[part])
        page = self.rows.order_by(*self.order).values("pk")[: self.most][part]
        columns = (f"-listing__{column.removeprefix('-')}" for column in self.order)
        return list(items.filter(pk__in=page).order_by(*columns))


def found(
    user: Any,
    text: str = "",
    *,
    type: str = "",
    category: str = "",
    tag: str = "",
    length: str = "",
    since: str = "",
    owner: UUID | None = None,
    order: str = "",
) -> Found:
    """Return items listed for `user` that have every word of `text` and all that is asked for, in one of `ORDERS`.

    Without an order, what fits a text best comes first, or else the newest. One query with a text.
    """
    told = {"type": type, "category": category}
    rows = access.listings(user).filter(**{name: value for name, value in told.items() if value})
    if tag:
        rows = rows.filter(pk__in=ItemTag.objects.filter(tag=tag).values("item"))
    if owner:
        rows = rows.filter(owner__in=User.objects.filter(uuid=owner).values("pk"))
    if length:
        rows = rows.filter(**LENGTHS[length].limits)
    if since:
        rows = rows.filter(published_at__gte=timezone.now() - timedelta(days=SINCE[since][1]))
    columns = (*ORDERS[order or NEWEST].columns, "-published_at", "-item")
    if not text.strip():
        return Found(rows, columns)
    rows = search.matching(rows, text)
    rows = search.by_rank(rows, text) if (order or BEST) == BEST else rows.order_by(*columns)
    return Found(rows, ids=list(rows.values_list("pk", flat=True)))


def near(item: Item, count: int) -> tuple[str, list[Any]]:
    """Return SQL of the numbers of items near to one, and its parameters: the newest of owner, category, and all."""
    values: list[Any] = []
    for given in ([item.owner_id], [item.media.category], []):
        values += [EVERYBODY, timezone.now(), item.pk, *given, count]
    return _NEAR, values


def nearest(item: Item, rows: list[Item]) -> list[Item]:
    """Return items in the order of being near: the same owner's, then its category's, then others, each as they come."""
    return sorted(rows, key=lambda row: (row.owner_id != item.owner_id, row.media.category != item.media.category))


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


def in_order(items: QuerySet[Item], ids: Sequence[int]) -> list[Item]:
    """Return those of `items` whose number is in `ids`, in the order of `ids`. One query."""
    rows = {row.pk: row for row in items.filter(pk__in=ids)}
    return [rows[pk] for pk in ids if pk in rows]
