"""A small game for tests: members who do things, and looking at what it came to."""

import uuid
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection

from gamification.models import Entry, Player
from stats import ledger
from stats.actors import Actor, user_actor
from stats.fresh import Effect
from stats.ids import uuid7
from stats.kinds import Kind
from stats.models import Item
from tests.gamification.recount import Game
from tests.stats import world

LEAST = {  # of each rule: what the third seed pays
    "lesson": 50, "quiz_passed": 100, "quiz_perfect": 150, "course": 500, "streak": 20, "achievement": 200, "review": 50,
    "post": 30,
}  # fmt: skip


def do(person: Any, kind: Kind, *, item: Item | None = None, at: datetime | None = None, **fields: Any) -> list[Effect]:
    """Let one person do something, at once. Returns what came of it."""
    actor = person if isinstance(person, Actor) or person is None else user_actor(person.uuid)
    with ledger.recording() as done:
        ledger.record(kind, actor, item=item, occurred_at=at, **fields)
    return done.effects


def finish_lessons(person: Any, number: int, *, course: str | None = None, at: datetime | None = None) -> list[Item]:
    """Let one person finish so many new lessons."""
    lessons = [world.make_film(f"Lesson {place}", type="lesson") for place in range(number)]
    with ledger.recording():
        for lesson in lessons:
            ledger.record(
                Kind.LESSON_COMPLETED,
                user_actor(person.uuid),
                item=lesson,
                occurred_at=at,
                course=course or str(uuid7()),
            )
    return lessons


def be_active(person: Any, *days: datetime) -> None:
    """Let one person do the least that counts, on each of these days."""
    with ledger.recording():
        for day in days:
            ledger.record(Kind.FEATURE_USED, user_actor(person.uuid), occurred_at=day, feature="hd_streaming")


def choose(person: Any, setting: str, value: str, at: datetime | None = None) -> None:
    """Let one person set something."""
    do(person, Kind.SETTING_CHANGED, at=at, setting=setting, value=value)


def days_before(now: datetime, number: int) -> list[datetime]:
    """Return the instants so many days before one, up to it, a day apart."""
    return [now - timedelta(days=back) for back in range(number - 1, -1, -1)]


def noon(day: int, hour: int = 12) -> datetime:
    """Return an hour of a day of a month long past, which began on a Monday."""
    return datetime(2024, 1, 1, hour, tzinfo=UTC) + timedelta(days=day)


def xp_of(person: Any) -> int:
    """Return a person's points, 0 for who has none; the ledger must say the same."""
    row = Player.objects.filter(actor=person.uuid).values_list("xp", flat=True).first()
    assert sum(Entry.objects.filter(actor=person.uuid).values_list("amount", flat=True)) == (row or 0)
    return row or 0


def stored() -> Game:
    """Return what the game's tables hold, in the recount's form."""
    game = Game()
    columns = (
        "xp", "level", "is_listed", "reached_at", "lessons", "courses", "quizzes", "perfects", "posts", "reviews",
        "unlocked", "points", "days", "run", "longest", "freezes", "last_day", "repaired_on",
    )  # fmt: skip
    for row in _rows("gamification_player", ("actor", *columns)):
        told = dict(zip(columns, row[1:], strict=True))
        game.players[_hex(row[0])] = told | {name: _date(told[name]) for name in ("last_day", "repaired_on")}
    for board, period, actor, *rest in _rows(
        "gamification_score", ("board", "period", "actor", "xp", "reached_at", "is_listed")
    ):
        game.scores[board, period, _hex(actor)] = tuple(rest)
    for *key, people in _rows("gamification_tally", ("board", "period", "size", "cell", "people")):
        game.tallies[tuple(key)] = people
    for actor, name, tier, cycle, revoked in _rows(
        "gamification_unlock", ("actor", "name", "tier", "cycle", "revoked")
    ):
        game.unlocks[_hex(actor), name, tier] = cycle > revoked
    sums: dict[Any, int] = defaultdict(int)
    for actor, rule, ref, course, at, amount in _rows(
        "gamification_entry", ("actor", "rule", "ref", "course", "earned_at", "amount")
    ):
        sums[_hex(actor), rule, ref, _hex(course) if course else "", at] += amount
    game.ledger = {key: amount for key, amount in sums.items() if amount}
    return game


def _rows(table: str, columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")
        return cursor.fetchall()


def _hex(value: Any) -> str:
    return uuid.UUID(str(value)).hex


def _date(value: Any) -> Any:
    return datetime.fromisoformat(str(value)).date() if value is not None else None
