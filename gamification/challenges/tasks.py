"""What the scheduler asks of challenges."""

from celery import shared_task

from gamification.challenges import standings


@shared_task(name="gamification.count_challenges")
def count_challenges() -> int:
    """Count the challenges whose turn it is, and close those that are settled."""
    return standings.run()
