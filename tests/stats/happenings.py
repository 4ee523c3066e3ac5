"""A small stream of plays and actions, told in any order while days are settled and periods built in between."""

import random
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as site
from hypothesis import strategies as st

from stats import ledger, periods, settling
from stats.actors import Actor, ActorType
from stats.kinds import FEATURES, PLAY_SOURCES, SHARE_PLATFORMS, Kind
from stats.metrics import Scope
from stats.models import Source
from tests.stats import world

START = datetime(2026, 3, 27, tzinfo=UTC)
HOURS = 14 * 24
TODAY = datetime(2026, 4, 12, 9, 30, tzinfo=UTC)
ZONES = ("UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Amsterdam", "America/St_Johns")
KINDS = (
    *["play"] * 8,
    "like",
    "unlike",
    "save",
    "unsave",
    "share",
    "download",
    "comment",
    "rating",
    "upload",
    "feature_used",
    "stream_started",
    "stream_ended",
)
PEOPLE = [
    *(Actor(uuid.UUID(int=n), ActorType.USER) for n in (0xA1, 0xA2)),
    *(Actor(uuid.UUID(int=n), ActorType.GUEST) for n in (0xB1, 0xB2)),
    Actor(uuid.UUID(int=0xC1), ActorType.ANONYMOUS),
]


@dataclass(frozen=True)
class One:
    """An event before it is recorded."""

    kind: str
    who: int
    item: int
    source: int
    minutes: int
    seconds: int
    choice: int


events = st.lists(
    st.builds(
        One,
        kind=st.sampled_from(KINDS),
        who=st.integers(0, len(PEOPLE) - 1),
        item=st.integers(0, 2),
        source=st.integers(0, 1),
        minutes=st.one_of(st.integers(0, HOURS * 60), st.sampled_from([0, 15, 30, 1440, 2880, 9 * 1440, 13320, 13350])),
        seconds=st.sampled_from([0, 5, 19, 31, 60, 90]),
        choice=st.integers(0, 8),
    ),
    min_size=8,
    max_size=40,
)
moments = st.integers(-60, (HOURS + 24) * 60)


def record(one: One, places: Any) -> None:
    """Record one event as it was told."""
    sources, items = places
    actor, item, source = PEOPLE[one.who], items[one.item], sources[one.source]
    fields: dict[str, Any] = {}
    if one.kind == "play":
        fields = {
            "play_id": f"p{one.minutes}-{one.choice}",
            "duration_seconds": one.seconds,
            "quality": ["720p", "1080p"][one.choice % 2],
        }
        fields |= {"source": PLAY_SOURCES[one.choice % 7], "ranges": [[0, one.seconds]]}
    elif one.kind == "share":
        fields = {"platform": SHARE_PLATFORMS[one.choice]}
    elif one.kind == "rating":
        fields = {"stars": one.choice % 5 + 1}
    elif one.kind == "upload":
        fields, item = {"content_type": ["video", "image", "stream"][one.choice % 3]}, None
    elif one.kind == "feature_used":
        fields, item = {"feature": FEATURES[one.choice % 8]}, None
    at = START + timedelta(minutes=one.minutes)
    ledger.record(Kind(one.kind), actor, item=item, occurred_at=at, source_id=source.pk, **fields)


def tell(stream: list[One], places: Any, chance: random.Random) -> None:
    """Record a stream in chunks of any order; settle, build periods and unmask guests in between."""
    pending = list(stream)
    chance.shuffle(pending)
    while pending:
        size = chance.randint(1, len(pending))
        chunk, pending = pending[:size], pending[size:]
        try:
            with ledger.recording():
                for one in chunk:
                    record(one, places)
        except ledger.Refused:
            pass  # two plays of one name: the whole chunk was left out
        if chance.random() < 0.3:
            with ledger.recording():
                ledger.record(Kind.GUEST_CLAIMED, PEOPLE[chance.randint(0, 1)], guest=str(PEOPLE[2].id))
        if chance.random() < 0.4:
            settling.settle(chance.choice([3, 1000]))
        if chance.random() < 0.3:
            day = TODAY.astimezone(ZoneInfo(site.TIME_ZONE)).date()
            periods.build_unbuilt("m", day)
            periods.build_unbuilt("y", day)


def scopes(places: Any) -> list[Scope]:
    sources, items = places
    return [
        Scope.item(items[0].pk),
        Scope.item(items[2].pk),
        Scope.owner(items[0].owner_id),
        Scope.source(sources[1].pk),
        Scope.platform(),
        Scope.user(PEOPLE[0].id),
    ]


def make_places() -> Any:
    """Make two sources and three items, two of them of one owner."""
    owner = world.make_member("owner")
    items = [
        world.make_film(owner=owner),
        world.make_film("Song", type="track", duration_ms=25_000, owner=owner),
        world.make_film("Live", type="stream", duration_ms=None),
    ]
    return [Source.objects.get(pk=Source.SITE), world.make_source().source], items
