"""Tasks of the worker."""

from celery import shared_task

from analytics import heartbeats


@shared_task(name="analytics.heartbeat")
def heartbeat() -> None:
    """Say that the worker's pool runs tasks."""
    heartbeats.beat(heartbeats.WORKER)
