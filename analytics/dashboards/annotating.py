"""The page of the notes on the time axis."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import EmptyPage, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts.requests import MemberRequest
from accounts.staffing import Area, Level, may, requires
from analytics import back_office
from analytics.dashboards import asking, notes
from analytics.dashboards.models import Annotation
from stats import asking as words

PER_PAGE = 50
AHEAD = timedelta(days=366)


class NoteForm(forms.Form):
    """A note: its day, not far ahead, and a sentence."""

    day = forms.DateField(label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    text = forms.CharField(label=gettext_lazy("What happened"), max_length=200)

    def clean_day(self) -> object:
        """Refuse days before the first that numbers know, and after the next year."""
        day = self.cleaned_data["day"]
        if day.year < 2000 or day > timezone.localdate() + AHEAD:
            raise forms.ValidationError(_("Choose a day between 2000 and a year from now."))
        return day


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Area.NUMBERS)
def overview(request: MemberRequest) -> HttpResponseBase:
    """All notes, the newest day first; who may change numbers' notes writes one here."""
    may_write = may(request.user, Area.NUMBERS, Level.CHANGE)
    if request.method == "POST":
        return requires(Area.NUMBERS, Level.CHANGE)(_written)(request)
    with _refusing():
        day, number = asking.of_notes(request.GET)
    return _page(request, NoteForm(initial={"day": day or timezone.localdate()}), may_write, number)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Area.NUMBERS, Level.CHANGE)
def edit(request: MemberRequest, pk: int) -> HttpResponse:
    """One note, to change it."""
    note = get_object_or_404(Annotation, pk=pk)
    with _refusing():
        words.only(request.GET, ())
    form = NoteForm(request.POST or None, initial={"day": note.day, "text": note.text})
    if request.method == "POST" and form.is_valid():
        with _there():
            notes.change(request.user, pk, form.cleaned_data["day"], form.cleaned_data["text"])
        messages.success(request, _("The note is changed."))
        return redirect("dashboards:notes")
    context = {"form": form, "note": note}
    crumbs = [(_("Overview"), reverse("dashboards:overview")), (_("Notes"), reverse("dashboards:notes"))]
    status = 400 if form.errors else 200
    return back_office.show(request, "staff/note.html", _("Change a note"), context, crumbs=crumbs, status=status)


@require_POST
@requires(Area.NUMBERS, Level.CHANGE)
def remove(request: MemberRequest, pk: int) -> HttpResponse:
    """Remove a note."""
    with _there():
        notes.remove(request.user, pk)
    messages.success(request, _("The note is removed. The audit log keeps what it said."))
    return redirect("dashboards:notes")


@contextmanager
def _there() -> Iterator[None]:
    """Answer 404 for a note that is gone, also by somebody else's press a moment ago."""
    try:
        yield
    except Annotation.DoesNotExist as error:
        raise Http404 from error


@contextmanager
def _refusing() -> Iterator[None]:
    """Answer 400 with a sentence for words of the address that cannot be."""
    try:
        yield
    except words.Bad as bad:
        raise BadRequest(bad.sentence) from bad


def _written(request: MemberRequest) -> HttpResponse:
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, form, True, status=400)
    notes.write(request.user, form.cleaned_data["day"], form.cleaned_data["text"])
    messages.success(request, _("The note is on the charts."))
    return redirect("dashboards:notes")


def _page(request: HttpRequest, form: NoteForm, may_write: bool, number: int = 1, status: int = 200) -> HttpResponse:
    found = Annotation.objects.select_related("by").order_by("-day", "-id")
    try:
        pager = Paginator(found, PER_PAGE).page(number)
    except EmptyPage as error:
        raise BadRequest(_("There is no such page of notes.")) from error
    context = {"form": form, "pager": pager, "may_write": may_write}
    crumbs = [(_("Overview"), reverse("dashboards:overview"))]
    return back_office.show(
        request, "staff/notes.html", _("Notes on the time axis"), context, crumbs=crumbs, status=status
    )
