"""What the scheduler asks of the library."""

from celery import shared_task
from django.utils import timezone

from library import trending
from library.learning import progress
from library.people import announcing, notifications
from library.quizzes import attempts
from library.recommending import cowatching


@shared_task(name="library.announce")
def announce() -> int:
    """Tell followers of what has come out."""
    return announcing.work_off()


@shared_task(name="library.drop_old_notifications")
def drop_old_notifications() -> int:
    """Delete what members were told long ago."""
    return notifications.drop_old(timezone.now())


@shared_task(name="library.refresh_trending")
def refresh_trending() -> int:
    """Take the figures that lists are ordered by."""
    return trending.refresh(timezone.now())


@shared_task(name="library.complete_lessons")
def complete_lessons() -> int:
    """Complete what was watched or read and no page has noticed."""
    return progress.sweep()


@shared_task(name="library.close_attempts")
def close_attempts() -> int:
    """Mark attempts at quizzes whose time is up."""
    return attempts.close_overdue()


@shared_task(name="library.refresh_recommendations")
def refresh_recommendations() -> int | None:
    """Count what the same people watch, when that is due."""
    return cowatching.refresh_if_due(timezone.now())
