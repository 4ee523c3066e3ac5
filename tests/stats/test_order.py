"""The numbers do not depend on the order, the repetition or the batching of what arrives.

A random stream with equal timestamps on purpose, in which guests turn out to be members at any place, is applied in
several ways, each from an empty start; every table must come out the same, be what an independent recount says, and be
what a replay of the log says. `ORDER_EXAMPLES` sets how many streams are tried.
"""

import os
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stats import periods, settling, verify, wire
from stats.actors import Actor, ActorType
from stats.fields import to_micros
from stats.ids import derived
from stats.inbox import insert
from stats.ingest import Sending, prepare
from stats.kinds import Sender
from stats.models import Item, Source
from tests.stats import world
from tests.stats.recount import Told, kept, recount

pytestmark = pytest.mark.django_db

EXAMPLES = int(os.environ.get("ORDER_EXAMPLES", "10"))
NOW = datetime(2024, 4, 3, 12, 0, tzinfo=UTC)
START = datetime(2024, 3, 31, 23, 30, tzinfo=UTC)  # a Sunday and the last of the month, just before midnight
TODAY = date(2025, 1, 1)
MEMBERS = [Actor(uuid.UUID(int=n), ActorType.USER) for n in (0xA1, 0xA2)]
GUESTS = [Actor(uuid.UUID(int=n), ActorType.GUEST) for n in (0xB1, 0xB2, 0xB3)]
NOBODY = Actor(uuid.UUID(int=0xC1), ActorType.ANONYMOUS)
CLAIMS = {0xB1: MEMBERS[0], 0xB2: MEMBERS[0], 0xB3: MEMBERS[1]}
PLAYLISTS = [str(uuid.UUID(int=n)) for n in (1, 2)]
IN_COURSES = (
    "enrolled", "course_completed", "lesson_completed", "quiz_completed", "quiz_voided", "review", "review_deleted",
    "discussion_post", "post_deleted",
)  # fmt: skip
TARGETS = [str(MEMBERS[0].id), str(MEMBERS[1].id), str(GUESTS[0].id).upper(), str(uuid.UUID(int=0xABCDEF)).upper()]
KINDS = (
    "play", "play", "play", "play", "like", "like", "unlike", "unlike", "save", "save", "unsave", "share", "comment",
    "comment_deleted", "rating", "rating", "follow", "follow", "unfollow", "enrolled", "course_completed",
    "lesson_completed", "quiz_completed", "quiz_completed", "quiz_voided", "review", "review_deleted", "discussion_post",
    "post_deleted", "download", "upload", "feature_used", "stream_started", "stream_started", "stream_ended", "history_cleared",
    "history_hidden", "identified", "page_view",
)  # fmt: skip
SAID: tuple[dict[str, Any], ...] = (
    {}, {"quality": "720p", "speed": 1.0, "source": "search"}, {"quality": "720p", "speed": 2.0, "source": "other"},
    {"quality": "auto", "source": "player", "playlist": PLAYLISTS[0]},
)  # fmt: skip


@dataclass(frozen=True)
class One:
    """An event of the stream, before it has an id."""

    kind: str
    actor: Actor
    minute: int
    item: int
    choice: int
    seconds: int
    span: tuple[int, int]
    skew: int
    source: int


ones = st.builds(
    One,
    kind=st.sampled_from(KINDS),
    actor=st.sampled_from([*MEMBERS, *GUESTS, NOBODY]),
    minute=st.sampled_from([0, 0, 0, 0, 3, 3, 29, 60, 64, 1440]),
    item=st.sampled_from([0, 0, 0, 1, 2]),
    choice=st.integers(0, 3),
    seconds=st.sampled_from([0, 10, 10, 31, 50, 90]),
    span=st.tuples(st.integers(0, 200), st.integers(0, 200)),
    skew=st.sampled_from([0, 0, 90, 91, 95]),
    source=st.integers(0, 1),
)


@pytest.fixture
def places(db):
    """Return two sources and three items: a film, a short track, a stream without an end."""
    sources = [Source.objects.get(pk=Source.SITE), world.make_source().source]
    items = [
        world.make_film(owner=world.make_member("ana")),
        world.make_film("Song", type="track", duration_ms=20_000, owner=world.make_member("ben")),
        world.make_film("Live", type="stream", duration_ms=None),
    ]
    return sources, items


def encoded(one: One, number: int, sources: list[Source], items: list[Item]) -> tuple[str, Told]:
    """Return the row that the inbox keeps of an event, and what the recount is told of it."""
    source, item = sources[one.source], items[one.item]
    actor, said = one.actor, START + timedelta(minutes=one.minute)
    event_id = uuid.UUID(int=(0x7 << 76) + (number << 40) + number)
    fields: dict[str, Any] = {}
    about = one.kind not in {
        "follow",
        "unfollow",
        "enrolled",
        "course_completed",
        "review",
        "review_deleted",
        "discussion_post",
        "post_deleted",
        "upload",
        "feature_used",
        "guest_claimed",
        "history_cleared",
        "history_hidden",
        "identified",
        "page_view",
    }
    match one.kind:
        case "play":
            start, end = min(one.span) / 2, max(one.span) / 2
            fields = {"play_id": f"{one.item}.{one.minute}", "duration_seconds": one.seconds, "ranges": [[start, end]],
                      "completed": one.choice == 0} | SAID[one.choice]  # fmt: skip
        case "save" | "unsave":
            fields = {"playlist": PLAYLISTS[one.choice]} if one.choice < len(PLAYLISTS) else {}
        case "share":
            fields = {"platform": ("email", "twitter", "copy_link", "other")[one.choice]}
        case "comment" | "comment_deleted":
            fields = {"comment": str(uuid.UUID(int=one.choice + 1))}
        case "upload":
            fields = {"content_type": ("video", "stream", "image", "track")[one.choice]}
        case "feature_used":
            fields = {"feature": "hd_streaming"}
        case "guest_claimed":
            guest = GUESTS[one.choice]
            actor, fields = CLAIMS[guest.id.int], {"guest": str(guest.id)}
            event_id = derived("guest_claimed", guest.id)
            said, source = START, sources[0]
        case "history_hidden":
            fields = {"play_id": f"{one.item}.0", "of_source": source.pk}
        case "identified":
            actor = MEMBERS[one.choice % 2]
            fields = {"external_id": f"name{one.item}"}
        case "page_view":
            fields = {"url": "https://example.org/"}
        case _:
            fields = last_word(one)
    skew = timedelta(seconds=one.skew if one.kind == "play" else 0)
    told = {"id": str(event_id), "type": one.kind, "occurred_at": world.at(said), **fields}
    if about:
        told["item"] = str(item.uuid)
    decoded = wire.from_values([told])
    decoded.sent_at = NOW - skew
    rows, outcome = prepare(Sending(source, Sender.INTERNAL, actor), decoded, NOW)
    assert not outcome.rejected, outcome.rejected
    return rows[0], Told(
        id=event_id.hex, source=source.pk, kind=one.kind, actor=actor.id.hex, actor_type=actor.type.value,
        at=to_micros(said + skew), item=item.pk if about else None, item_type=item.type, media_ms=item.duration_ms,
        said_at=to_micros(said), fields=fields,
    )  # fmt: skip


def last_word(one: One) -> dict[str, Any]:
    """Return what is said of a person, an item or a course that later words may change."""
    if one.kind in {"follow", "unfollow"}:
        return {"target": TARGETS[one.choice]}
    fields: dict[str, Any] = {"course": PLAYLISTS[one.choice % 2]} if one.kind in IN_COURSES else {}
    if one.kind in {"review", "rating"}:
        fields["stars"] = one.choice + 1
    if one.kind.startswith("quiz"):
        fields |= {"course": PLAYLISTS[0], "percent": 20 * one.choice, "passed": one.choice > 1}
        fields |= {"props": {"points": one.minute}} if one.source else {}
    return fields


def claims_of(guests: set[int]) -> list[One]:
    """Return the events by which members claim these guests."""
    return [One("guest_claimed", NOBODY, 0, 0, guest, 0, (0, 0), 0, 0) for guest in sorted(guests)]


def applied(
    chunks: list[list[str]], chance: random.Random, *, replayed: bool
) -> tuple[dict[str, Any], Any, list[str], int]:
    """Apply chunks of rows to an empty database, settling and building periods now and then.

    Returns all tables, the numbers, the drift (if the log is `replayed` to find it), and how many events are logged.
    """
    with transaction.atomic():
        for chunk in chunks:
            cut = len(chunk) // 2
            insert([("".join(part).encode(), len(part)) for part in (chunk[:cut], chunk[cut:]) if part])
            world.drain_all()
            if chance.random() < 3 / len(chunks):
                settling.settle(chance.choice((1, 20)))
            if chance.random() < 1 / len(chunks):
                _build()
        _build()
        result = (
            world.tables(),
            kept(),
            [str(one) for one in verify.differences()] if replayed else [],
            len(world.logged()),
        )
        assert world.stored()["letters"] == 0
        transaction.set_rollback(True)
    return result


def _build() -> None:
    for grain in ("w", "m", "y"):
        periods.build_unbuilt(grain, TODAY)
    settling.settle_all()


@settings(
    max_examples=EXAMPLES, deadline=None, database=None, print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(
    stream=st.lists(ones, min_size=25, max_size=60),
    claimed=st.sets(st.integers(0, len(GUESTS) - 1)),
    seed=st.integers(0, 2**32),
)
def test_any_order_repetition_and_batching_gives_the_numbers_of_the_recount(places, stream, claimed, seed):
    chance = random.Random(seed)
    for claim in claims_of(claimed):
        stream.insert(chance.randint(0, len(stream)), claim)
    numbers = chance.sample(range(1, 4 * len(stream) + 1), len(stream))
    pairs = [encoded(one, number, *places) for one, number in zip(stream, numbers, strict=True)]
    rows = list(dict.fromkeys(row for row, _ in pairs))
    wanted = recount((told for _, told in pairs), owners={item.pk: item.owner_id for item in places[1]})
    shuffled = [*rows, *chance.choices(rows, k=len(rows) // 2)]
    chance.shuffle(shuffled)
    cuts = sorted(chance.sample(range(len(shuffled) + 1), min(3, len(shuffled))))
    parts = [shuffled[start:end] for start, end in zip([0, *cuts], [*cuts, len(shuffled)], strict=True)]

    replayed = chance.randrange(3)  # a replay costs as much as all the rest
    at_once = applied([rows], chance, replayed=replayed == 0)
    by_parts = applied([part for part in parts if part], chance, replayed=replayed == 1)
    one_by_one = applied([[row] for row in reversed(rows)] + [rows], chance, replayed=replayed == 2)

    for tables, counted, drift, logged in (at_once, by_parts, one_by_one):
        assert drift == []
        for name, value in vars(wanted).items():
            assert getattr(counted, name) == value, name
        assert tables == at_once[0]
        assert logged == len(rows)
