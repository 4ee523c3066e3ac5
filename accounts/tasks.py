"""What the scheduler asks of accounts."""

from celery import shared_task
from django.core.management import call_command


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that are over."""
    call_command("clearsessions")
