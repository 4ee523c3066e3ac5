"""Pages of the discussions of a course: for who teaches it, and for who takes it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from library import pace
from library.discussions import pages, seats, writing
from library.discussions.forms import AskForm, EditForm, FindForm, PostForm
from library.discussions.models import Post, Thread
from library.discussions.seats import Seat
from library.learning import access
from library.talking.forms import PacedForm
from library.talking.views import refused, sent


@require_safe
@login_required
def all_of(request: MemberRequest, slug: str) -> HttpResponse:
    """All discussions of a course, searched and ordered by the address."""
    seat = _seat(request, slug)
    if not seat.may_talk:
        return render(request, "discussions/closed.html", {"course": seat.course}, status=403)
    asked = FindForm(request.GET).asked()
    return render(request, "discussions/list.html", pages.list_context(request, seat, asked))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def ask(request: MemberRequest, slug: str) -> HttpResponse:
    """Ask a question."""
    seat = _seat(request, slug)
    if not seat.may_talk:
        return render(request, "discussions/closed.html", {"course": seat.course}, status=403)
    form = AskForm(seat.course, sent(request), initial={"lesson": request.GET.get("lesson")})
    written: list[Thread] = []
    if _written(form, lambda said: written.append(writing.ask(request.user, seat.course, **said))):
        return redirect("discussions:thread", slug, written[0].uuid)
    return refused(render(request, "discussions/ask.html", {"course": seat.course, "form": form}), form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def thread(request: MemberRequest, slug: str, uuid: UUID) -> HttpResponse:
    """One discussion; a POST answers it."""
    seat, shown = _thread(request, slug, uuid)
    form = PostForm(sent(request))
    written: list[Post] = []
    if _written(form, lambda said: written.append(writing.answer(request.user, shown, said["text"]))):
        return redirect(writing.address(written[0]))
    return refused(render(request, "discussions/thread.html", pages.thread_context(request, seat, shown, form)), form)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def edit(request: MemberRequest, slug: str, uuid: UUID, post: UUID) -> HttpResponse:
    """Change what one wrote."""
    row = _post(request, slug, uuid, post)[1]
    if row.author_id != request.user.pk:
        raise Http404
    now = {"text": row.text, "title": row.thread.title}
    form = EditForm(sent(request), initial=now, is_question=row.is_question)
    if _written(form, lambda said: writing.edit(row, **said)):
        return redirect(writing.address(row))
    context = {"course": row.thread.course, "thread": row.thread, "post": row, "form": form}
    return refused(render(request, "discussions/edit.html", context), form)


@require_POST
@login_required
def delete(request: MemberRequest, slug: str, uuid: UUID, post: UUID) -> HttpResponse:
    """Take a post away: who wrote it, and who teaches the course."""
    seat, row = _post(request, slug, uuid, post)
    if row.author_id != request.user.pk and not seat.teaches:
        raise Http404
    writing.delete(row, request.user, seat)
    if Thread.objects.filter(pk=row.thread_id, deleted_at=None).exists():
        return redirect("discussions:thread", slug, uuid)
    messages.success(request, _("The discussion is gone."))
    return redirect("discussions:all", slug)


@require_POST
@login_required
def accept(request: MemberRequest, slug: str, uuid: UUID, post: UUID) -> HttpResponse:
    """Say that an answer has helped, or with `on=0` take that back: who asked, and who teaches the course."""
    seat, row = _post(request, slug, uuid, post)
    if row.is_question or not (seat.teaches or row.thread.author_id == request.user.pk):
        raise Http404
    writing.accept(row.thread, None if request.POST.get("on") == "0" else row, request.user)
    return redirect(f"{reverse('discussions:thread', args=[slug, uuid])}#post-{post}")


def _written(form: PacedForm, write: Callable[[dict[str, Any]], Any]) -> bool:
    """Whether the form was good and `write` took it; if not, the form says why."""
    if not form.is_valid():
        return False
    try:
        write(form.cleaned_data)
    except pace.TooFast as wait:
        form.slow_down(wait)
        return False
    return True


def _seat(request: MemberRequest, slug: str) -> Seat:
    return seats.of(request.user, get_object_or_404(access.visible_to(request.user), slug=slug))


def _thread(request: MemberRequest, slug: str, uuid: UUID) -> tuple[Seat, Thread]:
    """Return a discussion that stands, for who may take part. 404 for others, as for one that never was."""
    seat = _seat(request, slug)
    if not seat.may_talk:
        raise Http404
    rows = Thread.objects.filter(course=seat.course, deleted_at=None).select_related("course", "lesson", "author")
    return seat, get_object_or_404(rows, uuid=uuid)


def _post(request: MemberRequest, slug: str, uuid: UUID, post: UUID) -> tuple[Seat, Post]:
    seat, about = _thread(request, slug, uuid)
    row = get_object_or_404(Post.objects.select_related("author"), thread=about, deleted_at=None, uuid=post)
    row.thread = about
    return seat, row
