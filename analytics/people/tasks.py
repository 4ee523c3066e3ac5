"""What the scheduler asks of the people desk."""

from celery import shared_task
from django.utils import timezone

from analytics.people import bulk

TURN_S = 20.0


@shared_task(name="analytics.work_off_bulk_actions")
def work_off_bulk_actions() -> int:
    """Go on with the bulk actions that wait."""
    return bulk.work_off(TURN_S)


@shared_task(name="analytics.drop_bulk_drafts")
def drop_bulk_drafts() -> int:
    """Forget what was prepared and never started."""
    return bulk.drop_drafts(timezone.now())
