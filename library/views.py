"""The library's pages. Everything works as plain forms and links; with JavaScript, parts of a page are replaced."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staffing
from accounts.requests import ActorRequest, MemberRequest
from library import access, browsing, files, formats, owning, pages, reactions, uploads
from library.forms import BrowseForm, DetailsForm, ManyForm, ShareForm, UploadForm
from library.learning import access as learning
from library.receiving import Incoming
from stats import queries as numbers
from stats.kinds import Kind
from stats.models import Item

STATUS = {"file_too_large": 413, "file_required": 400, "too_many_files": 400, "busy": 503, "invalid": 400}


@require_safe
def browse(request: ActorRequest) -> HttpResponse:
    """Everything that is public, searched, filtered and ordered by the address."""
    form = BrowseForm(request.GET)
    context = browsing.context(request, form.asked(), is_too_long=form.is_too_long)
    return render(request, "library/browse.html", context, status=400 if form.is_too_long else 200)


@require_safe
def item(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """One item: its player, its numbers, what people say, and what to see next. That of a lesson leads to its page."""
    shown = access.visible_to(request.user).filter(uuid=uuid).first()
    if shown is None:
        lesson = learning.lesson_of(request.user, uuid)
        if lesson is None:
            raise Http404
        return redirect("learning:lesson", lesson.section.course.slug, lesson.uuid)
    if request.htmx:
        return _actions(request, shown)
    browsing.note_early(request.user, shown)
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


# Files


@require_safe
def file(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's own file, for its page."""
    return files.original(request, _visible(request, uuid).media)


@require_safe
def download(request: ActorRequest, uuid: UUID) -> HttpResponseBase:
    """The item's own file, to keep. Counted when it is handed out from its first byte."""
    wanted = _visible(request, uuid)
    if wanted.media.file and not reactions.may_download(request.user, wanted):
        raise PermissionDenied
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
def mine(request: MemberRequest) -> HttpResponse:
    """The own items, drafts and hidden ones too; with bulk operations, many of them are changed at once."""
    context = owning.context(request)
    if request.method != "POST":
        return render(request, "library/mine.html", context)
    form = ManyForm(request.POST, choices=[str(row.item.uuid) for row in context["rows"]])
    problem = (
        owning.change(request.user, form)
        if form.is_valid()
        else " ".join(str(text) for texts in form.errors.values() for text in texts)
    )
    if problem:
        messages.error(request, problem)
    else:
        messages.success(request, _("Done."))
    return redirect(request.get_full_path())


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_edit(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Change what the owner says about an item."""
    edited = get_object_or_404(access.editable_by(request.user), uuid=uuid)
    now = timezone.now()
    before = uploads.details_of(edited, now)
    staff = request.user if staffing.runs_content(request.user) else None
    owned = staff is not None or edited.owner_id == request.user.pk
    form = DetailsForm(
        request.POST or None,
        initial=DetailsForm.said(before),
        may_hide=owned,
        is_out=not before.is_draft and before.publish_at is None,
        is_held=bool(edited.media.held_for) and staff is None,
    )
    if request.method == "POST" and form.is_valid():
        uploads.change(edited, form.details(before), request.actor, staff=staff, now=now)
        messages.success(request, _("Saved."))
        return redirect(_url(edited))
    context = {"item": edited, "form": form, "owned": owned}
    return render(request, "library/item_edit.html", context, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def item_delete(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Ask, then delete."""
    doomed = get_object_or_404(access.owned_by(request.user), uuid=uuid)
    if request.method == "POST":
        uploads.delete(doomed, request.actor, staff=request.user)
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
    messages.success(request, _told(form) % published.title)
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


def _told(form: UploadForm) -> str:
    if form.details().is_draft:
        return _("“%s” is kept as a draft. Only you see it.")
    return _("“%s” comes out on its date.") if form.details().publish_at else _("“%s” is published.")


def _upload_context(form: UploadForm) -> dict[str, Any]:
    return {
        "form": form,
        "max_bytes": settings.MAX_UPLOAD_BYTES,
        "max_size": formats.written_size(settings.MAX_UPLOAD_BYTES),
    }


def _visible(request: ActorRequest, uuid: UUID) -> Item:
    return access.opened(request.user, uuid)


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
