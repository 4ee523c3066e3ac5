"""When a value was reached: each of a person's values as it grew, told by what it was earned with.

So the instant does not depend on the order in which events arrived, nor on when somebody looked.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from gamification import causes, choices, staging
from gamification.activity import QUARTER_US, quarters_of
from gamification.levels import points_for
from gamification.rules import Rule
from gamification.streaks import Streak, Trace, days_of, fold
from stats.fresh import Fresh
from stats.kinds import Kind
from stats.streams import RECONNECT_US

Gain = tuple[int, int]
"""An instant in microseconds, and by how much the value grew then."""

_FACTS = {
    "lessons": Rule.LESSON.value,
    "courses": Rule.COURSE.value,
    "quizzes": causes.QUIZ,
    "reviews": Rule.REVIEW.value,
}


class Gains:
    """What people's values are made of, read from the tables for all that were asked for together."""

    def __init__(self, fresh: Fresh) -> None:
        self._fresh = fresh
        self._facts: dict[Any, dict[tuple[str, str], causes.Fact]] = {}
        self._posts: dict[Any, list[Gain]] = {}
        self._paid: dict[Any, list[tuple[str, str, int, int]]] = {}
        self._days: dict[Any, tuple[list[Gain], list[Gain], dict[str, int]]] = {}

    def read(self, wanted: dict[str, set[Any]]) -> None:
        """Read what these columns of `Player` are made of, each of these people."""
        of_facts = set().union(*(wanted.get(name, set()) for name in (*_FACTS, "perfects")))
        of_points = wanted.get("xp", set()) | wanted.get("level", set())
        of_days = wanted.get("longest", set()) | wanted.get("days", set()) | of_points
        if of_facts:
            self._facts = causes.stored_facts(self._fresh, of_facts)
        if posts := wanted.get("posts"):
            for actor, at, is_gone in staging.of_actors(
                self._fresh, posts, "gamification_post", ("actor", "at", "is_gone")
            ):
                if not is_gone:
                    self._posts.setdefault(actor, []).append((at, 1))
        if of_points:
            columns = ("actor", "rule", "ref", "earned_at", "amount")
            sums: dict[tuple[Any, str, str, int], int] = defaultdict(int)
            for actor, rule, ref, at, amount in staging.of_actors(
                self._fresh, of_points, "gamification_entry", columns
            ):
                if rule != Rule.ACHIEVEMENT:
                    sums[actor, rule, ref, at] += amount
            for (actor, rule, ref, at), amount in sums.items():
                if amount:
                    self._paid.setdefault(actor, []).append((rule, ref, at, amount))
        if of_days:
            self._read_days(of_days)

    def of(self, actor: Any, column: str) -> list[Gain]:
        """Return how one value of one person grew; what was paid for achievements is left out of `xp`."""
        if column in _FACTS:
            facts = self._facts.get(actor, {}).values()
            return [(fact.first_at or 0, 1) for fact in facts if fact.rule == _FACTS[column] and fact.count > 0]
        if column == "perfects":
            facts = self._facts.get(actor, {}).values()
            standing = (fact for fact in facts if fact.rule == causes.QUIZ and fact.count > 0 and fact.perfects > 0)
            return [(fact.perfect_at or 0, 1) for fact in standing]
        if column == "posts":
            return self._posts.get(actor, [])
        longest, days, began = self._days.get(actor, ([], [], {}))
        if column == "longest":
            return longest
        if column == "days":
            return days
        paid = self._paid.get(actor, [])
        return [(began.get(ref, at) if rule == Rule.STREAK else at, amount) for rule, ref, at, amount in paid]

    def _read_days(self, actors: set[Any]) -> None:
        quarters: dict[Any, list[int]] = defaultdict(list)
        rows = staging.of_actors(self._fresh, actors, "gamification_activeday", ("actor", "day", "early", "late"))
        for actor, day, early, late in sorted(rows, key=lambda row: str(row[1])):
            quarters[actor] += quarters_of(day, early, late)
        held = choices.of(self._fresh, quarters)
        for actor, mine in quarters.items():
            state, longest, days = Streak(), [], []
            began: dict[str, int] = {}
            for day in days_of(mine, held[actor].zones):
                trace = Trace()
                after = fold(state, day, held[actor].zones, held[actor].rest, trace)
                at = day.first * QUARTER_US
                began |= {date.isoformat(): at for date in trace.counted}
                if after.longest > state.longest:
                    longest.append((at, after.longest - state.longest))
                if after.days > state.days:
                    days.append((at, after.days - state.days))
                state = after
            self._days[actor] = longest, days, began


def crossed(gains: Iterable[Gain], least: int) -> int | None:
    """Return when a value that grew like this first was `least`, or None."""
    value = 0
    for at, more in sorted(gains):
        value += more
        if value >= least:
            return at
    return None


def least_of(column: str, least: int) -> int:
    """Return what a column of `Player` is measured by: a level by its points, all others by themselves."""
    return points_for(least) if column == "level" else least


def of_counter(fresh: Fresh, actor: Any, column: str) -> list[Gain]:
    """Return how one of the eight statistics of one person grew. One query over what that person did."""
    rows = fresh.fetch(_COUNTED[column], [actor] * _COUNTED[column].count("%s"))
    return [(at, int(more)) for at, more in rows if at is not None]


_ACTIONS = "SELECT at, 1 FROM stats_action WHERE actor = %s AND kind = '{}'"
_COUNTED = {
    "plays": "SELECT started_at, 1 FROM stats_play WHERE actor = %s",
    "watched_ms": "SELECT started_at + played_ms * 1000, played_ms FROM stats_play WHERE actor = %s",
    "features_used": _ACTIONS.format(Kind.FEATURE_USED.value),
    "videos_uploaded": _ACTIONS.format(Kind.UPLOAD.value) + " AND label = 'video'",
    "images_uploaded": _ACTIONS.format(Kind.UPLOAD.value) + " AND label = 'image'",
    "interactions": "SELECT at, 1 FROM stats_action WHERE actor = %s AND kind IN ('comment', 'share')"
    " UNION ALL SELECT MIN(at), 1 FROM stats_action WHERE actor = %s AND kind = 'like' GROUP BY item_id",
    "streams_created": _ACTIONS.format(Kind.UPLOAD.value) + " AND label = 'stream'"
    " UNION ALL SELECT m.at, 1 FROM stats_streammark m WHERE m.actor = %s AND m.is_start = 1 AND NOT EXISTS ("
    "SELECT 1 FROM stats_streammark o WHERE o.actor = m.actor AND o.item_id = m.item_id"
    f" AND o.at >= m.at - {RECONNECT_US} AND (o.at, o.event_id) < (m.at, m.event_id))",
}
