"""The catalogue and the page of a course."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import ActorRequest, MemberRequest
from library import browsing
from library.learning import access, building, covers, reviews
from library.learning.catalogue import pages, queries
from library.learning.catalogue.forms import CatalogueForm, ReviewForm
from library.learning.models import Course, Review

PAGE = 24


@require_safe
def catalogue(request: ActorRequest) -> HttpResponse:
    """Every published course, searched, filtered and ordered by the address."""
    form = CatalogueForm(request.GET)
    asked = form.asked()
    page = Paginator(queries.found(queries.listed(), **asked), PAGE).get_page(request.GET.get("page"))
    if asked["text"] and browsing.is_search(request, asked["text"]):
        browsing.note_search(request, asked["text"], page.paginator.count)
    context = {
        "page": page,
        "cards": queries.cards(page.object_list, request.user),
        "form": form,
        "orders": queries.ORDERS,
        "is_filtered": any(asked[name] for name in ("category", "level", "price", "rating")),
        **asked,
    }
    return render(request, "learning/catalogue.html", context)


@require_safe
def course(request: ActorRequest, slug: str) -> HttpResponse:
    """What a course is, what is in it, and what people think of it."""
    return render(request, "learning/course.html", pages.course_context(request, _course(request, slug)))


@require_safe
def cover(request: ActorRequest, slug: str) -> HttpResponseBase:
    """The picture of a course."""
    return covers.answer(_course(request, slug))


@require_POST
@login_required
def review(request: MemberRequest, slug: str) -> HttpResponse:
    """Review a course, or write one's review anew."""
    shown = _course(request, slug)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        context: dict[str, Any] = pages.course_context(request, shown, form)
        return render(request, "learning/course.html", context, status=400)
    try:
        reviews.write(request.user, shown, form.cleaned_data["stars"], form.cleaned_data["text"])
        messages.success(request, _("Your review stands."))
    except building.Refused as refused:
        messages.error(request, refused.detail)
    return redirect(_reviews(shown))


@require_POST
@login_required
def review_delete(request: MemberRequest, slug: str, review: UUID) -> HttpResponse:
    """Take a review away."""
    shown = _course(request, slug)
    row = get_object_or_404(Review.objects.select_related("author", "course"), course=shown, uuid=review)
    if not reviews.is_deletable(row, request.user):
        raise Http404
    reviews.delete(row, request.user)
    messages.success(request, _("The review is gone."))
    return redirect(_reviews(shown))


def _course(request: ActorRequest, slug: str) -> Course:
    return get_object_or_404(access.visible_to(request.user), slug=slug)


def _reviews(course: Course) -> str:
    return f"{reverse('learning:course', args=[course.slug])}#reviews"
