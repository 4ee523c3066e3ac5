"""The game does not depend on the order, the repetition or the batching of what arrives.

A random stream of what pays and what takes back, in which guests turn out to be members at any place, zones change and
clocks of browsers are late, is applied in several ways, each from an empty start. Everything must come to what an
independent recount says, and to what a replay of the log says. `ORDER_EXAMPLES` sets how many streams are tried.
"""

import os
import random
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gamification.models import ActiveDay, Choice, Fact, Post
from stats import verify, wire
from stats.actors import Actor, ActorType
from stats.fields import to_micros
from stats.ids import derived
from stats.inbox import insert
from stats.ingest import Sending, prepare
from stats.kinds import Sender
from stats.models import Item, Source
from tests.gamification import game
from tests.gamification.recount import Told, recount
from tests.stats import world

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ORDER_EXAMPLES", "10"))
START = datetime(2024, 3, 20, tzinfo=UTC)  # before clocks change in Europe, and a month ends
NOW = START + timedelta(days=40)
MEMBERS = [Actor(uuid.UUID(int=n), ActorType.USER) for n in (0xA1, 0xA2)]
GUESTS = [Actor(uuid.UUID(int=n), ActorType.GUEST) for n in (0xB1, 0xB2, 0xB3)]
NOBODY = Actor(uuid.UUID(int=0xC1), ActorType.ANONYMOUS)
CLAIMS = {0xB1: MEMBERS[0], 0xB2: MEMBERS[0], 0xB3: MEMBERS[1]}
COURSES = [str(uuid.UUID(int=n)) for n in (1, 2, 3)]
POSTS = [str(uuid.UUID(int=0x500 + n)) for n in range(8)]
ZONES = (
    "",
    "Asia/Tokyo",
    "America/Los_Angeles",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Australia/Lord_Howe",
    "Nowhere/At_all",
)
KINDS = (
    "share", "share", "share", "share", "late_share", "lesson_completed", "lesson_completed", "quiz_completed", "quiz_completed",
    "quiz_voided", "course_completed", "review", "review_deleted", "discussion_post", "discussion_post", "discussion_post",
    "post_deleted", "achievement_unlocked", "achievement_unlocked", "achievement_revoked", "xp_corrected", "time_zone",
    "time_zone", "rest_days", "listed",
)  # fmt: skip
ON_ITEMS = {"share", "lesson_completed", "quiz_completed", "quiz_voided"}


@dataclass(frozen=True)
class One:
    """An event of the stream, before it has an id."""

    kind: str
    actor: Actor
    day: int
    hour: int
    item: int
    choice: int


ones = st.builds(
    One,
    kind=st.sampled_from(KINDS),
    actor=st.sampled_from([*MEMBERS, *MEMBERS, *GUESTS, NOBODY]),
    day=st.one_of(st.integers(0, 39), st.integers(0, 14)),
    hour=st.sampled_from([0, 0, 5, 9, 11, 12, 17, 23]),
    item=st.sampled_from([0, 0, 1]),
    choice=st.integers(0, 7),
)


@pytest.fixture
def places(db, settings):
    """Return two sources and two items, where nothing follows from events but the projections."""
    settings.EVENT_REACTORS = settings.EFFECT_LISTENERS = []
    return [Source.objects.get(pk=Source.SITE), world.make_source().source], [
        world.make_film(),
        world.make_film("Quiz"),
    ]


def encoded(one: One, number: int, sources: list[Source], items: list[Item]) -> tuple[str, Told]:
    """Return the row that the inbox keeps of an event, and what the recount is told of it."""
    kind, fields = said(one)
    said_at, actor, trusted = START + timedelta(days=one.day, hours=one.hour), one.actor, True
    event_id = uuid.UUID(int=(0x7 << 76) + (number << 40) + number)
    source = sources[number % 2]
    if one.kind == "guest_claimed":
        guest = GUESTS[one.choice]
        actor, source, said_at = CLAIMS[guest.id.int], sources[0], START
        event_id = derived("guest_claimed", guest.id)
    if one.kind == "late_share":
        trusted, said_at = False, NOW - timedelta(hours=one.day)
    told = {"id": str(event_id), "type": kind, "occurred_at": world.at(said_at), **fields}
    if kind in ON_ITEMS:
        told["item"] = str(items[one.item].uuid)
    decoded = wire.from_values([told])
    rows, outcome = prepare(Sending(source, Sender.INTERNAL if trusted else Sender.BROWSER, actor), decoded, NOW)
    assert not outcome.rejected, outcome.rejected
    plain = {name: value.replace("-", "") if name in {"course", "post"} else value for name, value in fields.items()}
    return rows[0], Told(
        event_id.hex, kind, actor.id.hex, actor.type.value, to_micros(said_at), to_micros(NOW),
        items[one.item].pk if kind in ON_ITEMS else None, plain, trusted,
    )  # fmt: skip


def said(one: One) -> tuple[str, dict[str, Any]]:
    """Return the kind of an event and its own fields."""
    course = {"course": COURSES[one.choice % 3]}
    match one.kind:
        case "share" | "late_share":
            return "share", {"platform": "email"}
        case "lesson_completed":
            return one.kind, course if one.choice else {}
        case "quiz_completed" | "quiz_voided":
            return one.kind, course | {"percent": (100, 100, 80, 30)[one.choice % 4], "passed": one.choice % 4 != 3}
        case "review":
            return one.kind, course | {"stars": 1 + one.choice % 5}
        case "course_completed" | "review_deleted":
            return one.kind, course
        case "discussion_post" | "post_deleted":
            return one.kind, {"course": COURSES[one.choice % 3], "post": POSTS[(one.choice + one.day) % len(POSTS)]}
        case "achievement_unlocked":
            props = {"tier": 1 + one.item, "cycle": 1 + one.choice % 3, "points": 50, "version": 1}
            return one.kind, {"name": "first", "amount": 200 * (one.choice % 2), "props": props}
        case "achievement_revoked":
            return one.kind, {"name": "first", "props": {"tier": 1 + one.item, "cycle": 1 + one.choice % 3}}
        case "xp_corrected":
            return one.kind, {"amount": (-300, -50, 10, 500)[one.choice % 4]}
        case "time_zone":
            return "setting_changed", {"setting": "time_zone", "value": ZONES[one.choice % len(ZONES)]}
        case "rest_days":
            return "setting_changed", {"setting": "game.rest_days", "value": ("", "5,6", "0", "2,3")[one.choice % 4]}
        case "listed":
            return "setting_changed", {"setting": "game.listed", "value": ("on", "off")[one.choice % 2]}
        case "guest_claimed":
            return one.kind, {"guest": str(GUESTS[one.choice].id)}
    return one.kind, {}


def applied(chunks: list[list[str]], *, replayed: bool) -> tuple[Any, ...]:
    """Apply chunks of rows to an empty database. Returns what is stored, and the drift if the log is replayed for it."""
    with transaction.atomic():
        for chunk in chunks:
            insert([("".join(chunk).encode(), len(chunk))])
            world.drain_all()
        assert world.stored()["letters"] == 0
        kept = {table: rows for table, rows in world.tables().items() if table.startswith("gamification_")}
        drift = [str(one) for one in verify.differences()] if replayed else []
        result = game.stored(), kept, drift
        transaction.set_rollback(True)
    return result


def without_nonsense(told: list[Told]) -> list[Told]:
    """Leave out zones that there are not: nothing follows from them."""
    return [one for one in told if one.fields.get("value") != "Nowhere/At_all"]


@settings(
    max_examples=EXAMPLES, deadline=None, database=None, print_blob=True, phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    stream=st.lists(ones, min_size=15, max_size=60),
    claimed=st.sets(st.integers(0, len(GUESTS) - 1)),
    travels=st.booleans(),
    seed=st.integers(0, 2**32),
)
def test_any_order_repetition_and_batching_gives_the_game_of_the_recount(places, stream, claimed, travels, seed):
    chance = random.Random(seed)
    stream = [one if travels or one.kind != "time_zone" else replace(one, kind="share") for one in stream]
    for guest in claimed:
        stream.insert(chance.randint(0, len(stream)), One("guest_claimed", NOBODY, 0, 0, 0, guest))
    numbers = chance.sample(range(1, 4 * len(stream) + 1), len(stream))
    pairs = [encoded(one, number, *places) for one, number in zip(stream, numbers, strict=True)]
    rows = list(dict.fromkeys(row for row, _ in pairs))
    claims = {GUESTS[guest].id.hex: CLAIMS[GUESTS[guest].id.int].id.hex for guest in claimed}
    wanted = recount(without_nonsense([told for _, told in pairs]), claims)
    shuffled = [*rows, *chance.choices(rows, k=len(rows) // 2)]
    chance.shuffle(shuffled)
    cuts = sorted(chance.sample(range(1, len(shuffled)), 3))
    parts = [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]
    replayed = chance.randrange(3)  # a replay costs as much as all the rest
    ways = [[rows], parts, [[row] for row in reversed(rows)]]

    results = [applied(chunks, replayed=place == replayed) for place, chunks in enumerate(ways)]

    for held, tables, drift in results:
        assert drift == []
        for name, value in vars(wanted).items():
            found = {
                key: one for key, one in getattr(held, name).items() if name != "unlocks" or key[0] in wanted.players
            }
            assert found == value, name
        assert tables == results[0][1]


def test_the_stream_reaches_every_table(places):
    pairs = [
        encoded(One(kind, MEMBERS[0], 1, 9, 0, 0), number, *places)
        for number, kind in enumerate(dict.fromkeys(KINDS), start=1)
    ]

    insert([("".join(row for row, _ in pairs).encode(), len(pairs))])
    world.drain_all()

    assert all(table.objects.exists() for table in (ActiveDay, Choice, Fact, Post))
    assert all(vars(game.stored()).values())


def test_a_guest_who_only_set_a_zone_makes_nobody_a_player_whatever_came_first(places):
    pairs = [
        encoded(One("time_zone", GUESTS[0], 1, 9, 0, 1), 1, *places),
        encoded(One("guest_claimed", NOBODY, 0, 0, 0, 0), 2, *places),
        encoded(One("share", MEMBERS[0], 2, 23, 0, 0), 3, *places),
    ]
    rows = [row for row, _ in pairs]

    ways = [
        applied([[row] for row in order], replayed=True) for order in (rows, rows[::-1], [rows[1], rows[0], rows[2]])
    ]
    alone = [applied([[row] for row in order], replayed=True) for order in (rows[:2], rows[1::-1])]

    assert [drift for *_, drift in (*ways, *alone)] == [[]] * 5
    assert ways[0][1] == ways[1][1] == ways[2][1]
    assert alone[0][1] == alone[1][1]
    assert alone[0][0].players == {}
    (player,) = ways[0][0].players.values()
    assert str(player["last_day"]) == "2024-03-23"  # in Tokyo


def test_what_was_done_between_two_halves_of_one_date_counts_however_late_it_comes(places):
    ana = MEMBERS[0]
    told = [
        One("time_zone", ana, 1, 0, 0, ZONES.index("Pacific/Kiritimati")),
        One("share", ana, 1, 1, 0, 0),  # the 21st
        One("share", ana, 1, 12, 0, 0),  # the 22nd, there
        One("time_zone", ana, 1, 17, 0, ZONES.index("Pacific/Pago_Pago")),
        One("share", ana, 1, 18, 0, 0),  # the 21st again
    ]
    rows = [encoded(one, number, *places)[0] for number, one in enumerate(told, start=1)]

    in_order, late = (
        applied([[row] for row in rows], replayed=True),
        applied([rows[:2] + rows[3:], [rows[2]]], replayed=True),
    )

    assert in_order[1:] == late[1:]
    assert late[2] == []
    assert late[0].players[ana.id.hex]["days"] == 2
