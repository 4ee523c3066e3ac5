"""Tasks that ended with an error, kept for a month so that staff see them."""

import logging
from datetime import datetime, timedelta
from typing import Any

from celery.signals import task_failure
from django.db import DatabaseError, InterfaceError, connection

from analytics.platform.models import JobFailure

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)


@task_failure.connect
def note(sender: Any = None, exception: BaseException | None = None, **_: Any) -> None:
    """Keep that a task failed; a database that is away is no reason for another error."""
    name = getattr(sender, "name", None) or str(sender)
    text = f"{type(exception).__name__}: {exception}".split("\n")[0].replace("\0", "")
    try:
        JobFailure.objects.create(task=name[:100], error=text[:300])
    except (DatabaseError, InterfaceError) as error:
        log.warning("Not kept that %s failed: %s", name, error)
        connection.close()


def drop_old(now: datetime) -> int:
    """Delete failures that are older than a month. Returns how many."""
    return JobFailure.objects.filter(at__lt=now - KEPT).delete()[0]
