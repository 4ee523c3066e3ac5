"""The library's pages. Everything works as plain forms and links; with JavaScript, parts of a page are replaced."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import ActorRequest, MemberRequest
from library import comments, files, formats, pages, queries, reactions, uploads
from library.forms import BrowseForm, CommentForm, DetailsForm, ShareForm, UploadForm
from library.models import Comment
from library.receiving import Incoming
from stats import queries as numbers
from stats.kinds import Kind
from stats.models import Item

PAGE = 24
STATUS = {"file_too_large": 413, "file_required": 400, "too_many_files": 400, "busy": 503, "invalid": 400}


@require_safe
def browse(request: ActorRequest) -> HttpResponse:
    """Everything that is public, searched, filtered and ordered by the address."""
    asked = BrowseForm(request.GET).asked()
    page = Paginator(queries.found(**asked), PAGE).get_page(request.GET.get("page"))
    tiles = queries.tiles(page.object_list, request.actor.id)
    context = {"page": page, "tiles": tiles, "types": queries.TYPES, "orders": queries.ORDERS, **asked}
    return render(request, "library/browse.html", context)


@require_safe
def item(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """One item: its player, its numbers, what people say, and what to see next."""
    shown = _visible(request, uuid)
    if request.htmx:
        return _actions(request, shown)
    return render(request, "library/item.html", pages.item_context(request, shown))


# What people do with an item


@require_POST
def like(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """Like, or with `on=0` take it back."""
    return _react(request, uuid, Kind.LIKE, Kind.UNLIKE)


@require_POST
def save(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """Save, or with `on=0` take it back."""
    return _react(request, uuid, Kind.SAVE, Kind.UNSAVE)


@require_POST
def share(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """Count a share by one of the channels; without JavaScript, come back with the link for it."""
    shared = _visible(request, uuid)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    reactions.share(request.actor, shared, form.cleaned_data["platform"])
    if request.htmx:
        return _actions(request, shared)
    return redirect(f"{_url(shared)}?shared={form.cleaned_data['platform']}#share")


@require_POST
@login_required
def comment(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Write a comment."""
    about = _visible(request, uuid)
    form = CommentForm(request.POST)
    if form.is_valid():
        comments.write(request.user, about, form.cleaned_data["text"])
        return _comments(request, about)
    if not request.htmx:
        context = pages.item_context(request, about) | {"comment_form": form}
        return render(request, "library/item.html", context, status=400)
    return _comments(request, about, form)


@require_POST
@login_required
def comment_delete(request: MemberRequest, uuid: UUID, comment: UUID) -> HttpResponse:
    """Take a comment away."""
    about = _visible(request, uuid)
    row = get_object_or_404(Comment.objects.select_related("item"), item=about, uuid=comment)
    if not comments.is_deletable(row, request.user):
        raise Http404
    comments.delete(row, request.user)
    return _comments(request, about)


# Files


@require_safe
def file(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's own file, for its page."""
    return files.original(request, _visible(request, uuid).media)


@require_safe
def download(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's own file, to keep. Counted when it is handed out from its first byte."""
    wanted = _visible(request, uuid)
    if files.begins_download(request, wanted.media):
        reactions.download(request.actor, wanted)
    extension = (wanted.media.file.name or "").rpartition(".")[2]
    # nothing is left of a title in signs alone, which `get_valid_filename` would raise for without the hyphen
    name = get_valid_filename(f"-{wanted.title}").strip("-.")[:80] or wanted.type
    return files.original(request, wanted.media, download_as=f"{name}.{extension}")


@require_safe
def thumbnail(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's small picture."""
    return files.picture(request, _visible(request, uuid).media, "thumbnail")


@require_safe
def poster(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's large picture."""
    return files.picture(request, _visible(request, uuid).media, "poster")


# The owner's pages


@csrf_exempt
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: MemberRequest) -> HttpResponse:
    """The upload form. Its token is checked in `_receive`: before that, the file must have a place to go."""
    if request.method != "POST":
        return _receive(request)
    incoming = Incoming(request)
    if incoming.is_announced_too_large(request):
        return _refuse(request, UploadForm({}), incoming.refusal)
    request.upload_handlers = [incoming]
    try:
        return _receive(request)
    finally:
        incoming.discard()


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Change what the owner says about an item."""
    edited = get_object_or_404(queries.editable_by(request.user), uuid=uuid)
    media = edited.media
    now = {
        "title": edited.title,
        "description": media.description,
        "category": media.category,
        "tags": ", ".join(media.tags),
        "visibility": edited.visibility,
    }
    form = DetailsForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        uploads.change(edited, form.details())
        messages.success(request, _("Saved."))
        return redirect(_url(edited))
    return render(request, "library/item_edit.html", {"item": edited, "form": form}, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_delete(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete."""
    doomed = get_object_or_404(queries.editable_by(request.user), uuid=uuid)
    if request.method == "POST":
        uploads.delete(doomed, request.actor)
        messages.success(request, _("“%s” is deleted. What was watched stays counted.") % doomed.title)
        return redirect("library:browse")
    return render(request, "library/item_delete.html", {"item": doomed})


@csrf_protect
def _receive(request: MemberRequest) -> HttpResponse:
    """Show the form, or publish the file that was sent with it."""
    if request.method != "POST":
        return render(request, "library/upload.html", _upload_context(UploadForm()))
    form = UploadForm(request.POST, request.FILES)
    if refusal := cast("Incoming", request.upload_handlers[0]).refusal:
        return _refuse(request, form, refusal)
    if not form.is_valid():
        return _refuse(request, form)
    try:
        published = uploads.publish(request.user, form.cleaned_data["file"], form.details())
    except formats.Refused as refused:
        return _refuse(request, form, refused)
    messages.success(request, _("“%s” is published.") % published.title)
    if _wants_json(request):
        return JsonResponse({"url": _url(published), "uuid": str(published.uuid)}, status=201)
    return redirect(_url(published))


def _refuse(request: ActorRequest, form: UploadForm, refused: formats.Refused | None = None) -> HttpResponse:
    """Show the upload form again with what is wrong; as problem+json to the page's script."""
    if refused is not None:
        form.errors.clear()
        form.add_error("file", ValidationError(refused.detail, code=refused.code))
    errors = [
        {"path": name, "code": error.code or "invalid", "detail": "".join(error.messages)}
        for name, found in form.errors.as_data().items()
        for error in found
    ]
    code = errors[0]["code"] if len(errors) == 1 and errors[0]["path"] == "file" else "invalid"
    status = STATUS.get(code, 422)
    if not _wants_json(request):
        return render(request, "library/upload.html", _upload_context(form), status=status)
    detail = " ".join(error["detail"] for error in errors)
    body = {"type": "about:blank", "status": status, "code": code, "detail": detail, "errors": errors}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _upload_context(form: UploadForm) -> dict[str, Any]:
    return {
        "form": form,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_size": formats.written_size(settings.MAX_UPLOAD_BYTES),
    }


def _visible(request: ActorRequest, uuid: UUID) -> Item:
    return get_object_or_404(queries.visible_to(request.user), uuid=uuid)


def _url(item: Item) -> str:
    return reverse("library:item", args=[item.uuid])


def _wants_json(request: ActorRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def _react(request: ActorRequest, uuid: UUID, on: Kind, off: Kind) -> HttpResponse:
    liked = _visible(request, uuid)
    reactions.react(request.actor, liked, off if request.POST.get("on") == "0" else on)
    return _actions(request, liked)


def _actions(request: ActorRequest, item: Item) -> HttpResponse:
    """Answer with the row of buttons as it is now, or go back to the page."""
    if not request.htmx:
        return redirect(_url(item))
    context = pages.actions_context(request, item) | {"counters": numbers.item_counters([item.pk])[item.pk]}
    return render(request, "library/_acted.html", context)


def _comments(request: ActorRequest, item: Item, form: CommentForm | None = None) -> HttpResponse:
    """Answer with the comments as they are now, or go back to them."""
    if not request.htmx:
        return redirect(f"{_url(item)}#comments")
    return render(request, "library/_comments.html", pages.comments_context(request, item, form))
