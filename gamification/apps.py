"""XP, levels, streaks, achievements, leaderboards."""

from django.apps import AppConfig


class GamificationConfig(AppConfig):
    """XP, levels, streaks, achievements, leaderboards."""

    name = "gamification"
    default_auto_field = "django.db.models.BigAutoField"
