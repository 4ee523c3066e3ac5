"""Milestones: powers of ten that counters have reached. The other stats of achievements are the game's."""

from collections.abc import Mapping

from stats.compute import Row, Value
from stats.eight import EIGHT
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import Asked
from stats.possible.record import MINE, stat

GROUP = "Achievements"
MS_PER_HOUR = 3_600_000
COLUMNS = tuple(one.column for one in EIGHT if one.column != "last_activity_at")
_ACTIVITY = (Kind.PLAY, Kind.LIKE, Kind.SAVE, Kind.SHARE, Kind.COMMENT, Kind.UPLOAD, Kind.FEATURE_USED)

METRICS = (
    stat(
        GROUP, "milestones_reached", "Milestones reached", Unit.COUNT,
        "How many of 1, 10, 100, 1 000 and so on each of the seven counted statistics (watched time in hours) has reached, added"
        " up. They never go down, except by erasure. Of the site: those of all people. As they are now, whatever the window.",
        _ACTIVITY, MINE, usual="all",
    ),
)  # fmt: skip


def milestones_reached(asked: Asked) -> Value:
    """Count powers of ten passed."""
    if asked.is_site:
        return asked.fact("milestones", Value)
    stats = asked.stats
    counted = {column: int(getattr(stats, column)) if stats else 0 for column in COLUMNS}
    reached = {one.label: milestones(counted, one.column) for one in EIGHT if one.column in counted}
    return Value(sum(reached.values()), rows=tuple(Row(label, count) for label, count in reached.items()))


def milestones(counted: Mapping[str, int], column: str) -> int:
    """Return how many of 1, 10, 100 … a counter has reached: the digits of its whole part."""
    reached = counted[column] // (MS_PER_HOUR if column == "watched_ms" else 1)
    return len(str(reached)) if reached > 0 else 0
