"""What the pages of playlists show, gathered in a bounded number of queries."""

from typing import Any

from django.db.models import QuerySet

from accounts import entitlements, staffing
from accounts.features import Feature
from accounts.requests import ActorRequest, MemberRequest
from library.playlists import playing, queries, sharing, writing
from library.playlists.forms import SHOWN
from library.playlists.models import Playlist
from stats.models import Item


def shown(request: ActorRequest) -> tuple[str, QuerySet[Playlist]]:
    """Return which playlists the overview shows: what the address asks for, to guests the public ones."""
    if not request.user.is_authenticated:
        return "public", queries.found("")
    asked = request.GET.get("show")
    if asked == "shared":
        return asked, queries.shared_with(request.user)
    if asked == "public":
        return asked, queries.found("")
    return "own", queries.with_people(queries.own(request.user))


def overview_context(request: ActorRequest, shown: str) -> dict[str, Any]:
    """Return what stands around the overview's tiles. At most five queries, three of them the first time only."""
    if not request.user.is_authenticated:
        return {"shown": shown}
    user = request.user
    count = writing.count_of(user)
    is_unlimited = entitlements.has_feature(user, Feature.CUSTOM_PLAYLISTS)
    return {
        "shown": shown,
        "tabs": SHOWN,
        "count": count,
        "most": None if is_unlimited else writing.FREE_PLAYLISTS,
        "may_create": is_unlimited or count < writing.FREE_PLAYLISTS,
        "invitations": list(queries.invitations_of(user)[:10]),
    }


def one_context(request: ActorRequest, playlist: Playlist) -> dict[str, Any]:
    """Return all that the page of a playlist needs. Six queries."""
    user = request.user
    steps = playing.steps(request, playlist)
    members = sharing.members_of(playlist)
    mine = next((row for row in members if row.user_id == user.pk), None) if user.is_authenticated else None
    is_owner = user.is_authenticated and (staffing.runs_content(user) or user.pk == playlist.owner_id)
    is_inside = is_owner or mine is not None
    return {
        "playlist": playlist,
        "steps": steps,
        "first": next((step for step in steps if not step.is_watched), steps[0] if steps else None),
        "watched": sum(step.is_watched for step in steps),
        "duration_ms": sum(step.item.duration_ms or 0 for step in steps),
        "hidden": queries.hidden_in(playlist, len(steps)),
        "is_owner": is_owner,
        "is_editable": user.is_authenticated and sharing.can_order(playlist, user, mine),
        "is_invited": mine is not None and mine.accepted_at is None,
        "mine": mine,
        "members": [row for row in members if row.accepted_at] if is_inside else [],
        "link": request.build_absolute_uri(request.path),
    }


def save_context(request: MemberRequest, item: Item) -> dict[str, Any]:
    """Return where an item may be put. Three queries, and those of the features once."""
    return {
        "item": item,
        "choices": queries.choices_for(request.user, item),
        "is_kept": queries.is_kept(request.actor.id, item),
        "may_create": writing.may_create(request.user),
        "most": writing.FREE_PLAYLISTS,
    }
