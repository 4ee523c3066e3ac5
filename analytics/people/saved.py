"""Filters that staff keep under a name, for themselves or for all staff, and those that are always there."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import addresses
from accounts.models import User
from accounts.staffing import Area, Level, may
from analytics.people import filters
from analytics.people.filters import Filter
from analytics.people.models import SavedFilter

MOST = 50


class TooMany(APIException):
    """Nobody finds anything among so many."""

    status_code = 409
    default_detail = _("You have 50 saved filters. Delete one first.")
    default_code = "limit_reached"


@dataclass(frozen=True, slots=True)
class Ready:
    """A filter that is always there, for who sees subscriptions where it asks for them."""

    label: Any
    query: str
    of_subscriptions: bool = False


READY = (
    Ready(_("Paying"), "subscription=paying", of_subscriptions=True),
    Ready(_("On trial"), "subscription=trialing", of_subscriptions=True),
    Ready(_("Payment failed"), "subscription=past_due", of_subscriptions=True),
    Ready(_("Ends within 30 days"), "ends=30", of_subscriptions=True),
    Ready(_("Quiet for 30 days"), "activity=quiet-30"),
    Ready(_("Never active"), "activity=never"),
)


def seen_by(user: User) -> list[SavedFilter]:
    """Return the filters of somebody, and those that others share which this person may follow. One query."""
    found = SavedFilter.objects.filter(Q(owner=user) | Q(is_shared=True)).select_related("owner").order_by("name", "id")
    seen = [kept for kept in found[: 4 * MOST] if kept.owner_id == user.pk or _is_for(user, kept)]
    for kept in seen:
        kept.name = addresses.veiled(user, kept.name)
    return seen


def _is_for(user: User, kept: SavedFilter) -> bool:
    """Whether a shared filter finds nobody by what `user` may not see: addresses, which a search looks at, and plans."""
    try:
        wanted = filters.read_query(kept.query)
        filters.refuse_unseen(wanted, may(user, Area.SUBSCRIPTIONS))
    except filters.Bad:
        return False
    return not wanted.q or may(user, Area.ADDRESSES)


def save(owner: User, name: str, wanted: Filter, is_shared: bool) -> SavedFilter:
    """Keep a filter under a name; one of the same name takes its place. Raises TooMany."""
    mine = SavedFilter.objects.filter(owner=owner)
    if not mine.filter(name=name).exists() and mine.count() >= MOST:
        raise TooMany
    kept, _is_new = SavedFilter.objects.update_or_create(
        owner=owner, name=name, defaults={"query": wanted.query(), "is_shared": is_shared}
    )
    return kept


def may_delete(user: User, kept: SavedFilter) -> bool:
    """Whether it is one's own, or shared and one decides about the staff."""
    return kept.owner_id == user.pk or (kept.is_shared and may(user, Area.STAFF, Level.CHANGE))
