"""What the scheduler asks of the moments."""

from celery import shared_task
from django.utils import timezone

from gamification.moments import telling


@shared_task(name="gamification.drop_old_moments")
def drop_old_moments() -> int:
    """Delete what nobody is told of any more."""
    return telling.drop_old(timezone.now())
