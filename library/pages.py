"""What the item page shows, gathered in a bounded number of queries."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.urls import reverse

from accounts import staffing
from accounts.requests import ActorRequest
from library import marks, queries, reactions
from library.marks import Marks
from library.models import Report
from library.people.queries import Person
from library.playlists import playing
from library.reactions import CHANNELS
from library.recommending import picking
from library.talking import embedding
from library.talking import pages as talk
from library.talking.forms import CommentForm
from stats import history
from stats.models import Item, ItemType

BEGIN = "t"
"""What a link is given to begin at a second."""


def item_context(request: ActorRequest, item: Item, comment_form: CommentForm | None = None) -> dict[str, Any]:
    """Return all that the page of an item needs. Seven queries, on the way through a playlist three more."""
    playlist = playing.beside(request, item)
    tile, *next_up = queries.tiles([item, *([] if playlist else picking.related(item))])
    standing = marks.of(request.actor, item)
    return {
        **actions_context(request, item, standing),
        **talk.rating_context(item, standing),
        **talk.comments_context(request, item, tile.counters.comments, comment_form),
        "tile": tile,
        "appeal": _appeal(request.user, item),
        "counters": tile.counters,
        "next_up": next_up,
        "playlist": playlist,
        "play": play_data(item, history.resume(request.actor.id, item.pk), play_source(request), begin_s(request, item))
        | (playlist.play_data if playlist else {}),
        "poster_url": queries.picture_url(item, "poster"),
        "file_url": reverse("library:file", args=[item.uuid]) if item.media.file else "",
        **share_context(request, item),
    }


def _appeal(user: Any, item: Item) -> Report | None:
    """Return what `user` asked the staff about an item that they hid. No query for any other item."""
    return Report.objects.filter(reporter=user.pk, appeal=item).first() if item.media.held_for else None


def share_context(request: HttpRequest, item: Item) -> dict[str, Any]:
    """Return the ways to share an item: its link, and what to put into another page where everybody may see it."""
    link = request.build_absolute_uri(reverse("library:item", args=[item.uuid]))
    frame = request.build_absolute_uri(reverse("talking:embed", args=[item.uuid]))
    code = embedding.code(frame, item) if embedding.is_embeddable(item) else ""
    return {
        "link": link,
        "embed_code": code,
        "has_time": item.type in {ItemType.VIDEO, ItemType.TRACK} and bool(item.media.file),
        "channels": [
            (channel, channel.url(link, item.title)) for channel in CHANNELS if code or channel.platform != "embed"
        ],
        "shared": next((c for c in CHANNELS if c.platform == request.GET.get("shared")), None),
    }


def play_source(request: HttpRequest) -> str:
    """Return how the person came to the player, as far as the browser says: from the front, a search, or directly."""
    if BEGIN in request.GET:
        return "share"
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "direct"
    if came_from.path == reverse("accounts:front"):
        return "landing"
    if came_from.path == reverse("library:browse") and parse_qs(came_from.query).get("q"):
        return "search"
    return "direct"


def begin_s(request: HttpRequest, item: Item) -> int | None:
    """Return the second at which a shared link begins, None where it says nothing that the item has."""
    asked = request.GET.get(BEGIN, "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7):
        return None
    return int(asked) if int(asked) * 1000 < (item.duration_ms or 0) else None


def play_data(item: Item, resume: history.Resume | None, source: str, begin_s: int | None = None) -> dict[str, str]:
    """Return the player element's `data-play-…` attributes: what plays, whence, and the play to go on with.

    With `begin_s` it begins there instead of where the person was.
    """
    data = {"item": str(item.uuid), "type": item.type, "source": source}
    if item.duration_ms is not None:
        data["duration"] = str(item.duration_ms / 1000)
    if resume:
        data["resume"] = str(resume.position_ms / 1000)
        data["id"] = resume.play_id
        data["started"] = resume.started_at.isoformat()
        data["watched"] = str(resume.watched_ms / 1000)
    if begin_s is not None:
        data["resume"] = str(begin_s)
    return data


def actions_context(request: ActorRequest, item: Item, standing: Marks | None = None) -> dict[str, Any]:
    """Return what the row of buttons needs: what this person has liked and saved, and may do. One query at most."""
    standing = standing or marks.of(request.actor, item)
    user = request.user
    owned = user.is_authenticated and (staffing.runs_content(user) or user.pk == item.owner_id)
    return {
        "item": item,
        "media": item.media,
        "owner_name": queries.owner_name(item),
        "liked": standing.liked,
        "saved": standing.saved,
        "downloadable": reactions.may_download(user, item),
        "standing": standing,
        "person": _followable(user, item, standing),
        "owned": owned,
        "editable": owned or (user.is_authenticated and standing.collaborates),
    }


def embed_context(request: ActorRequest, item: Item) -> dict[str, Any]:
    """Return what the player on another site's page needs. One query."""
    resume = history.resume(request.actor.id, item.pk)
    return {
        "item": item,
        "media": item.media,
        "owner_name": queries.owner_name(item),
        "link": request.build_absolute_uri(reverse("library:item", args=[item.uuid])),
        "play": play_data(item, resume, "player", begin_s(request, item)),
        "poster_url": queries.picture_url(item, "poster"),
        "file_url": reverse("library:file", args=[item.uuid]) if item.media.file else "",
    }


def _followable(user: Any, item: Item, standing: Marks) -> Person | None:
    """Return the owner as whom one may follow, None for guests and for the owner."""
    if item.owner is None or not user.pk or user.pk == item.owner_id:
        return None
    return Person(item.owner, standing.followers, 0, is_self=False, follows=standing.follows, follows_back=False)
