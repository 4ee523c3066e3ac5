"""The scheduler, which says that it works each time it looks at its schedule."""

import logging
import time
from typing import Any

from celery.beat import PersistentScheduler
from django.db import DatabaseError, close_old_connections

log = logging.getLogger(__name__)

BEAT_EVERY_S = 15.0


class Scheduler(PersistentScheduler):
    """Celery's scheduler with a heartbeat row; a database that is away for a while does not end it."""

    _beaten = 0.0

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due. Returns the seconds until the next tick, BEAT_EVERY_S at most."""
        from analytics import heartbeats

        if time.monotonic() - self._beaten >= BEAT_EVERY_S:
            try:
                close_old_connections()
                heartbeats.beat(heartbeats.SCHEDULER)
                self._beaten = time.monotonic()
            except DatabaseError as error:
                log.warning("No heartbeat: %s", error)
        return min(super().tick(*args, **kwargs), BEAT_EVERY_S)
