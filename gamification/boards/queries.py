"""Boards as pages and the API show them: who stands where, as what, and what it takes to pass the next."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from accounts import staffing
from accounts.models import User
from gamification import queries as members
from gamification.boards import periods, ranking, snapshots
from gamification.boards.models import Closing, Final
from gamification.boards.periods import Period
from gamification.boards.ranking import TOP, Near, Place, Ranked
from gamification.models import Player, Score
from gamification.queries import Brief
from gamification.rules import AWARD, Rule
from gamification.scores import ALL, SITE
from gamification.teams import queries as teams
from stats import queries as numbers
from stats.days import site_day
from stats.fields import to_micros

ALL_TIME, MONTHLY, WEEKLY = "all_time", "monthly", "weekly"
TIMEFRAMES = (WEEKLY, MONTHLY, ALL_TIME)
EVERYONE, FRIENDS, TEAM, COURSE = "everyone", "friends", "team", "course"
MOST_FRIENDS = 2000
MOST_COURSES = 12


@dataclass(frozen=True, slots=True)
class Scope:
    """Who is ranked: everyone, those on a course's board, or a group among themselves.

    `people` are the group's, once it is asked for by `scope`; `team` says which team it is.
    """

    key: str
    label: str
    icon: str
    board: str = SITE
    people: tuple[UUID, ...] | None = None
    team: UUID | None = None


@dataclass(frozen=True, slots=True)
class Timeframe:
    """Since when points count. `ends` is None for all time."""

    key: str
    period: str
    ends: Period | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a board. Without a `user`, level and streak: somebody who is no member any more, or is deactivated.

    `has_page`: the viewer may see it.
    """

    rank: int
    actor: UUID
    xp: int
    user: User | None
    has_page: bool
    level: int | None
    current_streak: int | None
    is_me: bool


@dataclass(frozen=True, slots=True)
class Passing:
    """What it takes to pass the next person: points, and how many lessons that is."""

    line: Line
    xp: int
    lessons: int


@dataclass(frozen=True, slots=True)
class Board:
    """A board as one member sees it: the first, one's own place, and who stands around it if that is further down."""

    scope: Scope
    timeframe: Timeframe
    rows: list[Line]
    near: list[Line]
    own: Place
    passing: Passing | None
    as_of: datetime

    @property
    def podium(self) -> list[Line]:
        """The first three, where there are three."""
        return self.rows[:3] if len(self.rows) >= 3 else []

    @property
    def rest(self) -> list[Line]:
        """Who comes after the podium."""
        return self.rows[len(self.podium) :]


@dataclass(frozen=True, slots=True)
class Past:
    """A period that is over: with one's own final rank and points, None without any."""

    closing: Closing
    period: Period
    rank: int | None = None
    xp: int = 0


@dataclass(slots=True)
class _Shown:
    """Ranked people, before they have names."""

    rows: list[Ranked]
    own: Place
    as_of: datetime
    near: list[Ranked] = field(default_factory=list)
    above: Ranked | None = None


def timeframe(key: str, now: datetime) -> Timeframe:
    """Return the week, the month or all time around an instant, by the site's days."""
    day = date.fromisoformat(site_day(to_micros(now)))
    if key == ALL_TIME:
        return Timeframe(key, ALL)
    period = periods.week_of(day) if key == WEEKLY else periods.month_of(day)
    return Timeframe(key, period.name, period)


def everyone() -> Scope:
    """Return the whole site."""
    return Scope(EVERYONE, _("Everyone"), "users")


def scopes(user: User) -> list[Scope]:
    """Return whom a member can be compared with: everyone, friends, the team, courses with points. Three queries."""
    found = [everyone(), _friends()]
    found += _teams(user)
    mine = Score.objects.filter(actor=user.uuid, period=ALL).exclude(board=SITE).order_by("-reached_at", "board")
    boards = list(mine.values_list("board", flat=True)[:MOST_COURSES])
    titles = members.titles(boards)
    return found + [
        Scope(f"{COURSE}:{board}", titles[board][0], "school", board) for board in boards if board in titles
    ]


def scope(user: User, key: str, known: Sequence[Scope] = ()) -> Scope | None:
    """Return one of a member's scopes by its key, None for one that the member has not. Two queries at most.

    A course's board is for who has points in it, and for staff. `known` are the member's scopes, where they were asked for.
    """
    found = next((one for one in known if one.key == key), None) or _scope(user, key)
    if found is None or found.key == EVERYONE:
        return found
    if found.key == FRIENDS:
        followed = numbers.followed_by(user.uuid).values_list("target", flat=True)[:MOST_FRIENDS]
        return replace(found, people=(user.uuid, *followed))
    return replace(found, people=tuple(teams.members_of(found.team))) if found.team else found


def board(user: User, where: Scope, when: Timeframe, now: datetime, limit: int = TOP) -> Board:
    """Return a board as a member sees it. Seven queries at most."""
    if where.people is None:
        shown = _of_board(user.uuid, where.board, when.period, now, limit)
    else:
        shown = _of_group(user.uuid, where.people, when.period, now, limit)
    above = [shown.above] if shown.above else []
    lines = _lines(user, [*shown.rows, *shown.near, *above], now)
    passing = _passing(shown, lines)
    return Board(
        scope=where,
        timeframe=when,
        rows=[lines[row.actor] for row in shown.rows if row.actor in lines],
        near=[lines[row.actor] for row in shown.near if row.actor in lines],
        own=shown.own,
        passing=passing,
        as_of=shown.as_of,
    )


def closings() -> QuerySet[Closing]:
    """Return the weeks and months that are over and had points, the latest first. For pages; `own_of` adds one's ranks."""
    return Closing.objects.filter(people__gt=0).order_by("-last", "-first")


def own_of(user: User, rows: Sequence[Closing]) -> list[Past]:
    """Return closings with a member's own final rank. One query."""
    mine = Final.objects.filter(actor=user.uuid, board=SITE, period__in=[row.period for row in rows])
    found = {period: (rank, xp) for period, rank, xp in mine.values_list("period", "rank", "xp")}
    return [Past(row, _period(row), *found.get(row.period, (None, 0))) for row in rows]


def final(user: User, row: Closing, now: datetime, limit: int = TOP) -> tuple[list[Line], Past]:
    """Return the first of a period that is over, and one's own place in it. Five queries."""
    rows = Final.objects.filter(period=row.period, board=SITE, rank__isnull=False)
    found = rows.order_by("rank", "reached_at", "actor").values_list("rank", "actor", "xp")[:limit]
    ranked = [Ranked(rank or 0, actor, xp) for rank, actor, xp in found]
    lines = _lines(user, ranked, now)
    return [lines[one.actor] for one in ranked if one.actor in lines], own_of(user, [row])[0]


def _of_board(me: UUID, board: str, period: str, now: datetime, limit: int) -> _Shown:
    """Return a board's first as last taken, or as they are if one's own row there is another by now. Four queries."""
    taken, own = snapshots.read(board, period, now), ranking.place(me, board, period)
    rows = taken.rows[:limit]
    mine = next((row for row in rows if row.actor == me), None)
    as_of = taken.as_of
    belongs = own.rank is not None and (own.rank <= len(rows) or len(rows) < limit)
    if (mine is not None or belongs) and (mine is None or (mine.rank, mine.xp) != (own.rank, own.xp)):
        rows, as_of = ranking.top(board, period, limit), now
        mine = next((row for row in rows if row.actor == me), None)
    near = Near([], _above(rows, own)) if mine else ranking.near(me, board, period, own=own)
    return _Shown(rows, own, as_of, _beyond(near.rows, rows), near.above)


def _of_group(me: UUID, people: Sequence[UUID], period: str, now: datetime, limit: int) -> _Shown:
    everybody = ranking.among(people, SITE, period)
    own, rows = ranking.place_among(me, everybody), everybody[:limit]
    near = [] if any(row.actor == me for row in rows) else ranking.around(me, everybody)
    return _Shown(rows, own, now, _beyond(near, rows), _above(everybody, own))


def _above(rows: Sequence[Ranked], own: Place) -> Ranked | None:
    """Return the last row with more points than one's own."""
    if own.rank is None:
        return None
    more = [row for row in rows if row.xp > own.xp]
    return max(more, key=lambda row: (-row.xp, row.reached_at, row.actor)) if more else None


def _beyond(near: Sequence[Ranked], rows: Sequence[Ranked]) -> list[Ranked]:
    seen = {row.actor for row in rows}
    return [row for row in near if row.actor not in seen]


def _lines(viewer: User, rows: Sequence[Ranked], now: datetime) -> dict[UUID, Line]:
    """Return rows with who they are, without those who have left the boards since. Three queries."""
    people = {row.actor: row for row in rows}
    seen = import_string(settings.MEMBERS_SEEN)(viewer).order_by()
    left = Player.objects.filter(actor=OuterRef("uuid"), is_listed=0)
    found = User.objects.filter(uuid__in=people).annotate(
        has_left=Exists(left), has_page=Exists(seen.filter(pk=OuterRef("pk")))
    )
    users: dict[UUID, Any] = {user.uuid: user for user in found}
    briefs = members.briefs(people, now)
    return {
        actor: _line(row, users.get(actor), briefs[actor], viewer)
        for actor, row in people.items()
        if actor not in users or not users[actor].has_left
    }


def _line(row: Ranked, user: Any, brief: Brief, viewer: User) -> Line:
    is_member = user is not None and user.is_active
    return Line(
        rank=row.rank,
        actor=row.actor,
        xp=row.xp,
        user=user if is_member else None,
        has_page=bool(is_member and user.has_page),
        level=brief.level if is_member else None,
        current_streak=brief.current_streak if is_member else None,
        is_me=row.actor == viewer.uuid,
    )


def _passing(shown: _Shown, lines: dict[UUID, Line]) -> Passing | None:
    if shown.above is None or shown.above.actor not in lines:
        return None
    xp = shown.above.xp - shown.own.xp + 1
    return Passing(lines[shown.above.actor], xp, -(-xp // AWARD[Rule.LESSON].amount))


def _scope(user: User, key: str) -> Scope | None:
    """Return a scope by its key, without its people."""
    if key in {EVERYONE, FRIENDS}:
        return everyone() if key == EVERYONE else _friends()
    if key == TEAM:
        return next(iter(_teams(user)), None)
    kind, _colon, board = key.partition(":")
    board = board.replace("-", "").lower()
    if kind != COURSE or not _is_seen(user, board):
        return None
    title = members.titles([board]).get(board)
    return Scope(f"{COURSE}:{board}", title[0], "school", board) if title else None


def _friends() -> Scope:
    return Scope(FRIENDS, _("Whom you follow"), "user-check")


def _teams(user: User) -> list[Scope]:
    return [Scope(TEAM, name, "flag", team=team) for team, name in teams.teams_of(user.uuid)]


def _is_seen(user: User, board: str) -> bool:
    """Whether a member may see a course's board."""
    try:
        UUID(board)
    except ValueError:
        return False
    return staffing.reads_game(user) or Score.objects.filter(board=board, period=ALL, actor=user.uuid).exists()


def _period(row: Closing) -> Period:
    return Period(row.period, row.first, row.last)
