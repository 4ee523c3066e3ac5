"""What the browse page shows, and what is noted of those who browse."""

from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from django.core.paginator import Page, Paginator

from accounts import entitlements
from accounts.features import Feature
from accounts.models import User
from accounts.requests import ActorRequest
from library import access, queries, search, trending
from library.models import Category
from stats import ledger
from stats.actors import Actor, user_actor
from stats.ids import derived
from stats.kinds import Kind
from stats.models import Item

PAGE = 24
SIGNS = "%"  # what finds nothing
FILTERS = ("type", "category", "tag", "length", "since", "owner")


def context(request: ActorRequest, asked: dict[str, Any], *, is_too_long: bool = False) -> dict[str, Any]:
    """Return all that the browse page needs for what is asked. Nine queries at most.

    A search for more than `search.MAX_TEXT` characters finds nothing and is not noted.
    """
    owner = User.objects.filter(username=asked["owner"], is_active=True).first() if asked["owner"] else None
    order = asked["order"] or (queries.BEST if asked["text"] else queries.NEWEST)
    wanted = asked | {"order": order, "owner": owner and owner.uuid}
    taken_at = trending.as_of() if order in queries.TAKEN else None
    found = queries.found(request.user, **wanted | ({"text": SIGNS} if is_too_long else {}))
    page: Page[Item] = Paginator(cast("Any", found), PAGE).get_page(request.GET.get("page"))
    if asked["text"] and not is_too_long and is_search(request, asked["text"]):
        note_search(request, asked["text"], page.paginator.count)
    return {
        **asked,
        "order": order,
        "owner": owner,
        "page": page,
        "tiles": queries.tiles(page.object_list, request.actor.id),
        "types": queries.TYPES,
        "categories": Category.choices,
        "lengths": queries.LENGTHS,
        "dates": queries.SINCE,
        "orders": orders(bool(asked["text"])),
        "tags": trending.tags(),
        "filtered": sum(1 for name in FILTERS if asked[name]),
        "is_most": bool(asked["text"]) and page.paginator.count == search.MOST_FOUND,
        "is_too_long": is_too_long,
        "taken_at": taken_at,
        "formula": trending.FORMULA,
        "longest_text": search.MAX_TEXT,
    }


def orders(is_search: bool) -> dict[str, queries.Order]:
    """Return the orders to choose from: the best match first where words are searched, and not without."""
    best = {queries.BEST: queries.ORDERS[queries.BEST]} if is_search else {}
    return best | {key: one for key, one in queries.ORDERS.items() if key != queries.BEST}


def is_search(request: ActorRequest, text: str) -> bool:
    """Whether these words are searched for now: not with the next page, another filter or order of the same."""
    if request.method != "GET" or request.opted_out or "page" in request.GET:
        return False
    came_from = urlsplit(request.headers.get("Referer", ""))
    is_here = came_from.netloc == request.get_host() and came_from.path == request.path
    return not (is_here and parse_qs(came_from.query).get("q", [""])[0].strip() == text)


def note_search(request: ActorRequest, text: str, results: int) -> None:
    """Record that somebody searched, and how many results there were. One query; none for who wants no statistics."""
    actor: Actor | None = request.actor  # None in the API for who sends neither session nor guest id
    if actor is not None and not request.opted_out:
        ledger.report(Kind.SEARCH, actor, name=text[: search.MAX_TEXT], results=results)


def note_early(user: Any, item: Item) -> None:
    """Record that a member uses early access, once an item. No query for what is out already."""
    if access.is_early(user, item) and entitlements.has_feature(user, Feature.EARLY_ACCESS):
        with ledger.recording():
            ledger.record(
                Kind.FEATURE_USED,
                user_actor(user.uuid),
                event_id=derived(Feature.EARLY_ACCESS, user.uuid, item.uuid),
                feature=Feature.EARLY_ACCESS.value,
            )
