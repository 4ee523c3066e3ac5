"""What the scheduler asks of accounts."""

from celery import shared_task
from django.core.management import call_command

from accounts import subscriptions
from accounts.billing import buying, payments, renewing, telling, webhooks
from accounts.erasure import erasing


@shared_task(name="accounts.expire_subscriptions")
def expire_subscriptions() -> int:
    """Close subscriptions whose period has ended."""
    return subscriptions.expire_over()


@shared_task(name="accounts.renew_subscriptions")
def renew_subscriptions() -> dict[str, int]:
    """Ask for what is due, finish purchases and refunds that a crash has left, read again what is held, and mail."""
    renewed = renewing.run()
    renewing.finish()
    buying.finish()
    payments.finish()
    webhooks.finish()
    telling.finish()
    return renewed


@shared_task(name="accounts.finish_erasures")
def finish_erasures() -> int:
    """Take up erasures that were begun and not finished."""
    return erasing.finish()


@shared_task(name="accounts.clear_sessions")
def clear_sessions() -> None:
    """Delete sessions that are over."""
    call_command("clearsessions")
