"""Making people watch things."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from library.recommending import cowatching
from stats import ledger
from stats.actors import Actor, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item
from tests.factories import make_user


def watch(who: Any, *items: Item, days_ago: float = 2, seconds: int = 60, ended_at: datetime | None = None) -> None:
    """Let somebody watch items one after the other, the last one latest."""
    actor = who if isinstance(who, Actor) else user_actor(who.uuid)
    start = (ended_at or timezone.now()) - timedelta(days=days_ago)
    with ledger.recording():
        for number, item in enumerate(items):
            ledger.record(
                Kind.PLAY, actor, item=item, occurred_at=start + timedelta(minutes=2 * number), play_id=str(uuid7()),
                duration_seconds=seconds, ranges=[[0, seconds]],
            )  # fmt: skip


def audience(*items: Item, people: int = 3, days_ago: float = 2) -> list[Any]:
    """Let several people watch all of these items, and count who watches what together."""
    made = [make_user() for _ in range(people)]
    for person in made:
        watch(person, *items, days_ago=days_ago)
    cowatching.refresh(timezone.now())
    return made
