"""What the scheduler asks of teams."""

from celery import shared_task

from gamification.teams import forming, standings


@shared_task(name="gamification.refresh_teams")
def refresh_teams() -> int:
    """Count the teams' points of the periods that are not settled, and mend teams whose owner is gone."""
    forming.mend()
    return standings.refresh()
