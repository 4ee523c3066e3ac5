"""Players: each member's points, counts and streak, and the ledger entries that made them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from django.utils import timezone

from gamification import scores, staging
from gamification.causes import Due
from gamification.levels import level_of
from gamification.streaks import MILESTONES, Day, Streak
from stats.fields import to_micros
from stats.fresh import Effect, Fresh

TABLE = "gamification_player"
ENTRY = ("actor", "rule", "ref", "cause", "course", "amount", "earned_at", "recorded_at")


class Player(NamedTuple):
    """A row of `gamification.models.Player`."""

    actor: Any
    xp: int = 0
    level: int = 1
    reached_at: int = 0
    is_listed: int = 1
    lessons: int = 0
    courses: int = 0
    quizzes: int = 0
    perfects: int = 0
    posts: int = 0
    reviews: int = 0
    unlocked: int = 0
    points: int = 0
    days: int = 0
    run: int = 0
    longest: int = 0
    freezes: int = 0
    last_day: date | None = None
    day_from: int | None = None
    day_to: int | None = None
    first_quarter: int | None = None
    lost_run: int = 0
    lost_on: date | None = None
    repaired_on: date | None = None
    zone: str = ""

    def streak(self, last_quarter: int | None = None) -> Streak:
        """Return the streak's state; `last_quarter` is when the person was last active on the last day."""
        if self.last_day is None or self.day_from is None or self.day_to is None:
            return Streak()
        first = self.first_quarter if self.first_quarter is not None else self.day_from
        day = Day(self.last_day, first, first if last_quarter is None else last_quarter, self.day_from, self.day_to)
        return Streak(
            self.run, self.longest, self.days, self.freezes, day, first, self.lost_run, self.lost_on, self.repaired_on,
        )  # fmt: skip

    def with_streak(self, streak: Streak) -> "Player":
        """Return the row with a streak's state. After a day that does not count, whatever comes is folded anew."""
        day = streak.day
        if day is None:
            return self._replace(**_NO_STREAK)
        counts = day.first == streak.counted_first
        return self._replace(
            days=streak.days, run=streak.run, longest=streak.longest, freezes=streak.freezes, last_day=day.date,
            day_from=day.begins, day_to=day.ends, first_quarter=streak.counted_first if counts else None,
            lost_run=streak.lost_run, lost_on=streak.lost_on, repaired_on=streak.repaired_on,
        )  # fmt: skip


COLUMNS = Player._fields
_DATES = tuple(COLUMNS.index(name) for name in ("last_day", "lost_on", "repaired_on"))
_NO_STREAK: dict[str, Any] = {
    "days": 0, "run": 0, "longest": 0, "freezes": 0, "last_day": None, "day_from": None, "day_to": None,
    "first_quarter": None, "lost_run": 0, "lost_on": None, "repaired_on": None,
}  # fmt: skip


@dataclass(slots=True)
class Posting:
    """What one chunk changes in what is due to one person, and in the counts."""

    actor: Any
    gone: list[Due]
    come: list[Due]
    player: Player


def load(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, Player]:
    """Return these people's rows, where they have one."""
    return {row[0]: read(row) for row in staging.of_actors(fresh, actors, TABLE, COLUMNS)}


def read(row: Sequence[Any]) -> Player:
    """Return a stored row."""
    values = list(row)
    for place in _DATES:
        if isinstance(values[place], str):
            values[place] = date.fromisoformat(values[place])
    return Player._make(values)


class LastDay(NamedTuple):
    """What of a stored row says whether a quarter is news; the others are there where the first is."""

    first_quarter: int | None
    day_from: int
    day_to: int


def last_days(fresh: Fresh, actors: Iterable[Any]) -> dict[Any, LastDay]:
    """Return these people's last active days, where they have a row."""
    rows = staging.of_actors(fresh, actors, TABLE, ("actor", *LastDay._fields))
    return {row[0]: LastDay(*row[1:]) for row in rows}


def post(fresh: Fresh, postings: Sequence[Posting], before: dict[Any, Player]) -> None:
    """Write the ledger's entries, then the players, their scores and the tallies that follow from them."""
    entries: list[tuple[Any, Due]] = []
    for one in postings:
        entries += [(one.actor, due) for due in difference(one.gone, one.come)]
    append(fresh, entries)
    gained: dict[Any, list[Due]] = defaultdict(list)
    for actor, due in entries:
        gained[actor].append(due)
    losers = {actor for actor, dues in gained.items() if any(due.amount < 0 for due in dues)}
    anew = scores.of_ledger(fresh, losers)
    after = {}
    for one in postings:
        old, dues = before.get(one.actor), gained[one.actor]
        xp = (old.xp if old else 0) + sum(due.amount for due in dues)
        if one.actor in anew:
            reached = anew[one.actor].get(("", ""), (0, 0))[1]
        else:
            reached = max([old.reached_at if old else 0, *(due.at for due in dues)])
        after[one.actor] = one.player._replace(xp=xp, level=level_of(xp), reached_at=reached)
    fresh.shared["players"] = before, after
    changed = (values(row) for actor, row in after.items() if before.get(actor) != row)
    staging.store(fresh, TABLE, COLUMNS, 1, changed, {(actor,) for actor in before})
    scores.move(fresh, before, after, gained, anew)
    fresh.effects += _effects(before, after, gained)


def values(row: Player) -> list[Any]:
    """Return a row as it is stored."""
    stored = list(row)
    for place in _DATES:
        if stored[place] is not None:
            stored[place] = stored[place].isoformat()
    return stored


def difference(gone: Iterable[Due], come: Iterable[Due]) -> list[Due]:
    """Return what has to be posted so that what was due becomes what is due, losses first."""
    left: dict[tuple[str, str, str, int], tuple[int, Due]] = {}
    for sign, dues in ((-1, gone), (1, come)):
        for due in dues:
            key = due.rule, due.ref, due.course or "", due.at
            left[key] = left.get(key, (0, due))[0] + sign * due.amount, due
    changed = [due if due.amount == amount else replace(due, amount=amount) for amount, due in left.values() if amount]
    return sorted(changed, key=lambda due: (due.amount > 0, due.at, due.rule, due.ref))


def append(fresh: Fresh, entries: Sequence[tuple[Any, Due]]) -> None:
    """Append to the ledger, each cause's entries numbered on from those it has."""
    if not entries:
        return
    numbers = _numbers(fresh, entries)
    now = to_micros(timezone.now())
    rows = []
    for actor, due in sorted(entries, key=itemgetter(0)):  # by person, as the ledger's indexes are
        key = actor, due.rule, due.ref
        number = numbers.get(key, 0)
        numbers[key] = number + 1
        rows.append((actor, due.rule, due.ref, number, due.course, due.amount, due.at, now))
    staging.append(fresh, "gamification_entry", ENTRY, rows)


def _numbers(fresh: Fresh, entries: Sequence[tuple[Any, Due]]) -> dict[tuple[Any, str, str], int]:
    """Return how many entries each of these causes has already."""
    uuid = staging.uuid_type(fresh)
    fresh.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS fresh_causes (actor {uuid}, rule text, ref text)")
    keys = {(actor, due.rule, due.ref) for actor, due in entries}
    staging.append(fresh, "fresh_causes", ("actor", "rule", "ref"), sorted(keys))
    rows = fresh.fetch(
        "SELECT f.actor, f.rule, f.ref, MAX(t.cause) + 1 FROM fresh_causes f "
        + staging.joined(fresh, "gamification_entry", "t.actor = f.actor AND t.rule = f.rule AND t.ref = f.ref")
        + " GROUP BY f.actor, f.rule, f.ref"
    )
    fresh.empty("fresh_causes")
    return {(actor, rule, ref): number for actor, rule, ref, number in rows}


def _effects(before: dict[Any, Player], after: dict[Any, Player], gained: dict[Any, list[Due]]) -> list[Effect]:
    """Tell what the postings did: each entry as `xp`, a higher level as `level`, the length of a streak as `streak`."""
    told = []
    for actor, dues in gained.items():
        told += [Effect(actor, "xp", f"{due.rule}:{due.ref}", due.amount, due.at) for due in dues]
        level = before[actor].level if actor in before else 1
        if after[actor].level > level:
            told.append(
                Effect(actor, "level", str(after[actor].level), after[actor].level - level, after[actor].reached_at)
            )
    for actor, player in after.items():
        run = before[actor].run if actor in before else 0
        told += [
            Effect(actor, "streak", str(length), length, player.reached_at)
            for length in MILESTONES
            if run < length <= player.run
        ]
    return told
