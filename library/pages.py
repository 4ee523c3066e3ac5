"""What the item page shows, gathered in a bounded number of queries."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from accounts.requests import ActorRequest
from library import comments, queries
from library.forms import CommentForm
from library.reactions import CHANNELS
from stats import history
from stats import queries as numbers
from stats.models import Item

COMMENTS = 20


def item_context(request: ActorRequest, item: Item) -> dict[str, Any]:
    """Return all that the page of an item needs. Seven queries."""
    tile, *next_up = queries.tiles([item, *queries.next_up(item)])
    link = request.build_absolute_uri(tile.url)
    return {
        **actions_context(request, item),
        **comments_context(request, item),
        "tile": tile,
        "counters": tile.counters,
        "next_up": next_up,
        "play": play_data(item, history.resume(request.actor.id, item.pk), play_source(request)),
        "poster_url": queries.picture_url(item, "poster"),
        "file_url": reverse("library:file", args=[item.uuid]) if item.media.file else "",
        "link": link,
        "channels": [(channel, channel.url(link, item.title)) for channel in CHANNELS],
        "shared": next((c for c in CHANNELS if c.platform == request.GET.get("shared")), None),
    }


def play_source(request: HttpRequest) -> str:
    """Return how the person came to the player, as far as the browser says: from the front, a search, or directly."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return "direct"
    if came_from.path == reverse("accounts:front"):
        return "landing"
    if came_from.path == reverse("library:browse") and parse_qs(came_from.query).get("q"):
        return "search"
    return "direct"


def play_data(item: Item, resume: history.Resume | None, source: str) -> dict[str, str]:
    """Return the player element's `data-play-…` attributes: what plays, whence, and the play to go on with."""
    data = {"item": str(item.uuid), "type": item.type, "source": source}
    if item.duration_ms is not None:
        data["duration"] = str(item.duration_ms / 1000)
    if resume:
        data["resume"] = str(resume.position_ms / 1000)
        data["id"] = resume.play_id
        data["started"] = resume.started_at.isoformat()
        data["watched"] = str(resume.watched_ms / 1000)
    return data


def actions_context(request: ActorRequest, item: Item) -> dict[str, Any]:
    """Return what the row of buttons needs: the numbers, and what this person has liked and saved. Two queries."""
    states = numbers.states(request.actor.id, [item.pk])
    user = request.user
    return {
        "item": item,
        "media": item.media,
        "owner_name": queries.owner_name(item),
        "liked": item.pk in states.liked,
        "saved": item.pk in states.saved,
        "editable": user.is_authenticated and (user.is_staff or user.pk == item.owner_id),
    }


def comments_context(request: ActorRequest, item: Item, form: CommentForm | None = None) -> dict[str, Any]:
    """Return a page of comments, each with whether this person may take it away. Two queries."""
    page = Paginator(queries.comments_of(item), COMMENTS).get_page(request.GET.get("comments"))
    rows = list(page.object_list)
    for row in rows:
        row.item = item
    return {
        "item": item,
        "comments": [(row, comments.is_deletable(row, request.user)) for row in rows],
        "comments_page": page,
        "comment_form": form or CommentForm(),
    }
