"""Where teams stand: by the points that their members earned while they were in them.

An entry of the ledger counts for the team in which its person was at the instant at which it was earned; so nobody brings
points along, takes any away, or earns them twice by coming and going. Who does not take part in leaderboards is left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import Rank
from django.utils import timezone

from gamification.scores import ALL, periods_of_day
from gamification.teams.models import Membership, Team, TeamScore
from stats import visitors, windows
from stats.fields import to_micros

SETTLES = timedelta(hours=48)
PERIODS = {"week": 1, "month": 0, "all": None}
FOREVER = 2**62

_EARNED = """
SELECT m.{by}, {sums} FROM gamification_membership m
JOIN gamification_player p ON p.actor = m.actor AND p.is_listed = 1
JOIN gamification_entry e ON e.actor = m.actor AND e.earned_at >= m.joined_at
    AND e.earned_at < COALESCE(m.left_at, {forever})
WHERE {where} GROUP BY m.{by}
"""


@dataclass(frozen=True, slots=True)
class Earned:
    """Points of this week, of this month, and of all time."""

    week: int = 0
    month: int = 0
    all: int = 0

    def of(self, period: str) -> int:
        """Return those of 'week', 'month' or 'all'."""
        return int(getattr(self, period))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a team stands among all: `place` is None while it has no points there. Equal points share a place."""

    place: int | None
    teams: int


def totals(start: int, end: int, teams: Iterable[int] | None = None) -> dict[int, int]:
    """Return the points earned from one microsecond to before another, by the team's number. One query."""
    sums = "SUM(e.amount)"
    rows = _ask("team_id", sums, "e.earned_at >= %s AND e.earned_at < %s", [start, end], teams)
    return {team: int(xp) for team, xp in rows}


def of_team(team: Team, today: date | None = None) -> Earned:
    """Return what a team has now. One query."""
    sums, limits = _sums(today or visitors.today())
    rows = _ask("team_id", sums, "e.earned_at >= 0", limits, [team.pk])
    return Earned(*(int(one) for one in rows[0][1:])) if rows else Earned()


def of_members(team: Team, today: date | None = None) -> dict[UUID, Earned]:
    """Return what each one earned for a team, who has left it too. One query."""
    sums, limits = _sums(today or visitors.today())
    rows = _ask("actor", sums, "e.earned_at >= 0", limits, [team.pk])
    return {UUID(str(actor)): Earned(*(int(one) for one in earned)) for actor, *earned in rows}


def key_of(period: str, today: date) -> str:
    """Return how 'week', 'month' or 'all' is stored on a day."""
    place = PERIODS[period]
    return ALL if place is None else periods_of_day(today)[place]


def table(period: str) -> QuerySet[TeamScore]:
    """Return the teams that have points in a stored period, the most first, as they were counted last.

    `rank` is each one's place, which equals share.
    """
    ranked = _shown(period).annotate(rank=Window(Rank(), order_by=F("xp").desc()))
    return ranked.select_related("team").order_by("-xp", "team_id")


def place_of(period: str, xp: int) -> Place:
    """Return where so many points stand in a stored period. One query."""
    found = _shown(period).aggregate(above=Count("pk", filter=Q(xp__gt=xp)), teams=Count("pk"))
    return Place(found["above"] + 1 if xp > 0 else None, found["teams"])


def refresh(now: datetime | None = None) -> int:
    """Count the periods that are running or have been over for less than 48 hours. Returns how many rows there are now.

    Each period is swapped whole. After 48 hours its rows stay as they are, but for teams that are gone.
    """
    now = now or timezone.now()
    count = 0
    for period, (start, end) in _open_periods(now).items():
        found = totals(start, end)
        members = dict(
            Membership.objects.current().values("team").annotate(n=Count("pk")).values_list("team", "n").order_by()
        )
        rows = [
            TeamScore(team_id=team, period=period, xp=xp, members=members.get(team, 0), counted_at=now)
            for team, xp in sorted(found.items())
        ]
        with transaction.atomic():
            known = set(Team.objects.select_for_update(no_key=True).filter(pk__in=found).values_list("pk", flat=True))
            TeamScore.objects.filter(period=period).delete()
            count += len(TeamScore.objects.bulk_create([row for row in rows if row.team_id in known], batch_size=1000))
    return count


def span_of(day: date, period: str) -> tuple[int, int]:
    """Return from which to before which microsecond the 'week' or 'month' of a site's day lasts."""
    grain = period[0]
    start = windows.period_of(grain, day)
    bounds = (start, windows.next_period(grain, start))
    first, end = (to_micros(windows.midnight(one, settings.TIME_ZONE)) for one in bounds)
    return first, end


def _shown(period: str) -> QuerySet[TeamScore]:
    return TeamScore.objects.filter(period=period, xp__gt=0, team__closed_at=None)


def _open_periods(now: datetime) -> dict[str, tuple[int, int]]:
    found = {ALL: (0, FOREVER)}
    for day in {windows.day_of(now, settings.TIME_ZONE), windows.day_of(now - SETTLES, settings.TIME_ZONE)}:
        for period in ("week", "month"):
            found[key_of(period, day)] = span_of(day, period)
    return found


def _sums(today: date) -> tuple[str, list[int]]:
    week, month = (span_of(today, period) for period in ("week", "month"))
    part = "SUM(CASE WHEN e.earned_at >= %s AND e.earned_at < %s THEN e.amount ELSE 0 END)"
    return f"{part}, {part}, SUM(e.amount)", [*week, *month]


def _ask(by: str, sums: str, where: str, limits: list[int], teams: Iterable[int] | None) -> list[tuple[Any, ...]]:
    params: list[Any] = list(limits)
    if teams is not None:
        wanted = list(teams)
        if not wanted:
            return []
        where += f" AND m.team_id IN ({', '.join(['%s'] * len(wanted))})"
        params += wanted
    with connection.cursor() as cursor:
        cursor.execute(_EARNED.format(by=by, sums=sums, where=where, forever=FOREVER), params)
        return list(cursor.fetchall())
