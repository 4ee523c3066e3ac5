"""One member's page, and what staff do there."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import APIException

from accounts import activation, appointing, audit, granting, staffing, viewing
from accounts.features import Feature
from accounts.models import StaffNote, User
from accounts.requests import ActorRequest
from accounts.staffing import Area, Level, requires
from analytics.back_office import show
from analytics.people import acts, journey, person_forms
from analytics.people import person as people
from analytics.people.person_forms import BY_PLAN, GRANTED
from analytics.people.views import only

PEOPLE = "desk:people"


@require_safe
@requires(Area.PEOPLE)
def person(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Everything about one member: at most fifteen queries. Game, journey and record follow by themselves."""
    only(request)
    member = people.member_of(uuid)
    seen = people.person(member, request.user, timezone.now())
    version = seen.changes[0].pk if seen.changes else 0
    context = {
        "seen": seen,
        "member": member,
        "acts": acts.ACTS.values(),
        "version": version,
        "grant_form": person_forms.GrantForm(),
        "can_look": viewing.may_view(request.user) and viewing.is_viewable(member),
        "can_keep_out": seen.rights.changes_people and activation.may_deactivate(member, _me(request)),
        "roles": staffing.roles_of(member) if member.is_staff else (),
        "roles_form": person_forms.RolesForm(initial={"roles": [role.value for role in staffing.roles_of(member)]}),
        "can_appoint": seen.rights.changes_staff and not member.is_superuser and member != request.user,
        "parts": _parts(seen.rights),
    }
    return show(request, "people_desk/person.html", member.display_name, context, crumbs=_crumbs())


@require_safe
@requires(Area.PEOPLE)
@requires(Area.GAME)
def game(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Where a member stands in the game."""
    only(request)
    member = people.member_of(uuid)
    return _part(request, "game", member, {"game": people.standing(member, timezone.now())})


@require_safe
@requires(Area.PEOPLE)
def journey_of(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """What a member did, a page at a time, as far as the reader may see it; `before` is an instant."""
    only(request, "before", "rows")
    text = request.GET.get("before", "")
    before = journey.instant(text)
    if text and before is None:
        raise BadRequest(_("There is no such page of the journey."))
    member = people.member_of(uuid)
    found = journey.journey(member.uuid, before, _unseen(people.rights_of(request.user)))
    return _part(request, "moments" if "rows" in request.GET else "journey", member, {"journey": found})


@require_safe
@requires(Area.PEOPLE)
def record(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Where a member is signed in, and what staff did about them."""
    only(request)
    member = people.member_of(uuid)
    rights = people.rights_of(request.user)
    return _part(request, "record", member, {"record": people.record(member, rights), "rights": rights})


@require_POST
@requires(Area.PEOPLE)
@requires(Area.SUBSCRIPTIONS, Level.CHANGE)
def subscription(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Extend, give, cancel."""

    def act(member: User, form: person_forms.SubscriptionForm) -> str:
        chosen, days = form.act_and_days()
        now_is = acts.run(
            chosen, member, days, staff=_me(request), reason=form.cleaned_data["reason"], seen=form.cleaned_data["seen"]
        )
        until = timezone.localtime(now_is.current_period_end)
        return _("Done: %(plan)s until %(day)s.") % {"plan": now_is.plan, "day": f"{until:%Y-%m-%d %H:%M}"}

    return _do(request, uuid, person_forms.SubscriptionForm, act)


@require_POST
@requires(Area.PEOPLE)
@requires(Area.SUBSCRIPTIONS, Level.CHANGE)
def grant(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Give a feature, take it away, or leave it to the plan."""

    def act(member: User, form: person_forms.GrantForm) -> str:
        feature, how = Feature(form.cleaned_data["feature"]), form.cleaned_data["how"]
        if how == BY_PLAN:
            granting.leave_to_plan(member, feature, by=_me(request))
        else:
            text, until = form.cleaned_data["text"], form.until()
            granting.decide(member, feature, how == GRANTED, until=until, text=text, by=_me(request))
        return _("Done.")

    return _do(request, uuid, person_forms.GrantForm, act)


@require_POST
@requires(Area.PEOPLE, Level.CHANGE)
def state(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Let a member in, or keep them out."""

    def act(member: User, form: person_forms.StateForm) -> str:
        reason = form.cleaned_data["reason"]
        if form.cleaned_data["active"]:
            activation.activate(member, by=_me(request), reason=reason)
            return _("%(name)s can log in again.") % {"name": member.display_name}
        activation.deactivate(member, by=_me(request), reason=reason)
        return _("%(name)s is logged out everywhere and kept out.") % {"name": member.display_name}

    return _do(request, uuid, person_forms.StateForm, act)


@require_POST
@requires(Area.PEOPLE, Level.CHANGE)
def note(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Leave a note for others of the staff."""

    def act(member: User, form: person_forms.NoteForm) -> str:
        with transaction.atomic():
            StaffNote.objects.create(person=member, by=_me(request), text=form.cleaned_data["text"])
            audit.note(_me(request), "member.noted", member)
        return _("Noted.")

    return _do(request, uuid, person_forms.NoteForm, act)


@require_POST
@requires(Area.STAFF, Level.CHANGE)
def roles(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Say what somebody is on the staff for."""

    def act(member: User, form: person_forms.RolesForm) -> str:
        appointing.appoint(member, form.cleaned_data["roles"], by=_me(request))
        return _("Done.")

    return _do(request, uuid, person_forms.RolesForm, act)


@require_POST
@requires(Area.PEOPLE, Level.CHANGE)
def view_as(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """Look at the site as the member does."""
    member = people.member_of(uuid)
    if not viewing.may_view(request.user):
        raise PermissionDenied
    form = person_forms.LookForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    try:
        viewing.begin(request.session, _me(request), member, reason)
    except APIException as error:
        messages.error(request, str(error.detail))
        return redirect("desk:person", uuid)
    return redirect("accounts:front")


@require_POST
def view_as_end(request: HttpRequest) -> HttpResponse:
    """Look as oneself again, and go back to the member's page."""
    told = viewing.told(request.session)
    if request.user.is_authenticated:
        viewing.end(request.session, _me(request))
    return (
        redirect("desk:person", told)
        if told and staffing.may(request.user, Area.PEOPLE)
        else redirect("accounts:front")
    )


def _do(
    request: HttpRequest, uuid: UUID, form_class: type[forms.Form], act: Callable[[User, Any], str]
) -> HttpResponse:
    """Read the form, act, and go back to the page with what became of it."""
    member, form = people.member_of(uuid), form_class(request.POST)
    if form.is_valid():
        try:
            messages.success(request, act(member, form))
        except APIException as error:
            messages.error(request, str(error.detail))
    else:
        for name, errors in form.errors.items():
            label = form.fields[name].label if name in form.fields else None
            messages.error(request, f"{label or name}: {errors[0]}")
    return redirect("desk:person", uuid)


def _part(request: HttpRequest, name: str, member: User, context: dict[str, Any]) -> HttpResponse:
    """Answer a part of the page: alone for the page itself, else in the frame."""
    part = f"people_desk/_person_{name}.html"
    told = {**context, "member": member}
    if cast(ActorRequest, request).htmx:
        return render(request, part, told)
    crumbs = [*_crumbs(), (member.display_name, reverse("desk:person", args=[member.uuid]))]
    return show(request, "people_desk/part.html", member.display_name, {**told, "part": part}, crumbs=crumbs)


def _unseen(rights: people.Rights) -> frozenset[str]:
    """Return the kinds of a journey that tell of what the reader may not see elsewhere either."""
    return frozenset().union(
        frozenset() if rights.money else journey.OF_MONEY,
        frozenset() if rights.subscriptions else journey.OF_SUBSCRIPTIONS,
        frozenset() if rights.game else journey.OF_GAME,
    )


def _parts(rights: people.Rights) -> list[str]:
    return [*(["game"] if rights.game else []), "journey", *(["record"] if rights.addresses or rights.audit else [])]


def _crumbs() -> list[tuple[str, str]]:
    return [(_("People"), reverse(PEOPLE))]


def _me(request: HttpRequest) -> User:
    return cast(User, request.user)
