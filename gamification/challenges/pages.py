"""What the pages of challenges show."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.paginator import Page, Paginator

from accounts.models import User
from gamification.challenges import measuring, queries
from gamification.challenges.models import Challenge, Entrant, State, Who
from gamification.teams.models import Membership
from stats.metrics import Metric

PER_PAGE = 50
PER_LIST = 24
LISTS = {"running": State.RUNNING, "coming": State.COMING, "over": State.OVER}
GOAL_FULL = 100


@dataclass(frozen=True, slots=True)
class Card:
    """A challenge in a list, with what it is about, and the own part in it."""

    challenge: Challenge
    state: State
    metric: Metric | None
    mine: Entrant | None


@dataclass(frozen=True, slots=True)
class Mine:
    """One's own part, or one's team's, as it is now: `percent` of the goal, up to a hundred."""

    entrant: Entrant
    value: float
    place: int
    percent: int | None

    @property
    def is_reached(self) -> bool:
        """Whether the goal is reached."""
        return self.percent == GOAL_FULL


def cards(challenges: Iterable[Challenge], user: User, own: Membership | None, now: datetime) -> list[Card]:
    """Return challenges as cards. Two queries."""
    rows = list(challenges)
    mine = {one.challenge_id: one for one in queries.entered_by(user, own).filter(challenge__in=rows)}
    metrics = measuring.measurable()
    return [Card(row, row.state(now), metrics.get(row.metric), mine.get(row.pk)) for row in rows]


def listed(user: User, own: Membership | None, name: str, now: datetime, asked: str | None) -> tuple[Page, list[Card]]:
    """Return the page of a list that is asked for. Four queries."""
    rows = queries.in_state(queries.visible_to(user, own), LISTS[name], now)
    page = Paginator(rows, PER_LIST).get_page(asked)
    return page, cards(page.object_list, user, own, now)


def standings(challenge: Challenge, asked: str | None) -> Page:
    """Return the page of a challenge's standings that is asked for. Two queries."""
    return Paginator(queries.table(challenge), PER_PAGE).get_page(asked)


def mine(challenge: Challenge, metric: Metric | None, user: User, own: Membership | None, now: datetime) -> Mine | None:
    """Return one's own part as it is now, until the challenge is over. As many queries as the metric takes, and two more."""
    entrant = queries.own(challenge, user, own)
    if entrant is None:
        return None
    value = entrant.value
    if metric is not None and challenge.who == Who.MEMBERS and challenge.state(now) in {State.RUNNING, State.SETTLING}:
        value = measuring.of_member(metric, user.uuid, measuring.window_of(challenge, now))
    place = entrant.place or queries.place_of(challenge, value)
    return Mine(entrant, value, place, percent_of(value, challenge.goal))


def percent_of(value: float, goal: float | None) -> int | None:
    """Return how much of a goal is reached in whole percent, a hundred only when it is; None without a goal."""
    return None if goal is None else min(GOAL_FULL, int(value * GOAL_FULL / goal))


def rows(page: Page, challenge: Challenge, mine: Mine | None) -> list[dict[str, Any]]:
    """Return the entrants of a page with what is shown of each."""
    return [
        {
            "entrant": entrant,
            "place": entrant.place or entrant.rank,
            "percent": percent_of(entrant.value, challenge.goal),
            "is_own": bool(mine and mine.entrant.pk == entrant.pk),
        }
        for entrant in page.object_list
    ]
