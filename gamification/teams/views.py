"""Pages of teams: where they stand, one team, leading it, and coming in."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.requests import MemberRequest
from gamification.challenges import queries as challenges
from gamification.challenges.models import State
from gamification.refusals import Refused
from gamification.teams import forming, inviting, pages, queries, standings
from gamification.teams.forms import InviteForm, TeamForm, done
from gamification.teams.models import Membership, Role, Team, TeamInvitation, TeamLink
from stats import visitors, windows

MOST_CHALLENGES = 6


@require_safe
@login_required
def all_of(request: MemberRequest) -> HttpResponse:
    """Where teams stand, one's own, and the invitations into others."""
    period, today, own = _period(request), visitors.today(), queries.of_user(request.user)
    page = pages.table(request.GET.get("page"), period, today)
    rows = list(page.object_list)
    context = {
        "period": period,
        "page": page,
        "rows": rows,
        "own": own,
        "as_of": rows[0].counted_at if rows else None,
        "ends_on": windows.next_period(period[0], windows.period_of(period[0], today)) if period != "all" else None,
        "invitations": queries.asked_in(request.user, timezone.now()),
        "open_teams": [] if own else pages.open_teams(),
        **pages.own_context(own, period, today),
    }
    return render(request, "teams/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def new(request: MemberRequest) -> HttpResponse:
    """Found a team."""
    form = TeamForm(request.POST if request.method == "POST" else None)
    made: list[Team] = []
    if request.method == "POST" and done(form, lambda told: made.append(forming.create(request.user, **told))):
        return redirect("teams:team", made[0].uuid)
    context = {"form": form, "own": queries.of_user(request.user)}
    return render(request, "teams/new.html", context, status=400 if form.errors else 200)


@require_safe
@login_required
def team(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """One team: who is in it, what each brought it, its challenges."""
    row, own = _team(request, uuid)
    period, today, now = _period(request), visitors.today(), timezone.now()
    earned, place = pages.figures(row, period, today)
    stay = own if own and own.team_id == row.pk else None
    held = challenges.visible_to(request.user, own).filter(team=row)
    context = {
        "team": row,
        "own": own,
        "stay": stay,
        "period": period,
        "parts": pages.parts(row, period, today, request.user),
        "earned": earned,
        "place": place,
        "leads": queries.leads(request.user, stay),
        "is_full": row.size >= forming.MOST_MEMBERS,
        "most": forming.MOST_MEMBERS,
        "challenges": [
            one
            for state in (State.RUNNING, State.COMING)
            for one in challenges.in_state(held, state, now)[:MOST_CHALLENGES]
        ],
        "invitation": queries.asked_in(request.user, now).filter(team=row).first() if stay is None else None,
    }
    return render(request, "teams/team.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def manage(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Lead a team: its words, who is asked in, who is what. A POST asks a member in."""
    row, stay = _led(request, uuid)
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and done(form, lambda told: inviting.invite(row, told["username"], request.user)):
        messages.success(request, _("The invitation is on its way. It holds for 14 days."))
        return redirect("teams:manage", uuid)
    return _manage(request, row, stay, form, TeamForm(initial=_words(row)))


@require_POST
@login_required
def change(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Change a team's name and words: its owner."""
    row, stay = _owned(request, uuid)
    form = TeamForm(request.POST)
    if done(form, lambda told: forming.change(row, **told, by=request.user)):
        messages.success(request, _("The team is changed."))
        return redirect("teams:manage", uuid)
    return _manage(request, row, stay, InviteForm(), form)


@require_POST
@login_required
def close(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """End a team: its owner."""
    row, _stay = _owned(request, uuid)
    forming.close(row, by=request.user)
    messages.success(request, _("“%(name)s” is closed. What its members earned stays theirs.") % {"name": row.name})
    return redirect("teams:list")


@require_POST
@login_required
def join(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Join an open team."""
    row, _own = _team(request, uuid)
    return _acted(request, lambda: forming.join(row, request.user), "teams:team", uuid)


@require_POST
@login_required
def leave(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Leave the team that one is in."""
    row, own = _team(request, uuid)
    if own is None or own.team_id != row.pk:
        raise Http404
    told = _("You left “%(name)s”. What you earned for it stays with it.") % {"name": row.name}
    return _acted(request, lambda: forming.leave(row, request.user), "teams:list", said=told)


@require_POST
@login_required
def member(request: MemberRequest, uuid: UUID, person: UUID) -> HttpResponse:
    """Make a member of a team something else, hand the team over, or put the member out, as `as` says."""
    row, stay = _led(request, uuid)
    wanted = request.POST.get("as", "")
    if wanted == "out":
        return _acted(request, lambda: forming.remove(row, person, request.user), "teams:manage", uuid)
    if wanted not in Role.values or not queries.owns(request.user, stay):
        raise Http404
    where = "teams:team" if wanted == Role.OWNER else "teams:manage"
    return _acted(request, lambda: forming.appoint(row, person, wanted, by=request.user), where, uuid)


@require_POST
@login_required
def link_new(request: MemberRequest, uuid: UUID) -> HttpResponse:
    """Make a link into a team."""
    row, _stay = _led(request, uuid)
    return _acted(request, lambda: inviting.make_link(row, request.user), "teams:manage", uuid)


@require_POST
@login_required
def link_withdraw(request: MemberRequest, uuid: UUID, link: UUID) -> HttpResponse:
    """Withdraw a link into a team."""
    row, _stay = _led(request, uuid)
    found = get_object_or_404(TeamLink, team=row, uuid=link)
    return _acted(request, lambda: inviting.withdraw_link(found, by=request.user), "teams:manage", uuid)


@require_POST
@login_required
def invitation_withdraw(request: MemberRequest, uuid: UUID, invitation: UUID) -> HttpResponse:
    """Ask somebody into a team no longer."""
    row, _stay = _led(request, uuid)
    found = get_object_or_404(TeamInvitation, team=row, uuid=invitation)
    return _acted(request, lambda: inviting.withdraw(found, by=request.user), "teams:manage", uuid)


@require_POST
@login_required
def invitation_answer(request: MemberRequest, invitation: UUID) -> HttpResponse:
    """Accept or decline an invitation of one's own."""
    rows = TeamInvitation.objects.select_related("team", "member")
    found = get_object_or_404(rows, member=request.user, uuid=invitation)
    if request.POST.get("answer") == "accept":
        return _acted(request, lambda: inviting.accept(found), "teams:team", found.team.uuid, otherwise="teams:list")
    if request.POST.get("answer") == "decline":
        told = _("You declined to join “%(name)s”.") % {"name": found.team.name}
        return _acted(request, lambda: inviting.decline(found), "teams:list", said=told)
    raise Http404


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@never_cache
def come(request: MemberRequest, token: str) -> HttpResponse:
    """Come by a link: the page says into which team, a POST joins it."""
    try:
        link = inviting.linked(token)
        if request.method == "POST":
            inviting.join_by(token, request.user)
            return redirect("teams:team", link.team.uuid)
    except Refused as refused:
        over = {"refused": refused, "own": queries.of_user(request.user)}
        return render(request, "teams/link_over.html", over, status=409 if request.method == "POST" else 404)
    context = {"link": link, "team": queries.standing().get(pk=link.team_id), "own": queries.of_user(request.user)}
    return render(request, "teams/come.html", context)


def _period(request: MemberRequest) -> str:
    asked = request.GET.get("period", "")
    return asked if asked in standings.PERIODS else "week"


def _team(request: MemberRequest, uuid: UUID) -> tuple[Any, Membership | None]:
    """Return a team that was not closed, and in which team the member is."""
    return get_object_or_404(queries.standing(), uuid=uuid), queries.of_user(request.user)


def _led(request: MemberRequest, uuid: UUID) -> tuple[Any, Membership | None]:
    """Return a team that the member leads, and as what. 404 for others."""
    row, own = _team(request, uuid)
    stay = own if own and own.team_id == row.pk else None
    if not queries.leads(request.user, stay):
        raise Http404
    return row, stay


def _owned(request: MemberRequest, uuid: UUID) -> tuple[Any, Membership | None]:
    row, stay = _led(request, uuid)
    if not queries.owns(request.user, stay):
        raise Http404
    return row, stay


def _words(row: Team) -> dict[str, Any]:
    return {"name": row.name, "about": row.about, "is_open": row.is_open}


def _manage(
    request: MemberRequest, row: Team, stay: Membership | None, invite: InviteForm, words: TeamForm
) -> HttpResponse:
    now = timezone.now()

    def absolute(token: str) -> str:
        return request.build_absolute_uri(reverse("teams:come", args=[token]))

    context = {
        "team": row,
        "own": stay,
        "owns": queries.owns(request.user, stay),
        "form": invite,
        "words": words,
        "stays": queries.stays(row),
        "invitations": queries.asked(row, now),
        "links": pages.links(row, now, absolute),
        "most": forming.MOST_MEMBERS,
    }
    return render(request, "teams/manage.html", context, status=400 if invite.errors or words.errors else 200)


def _acted(
    request: MemberRequest, act: Callable[[], Any], where: str, *arguments: Any, said: str = "", otherwise: str = ""
) -> HttpResponse:
    """Do it and go on; where it is refused say why, and go to where the member came from."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused.detail))
        return redirect(otherwise) if otherwise else redirect(where, *arguments)
    if said:
        messages.success(request, said)
    return redirect(where, *arguments)
