"""Who played and liked a creator's items last, and who put them into playlists: by the index of items of plays and actions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from analytics.studio.catalogue import Own
from stats import windows
from stats.kinds import Kind
from stats.models import Action, Item, Play, State
from stats.windows import Window

PEOPLE = {"u": gettext_lazy("A member"), "g": gettext_lazy("A guest"), "a": gettext_lazy("A visitor")}
RECENT_PLAYS = 10
RECENT_LIKES = 5
SAMPLE = 5_000
MOST_SAVED = 6


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody played or liked an item. Who it was is nobody's business."""

    who: str
    title: str
    url: str
    at: datetime
    item_uuid: UUID | None = None
    played_ms: int = 0
    completion_bp: int | None = None


@dataclass(frozen=True, slots=True)
class InPlaylists:
    """An item that others put into their playlists: into how many, and how many people did."""

    title: str
    url: str
    item_uuid: UUID
    playlists: int
    people: int


def recent_plays(user: User, items: Mapping[int, Own], window: Window, since: date) -> list[Seen]:
    """Return the newest plays of items in a window, of days from `since` on. One query."""
    found = Play.objects.filter(item_id__in=list(items), day__gte=since)
    found = found.filter(started_at__gte=window.start_at, started_at__lt=window.end_at).order_by("-started_at")
    columns = ("actor", "actor_type", "item_id", "started_at", "played_ms", "completion_bp", "media_ms")
    return [
        Seen(
            _who(user, actor, actor_type), *_named(items[item_id]), at, items[item_id].uuid, played_ms,
            completion if media_ms else None,
        )
        for actor, actor_type, item_id, at, played_ms, completion, media_ms in found.values_list(*columns)[:RECENT_PLAYS]
    ]  # fmt: skip


def recent_likes(user: User, items: Mapping[int, Own], window: Window, since: date) -> list[Seen]:
    """Return the newest likes of items in a window, of days from `since` on. One query."""
    found = Action.objects.filter(item_id__in=list(items), day__gte=since, kind=Kind.LIKE.value)
    found = found.filter(at__gte=window.start_at, at__lt=window.end_at).order_by("-at")
    rows: Iterable[Any] = found.values_list("actor", "actor_type", "item_id", "at")[:RECENT_LIKES]
    return [
        Seen(_who(user, actor, actor_type), *_named(items[item_id]), at, items[item_id].uuid)
        for actor, actor_type, item_id, at in rows
    ]


def since(days: Sequence[tuple[date, Any]], count: int) -> date:
    """Return a day from which on at least `count` of something happened, so that few days need be looked through."""
    left = count
    for day, value in reversed(days):
        left -= int(value or 0)
        if left <= 0:
            return day - windows.DAY
    return days[0][0] - windows.DAY if days else date.max


def in_playlists(user: User, items: Mapping[int, Own], window: Window) -> list[InPlaylists]:
    """Return the items that others put into playlists in a window, those in most first. One query."""
    found = Action.objects.filter(
        item_id__in=list(items),
        day__gte=window.first_day - windows.DAY,
        kind=Kind.SAVE.value,
        playlist__isnull=False,
        at__gte=window.start_at,
        at__lt=window.end_at,
    ).exclude(actor=user.uuid)
    counted = found.values("item_id").annotate(
        playlists=Count("playlist", distinct=True), people=Count("actor", distinct=True)
    )
    rows: Iterable[Any] = counted.order_by("-playlists", "-people", "item_id")[:MOST_SAVED]
    return [
        InPlaylists(*_named(items[row["item_id"]]), items[row["item_id"]].uuid, row["playlists"], row["people"])
        for row in rows
    ]


def own_playlists(user: User) -> tuple[int, int]:
    """Return how many playlists a member has something in, and how many items are in them. One query."""
    saved = State.objects.filter(actor=user.uuid, relation="save", is_on=1).exclude(playlist=UUID(int=0))
    counted = saved.aggregate(playlists=Count("playlist", distinct=True), items=Count("item_id"))
    return counted["playlists"], counted["items"]


def newest_plays(item: Item, window: Window, most: int = SAMPLE) -> list[tuple[UUID, str, str]]:
    """Return person, ranges and quality of an item's newest plays in a window, `most` at most. One query."""
    found = Play.objects.filter(
        item_id=item.pk,
        day__gte=window.first_day - windows.DAY,
        day__lte=window.end_day,
        started_at__gte=window.start_at,
        started_at__lt=window.end_at,
    )
    rows: Iterable[Any] = found.order_by("-day", "-started_at").values_list("actor", "ranges", "quality")[:most]
    return list(rows)


def _named(item: Own) -> tuple[str, str]:
    return item.name, item.url


def _who(user: User, actor: UUID, actor_type: str) -> str:
    return _("You") if actor == user.uuid else str(PEOPLE.get(actor_type, PEOPLE["a"]))
