"""What the scheduler asks of accounts."""

from celery import shared_task
from django.core.management import call_command

from accounts import subscriptions


@shared_task(name="accounts.expire_subscriptions")
def expire_subscriptions() -> int:
    """Close subscriptions whose period has ended."""
    return subscriptions.expire_over()


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that are over."""
    call_command("clearsessions")
