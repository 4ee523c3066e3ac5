"""What pages and API ask about playlists. Each says what it costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery, Sum, Value, Window
from django.db.models.functions import RowNumber
from django.urls import reverse

from accounts import staffing
from accounts.models import User
from library import access as items
from library import queries as library
from library.playlists import access
from library.playlists.models import Playlist, PlaylistEntry, PlaylistMember, PlaylistVisibility
from stats.models import Item, State

LATER = UUID(int=0)
"""The playlist of a save that names none: what somebody keeps to watch later."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A playlist as it stands in a list: what this viewer finds in it."""

    uuid: UUID
    url: str
    title: str
    owner_name: str
    visibility: str
    count: int
    duration_ms: int
    thumbnail_url: str
    changed_at: datetime | None
    is_shared: bool = False

    @property
    def is_private(self) -> bool:
        """Whether only its people see it."""
        return self.visibility == PlaylistVisibility.PRIVATE


@dataclass(frozen=True, slots=True)
class Choice:
    """A playlist that an item may be put into, and whether it is in it."""

    uuid: UUID
    title: str
    owner_name: str
    visibility: str
    holds: bool


def own(user: User) -> QuerySet[Playlist]:
    """Return a member's playlists, the last changed first."""
    mine = Playlist.objects.filter(owner=user, deleted_at=None)
    return mine.select_related("owner").order_by("-changed_at", "-id")


def shared_with(user: User) -> QuerySet[Playlist]:
    """Return the playlists that a member has joined, the last changed first."""
    joined = PlaylistMember.objects.filter(user=user, accepted_at__isnull=False).values("playlist")
    rows = Playlist.objects.filter(pk__in=joined, deleted_at=None)
    return rows.select_related("owner").order_by("-changed_at", "-id")


def invitations_of(user: User) -> QuerySet[PlaylistMember]:
    """Return the invitations that a member has not answered, newest first."""
    waiting = PlaylistMember.objects.filter(user=user, accepted_at=None, playlist__deleted_at=None)
    return waiting.select_related("playlist__owner").order_by("-invited_at")


def entries_of(playlist: Playlist, viewer: Any) -> QuerySet[PlaylistEntry]:
    """Return what `viewer` may open in a playlist, in its order, with items, their media and owners."""
    seen = PlaylistEntry.objects.filter(playlist=playlist, item__in=items.visible_to(viewer).values("pk"))
    return seen.select_related("item__media", "item__owner", "added_by").order_by("position", "id")


def hidden_in(playlist: Playlist, shown: int) -> int:
    """Return how many items of a playlist are private, deleted or not open to who sees `shown` of them. One query."""
    return max(0, PlaylistEntry.objects.filter(playlist=playlist).count() - shown)


def tiles(playlists: Iterable[Playlist], viewer: Any) -> list[Tile]:
    """Return playlists as tiles with what `viewer` may open in them. One query beside that of the playlists."""
    rows = list(playlists)
    whole: dict[str, Any] = {"partition_by": "playlist"}
    first = (
        PlaylistEntry.objects.filter(playlist__in=rows, item__in=items.visible_to(viewer).values("pk"))
        .select_related("item__media")
        .annotate(
            at=Window(RowNumber(), order_by=["position", "id"], **whole),
            many=Window(Count("pk"), **whole),
            long=Window(Sum("item__duration_ms"), **whole),
        )
        .filter(at=1)
    )
    found = {entry.playlist_id: entry for entry in first} if rows else {}
    return [_tile(row, found.get(row.pk)) for row in rows]


def tiles_of(viewer: Any, owner: User, most: int = 8) -> list[Tile]:
    """Return the public playlists of a member as tiles, the last changed first. Two queries."""
    return tiles(access.listed().filter(owner=owner)[:most], viewer)


def with_people(playlists: QuerySet[Playlist]) -> QuerySet[Playlist]:
    """Add whether anybody was invited, as `is_shared`."""
    return playlists.annotate(is_shared=Exists(PlaylistMember.objects.filter(playlist=OuterRef("pk"))))


def found(text: str, owner: UUID | None = None) -> QuerySet[Playlist]:
    """Return the public playlists whose title has every word of `text`, the last changed first."""
    rows = access.listed()
    for word in text.split()[:10]:
        rows = rows.filter(title__icontains=word)
    return rows.filter(owner__uuid=owner) if owner else rows


def choices_for(user: User, item: Item, most: int = 200) -> list[Choice]:
    """Return the playlists that a member may put an item into, the last changed first. One query."""
    holds = PlaylistEntry.objects.filter(playlist=OuterRef("pk"), item=item)
    rows = access.editable_by(user)
    if staffing.runs_content(user):
        rows = rows.filter(owner=user)
    rows = rows.annotate(holds=Exists(holds)).order_by("-changed_at", "-id")[:most]
    return [
        Choice(
            row.uuid, row.title, "" if row.owner_id == user.pk else row.owner.display_name, row.visibility, row.holds
        )
        for row in rows
    ]


def kept_for_later(actor_id: UUID, viewer: Any) -> QuerySet[Item]:
    """Return the items that a person has saved without a playlist and may open, the last saved first."""
    kept = State.objects.filter(actor=actor_id, relation="save", playlist=LATER, is_on=1)
    since = kept.filter(item_id=OuterRef("pk")).values("at")
    rows = items.visible_to(viewer).filter(pk__in=kept.values("item_id"))
    return rows.annotate(saved_at=Subquery(since)).order_by("-saved_at", "-pk")


def is_kept(actor_id: UUID, item: Item) -> bool:
    """Whether a person has saved an item without a playlist. One query."""
    return State.objects.filter(
        actor=actor_id, relation="save", item_id=item.pk, playlist=LATER, is_on=Value(1)
    ).exists()


def _tile(row: Playlist, first: Any) -> Tile:
    return Tile(
        uuid=row.uuid,
        url=reverse("playlists:one", args=[row.uuid]),
        title=row.title,
        owner_name=row.owner.display_name,
        visibility=row.visibility,
        count=first.many if first else 0,
        duration_ms=(first.long if first else 0) or 0,
        thumbnail_url=library.picture_url(first.item, "thumbnail") if first else "",
        changed_at=row.changed_at,
        is_shared=getattr(row, "is_shared", False),
    )
