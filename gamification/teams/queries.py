"""Teams: who is in which, who is asked into which."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from accounts import staffing
from accounts.models import User
from gamification.teams.models import Invited, Membership, Role, Team, TeamInvitation, TeamLink

ORDER = {Role.OWNER: 0, Role.CAPTAIN: 1, Role.MEMBER: 2}


def of_user(user: User) -> Membership | None:
    """Return in which team a member is now, and as what. One query."""
    return Membership.objects.current().filter(member=user).select_related("team").first()


def teams_of(person: UUID) -> list[tuple[UUID, str]]:
    """Return the teams that a member is in now, as (id, name): one at most. One query."""
    rows = Membership.objects.current().filter(member__uuid=person)
    return list(rows.values_list("team__uuid", "team__name"))


def members_of(team: UUID) -> list[UUID]:
    """Return who is in a team now. One query."""
    rows = Membership.objects.current().filter(team__uuid=team)
    return list(rows.order_by("joined_at", "id").values_list("member__uuid", flat=True))


def standing() -> Any:
    """Return the teams that were not closed, each with how many are in it as `size`."""
    return Team.objects.standing().annotate(size=Count("memberships", filter=Q(memberships__left_at=None)))


def stays(team: Team) -> list[Membership]:
    """Return who is in a team now: the owner, the captains, the others, each in the order in which they came. One query."""
    rows = Membership.objects.current().filter(team=team).select_related("member").order_by("joined_at", "id")
    return sorted(rows, key=lambda row: ORDER[Role(row.role)])


def asked(team: Team, now: datetime) -> QuerySet[TeamInvitation]:
    """Return who was asked into a team and may still answer, the latest first."""
    rows = TeamInvitation.objects.filter(team=team, state=Invited.OPEN, expires_at__gt=now)
    return rows.select_related("team", "member", "invited_by").order_by("-created_at", "-id")


def asked_in(user: User, now: datetime) -> QuerySet[TeamInvitation]:
    """Return the invitations that a member may still answer, the latest first."""
    rows = TeamInvitation.objects.filter(member=user, team__closed_at=None, state=Invited.OPEN, expires_at__gt=now)
    return rows.select_related("team", "member", "invited_by").order_by("-created_at", "-id")


def links(team: Team, now: datetime) -> QuerySet[TeamLink]:
    """Return the links by which one may join a team now, the latest first."""
    rows = TeamLink.objects.filter(team=team, withdrawn_at=None, expires_at__gt=now)
    return rows.select_related("team", "made_by").order_by("-created_at", "-id")


def leads(user: Any, stay: Membership | None) -> bool:
    """Whether somebody, who is `stay` in a team, may ask others in: its owner and captains, and staff."""
    return bool(staffing.runs_game(user) or (stay and stay.leads))


def owns(user: Any, stay: Membership | None) -> bool:
    """Whether somebody, who is `stay` in a team, may change and close it: its owner, and staff."""
    return bool(staffing.runs_game(user) or (stay and stay.role == Role.OWNER))
