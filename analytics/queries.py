"""What pages ask about one person: when they played what, and on which days they were active at all.

Roll-ups are by days of the site; a person's own days begin at another hour, so these are read from the person's plays and
actions, by quarters of an hour, as no zone is finer.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import BigIntegerField, Count, ExpressionWrapper, F, Sum, Value

from stats.days import QUARTER_HOUR_US
from stats.kinds import ACTIVITY_KINDS
from stats.models import Action, Play

QUARTER_HOUR_S = QUARTER_HOUR_US // 1_000_000


@dataclass(frozen=True, slots=True)
class Spell:
    """The plays of one type that began in a quarter of an hour."""

    at: datetime
    item_type: str
    plays: int
    played_ms: int


def spells(actor: uuid.UUID) -> list[Spell]:
    """Return what a person ever played, in order. One query."""
    rows = (
        Play.objects.filter(actor=actor)
        .values("item_type", quarter=_quarter("started_at"))
        .annotate(plays=Count("play_id"), ms=Sum("played_ms"))
        .order_by("quarter", "item_type")
    )
    return [Spell(_at(row["quarter"]), row["item_type"], row["plays"], int(row["ms"])) for row in rows]


def acts(actor: uuid.UUID) -> list[tuple[datetime, int]]:
    """Return how often in each quarter of an hour a person did something that makes one active. One query."""
    rows = (
        Action.objects.filter(actor=actor, kind__in=ACTIVITY_KINDS)
        .values(quarter=_quarter("at"))
        .annotate(number=Count("event_id"))
        .order_by("quarter")
    )
    return [(_at(row["quarter"]), row["number"]) for row in rows]


def _quarter(column: str) -> ExpressionWrapper:
    return ExpressionWrapper(F(column) / Value(QUARTER_HOUR_US), output_field=BigIntegerField())


def _at(quarter: int) -> datetime:
    return datetime.fromtimestamp(quarter * QUARTER_HOUR_S, UTC)
