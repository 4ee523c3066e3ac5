"""Who and what the read benchmark is about, and what they do: the same arguments give the same events.

A few items, owners and people have much, most have little (the n-th has n to the power of minus `SKEW` of what the first
has). Three of ten people are members, three are guests of the site, four are visitors of an app, who are somebody else
every day.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password

from accounts.models import User
from library.models import Category, Media
from stats import encoding, wire
from stats.actors import Actor, ActorType
from stats.ids import derived_hex
from stats.kinds import FEATURES, KINDS, SHARE_PLATFORMS
from stats.models import Item, Source

DAYS = 90
SKEW = 0.8
SECOND_US = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TYPES = ("video", "track", "stream", "lesson", "image")
TYPE_WEIGHTS = (50, 35, 5, 5, 5)
ORIGINS = (
    *("player",) * 12, *("landing",) * 7, *("search",) * 4, *("playlist",) * 3, *("direct",) * 3, "share", "share", "other",
)  # fmt: skip
QUALITIES = ("720p", "1080p", "480p", "auto", "2160p")
SPEEDS = (1.0, 1.0, 1.0, 1.0, 1.25, 1.5, 2.0, 0.5)
HOURS = (2, 1, 1, 1, 1, 2, 3, 4, 5, 5, 5, 6, 6, 6, 6, 6, 7, 8, 9, 10, 10, 9, 6, 4)
MIX = {
    "page_view": 150, "like": 130, "unlike": 30, "share": 60, "save": 45, "download": 45, "comment": 20, "rating": 14,
    "feature_used": 4, "upload": 2,
}  # fmt: skip
PLAY_SHARE = 500
REPORTED_TWICE = 0.1
LATE = 0.02
LATEST_US = 2 * 86_400 * SECOND_US


@dataclass(frozen=True)
class Size:
    """How many there are of each."""

    people: int = 100_000
    items: int = 10_000
    owners: int = 1_000


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is sent, and by whom. `actor` is None where the session stands for the person."""

    event: wire.Event
    source: int
    actor: Actor | None
    item: Item | None
    occurred_us: int
    received_us: int

    def line(self) -> str:
        """Return the line that ingest would make of it."""
        event, spec = self.event, KINDS[self.event.type]
        hexes = self.actor.id.hex if self.actor else derived_hex("session", self.source, event.session_id)
        return encoding.row(
            spec,
            event,
            event_id=event.id or "",
            source_id=self.source,
            received_us=self.received_us,
            occurred_us=self.occurred_us,
            client_start_us=None,
            actor=hexes,
            actor_type=self.actor.type.value if self.actor else ActorType.ANONYMOUS.value,
            item_id=self.item.pk if self.item else None,
            item_type=self.item.type if self.item else None,
            media_ms=self.item.duration_ms if self.item else None,
            trusted=True,
        )


def settle_in(size: Size) -> None:
    """Make the members, the app and the items, the same ones each time."""
    chance = random.Random(f"population {size}")
    began = datetime.now(UTC) - timedelta(days=DAYS + 30)
    user, nobody = get_user_model(), make_password(None)
    user.objects.bulk_create(
        [
            user(
                uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
                username=f"member{number:06}",
                username_key=f"member{number:06}",
                email=f"member{number}@example.org",
                password=nobody,
                created_at=began,
            )
            for number in range(size.people * 3 // 10)
        ],
        batch_size=5_000,
    )
    user.objects.create(
        username="keeper", email="keeper@example.org", password=nobody, is_staff=True, is_superuser=True
    )
    Source.objects.create(name="app", secret_hash="0" * 64)
    owners = list(user.objects.order_by("pk")[: size.owners])
    weights = skewed(size.owners)
    items = [
        _item(chance, number, chance.choices(owners, cum_weights=weights)[0], began) for number in range(size.items)
    ]
    Item.objects.bulk_create(items, batch_size=5_000)
    Media.objects.bulk_create(
        [
            Media(item=item, category=chance.choice(Category.values), tags=[f"tag{chance.randrange(200)}"], bytes=10**6,
                  published_at=item.created_at)
            for item in items
        ],
        batch_size=5_000,
    )  # fmt: skip


def _item(chance: random.Random, number: int, owner: User, began: datetime) -> Item:
    item_type = chance.choices(TYPES, TYPE_WEIGHTS)[0]
    seconds = {"image": None, "stream": None, "track": chance.randrange(90, 400)}.get(
        item_type, chance.randrange(60, 1500)
    )
    return Item(
        uuid=uuid.UUID(int=chance.getrandbits(128), version=4),
        type=item_type,
        title=f"{item_type.capitalize()} {number}",
        owner=owner,
        duration_ms=seconds and seconds * 1000,
        created_at=began + timedelta(hours=number % 700),
    )


def skewed(number: int) -> list[float]:
    """Return cumulative weights of the first to the last."""
    return list(accumulate((rank + 1) ** -SKEW for rank in range(number)))


@dataclass
class Crowd:
    """What the population does in the days up to `today`, in the events of `number`."""

    number: int
    size: Size
    now: datetime
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(settings.TIME_ZONE))

    def __post_init__(self) -> None:
        self.items = list(Item.objects.order_by("pk"))
        self.keys = [str(item.uuid) for item in self.items]
        self.members = [
            Actor(one, ActorType.USER)
            for one in get_user_model().objects.filter(is_staff=False).order_by("pk").values_list("uuid", flat=True)
        ]
        self.app = Source.objects.get(name="app").pk
        self.today = self.now.astimezone(self.zone).date()
        chance = random.Random(f"guests {self.size}")
        self.people = [self._person(chance, number) for number in range(self.size.people)]
        self.item_weights, self.people_weights = skewed(len(self.items)), skewed(len(self.people))

    def _person(self, chance: random.Random, number: int) -> Actor | None:
        turn, part = divmod(number, 10)
        if part < 3:
            return self.members[turn * 3 + part]
        return Actor(uuid.UUID(int=chance.getrandbits(128), version=4), ActorType.GUEST) if part < 6 else None

    def days(self) -> list[date]:
        """Return the days in which things happen; the last is not over."""
        return [self.today - timedelta(days=DAYS - 1 - number) for number in range(DAYS)]

    def events_of(self, day: date) -> int:
        """Return how many events a day has."""
        share, rest = divmod(self.number, DAYS)
        return share + ((day - self.today).days + DAYS - 1 < rest)

    def units(self, day: date) -> Iterator[list[Told]]:
        """Yield a day's events one by one, in no order; all reports of a play stand together."""
        chance = random.Random(f"{self.number} {self.size} {day}")
        hour_weights = list(accumulate(HOURS))
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        begin = (midnight - EPOCH) // timedelta(microseconds=1)
        until = (self.now - EPOCH) // timedelta(microseconds=1) - 3600 * SECOND_US
        kinds, kind_weights = ("play", *MIX), list(accumulate((PLAY_SHARE, *MIX.values())))
        left = self.events_of(day)
        while left > 0:
            block = min(left, 200)
            for kind, item, person, hour in zip(
                chance.choices(kinds, cum_weights=kind_weights, k=block),
                chance.choices(range(len(self.items)), cum_weights=self.item_weights, k=block),
                chance.choices(range(len(self.people)), cum_weights=self.people_weights, k=block),
                chance.choices(range(24), cum_weights=hour_weights, k=block),
                strict=True,
            ):
                occurred = begin + int((hour + chance.random()) * 3600 * SECOND_US)
                if occurred > until:
                    occurred = max(begin, int(until - chance.random() * min(until - begin, 3600 * SECOND_US)))
                unit = self._told(chance, kind, item, person, day, occurred)[:left]
                left -= len(unit)
                yield unit
                if left <= 0:
                    return

    def _told(self, chance: random.Random, kind: str, number: int, person: int, day: date, occurred: int) -> list[Told]:
        actor, item = self.people[person], self.items[number]
        if kind in {"upload", "feature_used"} and (actor is None or not actor.is_user):
            kind = "page_view"
        source = Source.SITE if actor else self.app
        rest: dict[str, object] = {"session_id": f"s{person}-{day:%j}"}
        if kind == "play":
            return self._play(chance, item, self.keys[number], source, actor, occurred, rest)
        if KINDS[kind].about_item:
            rest["item"] = self.keys[number]
        if kind == "page_view":
            rest["url"] = f"/items/{self.keys[number]}/"
        elif kind == "share":
            rest["platform"] = chance.choice(SHARE_PLATFORMS)
        elif kind == "rating":
            rest["stars"] = chance.choice((1, 2, 3, 4, 4, 5, 5))
        elif kind == "download":
            rest["bytes"] = chance.randrange(10**6, 10**8)
        elif kind == "comment":
            rest["comment"] = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        elif kind == "upload":
            rest |= {"content_type": chance.choice(TYPES), "bytes": chance.randrange(10**5, 10**8)}
        elif kind == "feature_used":
            rest["feature"] = chance.choice(FEATURES)
        received = self._received(chance, occurred)
        return [self._one(chance, kind, source, actor, item if "item" in rest else None, occurred, received, rest)]

    def _play(
        self, chance: random.Random, item: Item, key: str, source: int, actor: Actor | None, occurred: int, rest: dict[str, object]
    ) -> list[Told]:  # fmt: skip
        media = (item.duration_ms or 0) / 1000
        seen = (media or 1200) * min(1.0, chance.random() ** 1.5 * 1.4)
        first = 0.0 if chance.random() < 0.8 else round(chance.random() * media * 0.5, 1)
        played = round(min(seen, media - first) if media else min(seen, 3000), 1)
        rest |= {
            "play_id": f"{chance.getrandbits(64):016x}", "item": key, "speed": SPEEDS[int(chance.random() * 8)],
            "source": ORIGINS[int(chance.random() * 32)], "quality": QUALITIES[int(chance.random() * 5)],
        }  # fmt: skip
        done = (0.5, 1.0) if chance.random() < REPORTED_TWICE else (1.0,)
        told = []
        for part in done:
            seconds = round(played * part, 1)
            received = self._received(chance, occurred + int(seconds * SECOND_US))
            says = rest | {"duration_seconds": seconds, "ranges": [(first, round(first + seconds, 1))]}
            told.append(self._one(chance, "play", source, actor, item, occurred, received, says))
        return told

    def _received(self, chance: random.Random, at: int) -> int:
        late = chance.random()
        received = at + int(chance.random() * 5 * SECOND_US)
        if late < LATE:
            received += int(late / LATE * LATEST_US)
        return max(at, min(received, (self.now - EPOCH) // timedelta(microseconds=1)))

    def _one(
        self, chance: random.Random, kind: str, source: int, actor: Actor | None, item: Item | None, occurred: int,
        received: int, rest: dict[str, object],
    ) -> Told:  # fmt: skip
        bits = chance.getrandbits(74)
        version_7 = (occurred // 1000) << 80 | 7 << 76 | (bits >> 62) << 64 | 2 << 62 | bits & 0x3FFF_FFFF_FFFF_FFFF
        event = wire.Event(
            type=kind,
            id=f"{version_7:032x}",
            occurred_at=EPOCH + timedelta(microseconds=occurred),
            **rest,  # type: ignore[arg-type]
        )
        return Told(event, source, actor, item, occurred, received)
