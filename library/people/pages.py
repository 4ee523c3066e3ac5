"""What the people's pages show, put together from what is known."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.pages import day_name
from accounts.requests import ActorRequest
from library import access as items_access
from library import queries as items
from library.learning.catalogue import queries as catalogue
from library.people import access, queries
from library.people.models import Notification
from library.people.paging import stretch
from library.people.queries import Person
from library.people.settings import KINDS, Setting
from library.playlists import queries as playlists
from stats import compute, windows
from stats.metrics import Scope

ITEMS = 24
PEOPLE = 30
NEWEST = 60
SUGGESTED = 6


@dataclass(frozen=True, slots=True)
class Tab:
    """A view of a member: its key, what it is called, its icon, and the route."""

    key: str
    label: Any
    route: str


TABS = (
    Tab("items", gettext_lazy("Items"), "people:member"),
    Tab("playlists", gettext_lazy("Playlists"), "people:member-playlists"),
    Tab("courses", gettext_lazy("Courses"), "people:member-courses"),
)


def user_or_404(viewer: Any, username: str) -> User:
    """Return the member with this name, in any spelling, whose page `viewer` may see."""
    if (user := access.named(username, viewer)) is None:
        raise Http404
    return user


def member_context(request: ActorRequest, username: str, tab: str) -> dict[str, Any]:
    """Return what every view of a member needs. Three queries."""
    user = user_or_404(request.user, username)
    (person,) = queries.people([user], request.user)
    shown = [(row, reverse(row.route, args=[user.username])) for row in TABS]
    return {"person": person, "tab": tab, "tabs": shown}


def items_page(request: ActorRequest, found: Any) -> dict[str, Any]:
    """Return a page of items as tiles. Three queries, and what `found` costs."""
    page = stretch(found, ITEMS, request.GET.get("page"))
    return {"page": page, "tiles": items.tiles(page.rows, request.actor.id)}


def items_tab(request: ActorRequest, user: User) -> dict[str, Any]:
    """Return what a member has published."""
    return items_page(request, queries.items_of(user, request.user))


def playlists_tab(request: ActorRequest, user: User) -> dict[str, Any]:
    """Return a member's playlists."""
    return {"playlists": playlists.tiles_of(request.user, user)}


def courses_tab(request: ActorRequest, user: User) -> dict[str, Any]:
    """Return the courses that a member teaches. Five queries at most."""
    page = stretch(queries.courses_of(user, request.user), ITEMS, request.GET.get("page"))
    return {"page": page, "cards": catalogue.cards(page.rows, request.user)}


def people_page(request: ActorRequest, uuids: Any) -> dict[str, Any]:
    """Return a page of members from a query of their uuids. Four queries."""
    page = stretch(uuids, PEOPLE, request.GET.get("page"))
    return {"page": page, "people": queries.people(queries.in_order(page.rows), request.user)}


def suggested(viewer: User) -> list[Person]:
    """Return members who published something lately and whom `viewer` does not follow yet. Six queries at most."""
    newest = items_access.listed(viewer).exclude(owner=viewer)[:NEWEST]
    owners = {item.owner_id: item.owner for item in newest if item.owner and item.owner.is_active}
    return [person for person in queries.people(owners.values(), viewer) if not person.follows][:SUGGESTED]


def by_day(rows: list[Notification], today: date) -> Iterator[tuple[str, list[tuple[Notification, Setting]]]]:
    """Group notifications, each with its kind, by the local day, under its name."""
    for day, found in groupby(rows, key=lambda row: timezone.localdate(row.created_at)):
        yield day_name(day, today), [(row, KINDS[row.kind]) for row in found]


def stayed(user: User) -> int:
    """Return how many of those whom a member brought along were active on two of their first 14 days."""
    metric = compute.registry()["referral_count"]
    window = windows.named("all", timezone.now(), user.time_zone or settings.TIME_ZONE)
    return int(compute.compute(metric, Scope.user(user.uuid), window).value or 0)
