"""People who earn points for the boards' tests, and what a person with a pencil makes of the ledger."""

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from gamification.models import Entry
from gamification.scores import periods_of
from stats import ledger
from stats.actors import user_actor
from stats.fields import to_micros
from stats.ids import uuid7
from stats.kinds import Kind

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)


def earn(person: Any, lesson: Any, at: datetime = NOON, course: UUID | None = None) -> None:
    """Let somebody finish a lesson: 50 points, and 20 for the day."""
    fields = {"course": str(course)} if course else {}
    with ledger.recording():
        ledger.record(Kind.LESSON_COMPLETED, user_actor(person.uuid), item=lesson, occurred_at=at, **fields)


def choose(person: Any, setting: str, value: str) -> None:
    """Let somebody change a setting of the game."""
    with ledger.recording():
        ledger.record(Kind.SETTING_CHANGED, user_actor(person.uuid), setting=setting, value=value)


def play(people: Sequence[UUID], lessons: Sequence[Any], courses: Sequence[UUID], seed: int, days: int = 20) -> None:
    """Let people do little at random, so that many have the same points."""
    chance = random.Random(seed)
    with ledger.recording():
        for person in people:
            for _ in range(chance.choice([0, 1, 1, 2, 3])):
                at = NOON - timedelta(days=chance.randrange(days), minutes=chance.randrange(400))
                course = chance.choice([None, *courses])
                lesson = chance.choice(lessons)
                fields = {"course": str(course)} if course else {}
                ledger.record(Kind.LESSON_COMPLETED, user_actor(person), item=lesson, occurred_at=at, **fields)
            if chance.random() < 0.2:
                ledger.record(
                    Kind.DISCUSSION_POST,
                    user_actor(person),
                    course=str(courses[0]),
                    post=str(uuid7()),
                    occurred_at=NOON,
                )


def by_hand(board: str, period: str, unlisted: Iterable[UUID] = ()) -> list[tuple[int, UUID, int]]:
    """Return (rank, person, points) of a board from the ledger alone, each rank counted one by one."""
    left_out = set(unlisted)
    sums: dict[UUID, int] = defaultdict(int)
    since: dict[UUID, int] = defaultdict(int)
    for entry in Entry.objects.all():
        at = to_micros(entry.earned_at)
        if board and (entry.course is None or entry.course.hex != board):
            continue
        if (period and period not in periods_of(at)) or entry.actor in left_out:
            continue
        sums[entry.actor] += entry.amount
        since[entry.actor] = max(since[entry.actor], at)
    found = [(1 + sum(other > xp for other in sums.values()), actor, xp) for actor, xp in sums.items() if xp > 0]
    return sorted(found, key=lambda row: (row[0], since[row[1]], row[1]))
