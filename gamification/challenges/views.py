"""Pages of challenges: which there are, one with its standings, holding one, taking part."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import staffing
from accounts.requests import MemberRequest
from gamification.challenges import measuring, pages, queries, running, standings
from gamification.challenges.forms import EVERYBODY, TEAM, ChallengeForm
from gamification.challenges.models import Challenge, Entrant, State, Who
from gamification.refusals import Refused
from gamification.teams import queries as teams
from gamification.teams.forms import done
from gamification.teams.models import Membership
from stats import windows

USUAL_DAYS = 7


@require_safe
@login_required
def all_of(request: MemberRequest) -> HttpResponse:
    """The challenges that are running, coming or over."""
    own, now = teams.of_user(request.user), timezone.now()
    asked = request.GET.get("show", "")
    name = asked if asked in pages.LISTS else "running"
    page, cards = pages.listed(request.user, own, name, now, request.GET.get("page"))
    context = {"show": name, "page": page, "cards": cards, "may_create": queries.may_create(request.user, own)}
    return render(request, "challenges/list.html", context)


@require_safe
@login_required
def challenge(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """One challenge: what counts, until when, who has done how much."""
    row, own = _challenge(request, uuid)
    now, metric = timezone.now(), measuring.measurable().get(row.metric)
    mine = pages.mine(row, metric, request.user, own, now)
    page = pages.standings(row, request.GET.get("page"))
    context = {
        "challenge": row,
        "state": row.state(now),
        "metric": metric,
        "own": own,
        "mine": mine,
        "page": page,
        "rows": pages.rows(page, row, mine),
        "may_enter": mine is None and queries.may_enter(row, request.user, own, now),
        "may_leave": mine is not None
        and queries.may_enter(row, request.user, own, now)
        and not (row.team_id and row.who == Who.TEAMS),
        "may_change": queries.may_change(row, request.user, own, now),
        "settled_at": row.ends_at + standings.SETTLES,
        "days_left": max(0, (row.ends_on - windows.day_of(now, row.zone)).days),
    }
    return render(request, "challenges/challenge.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: MemberRequest) -> HttpResponse:
    """Hold a challenge: staff for everybody, who leads a team for it."""
    own = teams.of_user(request.user)
    if not queries.may_create(request.user, own):
        raise Http404
    form = ChallengeForm(
        request.POST if request.method == "POST" else None,
        initial=_usual(request, own),
        everybody=staffing.runs_game(request.user),
        team=own.team.name if own and own.leads else "",
    )
    made: list[Challenge] = []

    def hold(told: dict[str, Any]) -> None:
        team = own.team if own and told.pop("for_whom") == TEAM else None
        told.pop("for_whom", None)
        made.append(running.create(request.user, team=team, **told))

    if request.method == "POST" and done(form, hold):
        return redirect("challenges:challenge", made[0].uuid)
    return render(request, "challenges/new.html", {"form": form}, status=400 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def change(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Change a challenge that is not over: all of it before it begins, then its words and a later last day."""
    row, own = _challenge(request, uuid)
    now = timezone.now()
    if not queries.may_change(row, request.user, own, now):
        raise Http404
    is_running = row.state(now) == State.RUNNING
    said = {name: getattr(row, name) for name in running.CHANGEABLE}
    form = ChallengeForm(request.POST if request.method == "POST" else None, initial=said, everybody=False, team="")
    form.keep_only(running.WHILE_RUNNING if is_running else running.CHANGEABLE)
    if request.method == "POST" and done(form, lambda told: running.change(row, request.user, **told)):
        messages.success(request, _("Saved."))
        return redirect("challenges:challenge", row.uuid)
    context = {"form": form, "challenge": row, "is_running": is_running}
    return render(request, "challenges/change.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
def enter(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Take part, or let the team that one leads take part."""
    row, _own = _challenge(request, uuid)
    entered: list[Entrant] = []
    answer = _acted(request, uuid, lambda: entered.append(running.enter(row, request.user)))
    for entrant in entered:
        standings.count_one(entrant)
    return answer


@require_POST
@login_required
def leave(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Take part no longer."""
    row, _own = _challenge(request, uuid)
    return _acted(request, uuid, lambda: running.leave(row, request.user))


@require_POST
@login_required
def cancel(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """End a challenge before it is over."""
    row, own = _challenge(request, uuid)
    if not (staffing.runs_game(request.user) or (row.team_id and own and own.team_id == row.team_id and own.leads)):
        raise Http404
    told = _("“%(title)s” is cancelled.") % {"title": row.title}
    return _acted(request, uuid, lambda: running.cancel(row, request.user), told)


def _challenge(request: MemberRequest, uuid: UUID) -> tuple[Challenge, Membership | None]:
    """Return a challenge that the member sees, and in which team the member is."""
    own = teams.of_user(request.user)
    return get_object_or_404(queries.visible_to(request.user, own), uuid=uuid), own


def _usual(request: MemberRequest, own: Membership | None) -> dict[str, Any]:
    """Return what the form begins with: a week from tomorrow on, by the member's zone."""
    zone = request.user.time_zone or settings.TIME_ZONE
    first = windows.day_of(timezone.now(), zone) + windows.DAY
    is_own_team = own is not None and request.GET.get("team") == str(own.team.uuid)
    return {
        "metric": measuring.XP,
        "who": Who.MEMBERS,
        "for_whom": TEAM if is_own_team or not staffing.runs_game(request.user) else EVERYBODY,
        "zone": zone,
        "starts_on": first,
        "ends_on": first + timedelta(days=USUAL_DAYS - 1),
    }


def _acted(request: MemberRequest, uuid: UUID, act: Callable[[], Any], said: str = "") -> HttpResponse:
    """Do it and show the challenge; where it is refused say why."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused.detail))
    else:
        if said:
            messages.success(request, said)
    return redirect("challenges:challenge", uuid)
