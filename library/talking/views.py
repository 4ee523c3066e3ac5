"""Pages on which people talk about an item. Plain forms; with JavaScript, parts of the item's page are replaced."""

from typing import Any
from uuid import UUID

from csp.decorators import csp_replace
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import ActorRequest, MemberRequest
from library import access, comments, marks, pace, pages, ratings
from library.models import Comment
from library.talking import embedding
from library.talking import pages as talk
from library.talking.forms import CommentForm, EditForm, PacedForm, RateForm, ReplyForm
from stats import queries as numbers
from stats.models import Item


@require_POST
@login_required
def comment(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Write a comment."""
    about, form = _visible(request, uuid), CommentForm(request.POST)
    if _written(form, lambda text: comments.write(request.user, about, text)):
        return _comments(request, about)
    if request.htmx:
        return _comments(request, about, form)
    return refused(render(request, "library/item.html", pages.item_context(request, about, form)), form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def reply(request: MemberRequest, uuid: UUID, comment: UUID) -> HttpResponse:
    """Answer a comment or a reply."""
    about, answered = _standing(request, uuid, comment)
    form = ReplyForm(sent(request), auto_id=f"reply-{comment}-%s")
    if _written(form, lambda text: comments.write(request.user, about, text, answering=answered)):
        return _comments(request, about, thread=answered.parent or answered)
    words = {
        "title": _("Reply to %s") % answered.author.display_name,
        "label": _("Reply"),
        "action": reverse("talking:reply", args=[uuid, comment]),
    }
    return _ask(request, form, answered, words)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def comment_edit(request: MemberRequest, uuid: UUID, comment: UUID) -> HttpResponse:
    """Change what one said."""
    about, own = _standing(request, uuid, comment)
    if own.author_id != request.user.pk:
        raise Http404
    form = EditForm(sent(request), auto_id=f"edit-{comment}-%s", initial={"text": own.text})
    if _written(form, lambda text: comments.edit(own, text)):
        return _comments(request, about, thread=own.parent or own)
    words = {
        "title": _("Edit your comment"),
        "label": _("Save"),
        "action": reverse("talking:comment-edit", args=[uuid, comment]),
    }
    return _ask(request, form, own, words)


@require_POST
@login_required
def comment_delete(request: MemberRequest, uuid: UUID, comment: UUID) -> HttpResponse:
    """Take a comment away; again changes nothing."""
    about = _visible(request, uuid)
    row = get_object_or_404(Comment.objects.select_related("item", "parent"), item=about, uuid=comment)
    if not comments.is_deletable(row, request.user):
        raise Http404
    comments.delete(row, request.user)
    return _comments(request, about, thread=row.parent)


@require_POST
@login_required
def rate(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Give stars; members alone, for an average is of what people say, and guests are made at will."""
    rated, form = _visible(request, uuid), RateForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    ratings.rate(request.actor, rated, form.cleaned_data["stars"])
    if not request.htmx:
        return redirect(f"{reverse('library:item', args=[uuid])}#stars")
    return render(request, "library/_stars.html", talk.rating_context(rated, marks.of(request.actor, rated)))


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]  # it wants no more than a request
def embed(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """The player of an item alone, for pages of other sites: only what everybody finds here."""
    shown = access.opened(AnonymousUser(), uuid)
    if not embedding.is_embeddable(shown):
        raise Http404
    return render(request, "library/embed.html", pages.embed_context(request, shown))


@require_safe
def qr_code(request: ActorRequest, uuid: UUID) -> HttpResponse:
    """The link of an item as a QR code."""
    shown = _visible(request, uuid)
    link = request.build_absolute_uri(reverse("library:item", args=[shown.uuid]))
    return HttpResponse(embedding.qr_svg(link), content_type="image/svg+xml")


def sent(request: HttpRequest) -> QueryDict | None:
    """Return the fields of a form that was sent, empty or not; None for who only asks for the form."""
    return request.POST if request.method == "POST" else None


def refused(response: HttpResponse, form: PacedForm) -> HttpResponse:
    """Return the answer for a form that was not taken: 429 for who is to wait, 400 for what is wrong."""
    if not form.is_bound:
        return response
    response.status_code = 429 if form.wait_s else 400
    if form.wait_s:
        response["Retry-After"] = str(form.wait_s)
    return response


def _written(form: PacedForm, write: Any) -> bool:
    """Whether the form was good and `write` took its text; if not, the form says why."""
    if not form.is_valid():
        return False
    try:
        write(form.cleaned_data["text"])
    except pace.TooFast as wait:
        form.slow_down(wait)
        return False
    return True


def _ask(request: MemberRequest, form: PacedForm, about: Comment, words: dict[str, Any]) -> HttpResponse:
    """Answer with a form about a comment: as part of the item's page, or as a page of its own."""
    context = {"form": form, "slot": f"form-{about.uuid}", "quoted": about, "back": comments.address(about), **words}
    template = "library/_talk_form.html" if request.htmx else "library/talk_form.html"
    return refused(render(request, template, context), form)


def _comments(
    request: MemberRequest, item: Item, form: CommentForm | None = None, thread: Comment | None = None
) -> HttpResponse:
    """Answer with the comments as they are now, or go back to them."""
    if not request.htmx:
        begun = f"?thread={thread.uuid}" if thread else ""
        return redirect(f"{reverse('library:item', args=[item.uuid])}{begun}#comments")
    count = numbers.item_counters([item.pk])[item.pk].comments
    response = render(request, "library/_comments.html", talk.comments_context(request, item, count, form))
    return refused(response, form) if form else response


def _standing(request: MemberRequest, uuid: UUID, comment: UUID) -> tuple[Item, Comment]:
    about = _visible(request, uuid)
    rows = comments.standing(about).select_related("item__owner", "author", "parent")
    return about, get_object_or_404(rows, uuid=comment)


def _visible(request: ActorRequest, uuid: UUID) -> Item:
    return access.opened(request.user, uuid)
