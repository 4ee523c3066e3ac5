"""What people did, in as few words as a test of the pages needs."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from accounts.models import User
from stats import ledger
from stats.actors import Actor, ActorType, user_actor
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item

GUESTS = UUID("6a1c9b52-97a7-4e06-8a4f-5d8a8a0b4c11")


def guest(name: str) -> Actor:
    """Return a guest, always the same one for a name."""
    return Actor(uuid5(GUESTS, name), ActorType.GUEST)


def watch(
    who: User | Actor, item: Item, at: datetime, *, ranges: Sequence[Sequence[float]] = ((0, 30),), **fields: Any
) -> None:
    """Record one play that covers these seconds of an item, each of them once."""
    told = {
        "play_id": uuid7().hex,
        "duration_seconds": sum(end - start for start, end in ranges),
        "ranges": [list(span) for span in ranges],
        "source": "direct",
    }
    with ledger.recording():
        ledger.record(Kind.PLAY, actor_of(who), item=item, occurred_at=at, **told | fields)


def act(kind: Kind, who: User | Actor, item: Item, at: datetime, **fields: Any) -> None:
    """Record something else that was done with an item."""
    with ledger.recording():
        ledger.record(kind, actor_of(who), item=item, occurred_at=at, **fields)


def actor_of(who: User | Actor) -> Actor:
    """Return who acts."""
    return who if isinstance(who, Actor) else user_actor(who.uuid)
