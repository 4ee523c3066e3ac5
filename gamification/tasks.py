"""What the scheduler asks of the game: the tasks of its parts, which are found here."""

from gamification.achievements.tasks import backfill_achievements, count_holders, queue_rechecks, recheck_achievements
from gamification.boards.tasks import close_leaderboards, rebuild_leaderboards
from gamification.challenges.tasks import count_challenges
from gamification.moments.tasks import drop_old_moments
from gamification.teams.tasks import refresh_teams

__all__ = [
    "backfill_achievements",
    "close_leaderboards",
    "count_challenges",
    "count_holders",
    "drop_old_moments",
    "queue_rechecks",
    "rebuild_leaderboards",
    "recheck_achievements",
    "refresh_teams",
]
