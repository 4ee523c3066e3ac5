"""The twelve achievements that a site begins with."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from gamification.achievements.criteria import Rarity
from gamification.achievements.models import Achievement, AchievementVersion, Backfill

LEARNING, STREAKS, LEVELS = "Learning", "Streaks", "Levels"


@dataclass(frozen=True, slots=True)
class Default:
    """One of them. What is shown is an icon or a numeral."""

    key: str
    name: str
    description: str
    category: str
    metric: str
    threshold: int
    points: int
    rarity: Rarity
    icon: str = ""
    numeral: str = ""


DEFAULTS = (
    Default("first_steps", "First Steps", "Complete 1 lesson", LEARNING, "lessons_completed", 1, 50, Rarity.COMMON, "book"),
    Default(
        "learning_enthusiast", "Learning Enthusiast", "Complete 10 lessons", LEARNING, "lessons_completed", 10, 100,
        Rarity.COMMON, "books",
    ),
    Default(
        "knowledge_seeker", "Knowledge Seeker", "Complete 50 lessons", LEARNING, "lessons_completed", 50, 250, Rarity.RARE,
        "bulb",
    ),
    Default(
        "course_graduate", "Course Graduate", "Complete 1 course", LEARNING, "courses_completed", 1, 200, Rarity.COMMON,
        "certificate",
    ),
    Default(
        "multi_skilled", "Multi-Skilled", "Complete 5 courses", LEARNING, "courses_completed", 5, 500, Rarity.RARE, "stack-2",
    ),
    Default(
        "master_learner", "Master Learner", "Complete 10 courses", LEARNING, "courses_completed", 10, 1000, Rarity.EPIC,
        "school",
    ),
    Default("committed", "Committed", "7-day streak", STREAKS, "longest_streak", 7, 100, Rarity.COMMON, "flame"),
    Default("dedicated", "Dedicated", "30-day streak", STREAKS, "longest_streak", 30, 400, Rarity.RARE, "flame"),
    Default("unstoppable", "Unstoppable", "100-day streak", STREAKS, "longest_streak", 100, 1500, Rarity.LEGENDARY, "infinity"),
    Default("level_5", "Level 5", "Reach level 5", LEVELS, "level_attained", 5, 100, Rarity.COMMON, numeral="5"),
    Default("level_10", "Level 10", "Reach level 10", LEVELS, "level_attained", 10, 300, Rarity.RARE, numeral="10"),
    Default("level_25", "Level 25", "Reach level 25", LEVELS, "level_attained", 25, 1000, Rarity.EPIC, numeral="25"),
)  # fmt: skip


@transaction.atomic
def seed() -> int:
    """Publish those of the twelve that are not there; what staff made of them stays. Returns how many were new."""
    there = set(Achievement.objects.values_list("key", flat=True))
    now = timezone.now()
    new = [one for one in DEFAULTS if one.key not in there]
    for one in new:
        row = Achievement.objects.create(key=one.key, current=1, position=10 * (1 + DEFAULTS.index(one)))
        AchievementVersion.objects.create(
            achievement=row,
            number=1,
            name=one.name,
            description=one.description,
            category=one.category,
            icon=one.icon,
            numeral=one.numeral,
            metric=one.metric,
            tiers=[{"threshold": one.threshold, "points": one.points, "rarity": one.rarity.value}],
            published_at=now,
        )
        Backfill.objects.create(achievement=row, version=1)
    return len(new)
