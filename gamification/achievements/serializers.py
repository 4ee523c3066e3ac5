"""What goes in and out of the achievements' API. Shapes only; what a rule may be, `writing.check` says."""

from typing import Any

from rest_framework import serializers

from gamification.achievements.criteria import WINDOWS
from gamification.achievements.models import rarities
from gamification.achievements.queries import Badge, Wall

ALIASES = {"streak_days": "longest_streak", "level": "level_attained", "study_time_hours": "study_time"}
"""What the requirement was called before metrics had a registry."""


class AchievementProgressOut(serializers.Serializer):
    value = serializers.FloatField()
    goal = serializers.FloatField(help_text="What the next tier takes.")
    percent = serializers.IntegerField()
    noun = serializers.CharField(help_text="What is counted.")


class AchievementOut(serializers.Serializer):
    """An achievement as one member sees it."""

    key = serializers.CharField()
    name = serializers.CharField()
    description = serializers.CharField()
    category = serializers.CharField()
    icon = serializers.CharField(help_text="A Tabler icon's name; empty where a numeral is shown.")
    numeral = serializers.CharField()
    badge_color = serializers.CharField()
    rarity = serializers.ChoiceField(rarities())
    points = serializers.IntegerField()
    is_hidden = serializers.BooleanField()
    is_unlocked = serializers.BooleanField()
    unlocked_at = serializers.DateTimeField(allow_null=True, help_text="When it was earned.")
    tier = serializers.IntegerField(help_text="The highest tier unlocked; 0: none.")
    tiers = serializers.IntegerField(help_text="How many there are; 0: they never end.")
    held_by_percent = serializers.FloatField(help_text="How many of a hundred members have it.")
    progress = AchievementProgressOut(allow_null=True)


class AchievementsOut(serializers.Serializer):
    """Achievements, with how many are unlocked and what those are worth. Hidden ones are told of once unlocked."""

    unlocked = serializers.IntegerField()
    total = serializers.IntegerField()
    points = serializers.IntegerField()
    achievements = AchievementOut(many=True)


class AchievementsCheckedOut(AchievementsOut):
    newly_unlocked = serializers.ListField(
        child=serializers.CharField(), help_text="Keys of what was earned and not yet given; empty, mostly."
    )


class AchievementTierIn(serializers.Serializer):
    threshold = serializers.FloatField()
    points = serializers.IntegerField()
    rarity = serializers.ChoiceField(rarities(), default="common")


class AchievementIn(serializers.Serializer):
    """An achievement to make: one tier by `requirement_value`, `points` and `rarity`, or several by `tiers`."""

    key = serializers.SlugField(max_length=64, required=False, help_text="Made from the name unless given.")
    name = serializers.CharField(max_length=80)
    description = serializers.CharField(max_length=300)
    category = serializers.CharField(max_length=40, required=False, default="")
    icon = serializers.CharField(max_length=40, required=False, default="trophy")
    badge_color = serializers.CharField(max_length=7, required=False, default="", allow_blank=True)
    rarity = serializers.ChoiceField(rarities(), required=False, default="common")
    requirement_type = serializers.CharField(
        max_length=64, help_text="A metric of the registry that is of a member, as `lessons_completed`."
    )
    requirement_value = serializers.FloatField(required=False, help_text="From which value on it is unlocked.")
    points = serializers.IntegerField(required=False, default=0)
    hidden = serializers.BooleanField(required=False, default=False)
    window = serializers.ChoiceField([(name, name) for name in WINDOWS], required=False, default="all")
    tiers = AchievementTierIn(many=True, required=False)
    repeat_every = serializers.FloatField(
        required=False, default=0, help_text="Another tier for each such step; 0: none."
    )
    publish = serializers.BooleanField(required=False, default=True, help_text="Whether it holds at once.")


class AchievementCreatedOut(serializers.Serializer):
    key = serializers.CharField()
    uuid = serializers.UUIDField()
    version = serializers.IntegerField()
    is_published = serializers.BooleanField()


class AchievementsSeededOut(serializers.Serializer):
    created = serializers.IntegerField(help_text="How many of the twelve were new.")
    total = serializers.IntegerField(help_text="How many achievements there are.")


def told(wall: Wall, *, progress: bool = True) -> dict[str, Any]:
    """Return a wall as it is sent."""
    return {
        "unlocked": wall.unlocked,
        "total": wall.total,
        "points": wall.points,
        "achievements": [badge_told(badge, progress) for badge in wall.badges],
    }


def badge_told(badge: Badge, progress: bool) -> dict[str, Any]:
    """Return one achievement as it is sent."""
    return {
        "key": badge.key,
        "name": badge.name,
        "description": badge.description,
        "category": badge.category,
        "icon": badge.icon,
        "numeral": badge.numeral,
        "badge_color": badge.color,
        "rarity": badge.rarity,
        "points": badge.points,
        "is_hidden": badge.is_hidden,
        "is_unlocked": badge.is_unlocked,
        "unlocked_at": badge.earned_at,
        "tier": badge.tier,
        "tiers": badge.tiers,
        "held_by_percent": badge.holders_percent,
        "progress": {"value": badge.value, "goal": badge.goal, "percent": badge.percent, "noun": badge.noun}
        if progress
        else None,
    }
