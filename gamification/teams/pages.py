"""What the pages of teams show."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator

from accounts.models import User
from gamification.teams import inviting, queries, standings
from gamification.teams.forming import MOST_MEMBERS
from gamification.teams.models import Membership, Team
from gamification.teams.standings import Earned, Place

PER_PAGE = 50
MOST_OPEN_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Part:
    """A member of a team, and what they brought it in the period; None of who takes no part in leaderboards."""

    stay: Membership
    xp: int | None
    place: int | None
    is_own: bool


def table(asked: str | None, period: str, today: date) -> Page:
    """Return the page of the teams' table that is asked for. Two queries."""
    return Paginator(standings.table(standings.key_of(period, today)), PER_PAGE).get_page(asked)


def own_context(stay: Membership | None, period: str, today: date) -> dict[str, Any]:
    """Return a member's own team with its points as they are now. Two queries, none without a team."""
    if stay is None:
        return {}
    xp = standings.of_team(stay.team, today).of(period)
    return {"own_xp": xp, "own_place": standings.place_of(standings.key_of(period, today), xp)}


def open_teams() -> list[Team]:
    """Return the latest teams that anybody may join and that have room. One query."""
    rows = queries.standing().filter(is_open=True, size__lt=MOST_MEMBERS)
    return list(rows.order_by("-created_at", "-id")[:MOST_OPEN_SHOWN])


def parts(team: Team, period: str, today: date, user: User) -> list[Part]:
    """Return who is in a team by what they brought it. Two queries."""
    earned = standings.of_members(team, today)
    found = [
        (stay, earned[stay.member.uuid].of(period) if stay.member.uuid in earned else None)
        for stay in queries.stays(team)
    ]
    found.sort(key=lambda one: -(one[1] or 0))
    points = [xp or 0 for _stay, xp in found]
    return [Part(stay, xp, points.index(xp) + 1 if xp else None, stay.member.uuid == user.uuid) for stay, xp in found]


def figures(team: Team, period: str, today: date) -> tuple[Earned, Place]:
    """Return a team's points now and its place in a period. Two queries."""
    earned = standings.of_team(team, today)
    return earned, standings.place_of(standings.key_of(period, today), earned.of(period))


def links(team: Team, now: datetime, absolute: Any) -> list[dict[str, Any]]:
    """Return the links into a team with their addresses, as `absolute` makes them of a token. One query."""
    return [{"row": link, "address": absolute(inviting.token_of(link))} for link in queries.links(team, now)]
