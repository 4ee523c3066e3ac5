"""Who may see, change and list which items: the one place that decides it, for pages, API, files and ingest alike."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts import entitlements, staffing
from accounts.features import Feature
from accounts.models import User
from accounts.roles import Role, is_at_least
from library.learning import access as learning
from library.listing import EVERYBODY, RANKS
from library.models import Listing, Media
from library.people.models import Answer, Collaboration
from stats.models import Item, Source, Visibility


def visible_to(user: Any) -> QuerySet[Item]:
    """Return the items that `user` may open, never deleted ones; staff any.

    Public and unlisted ones once they are published, those by role for members whose role suffices, the own ones, and
    those that somebody works on together with others or is invited to.
    """
    items = _standing()
    if staffing.reads_content(user):
        return items
    opened = _published(user) & (Q(visibility__in=[Visibility.PUBLIC, Visibility.UNLISTED]) | _by_role(user))
    if not user.pk:
        return items.filter(opened)
    return items.filter(opened | Q(owner=user.pk) | _shared_with(user, Answer.INVITED, Answer.ACCEPTED))


def opened(user: Any, uuid: UUID) -> Item:
    """Return one item that `user` may open. Raises Http404. One query for what is open to everybody, and for owners."""
    item = get_object_or_404(_standing(), uuid=uuid)
    if staffing.reads_content(user) or item.owner_id == (user.pk or 0) or is_open(item):
        return item
    return get_object_or_404(visible_to(user), pk=item.pk)


def is_open(item: Item) -> bool:
    """Whether everybody may open an item that is not deleted, as far as its row says. Pure but for the clock."""
    published_at = item.media.published_at
    is_out = published_at is not None and published_at <= timezone.now()
    return is_out and item.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}


def editable_by(user: Any) -> QuerySet[Item]:
    """Return the items that `user` may change: their own, and those they work on with others; staff any."""
    if not user.pk:
        return Item.objects.none()
    if staffing.runs_content(user):
        return _standing()
    return _standing().filter(Q(owner=user.pk) | _shared_with(user, Answer.ACCEPTED))


def owned_by(user: Any) -> QuerySet[Item]:
    """Return the items that `user` may delete, hide and share with others: their own; staff any."""
    if not user.pk:
        return Item.objects.none()
    return _standing() if staffing.runs_content(user) else _standing().filter(owner=user.pk)


def listed(user: Any) -> QuerySet[Item]:
    """Return the items that stand in lists for `user`, newest first: published ones, public or opened by the role."""
    items = Item.objects.filter(**_in_lists(user, "listing__")).select_related("media", "owner")
    return items.order_by("-listing__published_at", "-listing__item")


def listings(user: Any) -> QuerySet[Listing]:
    """Return the same as the narrow rows, in no order: what is filtered, counted and ordered before items are read."""
    return Listing.objects.filter(**_in_lists(user))


def is_early(user: Any, item: Item) -> bool:
    """Whether `user` sees an item before its date by early access alone. At most one query, none for what is out."""
    published_at = item.media.published_at
    if not user.pk or published_at is None or published_at <= timezone.now():
        return False
    return not editable_by(user).filter(pk=item.pk).exists()


def may_open(person: UUID, item_id: int) -> bool:
    """Whether a member, by uuid, may open an item that is not open to everybody; a guest may not. For `stats.items`."""
    user = User.objects.filter(uuid=person, is_active=True).first()
    if user is None:
        return False
    return visible_to(user).filter(pk=item_id).exists() or learning.may_open(user, item_id)


def not_out(ids: Collection[int]) -> dict[int, datetime | None]:
    """Return those of these items that are not out: each with when it will be, None for a draft. For `stats.items`."""
    waits = Q(published_at=None) | Q(published_at__gt=timezone.now())
    return dict(Media.objects.filter(waits, item__in=list(ids)).values_list("item_id", "published_at"))


def _by_role(user: Any) -> Q:
    """Return what the role of `user` opens; nothing for who is no member."""
    if not user.pk:
        return Q(pk__in=[])
    role = entitlements.role_of(user)
    return Q(visibility=Visibility.ROLE, media__least_role__in=[one.value for one in Role if is_at_least(role, one)])


def _published(user: Any) -> Q:
    """Return what is out: drafts never are, what has a date from then on, and before it with early access."""
    if entitlements.has_feature(user, Feature.EARLY_ACCESS):
        return Q(media__published_at__isnull=False)
    return Q(media__published_at__lte=timezone.now())


def _standing() -> QuerySet[Item]:
    items = Item.objects.filter(source=Source.SITE, deleted_at=None, media__isnull=False)
    return items.select_related("media", "owner")


def _in_lists(user: Any, prefix: str = "") -> dict[str, Any]:
    rank = RANKS[entitlements.role_of(user).value] if user.pk else EVERYBODY
    out: dict[str, Any] = {f"{prefix}least_rank__lte": rank}
    if not entitlements.has_feature(user, Feature.EARLY_ACCESS):
        out[f"{prefix}published_at__lte"] = timezone.now()
    return out


def _shared_with(user: Any, *states: Answer) -> Q:
    return Q(pk__in=Collaboration.objects.filter(person=user.pk, state__in=states).values("item"))
