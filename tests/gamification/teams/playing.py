"""Teams of members, and members who earn points at a given time."""

from datetime import datetime
from typing import Any

from accounts.models import User
from gamification.teams import forming
from gamification.teams.models import Membership, Team
from stats import ledger
from stats.actors import user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from tests.factories import make_user
from tests.stats import world


def make_team(owner: User | None = None, name: str = "", *members: User, **values: Any) -> Team:
    """Found a team of an owner and some members."""
    owner = owner or make_user()
    team = forming.create(owner, name or f"Team of {owner.username}", **values)
    for member in members:
        forming.join(team, member, is_asked=True)
    return team


def since(team: Team, member: User, at: datetime, until: datetime | None = None) -> None:
    """Let a member's only stay in a team begin, and end, at these times."""
    Membership.objects.filter(team=team, member=member).update(joined_at=at, left_at=until)


def earn(member: User, at: datetime | None = None) -> None:
    """Let a member pass a lesson, worth 50 points; the first on a day brings 20 for the day."""
    with ledger.recording():
        item = world.make_film()
        ledger.record(Kind.LESSON_COMPLETED, user_actor(member.uuid), item=item, course=str(uuid7()), occurred_at=at)
