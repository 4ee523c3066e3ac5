"""Which closed days something came for late: a queue that the log's writers fill and counting works off."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from analytics.platform.models import TouchedDay
from stats.days import site_day
from stats.fields import to_micros
from stats.fresh import Fresh, Projection
from stats.kinds import KINDS, Kind

_FIRSTS = {Kind.ENROLLED: "enrolled_at", Kind.COURSE_COMPLETED: "completed_at"}
_MOVED = """
SELECT DISTINCT m.{column} FROM fresh f
JOIN stats_coursemember m ON m.actor = f.actor AND m.course = CASE WHEN f.kind = '{kind}' THEN {course} END
WHERE f.kind = '{kind}' AND f.actor_type <> 'a' AND f.occurred_at < m.{column}
"""
_MERGED = """
SELECT m.enrolled_at, m.completed_at, g.enrolled_at, g.completed_at
FROM stats_coursemember g JOIN stats_coursemember m ON m.course = g.course WHERE g.actor = %s AND m.actor = %s
"""
BEFORE_MIDNIGHT = timedelta(minutes=10)
"""Longer than any chunk takes: one that began before midnight may commit after the day was counted."""


def project(fresh: Fresh) -> None:
    """Queue the days of the chunk that are over, or will be before it is committed, and those that lose a first to them.

    Enrolling and completing count on the day of the first time, as it was known before the chunk.
    """
    fresh.execute("INSERT INTO analytics_touchedday (day) SELECT DISTINCT day FROM fresh WHERE day < %s", [_soon()])
    for kind, column in _FIRSTS.items():
        if kind in fresh.kinds:
            moved = fresh.fetch(_MOVED.format(kind=kind.value, column=column, course=fresh.uuid_of("f.label")))
            _queue(fresh, (at for (at,) in moved))


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Queue the days on which the guest was active, who is the member from now on."""
    fresh.execute(
        "INSERT INTO analytics_touchedday (day) SELECT DISTINCT day FROM stats_actorday WHERE actor = %s AND day < %s",
        [guest, _soon()],
    )
    _queue(fresh, (at for row in fresh.fetch(_MERGED, [guest, person]) for at in row if at is not None))


def _queue(fresh: Fresh, instants: Iterable[int]) -> None:
    soon = _soon()
    for day in sorted({site_day(at) for at in instants}):
        if day < soon:
            fresh.execute("INSERT INTO analytics_touchedday (day) VALUES (%s)", [day])


def _soon() -> str:
    return site_day(to_micros(timezone.now() + BEFORE_MIDNIGHT))


TOUCHED = Projection("touched days", (), frozenset(KINDS), project, claim, queues=(TouchedDay,))
