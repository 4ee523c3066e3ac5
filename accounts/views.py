"""Pages: the front door, the home of members, profile, settings, features, history."""

from collections.abc import Callable
from typing import Any, cast

from django import forms as django_forms
from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import entitlements, forms, members, pages, pictures, queries, upgrades
from accounts.models import Plan, User
from accounts.requests import ActorRequest, MemberRequest
from accounts.roles import Role
from stats import history as watched
from stats import queries as stats
from stats.actors import user_actor

PER_PAGE = 50
RECENT = 4


@require_safe
def front(request: ActorRequest) -> HttpResponse:
    """Welcome visitors with both forms; members are at home here."""
    if request.user.is_authenticated:
        return home(cast(MemberRequest, request))
    context = {
        "signup": forms.SignupForm(),
        "login": forms.LoginForm(),
        "totals": stats.site_totals(),
        "members": members.count(),
    }
    return render(request, "accounts/front.html", context)


def home(request: MemberRequest) -> HttpResponse:
    """What a member goes on with, the eight stats, and what is new."""
    context = {
        "greeting": pages.greeting(timezone.localtime()),
        "stats": stats.eight_stats(request.user.uuid),
    }
    return render(request, "accounts/home.html", context)


@require_safe
@login_required
def profile(request: MemberRequest) -> HttpResponse:
    """Who one is, what one did, and what one may use."""
    user, now = request.user, timezone.now()
    context = {
        "role": entitlements.role_of(user, now),
        "subscription": queries.running_subscription(user, now),
        "features": pages.feature_rows(entitlements.of(user), now),
        "stats": stats.eight_stats(user.uuid),
        "recent": watched.entries(user.uuid, limit=RECENT),
    }
    return render(request, "accounts/profile.html", context)


def save_details(request: MemberRequest, form: Any) -> None:
    """Keep who one is."""
    members.change(request.user, **form.cleaned_data)


def save_picture(request: MemberRequest, form: Any) -> None:
    """Keep a new picture."""
    pictures.put(request.user, form.cleaned_data["picture"])


SECTIONS: dict[str, tuple[Any, Callable[[MemberRequest, Any], None]]] = {
    "details": (forms.DetailsForm, save_details),
    "picture": (forms.PictureForm, save_picture),
    "preferences": (forms.PreferencesForm, save_details),
    "privacy": (forms.PrivacyForm, save_details),
}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings(request: MemberRequest) -> HttpResponse:
    """Change one's details, picture, preferences or privacy: a form each, saved by itself."""
    sent = request.POST.get("section", "")
    bound = {name: _bound(request, name, sent) for name in SECTIONS}
    if sent in SECTIONS and bound[sent].is_valid():
        # the form has put its values on its own copy of the user: the row as it is says what changed
        SECTIONS[sent][1](request, bound[sent])
        messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    status = 400 if sent else 200
    return render(request, "accounts/settings.html", {"forms": bound}, status=status)


@require_POST
@login_required
def picture_remove(request: MemberRequest) -> HttpResponse:
    """Take one's picture away."""
    pictures.remove(request.user)
    messages.success(request, _("Your picture is gone."))
    return redirect("accounts:settings")


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponseBase:
    """A member's picture."""
    return pictures.answer("avatars", name)


@require_safe
@login_required
def features(request: MemberRequest) -> HttpResponse:
    """What one has, what each feature does, and what an upgrade adds."""
    user, now = request.user, timezone.now()
    role, entitled = entitlements.role_of(user, now), entitlements.of(user)
    context = {
        "role": role,
        "rows": pages.feature_rows(entitled, now, queries.feature_uses(user)),
        "columns": pages.plan_columns(queries.offered_plans(), role),
        "subscription": queries.running_subscription(user, now),
        "grants": user.feature_grants.all(),
        "next_role": next((each for each in Role if each.rank == role.rank + 1), None),
        "request_open": queries.open_request(user),
        "has_gateway": bool(django_settings.BILLING_GATEWAY),
        "now": now,
    }
    return render(request, "accounts/features.html", context)


@require_POST
@login_required
def upgrade(request: MemberRequest) -> HttpResponse:
    """Ask staff for a plan."""
    key = request.POST.get("plan", "").replace("\0", "")
    plan = get_object_or_404(Plan, key=key, is_offered=True, price_minor__gt=0)
    upgrades.ask(request.user, plan)
    messages.success(
        request, _("We have your request for %(plan)s. You keep what you have meanwhile.") % {"plan": plan}
    )
    return redirect("accounts:features")


@require_POST
@login_required
def upgrade_withdraw(request: MemberRequest) -> HttpResponse:
    """Take one's request back."""
    upgrades.withdraw(request.user)
    messages.success(request, _("Your request is withdrawn."))
    return redirect("accounts:features")


@require_safe
@login_required
def history(request: MemberRequest) -> HttpResponse:
    """What one watched, newest first, by day."""
    filters = forms.HistoryFilter(request.GET).filters()
    found = pages.Found(request.user.uuid, filters)
    page: Any = Paginator(cast(Any, found), PER_PAGE).get_page(request.GET.get("page"))
    summary = watched.summary(request.user.uuid)
    context = {
        "page": page,
        "days": pages.by_day(page.object_list, timezone.localdate()),
        "summary": summary,
        "parts": pages.parts(summary),
        "filters": filters,
        "types": pages.TYPE_LABELS.items(),
        "most": django_settings.MAX_WATCH_HISTORY_ENTRIES,
    }
    return render(request, "accounts/history.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def history_clear(request: MemberRequest) -> HttpResponse:
    """Clear the history; without JavaScript this page asks first."""
    if request.method == "POST":
        gone = watched.clear(user_actor(request.user.uuid))
        messages.success(request, _("Cleared. %(count)d entries went; your eight stats stayed.") % {"count": gone})
        return redirect("accounts:history")
    return render(request, "accounts/history_clear.html", {"count": watched.count(request.user.uuid)})


@require_POST
@login_required
def history_hide(request: MemberRequest) -> HttpResponse:
    """Take one entry out of the history."""
    source, play_id = request.POST.get("source", ""), request.POST.get("play", "")
    if not (source.isascii() and source.isdigit() and len(source) < 10 and 0 < len(play_id) <= 64):
        raise Http404
    if "\0" in play_id:
        raise Http404
    if not watched.hide(user_actor(request.user.uuid), int(source), play_id):
        raise Http404
    messages.success(request, _("The entry is gone. Your eight stats stayed."))
    return redirect("accounts:history")


def _bound(request: MemberRequest, name: str, sent: str) -> django_forms.BaseForm:
    form_class, _save = SECTIONS[name]
    kwargs: dict[str, Any] = {"prefix": name}
    if issubclass(form_class, django_forms.ModelForm):
        kwargs["instance"] = User.objects.get(pk=request.user.pk) if name == sent else request.user
    return form_class(request.POST, request.FILES, **kwargs) if name == sent else form_class(**kwargs)
