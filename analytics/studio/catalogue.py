"""A creator's own items, with their numbers of a window and in their order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from analytics import figures
from analytics.figures import Amount
from analytics.studio.measured import OF_ITEMS
from library import access
from library import queries as library
from library.models import Media
from stats import compute
from stats.compute import Value
from stats.metrics import Metric
from stats.models import Item, ItemType
from stats.windows import Window

ORDERS = (*(metric.key for metric in OF_ITEMS), "title", "newest")


@dataclass(frozen=True, slots=True)
class Own:
    """An item of one's own, of which one may have very many: what the studio shows of it, and no more."""

    pk: int
    uuid: UUID
    title: str
    type: str
    duration_ms: int | None
    created_at: datetime
    thumbnail: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """What to call it."""
        return self.title or _("Untitled")

    @property
    def url(self) -> str:
        """Where its numbers are."""
        return reverse("analytics:studio-item", args=[self.uuid])

    @property
    def thumbnail_url(self) -> str:
        """Where its small picture is, '' without one."""
        item = Item(uuid=self.uuid)
        item.media = Media(thumbnail=self.thumbnail, sha256=self.sha256)
        return library.picture_url(item, "thumbnail")

    @property
    def about(self) -> str:
        """How long it is; what it is where it has no length."""
        if not self.duration_ms:
            return str(ItemType(self.type).label)
        minutes, seconds = divmod(self.duration_ms // 1000, 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}" if minutes >= 60 else f"{minutes}:{seconds:02}"


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item with its numbers of the window."""

    item: Own
    values: dict[str, Value]

    @property
    def plays(self) -> int:
        """How often it was played."""
        return int(self.values["plays"].value or 0)

    @property
    def likes(self) -> int:
        """How many likes it was given."""
        return int(self.values["likes"].value or 0)

    @property
    def amounts(self) -> list[Amount]:
        """Its numbers, written, in the order of `OF_ITEMS`."""
        return [figures.amount(self.values[metric.key].value, metric.unit) for metric in OF_ITEMS]

    @property
    def completion(self) -> Any:
        """How much of it a play covers on average, in percent; None where nothing tells it."""
        return self.values["average_completion"].value


def own_items(user: User) -> list[Own]:
    """Return the items of a member that are not deleted, the newest first. One query."""
    items = access.owned_by(user).select_related(None).filter(owner=user.pk).order_by("-created_at", "-id")
    columns = ("pk", "uuid", "title", "type", "duration_ms", "created_at", "media__thumbnail", "media__sha256")
    return [Own(*row) for row in items.values_list(*columns)]


def own(item: Item) -> Own:
    """Return what the studio shows of an item."""
    return Own(item.pk, item.uuid, item.title, item.type, item.duration_ms, item.created_at)


def item_rows(items: Collection[Own], window: Window, metrics: Sequence[Metric] = OF_ITEMS) -> list[ItemRow]:
    """Return items with their numbers of a window, in the same order. At most two queries."""
    values = compute.by_item(metrics, [item.pk for item in items], window)
    return [ItemRow(item, values[item.pk]) for item in items]


def ranking(items: Collection[Own], window: Window, order: str) -> list[Own]:
    """Return items by one of `ORDERS`, which costs less than all their numbers. At most two queries."""
    metrics = [metric for metric in OF_ITEMS if metric.key == order]
    rows = item_rows(items, window, metrics) if metrics else [ItemRow(item, {}) for item in items]
    return [row.item for row in ordered(rows, order)]


def ordered(rows: Sequence[ItemRow], order: str) -> list[ItemRow]:
    """Return rows by one of `ORDERS`: the greatest first, what is not known last; titles from A."""
    if order == "title":
        return sorted(rows, key=lambda row: row.item.name.casefold())
    if order == "newest":
        return sorted(rows, key=lambda row: row.item.created_at, reverse=True)
    return sorted(rows, key=lambda row: (row.values[order].value is None, -(row.values[order].value or 0)))
