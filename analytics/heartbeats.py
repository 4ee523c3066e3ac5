"""Signs of life of worker and scheduler: a process can be there and yet do nothing."""

from datetime import datetime, timedelta

from django.utils import timezone

from analytics.models import Heartbeat

WORKER, SCHEDULER = "worker", "scheduler"
NAMES = (WORKER, SCHEDULER)
SILENT_AFTER = timedelta(seconds=45)
"""Three beats of the schedule in the settings."""


def beat(name: str) -> None:
    """Note that the process works now."""
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now()})


def silent(now: datetime) -> list[str]:
    """Return the names of the processes that have not been heard of for SILENT_AFTER. One query."""
    heard = set(Heartbeat.objects.filter(at__gt=now - SILENT_AFTER).values_list("name", flat=True))
    return [name for name in NAMES if name not in heard]
