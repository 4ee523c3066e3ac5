"""What an achievement asks for, and what it gives. Pure.

A rule is a metric of the registry over a window, and thresholds: the first tier, further tiers, and where it is repeatable
another tier for each further step. What a member has counts for as long as the version holds under which it was earned.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import StrEnum
from math import ceil

from gamification.rules import AWARD
from gamification.rules import Rule as Earning

MOST_TIERS = 20
MOST_REPEATS = 1000
MOST_POINTS = 100_000
MOST_THRESHOLD = 1_000_000_000

COLUMNS = {
    "lessons_completed": "lessons",
    "courses_completed": "courses",
    "quizzes_passed": "quizzes",
    "perfect_quizzes": "perfects",
    "discussion_posts": "posts",
    "course_reviews": "reviews",
    "longest_streak": "longest",
    "active_days": "days",
    "total_xp": "xp",
    "level_attained": "level",
    "achievement_points": "xp",
    "badges_unlocked": "unlocked",
    "badge_points": "points",
}
"""Metrics that a member's row of the game has as a column: exact, at once, with the instant."""

OF_POINTS = frozenset({"xp", "level"})
OF_BADGES = frozenset({"unlocked", "points"})
FED = frozenset(
    {
        "total_xp",
        "achievement_points",
        "level_attained",
        "leaderboard_position",
        "badges_unlocked",
        "badges_earned",
        "badge_points",
    }
)
"""Metrics that unlocking itself would raise: they pay no experience points."""

LESS_IS_MORE = frozenset({"leaderboard_position", "skip_rate", "days_since_login", "unlikes", "unsaves"})
WINDOWS = ("all", "7d", "30d", "90d", "1y")


class Rarity(StrEnum):
    """How rare an achievement is meant to be. Stored: never rename a value."""

    COMMON = "common"
    RARE = "rare"
    EPIC = "epic"
    LEGENDARY = "legendary"


class Way(StrEnum):
    """Where the value comes from: a column of the player, a lifetime counter, or the registry's own computing."""

    PLAYER = "player"
    COUNTER = "counter"
    COMPUTED = "computed"


@dataclass(frozen=True, slots=True)
class Step:
    """One tier: from which value on, how many points it is worth, how rare it is."""

    threshold: float
    points: int
    rarity: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One version's rule. `column` is where the value stands, in units of 1 / `scale` of the metric's."""

    key: str
    version: int
    metric: str
    window: str
    way: Way
    column: str
    steps: tuple[Step, ...]
    every: float = 0
    scale: float = 1
    leasts: tuple[int, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Work out once from which value of the column on each step is reached: asked for every member of a chunk."""
        object.__setattr__(self, "leasts", tuple(ceil(step.threshold / self.scale) for step in self.steps))

    @property
    def xp(self) -> int:
        """What unlocking pays: nothing for what would feed itself."""
        return 0 if self.metric in FED else AWARD[Earning.ACHIEVEMENT].amount

    @property
    def last(self) -> int:
        """The highest tier there can be."""
        return len(self.steps) + (MOST_REPEATS if self.every else 0)

    def step(self, tier: int) -> Step:
        """Return a tier, counted from 1."""
        if tier <= len(self.steps):
            return self.steps[tier - 1]
        final = self.steps[-1]
        return Step(final.threshold + (tier - len(self.steps)) * self.every, final.points, final.rarity)

    def least(self, tier: int) -> int:
        """Return from which value of the column on a tier is reached."""
        return self.leasts[tier - 1] if tier <= len(self.leasts) else ceil(self.step(tier).threshold / self.scale)

    def reached(self, value: float) -> int:
        """Return how many tiers a value of the column reaches."""
        tier = bisect_right(self.leasts, value)
        if tier < len(self.steps) or not self.every:
            return tier
        more = int((value * self.scale - self.steps[-1].threshold) // self.every)
        return tier + min(more, MOST_REPEATS)
