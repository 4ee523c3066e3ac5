"""An item's page on the way through a playlist: what stands beside it, and what comes next."""

from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from django.urls import reverse

from accounts.requests import ActorRequest
from library import queries as library
from library.playlists import access, queries
from library.playlists.models import Playlist, PlaylistEntry
from stats import history, watching
from stats.models import Item

PARAMETER = "playlist"


@dataclass(frozen=True, slots=True)
class Step:
    """An item of the list beside the player."""

    entry: PlaylistEntry
    number: int
    url: str
    owner_name: str
    thumbnail_url: str
    percent: int
    is_current: bool

    @property
    def item(self) -> Item:
        """What is played."""
        return self.entry.item

    @property
    def is_watched(self) -> bool:
        """Whether it was watched as far as counts for the whole."""
        return self.percent >= 100 * watching.COMPLETED_AT.get(self.item.type, 2)


@dataclass(frozen=True)
class Beside:
    """The playlist that an item is played from, as far as this person may open its items."""

    playlist: Playlist
    steps: list[Step]

    @property
    def play_data(self) -> dict[str, str]:
        """What a play here is told with."""
        return {"source": "playlist", "list": str(self.playlist.uuid)}

    @property
    def url(self) -> str:
        """The playlist's page."""
        return reverse("playlists:one", args=[self.playlist.uuid])

    @cached_property
    def at(self) -> int:
        """Where in the list the item is, from 0."""
        return next(at for at, step in enumerate(self.steps) if step.is_current)

    @property
    def number(self) -> int:
        """Where in the list the item is, from 1."""
        return self.at + 1

    @property
    def next(self) -> Step | None:
        """What comes after it."""
        return self.steps[self.at + 1] if self.number < len(self.steps) else None

    @property
    def previous(self) -> Step | None:
        """What comes before it."""
        return self.steps[self.at - 1] if self.at else None

    @property
    def watched(self) -> int:
        """How many of the list this person has watched."""
        return sum(step.is_watched for step in self.steps)


def beside(request: ActorRequest, item: Item) -> Beside | None:
    """Return the playlist that the address names, if this person may see it and the item is in it. Three queries."""
    try:
        uuid = UUID(request.GET.get(PARAMETER, ""))
    except ValueError:
        return None
    playlist = access.visible_to(request.user).filter(uuid=uuid).first()
    if playlist is None:
        return None
    found = Beside(playlist, steps(request, playlist, item))
    return found if any(step.is_current for step in found.steps) else None


def steps(request: ActorRequest, playlist: Playlist, current: Item | None = None) -> list[Step]:
    """Return what this person may play of a playlist, in its order, and how far they are in each. Two queries."""
    entries = list(queries.entries_of(playlist, request.user))
    percents = history.positions(request.actor.id, [entry.item_id for entry in entries]) if entries else {}
    return [
        Step(
            entry=entry,
            number=at,
            url=url_of(entry.item, playlist),
            owner_name=library.owner_name(entry.item),
            thumbnail_url=library.picture_url(entry.item, "thumbnail"),
            percent=percents.get(entry.item_id, 0),
            is_current=current is not None and entry.item_id == current.pk,
        )
        for at, entry in enumerate(entries, 1)
    ]


def url_of(item: Item, playlist: Playlist) -> str:
    """Return the address of an item's page on the way through a playlist."""
    return f"{reverse('library:item', args=[item.uuid])}?{PARAMETER}={playlist.uuid}"
