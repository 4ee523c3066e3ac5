"""The pages of playlists. Everything works as plain forms; with JavaScript, lists are dragged and dialogs opened."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.entitlements import FeatureNotIncluded
from accounts.requests import ActorRequest, MemberRequest
from library import access as items
from library import queries as library
from library import reactions
from library.playlists import access, pages, queries, sharing, writing
from library.playlists.forms import InviteForm, MoveForm, PlaylistForm, SaveForm
from library.playlists.models import Playlist, PlaylistMember
from stats.kinds import Kind
from stats.models import Item

PAGE = 24


@require_safe
def overview(request: ActorRequest) -> HttpResponse:
    """Own playlists, those shared with this member, or everybody's public ones."""
    shown, rows = pages.shown(request)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    tiles = queries.tiles(page.object_list, request.user)
    context = pages.overview_context(request, shown) | {"page": page, "tiles": tiles}
    return render(request, "playlists/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: MemberRequest) -> HttpResponse:
    """Make a playlist; past three without the feature, the page says so."""
    if not writing.may_create(request.user):
        return _limit(request)
    form = PlaylistForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = writing.create(request.user, **form.cleaned_data)
        except FeatureNotIncluded:
            return _limit(request)
        return redirect(_url(made))
    return render(request, "playlists/new.html", {"form": form}, status=400 if form.errors else 200)


@require_safe
def one(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """A playlist: what is in it, in its order."""
    return render(request, "playlists/one.html", pages.one_context(request, _visible(request, uuid)))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Change what it is called and who may see it."""
    playlist = _own(request, uuid)
    now = {name: getattr(playlist, name) for name in ("title", "description", "visibility")}
    form = PlaylistForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        writing.change(playlist, request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(_url(playlist))
    context = {"playlist": playlist, "form": form}
    return render(request, "playlists/edit.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete."""
    playlist = _own(request, uuid)
    if request.method == "POST":
        writing.delete(playlist, request.user)
        messages.success(request, _("The playlist “%s” is deleted. What was in it stays where it is.") % playlist.title)
        return redirect("playlists:all")
    return render(request, "playlists/delete.html", {"playlist": playlist})


# The list


@login_required
@require_POST
def move(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Put one item up or down by a place."""
    playlist, form = _editable(request, uuid), MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        writing.move(playlist, request.user, **form.cleaned_data)
    except writing.StaleList as stale:
        messages.warning(request, str(stale.detail))
    return redirect(f"{_url(playlist)}#i-{form.cleaned_data['item']}")


@login_required
@require_POST
def remove(request: MemberRequest, uuid: UUID, item: UUID) -> HttpResponse:
    """Take an item out."""
    playlist = _editable(request, uuid)
    removed = get_object_or_404(Item, uuid=item, playlist_entries__playlist=playlist)
    writing.remove(playlist, removed, request.user)
    return redirect(f"{_url(playlist)}#list")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def save(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Choose the playlists that an item stands in; a dialog for scripts, a page without."""
    item = get_object_or_404(items.visible_to(request.user), uuid=uuid)
    problem = _saved(request, item) if request.method == "POST" else ""
    if request.method == "POST" and not request.htmx and not problem:
        return redirect("library:item", uuid=item.uuid)
    context = pages.save_context(request, item) | {"problem": problem}
    return render(request, "playlists/_save_form.html" if request.htmx else "playlists/save.html", context)


def _saved(request: MemberRequest, item: Item) -> str:
    """Put the item where the form says, and into a new playlist; returns what could not be done."""
    form = SaveForm(request.POST)
    into, out_of = form.changes()
    if SaveForm.LATER in into | out_of:
        reactions.react(request.actor, item, Kind.SAVE if SaveForm.LATER in into else Kind.UNSAVE)
    wanted = access.editable_by(request.user).filter(uuid__in=(into | out_of) - {SaveForm.LATER})
    try:
        for playlist in wanted:
            if str(playlist.uuid) in into:
                writing.add(playlist, item, request.user)
            else:
                writing.remove(playlist, item, request.user)
        if form.is_valid() and form.cleaned_data["title"]:
            writing.add(writing.create(request.user, form.cleaned_data["title"]), item, request.user)
    except (writing.PlaylistFull, FeatureNotIncluded) as refused:
        return str(refused.detail)
    return ""


# People


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def people(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Who is invited; the owner invites others."""
    playlist = _own(request, uuid)
    form = InviteForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sharing.invite(playlist, form.cleaned_data["username"], form.cleaned_data["role"], request.user)
        except sharing.CannotInvite as refused:
            form.add_error("username", str(refused.detail))
        else:
            return redirect("playlists:people", uuid=playlist.uuid)
    context = {"playlist": playlist, "form": form, "members": sharing.members_of(playlist)}
    return render(request, "playlists/people.html", context, status=400 if form.errors else 200)


@login_required
@require_POST
def drop(request: MemberRequest, uuid: UUID, username: str) -> HttpResponse:
    """Take somebody out, or an invitation back."""
    playlist = _own(request, uuid)
    member = get_object_or_404(PlaylistMember, playlist=playlist, user__username=username)
    sharing.drop(playlist, member.user, request.user)
    return redirect("playlists:people", uuid=playlist.uuid)


@login_required
@require_POST
def join(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Accept an invitation."""
    playlist = _visible(request, uuid)
    if not sharing.accept(playlist, request.user):
        raise Http404
    return redirect(_url(playlist))


@login_required
@require_POST
def leave(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Decline an invitation, or leave."""
    playlist = _visible(request, uuid)
    if not sharing.leave(playlist, request.user):
        raise Http404
    messages.success(request, _("“%s” is no longer among your playlists.") % playlist.title)
    return redirect("playlists:all")


# Watch later


@require_http_methods(["GET", "HEAD", "POST"])
def later(request: ActorRequest) -> HttpResponse:
    """What somebody keeps to watch later, the last kept first; POST takes one off the list."""
    if request.method == "POST":
        item = get_object_or_404(items.visible_to(request.user), uuid=_posted_uuid(request))
        reactions.react(request.actor, item, Kind.UNSAVE)
        return redirect("playlists:watch-later")
    page = Paginator(queries.kept_for_later(request.actor.id, request.user), PAGE).get_page(request.GET.get("page"))
    tiles = library.tiles(page.object_list, request.actor.id)
    return render(request, "playlists/later.html", {"page": page, "tiles": tiles})


def _limit(request: MemberRequest) -> HttpResponse:
    """Say that three playlists are for everybody and what opens more."""
    context: dict[str, Any] = {"most": writing.FREE_PLAYLISTS}
    return render(request, "playlists/limit.html", context, status=403)


def _visible(request: ActorRequest, uuid: UUID) -> Playlist:
    return get_object_or_404(access.visible_to(request.user), uuid=uuid)


def _editable(request: MemberRequest, uuid: UUID) -> Playlist:
    return get_object_or_404(access.editable_by(request.user), uuid=uuid)


def _own(request: MemberRequest, uuid: UUID) -> Playlist:
    return get_object_or_404(access.owned_by(request.user), uuid=uuid)


def _url(playlist: Playlist) -> str:
    return reverse("playlists:one", args=[playlist.uuid])


def _posted_uuid(request: ActorRequest) -> UUID:
    try:
        return UUID(request.POST.get("item", ""))
    except ValueError:
        raise Http404 from None
