"""Achievements: badges, milestones and streaks; points, places and levels wait for experience points."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.eight import EIGHT
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import Asked
from stats.possible.patterns import mean_streak
from stats.possible.record import MINE, PERSON, stat
from stats.possible.rhythm import best_streak, running_streak

GROUP = "Achievements"
MS_PER_HOUR = 3_600_000
COLUMNS = tuple(one.column for one in EIGHT if one.column != "last_activity_at")
_ACTIVITY = (Kind.PLAY, Kind.LIKE, Kind.SAVE, Kind.SHARE, Kind.COMMENT, Kind.UPLOAD, Kind.FEATURE_USED)

METRICS = (
    stat(
        GROUP, "badges_earned", "Badges earned", Unit.COUNT,
        "The different achievements unlocked up to the end of the window; one that can be unlocked again counts once, how often"
        " in all stands beside it. Of the site: all that were unlocked.",
        (Kind.ACHIEVEMENT_UNLOCKED,), MINE, waits_for="achievements", usual="all",
    ),
    stat(
        GROUP, "milestones_reached", "Milestones reached", Unit.COUNT,
        "How many of 1, 10, 100, 1 000 and so on each of the seven counted statistics (watched time in hours) has reached, added"
        " up. They never go down, except by erasure. Of the site: those of all people. As they are now, whatever the window.",
        _ACTIVITY, MINE, usual="all",
    ),
    stat(
        GROUP, "active_streak", "Streaks (consecutive days active)", Unit.DAYS,
        "The days in a row on which the person watched, liked, commented, shared, saved, uploaded or used a feature, up to today,"
        " or up to yesterday while today is not over, in the person's zone; the longest ever stands beside it. Of the site: the"
        " average of the people who have such a run, by the site's days.",
        _ACTIVITY, MINE, usual="all",
    ),
    stat(
        GROUP, "achievement_points", "Achievement points", Unit.COUNT,
        "The sum of the experience points' ledger.",
        (), MINE, waits_for="experience points", usual="all",
    ),
    stat(
        GROUP, "leaderboard_position", "Leaderboard position", Unit.COUNT,
        "The place by experience points among those who take part; equal scores share a place.",
        (), PERSON, waits_for="leaderboards", usual="all",
    ),
    stat(
        GROUP, "level_attained", "Level/rank attained", Unit.COUNT,
        "The whole part of the square root of a hundredth of all experience points, at least 1.",
        (), MINE, waits_for="experience points", usual="all",
    ),
)  # fmt: skip


def badges_earned(asked: Asked) -> Value:
    """Count achievements unlocked."""
    if asked.is_site:
        return Value(asked.ever(Kind.ACHIEVEMENT_UNLOCKED))
    unlocked = [row.label for row in asked.did(Kind.ACHIEVEMENT_UNLOCKED)]
    return Value(len(set(unlocked)), rows=(Row(_("In all"), len(unlocked), "total"),))


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


def active_streak(asked: Asked) -> Value:
    """Count the days in a row with activity."""
    if asked.is_site:
        return asked.fact("active_streaks", lambda told: mean_streak(*told))
    days = asked.active_days
    return Value(running_streak(days, asked.today), rows=(Row(_("Longest ever"), best_streak(days), "best"),))
