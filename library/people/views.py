"""Pages: members, whom one follows, what one is told, working together, settings of being told and seen."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import referrals
from accounts.requests import ActorRequest, MemberRequest
from library import access as items_access
from library.people import access, collaborating, follows, notifications, pages, queries, settings
from library.people.forms import InviteForm, SettingsForm
from library.people.models import Answer
from library.reactions import CHANNELS
from stats.models import Item

PER_PAGE = 30
INVITE_BY = [channel for channel in CHANNELS if channel.address]
ANSWERS = {"accept": Answer.ACCEPTED, "decline": Answer.DECLINED}
SAID = {
    Answer.ACCEPTED: gettext_lazy("You work on “%s” now."),
    Answer.DECLINED: gettext_lazy("You declined to work on “%s”."),
}

# Members


@require_safe
def member(request: ActorRequest, username: str) -> HttpResponse:
    """What a member has published."""
    context = pages.member_context(request, username, "items")
    context |= pages.items_tab(request, context["person"].user)
    return render(request, "people/member.html", context)


@require_safe
def member_playlists(request: ActorRequest, username: str) -> HttpResponse:
    """A member's playlists."""
    context = pages.member_context(request, username, "playlists")
    context |= pages.playlists_tab(request, context["person"].user)
    return render(request, "people/member.html", context)


@require_safe
def member_courses(request: ActorRequest, username: str) -> HttpResponse:
    """The courses that a member teaches."""
    context = pages.member_context(request, username, "courses")
    context |= pages.courses_tab(request, context["person"].user)
    return render(request, "people/member.html", context)


@require_safe
def member_followers(request: ActorRequest, username: str) -> HttpResponse:
    """Who follows a member."""
    context = pages.member_context(request, username, "followers")
    person = context["person"].user
    if access.shows_follows(person, request.user):
        context |= pages.people_page(request, queries.followers(person, request.user))
    return render(request, "people/member.html", context)


@require_safe
def member_following(request: ActorRequest, username: str) -> HttpResponse:
    """Whom a member follows."""
    context = pages.member_context(request, username, "following")
    person = context["person"].user
    if access.shows_follows(person, request.user):
        context |= pages.people_page(request, queries.followed(person, request.user))
    return render(request, "people/member.html", context)


@require_POST
@login_required
def follow(request: MemberRequest, username: str) -> HttpResponse:
    """Follow a member, or no longer; answers with the button as it is now, or goes back to the member's page."""
    user = pages.user_or_404(request.user, username)
    if request.POST.get("on") == "0":
        follows.unfollow(request.user, user)
    else:
        try:
            follows.follow(request.user, user)
        except follows.Oneself:
            return HttpResponse(status=400)
    if not request.htmx:
        return redirect("people:member", user.username)
    (person,) = queries.people([user], request.user)
    return render(request, "people/_follow.html", {"person": person, "first": request.POST.get("first") == "1"})


@require_safe
@login_required
def following(request: MemberRequest) -> HttpResponse:
    """What those whom one follows have published, the newest first."""
    context = pages.items_page(request, queries.feed(request.user))
    followed = queries.followed(request.user, request.user)
    context["followed"] = queries.in_order(followed[:12])
    if not context["tiles"]:
        context["suggested"] = pages.suggested(request.user)
    return render(request, "people/following.html", context)


# Notifications


@require_safe
@login_required
def notification_list(request: MemberRequest) -> HttpResponse:
    """What one was told, newest first, by day."""
    is_unread = request.GET.get("show") == "unread"
    rows = notifications.of(request.user)
    page = Paginator(rows.filter(read_at=None) if is_unread else rows, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    context = {
        "page": page,
        "days": pages.by_day(shown, timezone.localdate()),
        "is_unread": is_unread,
        "newest": rows.first(),
    }
    return render(request, "people/notifications.html", context)


@require_safe
@login_required
def notification_open(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Mark one as read and go where it leads."""
    row = get_object_or_404(notifications.of(request.user), uuid=uuid)
    notifications.read(request.user, uuid)
    return redirect(row.address)


@require_POST
@login_required
def notifications_read(request: MemberRequest) -> HttpResponse:
    """Mark all that the page showed as read."""
    try:
        until = UUID(request.POST.get("until", ""))
    except ValueError:
        raise Http404 from None
    notifications.read_all(request.user, until)
    return redirect("people:notifications")


@require_safe
@never_cache
@login_required
def notifications_count(request: MemberRequest) -> JsonResponse:
    """How many are unread, for the bell."""
    return JsonResponse({"unread": notifications.unread(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings_notifications(request: MemberRequest) -> HttpResponse:
    """Choose of what one is told."""
    return _settings(request, settings.NOTIFICATION)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def settings_privacy(request: MemberRequest) -> HttpResponse:
    """Choose by whom one is seen."""
    return _settings(request, settings.PRIVACY)


# Bringing others along


@require_safe
@never_cache
@login_required
def invite(request: MemberRequest) -> HttpResponse:
    """One's link, and how many came by it."""
    code = referrals.code_of(request.user)
    link = request.build_absolute_uri(reverse("people:referral", args=[code]))
    context = {
        "link": link,
        "channels": [(channel, channel.url(link, _("Join me"))) for channel in INVITE_BY],
        "brought": referrals.brought_by(request.user),
        "stayed": pages.stayed(request.user),
    }
    response = render(request, "people/invite.html", context)
    referrals.touch_own(response, code)
    return response


@require_safe
@never_cache
def referral(request: ActorRequest, code: str) -> HttpResponse:
    """Come by a member's link: the browser keeps whose it was, and the front door opens."""
    if referrals.referrer_of(code) is None:
        raise Http404
    response = redirect("accounts:front")
    if not request.user.is_authenticated:
        referrals.touch(request, response, code)
    return response


# Working together


@require_safe
@login_required
def collaborations(request: MemberRequest) -> HttpResponse:
    """What one was asked to work on, and what one works on."""
    rows = list(collaborating.of(request.user))
    context = {
        "invitations": [row for row in rows if row.state == Answer.INVITED],
        "works": [row for row in rows if row.state == Answer.ACCEPTED],
    }
    return render(request, "people/collaborations.html", context)


@require_POST
@login_required
def collaboration_answer(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Accept or decline an invitation."""
    row = get_object_or_404(collaborating.of(request.user), uuid=uuid)
    state = ANSWERS.get(request.POST.get("answer", ""))
    if state is None:
        raise Http404
    if collaborating.answer(row, state):
        messages.success(request, SAID[state] % row.item.title)
    if state == Answer.ACCEPTED:
        return redirect("library:item", row.item.uuid)
    return redirect("people:collaborations")


@require_POST
@login_required
def collaboration_end(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Leave, or take somebody off the list."""
    row = get_object_or_404(collaborating.endable_by(request.user), uuid=uuid)
    collaborating.end(row, request.user)
    if row.person_id == request.user.pk:
        messages.success(request, _("You no longer work on “%s”.") % row.item.title)
        return redirect("people:collaborations")
    messages.success(request, _("%s is off the list.") % row.person.display_name)
    return redirect("people:collaborators", row.item.uuid)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def collaborators(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Who works on one's item, and a form to ask somebody."""
    item = get_object_or_404(items_access.owned_by(request.user), uuid=uuid)
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _invited(request, item, form):
        return redirect("people:collaborators", item.uuid)
    context = {"item": item, "form": form, "rows": collaborating.on(item)}
    return render(request, "people/collaborators.html", context, status=400 if form.errors else 200)


def _invited(request: MemberRequest, item: Item, form: InviteForm) -> bool:
    """Ask whom the form names. Returns False, with why on the form, if that cannot be."""
    try:
        person = pages.user_or_404(request.user, form.cleaned_data["username"])
        collaborating.invite(item, person, request.user)
    except Http404:
        form.add_error("username", _("There is no member of this name."))
    except collaborating.Refused as refused:
        form.add_error("username", refused.detail)
    else:
        messages.success(request, _("%s is asked. You are told of the answer.") % person.display_name)
        return True
    return False


def _settings(request: MemberRequest, area: str) -> HttpResponse:
    form = SettingsForm(area, settings.values_of(request.user), request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changed = settings.change(request.user, form.wanted())
        messages.success(request, _("Saved.") if changed else _("Nothing was changed."))
        return redirect(f"people:settings-{area}")
    context: dict[str, Any] = {"form": form, "area": area}
    return render(request, "people/settings.html", context, status=400 if form.errors else 200)
