"""What the demo's people are told bears the time at which it happened, and what is old they have read."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db.models import F, Max

from library.people.models import Notification

READ_AFTER = timedelta(hours=30)


@contextmanager
def told_at(at: datetime) -> Iterator[None]:
    """Let what is told inside have been told at `at`. Two queries."""
    last = Notification.objects.aggregate(last=Max("pk"))["last"] or 0
    yield
    Notification.objects.filter(pk__gt=last).update(created_at=at)


def read_the_old(now: datetime) -> int:
    """Mark as read what was told more than a day ago. Returns how many."""
    old = Notification.objects.filter(read_at=None, created_at__lt=now - READ_AFTER)
    return old.update(read_at=F("created_at"))
