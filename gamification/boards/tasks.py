"""What the scheduler asks of the leaderboards."""

from celery import shared_task
from django.utils import timezone

from gamification.boards import closing, snapshots


@shared_task(name="gamification.rebuild_leaderboards")
def rebuild_leaderboards() -> int:
    """Take the boards anew."""
    return snapshots.rebuild(timezone.now())


@shared_task(name="gamification.close_leaderboards")
def close_leaderboards() -> int:
    """Close the weeks and months that have been over for two days."""
    return closing.close_due(timezone.now())
