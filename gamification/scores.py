"""Scores: what each person earned on which board in which period, and how many people have how many points.

A board is the whole site (''), or a course by its id; a period all time (''), a month or a week of the site's days. Points
lie in the period in which their cause came about.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gamification import staging
from gamification.causes import Due
from stats.days import site_day
from stats.fresh import Fresh

if TYPE_CHECKING:
    from gamification.players import Player

TABLE = "gamification_score"
COLUMNS = ("board", "period", "actor", "xp", "reached_at", "is_listed")
SITE = ALL = ""
SHIFT = 10

Key = tuple[str, str]
RowKey = tuple[str, str, Any]
Row = tuple[int, int, int]
Scored = dict[Key, tuple[int, int]]


def periods_of(micros: int) -> tuple[str, str]:
    """Return the month and the week of an instant, by the site's days: '2026-11' and '2026-W47'."""
    return _periods_of_text(site_day(micros))


def periods_of_day(day: date) -> tuple[str, str]:
    """Return the month and the ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{day.year:04}-{day.month:02}", f"{year:04}-W{week:02}"


@lru_cache(maxsize=10_000)
def _periods_of_text(day: str) -> tuple[str, str]:
    return periods_of_day(date.fromisoformat(day))


def keys_of(due: Due) -> list[Key]:
    """Return the boards and periods that something due counts in."""
    month, week = periods_of(due.at)
    boards = [SITE, due.course] if due.course else [SITE]
    return [(board, period) for board in boards for period in (ALL, month, week)]


def of_ledger(fresh: Fresh, actors: Collection[Any]) -> dict[Any, Scored]:
    """Return (points, since when) on every board and in every period, summed from the whole ledger of these people."""
    rows = staging.of_actors(
        fresh, actors, "gamification_entry", ("actor", "rule", "ref", "course", "earned_at", "amount")
    )
    sums: dict[tuple[Any, ...], int] = defaultdict(int)
    for *cause, amount in rows:
        sums[tuple(cause)] += amount
    found: dict[Any, Scored] = {actor: {} for actor in actors}
    for (actor, rule, ref, course, at), amount in sums.items():
        if amount:
            mine = found[actor]
            for key in keys_of(Due(rule, ref, str(course).replace("-", "") if course else None, amount, at)):
                xp, reached = mine.get(key, (0, 0))
                mine[key] = xp + amount, max(reached, at)
    return found


def move(
    fresh: Fresh,
    before: "dict[Any, Player]",
    after: "dict[Any, Player]",
    gained: dict[Any, list[Due]],
    anew: dict[Any, Scored],
) -> None:
    """Bring scores and tallies up to date with what people gained, and with who takes part now."""
    tallies: dict[tuple[str, str, int, int], int] = defaultdict(int)
    relisted = set()
    for actor, player in after.items():
        old = before.get(actor)
        if old and old.is_listed:
            _tally(tallies, SITE, ALL, old.xp, -1)
        if player.is_listed:
            _tally(tallies, SITE, ALL, player.xp, 1)
        if old and old.is_listed != player.is_listed:
            relisted.add(actor)
    more = _more({actor: dues for actor, dues in gained.items() if actor not in anew})
    stored = _stored(fresh, more, relisted | anew.keys())
    rows = _rows(after, relisted, more, stored, anew)
    for (board, period, actor), (xp, reached, is_listed) in rows.items():
        had = stored.get((board, period, actor))
        if had and had[2]:
            _tally(tallies, board, period, had[0], -1)
        if is_listed and reached:
            _tally(tallies, board, period, xp, 1)
    staging.store(fresh, TABLE, COLUMNS, 3, ((*key, *row) for key, row in rows.items() if row[1]), stored)
    for board, period, actor in (key for key, row in rows.items() if not row[1]):
        fresh.execute(
            "DELETE FROM gamification_score WHERE board = %s AND period = %s AND actor = %s", [board, period, actor]
        )
    _count(fresh, tallies)


def _more(gained: dict[Any, list[Due]]) -> dict[RowKey, tuple[int, int]]:
    """Return what people gained by board and period, without that of the whole site and all time."""
    more: dict[RowKey, tuple[int, int]] = {}
    for actor, dues in gained.items():
        for due in dues:
            for board, period in keys_of(due):
                if (board, period) != (SITE, ALL):
                    xp, reached = more.get((board, period, actor), (0, 0))
                    more[board, period, actor] = xp + due.amount, max(reached, due.at)
    return more


def _rows(
    after: "dict[Any, Player]",
    relisted: set[Any],
    more: dict[RowKey, tuple[int, int]],
    stored: dict[RowKey, Row],
    anew: dict[Any, Scored],
) -> dict[RowKey, Row]:
    """Return the rows as they are to be; one without an instant is to go."""
    rows: dict[RowKey, Row] = {}
    for key, (xp, reached) in more.items():
        had = stored.get(key, (0, 0, 0))
        rows[key] = had[0] + xp, max(had[1], reached), after[key[2]].is_listed
    for actor, mine in anew.items():
        for (board, period), (xp, reached) in mine.items():
            if (board, period) != (SITE, ALL):
                rows[board, period, actor] = xp, reached, after[actor].is_listed
    for key, (xp, reached, _) in stored.items():
        actor = key[2]
        if actor in anew:
            rows.setdefault(key, (0, 0, after[actor].is_listed))
        elif actor in relisted:
            rows.setdefault(key, (xp, reached, after[actor].is_listed))
    return rows


def _stored(fresh: Fresh, keys: Iterable[RowKey], whole: Iterable[Any]) -> dict[RowKey, Row]:
    """Return the rows of these keys, and all rows of the people in `whole`."""
    found: dict[RowKey, Row] = {}
    for board, period, actor, *rest in staging.of_actors(fresh, whole, TABLE, COLUMNS):
        found[board, period, actor] = (rest[0], rest[1], rest[2])
    wanted = list(keys)
    if not wanted:
        return found
    uuid = staging.uuid_type(fresh)
    fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_scored (board text, period text, actor {uuid})")
    staging.append(fresh, "fresh_scored", COLUMNS[:3], wanted)
    there = staging.joined(fresh, TABLE, "t.board = f.board AND t.period = f.period AND t.actor = f.actor")
    rows = fresh.fetch(f"SELECT {', '.join(f't.{name}' for name in COLUMNS)} FROM fresh_scored f {there}")
    fresh.empty("fresh_scored")
    for board, period, actor, *rest in rows:
        found[board, period, actor] = (rest[0], rest[1], rest[2])
    return found


def _tally(tallies: dict[tuple[str, str, int, int], int], board: str, period: str, xp: int, people: int) -> None:
    tallies[board, period, 0, xp] += people
    tallies[board, period, 1, xp >> SHIFT] += people


def _count(fresh: Fresh, tallies: dict[tuple[str, str, int, int], int]) -> None:
    moved = [(*key, people) for key, people in tallies.items() if people]
    if not moved:
        return
    fresh.execute(
        "CREATE TEMPORARY TABLE IF NOT EXISTS fresh_tallies (board text, period text, size integer, cell bigint, people bigint)"
    )
    staging.append(fresh, "fresh_tallies", ("board", "period", "size", "cell", "people"), moved)
    fresh.execute(
        "INSERT INTO gamification_tally AS x (board, period, size, cell, people) SELECT board, period, size, cell, people"
        " FROM fresh_tallies WHERE true ORDER BY board, period, size, cell"
        " ON CONFLICT (board, period, size, cell) DO UPDATE SET people = x.people + excluded.people"
    )
    fresh.execute(
        "DELETE FROM gamification_tally WHERE people = 0 AND (board, period, size, cell) IN"
        " (SELECT board, period, size, cell FROM fresh_tallies)"
    )
    fresh.empty("fresh_tallies")
