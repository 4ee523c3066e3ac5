"""The admin's site and its navigation."""

from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db.models.base import ModelBase
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

OUR_APPS = {"accounts", "analytics", "gamification", "library", "stats"}


class AdminSite(UnfoldAdminSite):
    """Unfold's site; who is not logged in goes through the site's own log-in, with its limits and second factor."""

    def register(self, models: Any, admin_class: Any = None, **options: Any) -> None:
        """Take in our own models only: other apps' admins show secrets of members, or make what only they may make."""
        listed: list[Any] = [models] if isinstance(models, ModelBase) else list(models)
        ours = [model for model in listed if model._meta.app_label in OUR_APPS]
        super().register(ours, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Send to the log-in page; 403 for members who are no staff."""
        return secure_admin_login(super().login)(request, extra_context)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the navigation: a model that is registered, under a heading."""

    model: str
    label: Any
    icon: str
    heading: Any


PEOPLE, EVENTS, LIBRARY, GAME = _("People"), _("Events"), _("Library"), _("Game")

ENTRIES = (
    Entry("accounts.user", _("Members"), "group", PEOPLE),
    Entry("accounts.plan", _("Plans"), "sell", PEOPLE),
    Entry("accounts.subscription", _("Subscriptions"), "card_membership", PEOPLE),
    Entry("accounts.subscriptionchange", _("Subscription ledger"), "receipt_long", PEOPLE),
    Entry("accounts.upgraderequest", _("Upgrade requests"), "upgrade", PEOPLE),
    Entry("accounts.featuregrant", _("Feature grants"), "redeem", PEOPLE),
    Entry("accounts.referral", _("Referrals"), "diversity_3", PEOPLE),
    Entry("stats.source", _("Sources"), "key", EVENTS),
    Entry("stats.deadletter", _("Dead letters"), "report", EVENTS),
    Entry("library.media", _("Uploads"), "video_library", LIBRARY),
    Entry("library.comment", _("Comments"), "comment", LIBRARY),
    Entry("library.collaboration", _("Collaborations"), "handshake", LIBRARY),
    Entry("library.playlist", _("Playlists"), "playlist_play", LIBRARY),
    Entry("stats.item", _("Items of all sources"), "inventory_2", LIBRARY),
    Entry("gamification.achievement", _("Achievements"), "trophy", GAME),
    Entry("gamification.withheld", _("Withheld achievements"), "block", GAME),
    Entry("gamification.correction", _("Corrections of points"), "exposure", GAME),
    Entry("gamification.entry", _("Ledger of points"), "receipt_long", GAME),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return Unfold's sidebar: the entries whose model is registered and may be seen, under their headings."""
    registered = {model._meta.label_lower: model_admin for model, model_admin in admin.site._registry.items()}
    groups: dict[Any, list[dict[str, Any]]] = {}
    for entry in ENTRIES:
        model_admin = registered.get(entry.model)
        if model_admin is None or not model_admin.has_view_permission(request):
            continue
        link = reverse(f"admin:{entry.model.replace('.', '_')}_changelist")
        groups.setdefault(entry.heading, []).append({"title": entry.label, "icon": entry.icon, "link": link})
    return [{"title": heading, "separator": True, "items": items} for heading, items in groups.items()]
