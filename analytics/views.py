"""The studio: what a creator's items did, all of them, each of them, and as tables to take along."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import entitlements
from accounts.features import Feature
from accounts.models import User
from accounts.requests import MemberRequest
from analytics import exports, figures, tables
from analytics.studio import catalogue, pages, versions
from analytics.studio.pages import ItemsPage, Overview
from analytics.studio.versions import Version
from library import access
from stats import asking, memory, windows
from stats.metrics import Scope
from stats.models import Item
from stats.windows import Window

PER_PAGE = 100


@require_safe
@login_required
@memory.kept()
def overview(request: MemberRequest) -> HttpResponse:
    """All items of the member; asked by htmx, only what may have changed."""
    now = timezone.now()
    window, error = asked(request, now)
    version = versions.version(window, now)
    if _is_known(request, version, Scope.owner(request.user.pk), window):
        return unchanged(window, now)
    page = pages.overview(request.user, window, now, error=error, csv=_csv_of_all(window))
    if not page.items_count:
        return render(request, "analytics/studio_empty.html")
    return _shown(request, "studio", page, version)


@require_safe
@login_required
@memory.kept()
def item(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """One item of the member, or any for staff."""
    now = timezone.now()
    own = _own_item(request, uuid)
    window, error = asked(request, now)
    version = versions.version(window, now)
    if _is_known(request, version, Scope.item(own.pk), window):
        return unchanged(window, now)
    page = pages.item_overview(request.user, own, window, now, error=error, csv=_csv_of_one(own, window))
    return _shown(request, "studio_item", page, version, is_detailed=_may_see_details(request.user))


@require_safe
@login_required
@memory.kept()
def items(request: MemberRequest) -> HttpResponse:
    """All items of the member as one table, in the order of the address."""
    now = timezone.now()
    window, error = asked(request, now)
    order = request.GET.get("order", "")
    order = order if order in catalogue.ORDERS else catalogue.ORDERS[0]
    found = catalogue.ranking(catalogue.own_items(request.user), window, order)
    if not found:
        return render(request, "analytics/studio_empty.html")
    pager = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = catalogue.item_rows(list(pager.object_list), window)
    page = ItemsPage(window, now, error, order, _csv_of_all(window), rows, pager, len(found))
    return render(request, "analytics/studio_items.html", {"page": page}, status=400 if error else 200)


@require_safe
@login_required
@memory.kept()
def csv(request: MemberRequest, table: str) -> HttpResponseBase:
    """One table of all items."""
    now = timezone.now()
    window = _asked_exactly(request, now)
    if table == "items":
        rows = catalogue.ordered(catalogue.item_rows(catalogue.own_items(request.user), window), catalogue.ORDERS[0])
        return _sent(tables.items(rows), _("All items of %(name)s") % {"name": request.user}, window)
    if table not in tables.OVERVIEW:
        raise Http404
    page = pages.overview(request.user, window, now)
    return _sent(tables.OVERVIEW[table](page), _("All items of %(name)s") % {"name": request.user}, window)


@require_safe
@login_required
@memory.kept()
def item_csv(request: MemberRequest, uuid: UUID, table: str) -> HttpResponseBase:
    """One table of one item."""
    now = timezone.now()
    own = _own_item(request, uuid)
    if table not in tables.ITEM:
        raise Http404
    if table in tables.DETAILS and not _may_see_details(request.user):
        raise PermissionDenied
    window = _asked_exactly(request, now)
    page = pages.item_overview(request.user, own, window, now)
    return _sent(tables.ITEM[table](page), own.title, window)


def asked(request: MemberRequest, now: datetime) -> tuple[Window, str]:
    """Return the window that the address asks for; the usual one, with a sentence, for one that cannot be."""
    try:
        return asking.window_of(request.GET, now, settings.TIME_ZONE), ""
    except asking.Bad as error:
        return windows.named(pages.USUAL, now, settings.TIME_ZONE), error.sentence


def unchanged(window: Window, now: datetime) -> HttpResponse:
    """Answer that nothing is new, and until when that is known."""
    response = HttpResponseNotModified()
    response["X-As-Of"] = figures.clock(now, window.zone)
    return response


def _is_known(request: MemberRequest, version: Version, scope: Scope, window: Window) -> bool:
    seen = request.headers.get("If-None-Match", "") if request.htmx else ""
    return bool(seen) and versions.is_known(seen, version, scope, window)


def _may_see_details(user: User) -> bool:
    """Whether the plan has more than an overview; who has it uses it, once a day."""
    if not entitlements.has_feature(user, Feature.ADVANCED_ANALYTICS):
        return False
    entitlements.note_daily(user, Feature.ADVANCED_ANALYTICS)
    return True


def _shown(request: MemberRequest, name: str, page: Overview, version: Version, **more: Any) -> HttpResponse:
    tag = replace(version, sums=page.sums).tag
    template = f"analytics/_{name}.html" if request.htmx else f"analytics/{name}.html"
    response = render(request, template, {"page": page, "version": tag, **more}, status=400 if page.error else 200)
    response["ETag"] = tag
    response["X-As-Of"] = page.as_of
    return response


def _own_item(request: MemberRequest, uuid: UUID) -> Item:
    return get_object_or_404(access.owned_by(request.user), uuid=uuid)


def _asked_exactly(request: MemberRequest, now: datetime) -> Window:
    window, error = asked(request, now)
    if error:
        raise BadRequest(error)
    return window


def _csv_of_all(window: Window) -> dict[str, str]:
    query = pages.query_of(window)
    return {key: reverse("analytics:studio-csv", args=[key]) + query for key in (*tables.OVERVIEW, "items")}


def _csv_of_one(item: Item, window: Window) -> dict[str, str]:
    query = pages.query_of(window)
    return {key: reverse("analytics:studio-item-csv", args=[item.uuid, key]) + query for key in tables.ITEM}


def _sent(table: exports.Table, subject: Any, window: Window) -> HttpResponseBase:
    first, last = window.first_day, window.end_day - windows.DAY
    return exports.table_response(table, str(subject), f"{first} to {last}", window.zone)
