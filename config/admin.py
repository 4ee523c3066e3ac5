"""The admin's site and its navigation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from accounts.staffing import Area, may
from config.rights import OUR_APPS
from config.watching import watched

SEARCH = "desk:people"


class AdminSite(UnfoldAdminSite):
    """Unfold's site; who is not logged in goes through the site's own log-in, with its limits and second factor."""

    def register(self, models: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in our own models only: other apps' admins show secrets of members, or make what only they may make."""
        listed: list[Any] = [models] if isinstance(models, ModelBase) else list(models)
        ours = [model for model in listed if model._meta.app_label in OUR_APPS]
        super().register(ours, watched(admin_class), **options)

    def admin_view(self, view: Callable[..., HttpResponse], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Return the view for staff: 403 at once for members, the log-in page for who is not logged in."""
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise PermissionDenied
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the log-in page; 403 for members who are no staff."""
        return secure_admin_login(super().login)(request, extra_context)

    def extra_context(self, context: dict[str, Any], request: HttpRequest) -> dict[str, Any]:
        """Add where the frame's search field leads."""
        return context | {"staff_search": search_of(request)}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: a model that is registered, under a heading. The icon is one of `static/icons`."""

    model: str
    label: Any
    icon: str
    heading: Any


@dataclass(frozen=True, slots=True)
class Page:
    """One line of the navigation: a page of the staff's own, for who may read in its area."""

    address: str
    label: Any
    icon: str
    heading: Any
    area: Area


PLATFORM, PEOPLE, EVENTS, LIBRARY, GAME = _("Platform"), _("People"), _("Counting"), _("Content"), _("Game")

PAGES: tuple[Page, ...] = (
    Page("dashboards:overview", _("Overview"), "layout-dashboard", PLATFORM, Area.NUMBERS),
    Page("dashboards:users", _("Growth"), "user-plus", PLATFORM, Area.NUMBERS),
    Page("dashboards:engagement", _("Engagement"), "activity", PLATFORM, Area.NUMBERS),
    Page("dashboards:content", _("Content"), "video", PLATFORM, Area.NUMBERS),
    Page("dashboards:learning", _("Learning"), "school", PLATFORM, Area.NUMBERS),
    Page("dashboards:gamification", _("Game"), "medal", PLATFORM, Area.NUMBERS),
    Page("dashboards:revenue", _("Revenue"), "cash", PLATFORM, Area.MONEY),
    Page("anomalies:list", _("Unusual days"), "alert-triangle", PLATFORM, Area.NUMBERS),
    Page("dashboards:system", _("System"), "heartbeat", PLATFORM, Area.SYSTEM),
    Page("desk:people", _("People"), "users-group", PEOPLE, Area.PEOPLE),
    Page("desk:bulk-list", _("Bulk actions"), "stack-2", PEOPLE, Area.PEOPLE),
    Page("desk:audit", _("Audit log"), "shield-check", PEOPLE, Area.AUDIT),
)

ENTRIES = (
    Entry("accounts.user", _("Members"), "users", PEOPLE),
    Entry("accounts.plan", _("Plans"), "tag", PEOPLE),
    Entry("accounts.subscription", _("Subscriptions"), "star", PEOPLE),
    Entry("accounts.subscriptionchange", _("Subscription ledger"), "receipt-2", PEOPLE),
    Entry("accounts.payment", _("Payments"), "cash", PEOPLE),
    Entry("accounts.purchase", _("Purchases"), "receipt-2", PEOPLE),
    Entry("accounts.charge", _("Renewals"), "receipt-2", PEOPLE),
    Entry("accounts.dispute", _("Disputes"), "alert-triangle", PEOPLE),
    Entry("accounts.notice", _("News that wait"), "hourglass", PEOPLE),
    Entry("accounts.upgraderequest", _("Upgrade requests"), "arrow-up", PEOPLE),
    Entry("accounts.featuregrant", _("Feature grants"), "gift", PEOPLE),
    Entry("accounts.referral", _("Referrals"), "users-plus", PEOPLE),
    Entry("accounts.advertisement", _("Advertising"), "speakerphone", LIBRARY),
    Entry("stats.source", _("Sources"), "plug", EVENTS),
    Entry("stats.deadletter", _("Dead letters"), "alert-triangle", EVENTS),
    Entry("library.media", _("Uploads"), "video", LIBRARY),
    Entry("library.comment", _("Comments"), "message", LIBRARY),
    Entry("library.collaboration", _("Collaborations"), "users-group", LIBRARY),
    Entry("library.playlist", _("Playlists"), "playlist", LIBRARY),
    Entry("library.quiz", _("Quizzes"), "list-check", LIBRARY),
    Entry("library.question", _("Questions"), "help-circle", LIBRARY),
    Entry("library.attempt", _("Attempts at quizzes"), "pencil", LIBRARY),
    Entry("stats.item", _("Items of all sources"), "database", LIBRARY),
    Entry("gamification.achievement", _("Achievements"), "medal", GAME),
    Entry("gamification.withheld", _("Withheld achievements"), "ban", GAME),
    Entry("gamification.correction", _("Corrections of points"), "adjustments", GAME),
    Entry("gamification.entry", _("Ledger of points"), "receipt-2", GAME),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the frame's navigation: the pages and the registered models that may be seen, under their headings."""
    registered = {model._meta.label_lower: model_admin for model, model_admin in admin.site._registry.items()}
    groups: dict[Any, list[dict[str, Any]]] = {}
    for page in PAGES:
        if may(request.user, page.area):
            link = reverse(page.address)
            item = {"title": page.label, "icon": page.icon, "link": link, "active": request.path == link}
            groups.setdefault(page.heading, []).append(item)
    for entry in ENTRIES:
        model_admin = registered.get(entry.model)
        if model_admin is None or not model_admin.has_view_permission(request):
            continue
        link = reverse(f"admin:{entry.model.replace('.', '_')}_changelist")
        groups.setdefault(entry.heading, []).append({"title": entry.label, "icon": entry.icon, "link": link})
    return [{"title": heading, "separator": True, "items": items} for heading, items in groups.items()]


def search_of(request: HttpRequest) -> str:
    """Return where the frame's search for members leads; nothing for who may not see them."""
    return reverse(SEARCH) if may(request.user, Area.PEOPLE) else ""
