"""What the scheduler asks of the platform's numbers."""

from celery import shared_task
from django.utils import timezone

from analytics.platform import aggregating, failures, health


@shared_task(name="analytics.aggregate_platform")
def aggregate_platform() -> int:
    """Bring the kept numbers up to date."""
    return aggregating.sweep(timezone.now())


@shared_task(name="analytics.sample_system")
def sample_system() -> None:
    """Keep how the system stands."""
    health.sample(timezone.now())


@shared_task(name="analytics.drop_old_failures")
def drop_old_failures() -> int:
    """Forget failures of tasks after a month."""
    return failures.drop_old(timezone.now())
