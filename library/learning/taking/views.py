"""The pages of learners. Everything works as plain forms and links; measuring needs the browser's script."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.requests import ActorRequest, MemberRequest
from library import files
from library.learning import access, certificates, enrolling, outline, progress, reading
from library.learning.facts import Fact
from library.learning.models import Course, Enrolment, EnrolmentState, LessonKind, Reading
from library.learning.taking import entering, pages
from library.learning.taking.entering import Place

PAGE = 24


class BeatForm(forms.Form):
    """What a page that is read reports."""

    sitting = forms.UUIDField(required=False)
    reached = forms.IntegerField(min_value=0, max_value=reading.END)


class RangesField(forms.JSONField):
    """JSON that may be nested as deeply as it likes, and is none then."""

    def to_python(self, value: Any) -> Any:
        """Return what was sent. Raises ValidationError."""
        try:
            return super().to_python(value)
        except RecursionError:
            raise forms.ValidationError(_("This is no list of ranges."), code="invalid") from None


class WatchForm(forms.Form):
    """What a page reports whose film is watched by who wants no statistics: seconds of it that were covered."""

    MOST, LONGEST_S = 300, 100 * 3600
    sitting = forms.UUIDField(required=False)
    ranges = RangesField()

    def clean_ranges(self) -> list[tuple[int, int]]:
        """Return the ranges in milliseconds. Raises ValidationError for anything but a list of pairs of seconds."""
        told = self.cleaned_data["ranges"]
        if not isinstance(told, list) or len(told) > self.MOST:
            raise forms.ValidationError(_("This is no list of ranges."))
        return [_milliseconds(span) for span in told]


# Enrolling


@require_POST
@login_required
def enrol(request: MemberRequest, slug: str) -> HttpResponse:
    """Take a course, or ask for it; who may begin is led to the first lesson."""
    course = _course(request, slug)
    try:
        enrolment = enrolling.enrol(request.user, course)
    except enrolling.Refused as refused:
        messages.error(request, refused.detail)
        return redirect("learning:course", slug)
    if enrolment.state != EnrolmentState.ACTIVE:
        messages.success(request, _("Your request is sent. You are told as soon as it is answered."))
        return redirect("learning:course", slug)
    first = progress.of(request.user, course).next_lesson
    messages.success(request, _("You are enrolled in “%s”.") % course)
    if first is None or not access.is_open(first, enrolment):
        return redirect("learning:course", slug)
    return redirect("learning:lesson", slug, first.uuid)


@require_POST
@login_required
def withdraw(request: MemberRequest, slug: str) -> HttpResponse:
    """Take the own request back."""
    course = _course(request, slug)
    mine = get_object_or_404(Enrolment, course=course, user=request.user, state=EnrolmentState.REQUESTED)
    enrolling.withdraw(mine)
    messages.success(request, _("Your request is taken back."))
    return redirect("learning:course", slug)


# A lesson


@require_safe
def lesson(request: ActorRequest, slug: str, uuid: UUID) -> HttpResponse:
    """A lesson beside the outline of its course. Who is not enrolled is led to the course."""
    place = entering.enter(request.user, uuid, slug)
    if place.step.lock == outline.ENROL:
        messages.info(request, _("Enrol to open “%s”.") % place.lesson)
        return redirect("learning:course", slug)
    if place.step.lock:
        return render(request, "learning/lesson_locked.html", pages.parts_context(request, place), status=403)
    if entering.settle(request.user, place):
        place = entering.enter(request.user, uuid, slug)
    if request.htmx:
        return _parts(request, place)
    context = pages.lesson_context(request, place)
    return render(request, "learning/lesson.html", context)


@require_safe
def lesson_file(request: ActorRequest, slug: str, uuid: UUID) -> HttpResponseBase:
    """The film of a lesson, for who may open the lesson."""
    shown = entering.opened_by(request.user, uuid, slug)
    if shown.video is None:
        raise Http404
    return files.original(request, shown.video.media)


@require_safe
def lesson_poster(request: ActorRequest, slug: str, uuid: UUID) -> HttpResponseBase:
    """The picture before the film of a lesson."""
    shown = entering.opened_by(request.user, uuid, slug)
    if shown.video is None:
        raise Http404
    return files.picture(request, shown.video.media, "poster")


@require_POST
@login_required
def lesson_check(request: MemberRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Look at the facts again, and say what is missing."""
    place = _entered(request, slug, uuid)
    if request.htmx:
        return _parts(request, place)
    if place.fact and not place.step.is_done:
        messages.info(request, place.fact.missing)
    return redirect("learning:lesson", slug, uuid)


@require_POST
@login_required
def lesson_reading(request: MemberRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Note that somebody is reading, from the page that they read."""
    place = _measured(request, slug, uuid, LessonKind.TEXT)
    form = BeatForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    told = form.cleaned_data
    counted = pages.is_counted(request)
    return _beaten(request, place, reading.beat(request.user, place.lesson, **told, counted=counted))


@require_POST
@login_required
def lesson_watching(request: MemberRequest, slug: str, uuid: UUID) -> HttpResponse:
    """Note that somebody who wants no statistics is watching; all others are measured by their plays."""
    place = _measured(request, slug, uuid, LessonKind.VIDEO)
    form = WatchForm(request.POST)
    if pages.is_counted(request):
        raise Http404
    if not form.is_valid():
        return HttpResponse(status=400)
    return _beaten(request, place, reading.beat(request.user, place.lesson, **form.cleaned_data, counted=False))


# The own courses, certificates


@require_safe
@login_required
def mine(request: MemberRequest) -> HttpResponse:
    """The courses that one takes, has completed or asked for."""
    shown = request.GET.get("show", "running")
    if shown not in pages.SHOWN:
        shown = "running"
    page = Paginator(pages.enrolments(request.user, shown), PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cards": pages.cards(request.user, page.object_list), "shown": shown, "tabs": pages.SHOWN}
    return render(request, "learning/my_courses.html", context)


@require_safe
def certificate(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A certificate, for everybody who has its address."""
    found = get_object_or_404(certificates.all_issued(), uuid=uuid)
    return render(request, "learning/certificate.html", pages.certificate_context(request, found))


@require_safe
def dashboard(request: HttpRequest, slug: str = "", uuid: UUID | None = None) -> HttpResponse:
    """Where courses and lessons were before: leads to where they are."""
    if uuid is not None:
        return redirect("learning:lesson", slug, uuid)
    return redirect("learning:course", slug) if slug else redirect("learning:mine")


def _course(request: ActorRequest, slug: str) -> Course:
    return get_object_or_404(access.visible_to(request.user), slug=slug)


def _entered(request: MemberRequest, slug: str, uuid: UUID) -> Place:
    """Return a lesson that the member may open now; any other is a 404."""
    place = entering.enter(request.user, uuid, slug)
    if place.step.lock:
        raise Http404
    return place


def _measured(request: MemberRequest, slug: str, uuid: UUID, kind: str) -> Place:
    place = _entered(request, slug, uuid)
    if place.lesson.kind != kind or not place.is_measured:
        raise Http404
    return place


def _beaten(request: MemberRequest, place: Place, told: tuple[Reading, Fact]) -> HttpResponse:
    """Answer a report with the page's parts as they are now."""
    sitting, fact = told
    if fact.is_completed and not place.step.is_done:
        place = entering.enter(request.user, place.lesson.uuid)
    answer = _parts(request, replace(place, fact=fact))
    answer["X-Sitting"] = str(sitting.uuid)
    return answer


def _milliseconds(span: Any) -> tuple[int, int]:
    match span:
        case [int() | float() as start, int() | float() as end] if 0 <= start <= end <= WatchForm.LONGEST_S:
            return int(start * 1000), int(end * 1000)
    raise forms.ValidationError(_("This is no range of seconds."))


def _parts(request: ActorRequest, place: Place) -> HttpResponse:
    return render(request, "learning/_lesson_parts.html", pages.parts_context(request, place))
