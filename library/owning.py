"""The page of one's own items: what is out, what is not yet, and doing the same with many of them."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import entitlements
from accounts.entitlements import FeatureNotIncluded
from accounts.features import Feature
from accounts.models import User
from accounts.requests import MemberRequest
from library import bulk, queries
from library.bulk import BulkAction
from library.forms import ManyForm
from library.queries import Tile
from stats.models import Item, Source, Visibility

PAGE = 50
STATES = {
    "": gettext_lazy("All"),
    "out": gettext_lazy("Published"),
    "coming": gettext_lazy("On a date"),
    "draft": gettext_lazy("Drafts"),
    "hidden": gettext_lazy("Not in lists"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """An own item, and how it stands in lists."""

    item: Item
    tile: Tile


def own(user: User, state: str = "") -> QuerySet[Item]:
    """Return the items of a member in one of `STATES`, the latest first."""
    now = timezone.now()
    conditions = {
        "out": Q(media__published_at__lte=now),
        "coming": Q(media__published_at__gt=now),
        "draft": Q(media__published_at=None),
        "hidden": Q(visibility__in=[Visibility.UNLISTED, Visibility.PRIVATE]),
    }
    items = Item.objects.filter(source=Source.SITE, owner=user, deleted_at=None, media__isnull=False)
    return items.filter(conditions.get(state, Q())).select_related("media", "owner").order_by("-created_at", "-pk")


def context(request: MemberRequest) -> dict[str, Any]:
    """Return what the page needs. Five queries."""
    state = request.GET.get("state", "")
    state = state if state in STATES else ""
    page = Paginator(own(request.user, state), PAGE).get_page(request.GET.get("page"))
    items = list(page.object_list)
    return {
        "page": page,
        "rows": [Row(*pair) for pair in zip(items, queries.tiles(items), strict=True)],
        "state": state,
        "states": STATES,
        "may_bulk": entitlements.has_feature(request.user, Feature.BULK_OPERATIONS),
        "form": ManyForm(),
    }


def change(user: User, form: ManyForm) -> str:
    """Do with the ticked items what the form says. Returns why it was not done, in words; nothing when it was."""
    told = form.cleaned_data
    items = list(own(user).filter(uuid__in=told["items"]))
    try:
        bulk.perform(user, items, BulkAction(told["action"]), tags=told["tags"])
    except FeatureNotIncluded:
        return _("Your plan does not include bulk operations.")
    except bulk.TooManyTags as error:
        return _("“%s” would have more than ten tags. Nothing was changed.") % error.args[0].title
    return ""
