"""Which closed days something came for late: a queue that the log's writers fill and counting works off."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics.platform.models import TouchedDay
from stats.days import site_day
from stats.fields import to_micros
from stats.fresh import Fresh, Projection
from stats.kinds import KINDS

BEFORE_MIDNIGHT = timedelta(minutes=10)
"""Longer than any chunk takes: one that began before midnight may commit after the day was counted."""


def project(fresh: Fresh) -> None:
    """Queue the days of the chunk that are over, or will be before it is committed."""
    fresh.execute("INSERT INTO analytics_touchedday (day) SELECT DISTINCT day FROM fresh WHERE day < %s", [_soon()])


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Queue the days on which the guest was active, who is the member from now on."""
    fresh.execute(
        "INSERT INTO analytics_touchedday (day) SELECT DISTINCT day FROM stats_actorday WHERE actor = %s AND day < %s",
        [guest, _soon()],
    )


def _soon() -> str:
    return site_day(to_micros(timezone.now() + BEFORE_MIDNIGHT))


TOUCHED = Projection("touched days", (), frozenset(KINDS), project, claim, queues=(TouchedDay,))
