"""Places on a board: who has how many points, and before how many people that is. Asked live, to the second.

A board is the whole site ('') or a course by its id; a period all time (''), a month ('2026-11') or a week ('2026-W47').
The same points are the same rank, and the next is as many lower as there were (1, 2, 2, 4); inside a tie stands first who
reached the points first. Who does not take part, or has no more than 0 points, has no rank and stands in nobody's list.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection, models

from gamification.models import Player, Score
from gamification.scores import ALL, SHIFT, SITE
from stats.fields import to_micros

TOP = 100

_KEY: "models.UUIDField[Any, Any]" = models.UUIDField()
_SIDES = (
    ("s.xp = %s AND (s.reached_at, s.actor) < (%s, %s)", "s.reached_at DESC, s.actor DESC"),
    ("s.xp > %s", "s.xp, s.reached_at DESC, s.actor DESC"),
    ("s.xp = %s AND (s.reached_at, s.actor) >= (%s, %s)", "s.reached_at, s.actor"),
    ("s.xp < %s AND s.xp > 0", "s.xp DESC, s.reached_at, s.actor"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one person stands: the rank among `people`, None for who does not take part or has no points there."""

    rank: int | None
    xp: int
    people: int
    is_listed: bool = True
    reached_at: int = 0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row of a list. `reached_at` is since when the points stand, in microseconds."""

    rank: int
    actor: UUID
    xp: int
    reached_at: int = 0


@dataclass(frozen=True, slots=True)
class Near:
    """Who stands right before a person, the person, and who stands right after, in order.

    `above` is the last of those with more points: whom to pass next. None for who has the most.
    """

    rows: list[Ranked]
    above: Ranked | None = None


def place(actor: UUID, board: str = SITE, period: str = ALL) -> Place:
    """Return a person's place. One query, of a few hundred rows however many people there are."""
    return places(actor, [period], board)[0]


def places(actor: UUID, periods: Sequence[str], board: str = SITE) -> list[Place]:
    """Return a person's places on a board in several periods. One query."""
    asked = [_asked(actor, board, period) for period in periods]
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(f"SELECT {number} AS n, {sql}" for number, (sql, _values) in enumerate(asked)),
            [value for _sql, values in asked for value in values],
        )
        return [_place(row) for _number, *row in sorted(cursor.fetchall(), key=itemgetter(0))]


def top(board: str = SITE, period: str = ALL, limit: int = TOP) -> list[Ranked]:
    """Return the first of a board, in order. One query, along the index."""
    rows, holds, keys = _source(board, period)
    with connection.cursor() as cursor:
        # `is_listed = 1` is written out, as SQLite takes a partial index for no parameter
        cursor.execute(
            f"SELECT s.actor, s.xp, s.reached_at FROM {rows} s WHERE s.is_listed = 1 AND {holds} AND s.xp > 0"
            " ORDER BY s.xp DESC, s.reached_at, s.actor LIMIT %s",
            [*keys, limit],
        )
        found = [(_uuid(actor), int(xp), int(reached_at)) for actor, xp, reached_at in cursor.fetchall()]
    return list(_ranked(found))


def near(actor: UUID, board: str = SITE, period: str = ALL, around: int = 1, own: Place | None = None) -> Near:
    """Return who stands around a person, and who is next to be passed.

    Nobody for who does not take part or has no points there. Two queries, one where the person's own place is given.
    """
    own = own or place(actor, board, period)
    if own.rank is None:
        return Near([])
    rows, holds, keys = _source(board, period)
    parts: list[str] = []
    values: list[Any] = []
    for where, order in _SIDES:
        parts.append(
            f"SELECT * FROM (SELECT s.actor, s.xp, s.reached_at FROM {rows} s WHERE s.is_listed = 1 AND {holds}"
            f" AND {where} ORDER BY {order} LIMIT %s) part{len(parts)}"
        )
        values += [*keys, own.xp, *((own.reached_at, _key(actor)) if "reached_at" in where else ()), around + 1]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT f.actor, f.xp, f.reached_at, t.people FROM ({' UNION ALL '.join(parts)}) f"
            " LEFT JOIN gamification_tally t ON t.board = %s AND t.period = %s AND t.size = 0 AND t.cell = f.xp",
            [*values, board, period],
        )
        told = cursor.fetchall()
    found = sorted(((_uuid(one), int(xp), int(reached_at)) for one, xp, reached_at, _people in told), key=_order)
    middle = next((index for index, row in enumerate(found) if row[0] == actor), None)
    if middle is None:
        return Near([])
    ranks = _ranks_around(own, {int(xp): int(people or 1) for _one, xp, _at, people in told})
    ranked = [Ranked(ranks[xp], one, xp, reached_at) for one, xp, reached_at in found]
    above = next((row for row in reversed(ranked) if row.xp > own.xp), None)
    return Near(ranked[max(0, middle - around) : middle + around + 1], above)


def among(people: Iterable[UUID], board: str = SITE, period: str = ALL) -> list[Ranked]:
    """Return these people ranked among themselves: friends, or a team. One query, of as many rows as people."""
    rows: models.QuerySet[Any] = Player.objects.all()
    if (board, period) != (SITE, ALL):
        rows = Score.objects.filter(board=board, period=period)
    found = rows.filter(is_listed=1, xp__gt=0, actor__in=set(people)).values_list("actor", "xp", "reached_at")
    return list(_ranked(sorted(((actor, xp, to_micros(at)) for actor, xp, at in found), key=_order)))


def place_among(actor: UUID, ranked: Sequence[Ranked]) -> Place:
    """Return a person's place in a list that has everybody."""
    own = next((row for row in ranked if row.actor == actor), None)
    if own is None:
        return Place(None, 0, len(ranked))
    return Place(own.rank, own.xp, len(ranked), True, own.reached_at)


def around(actor: UUID, ranked: Sequence[Ranked], each_side: int = 1) -> list[Ranked]:
    """Return a person's row with those before and after it, from a list that has everybody."""
    middle = next((index for index, row in enumerate(ranked) if row.actor == actor), None)
    return [] if middle is None else list(islice(ranked, max(0, middle - each_side), middle + each_side + 1))


def _ranks_around(own: Place, people: dict[int, int]) -> dict[int, int]:
    """Return the rank of each number of points, given how many have it; they follow on one another around a person's own."""
    rank = own.rank or 1
    ranks = {own.xp: rank}
    for xp in sorted(xp for xp in people if xp > own.xp):
        rank -= people[xp]
        ranks[xp] = rank
    rank = ranks[own.xp] + people.get(own.xp, 1)
    for xp in sorted((xp for xp in people if xp < own.xp), reverse=True):
        ranks[xp] = rank
        rank += people[xp]
    return ranks


def _ranked(rows: Iterable[tuple[UUID, int, int]]) -> Iterator[Ranked]:
    """Give rows, which are in order from the first on, their ranks."""
    rank, last = 0, None
    for number, (actor, xp, reached_at) in enumerate(rows, 1):
        if xp != last:
            rank, last = number, xp
        yield Ranked(rank, actor, xp, reached_at)


def _order(row: tuple[UUID, int, int]) -> tuple[int, int, UUID]:
    actor, xp, reached_at = row
    return -xp, reached_at, actor


def _asked(actor: UUID, board: str, period: str) -> tuple[str, list[Any]]:
    """Return what is selected for one place, and its values."""
    people = "SELECT SUM(t.people) FROM gamification_tally t WHERE t.board = %s AND t.period = %s"
    rows, holds, keys = _source(board, period)
    sql = (
        f"s.xp, s.is_listed, s.reached_at, ({people} AND t.size = 1 AND t.cell >= 0),"
        f" ({people} AND t.size = 0 AND t.cell = 0),"
        f" ({people} AND t.size = 1 AND t.cell > (s.xp >> {SHIFT})),"
        f" ({people} AND t.size = 0 AND t.cell > s.xp AND t.cell < (((s.xp >> {SHIFT}) + 1) << {SHIFT}))"
        f" FROM (SELECT 1 AS one) o LEFT JOIN {rows} s ON s.actor = %s AND {holds}"
    )
    return sql, [*(board, period) * 4, _key(actor), *keys]


def _place(row: Sequence[Any]) -> Place:
    xp, is_listed, reached_at, not_below, at_nothing, far, near = row
    people = int(not_below or 0) - int(at_nothing or 0)
    if xp is None:
        return Place(None, 0, people)
    rank = int(far or 0) + int(near or 0) + 1 if is_listed and xp > 0 else None
    return Place(rank, int(xp), people, bool(is_listed), reached_at)


def _source(board: str, period: str) -> tuple[str, str, list[Any]]:
    """Return the table that has a board's points, the condition, and the condition's values."""
    if (board, period) == (SITE, ALL):
        return "gamification_player", "1 = 1", []
    return "gamification_score", "s.board = %s AND s.period = %s", [board, period]


def _key(actor: UUID) -> Any:
    return _KEY.get_db_prep_value(actor, connection)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(str(value))
