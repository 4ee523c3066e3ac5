"""Challenges: which a member sees, and what they may do with them."""

from datetime import datetime
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models import Window as Over
from django.db.models.functions import Rank

from accounts import staffing
from accounts.models import User
from gamification.challenges.models import Challenge, Entrant, State, Who
from gamification.teams import queries as teams
from gamification.teams.models import Membership


def visible_to(user: User, stay: Membership | None) -> QuerySet[Challenge]:
    """Return the challenges for everybody, and those of the team that the member, who is `stay` in it, is in; staff all."""
    rows = counted(Challenge.objects.all())
    return rows if staffing.reads_game(user) else rows.filter(Q(team=None) | Q(team=stay.team_id if stay else 0))


def counted(rows: QuerySet[Challenge]) -> QuerySet[Challenge]:
    """Return challenges, each with how many take part as `size`."""
    return rows.select_related("team", "created_by").annotate(size=Count("entrants"))


def in_state(rows: QuerySet[Challenge], state: str, now: datetime) -> QuerySet[Challenge]:
    """Return those in a state at an instant: the running and coming ones by when they end, the others the latest first."""
    return rows.filter(_STATES[State(state)](now)).order_by(*_ORDERS[State(state)])


def entered_by(user: User, stay: Membership | None) -> QuerySet[Entrant]:
    """Return how a member takes part in challenges: as themselves, and by the team that they are in."""
    return Entrant.objects.filter(Q(member=user) | Q(team__isnull=False, team=stay.team_id if stay else None))


def own(challenge: Challenge, user: User, stay: Membership | None) -> Entrant | None:
    """Return as what a member takes part: as themselves, or by their team; None for who does not. One query."""
    return entered_by(user, stay).filter(challenge=challenge).select_related("member", "team").first()


def table(challenge: Challenge) -> QuerySet[Entrant]:
    """Return the entrants by what they have done, the most first, as counted last; `rank` is shared by equals."""
    ranked = challenge.entrants.annotate(rank=Over(Rank(), order_by=F("value").desc()))
    return ranked.select_related("member", "team").order_by("-value", F("reached_at").asc(nulls_last=True), "id")


def place_of(challenge: Challenge, value: float) -> int:
    """Return where a value stands. One query."""
    return challenge.entrants.filter(value__gt=value).count() + 1


def may_enter(challenge: Challenge, user: User, stay: Membership | None, now: datetime) -> bool:
    """Whether a member may take part and is asked to: for a team whoever leads it. Says nothing of who takes part already."""
    if challenge.state(now) not in {State.COMING, State.RUNNING}:
        return False
    if challenge.team_id is not None and (stay is None or stay.team_id != challenge.team_id):
        return False
    return challenge.who == Who.MEMBERS or bool(stay and stay.leads)


def may_change(challenge: Challenge, user: Any, stay: Membership | None, now: datetime) -> bool:
    """Whether somebody may change a challenge, or end it before it is over: staff, and who leads the team whose it is."""
    if challenge.state(now) not in {State.COMING, State.RUNNING}:
        return False
    return bool(
        staffing.runs_game(user) or (challenge.team_id and stay and stay.team_id == challenge.team_id and stay.leads)
    )


def may_create(user: Any, stay: Membership | None) -> bool:
    """Whether somebody may hold a challenge: staff for all, who leads a team for it."""
    return teams.leads(user, stay)


def _standing(condition: Q) -> Q:
    return condition & Q(cancelled_at=None)


_STATES = {
    State.COMING: lambda now: _standing(Q(starts_at__gt=now)),
    State.RUNNING: lambda now: _standing(Q(starts_at__lte=now, ends_at__gt=now)),
    State.SETTLING: lambda now: _standing(Q(ends_at__lte=now, closed_at=None)),
    State.OVER: lambda now: _standing(Q(ends_at__lte=now)),
    State.CANCELLED: lambda now: Q(cancelled_at__isnull=False),
}
_ORDERS = {
    State.COMING: ("starts_at", "id"),
    State.RUNNING: ("ends_at", "id"),
    State.SETTLING: ("-ends_at", "-id"),
    State.OVER: ("-ends_at", "-id"),
    State.CANCELLED: ("-cancelled_at", "-id"),
}
