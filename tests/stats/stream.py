"""A long stream of events with known answers: some hundred people and items over a quarter of a year.

Everything that makes counting hard is in it: popularity as in life, reports that repeat and overtake each other, clocks
that are wrong, midnights, a change of the clocks by half an hour, guests who turn out to be members. The same seed
gives the same stream.
"""

import random
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth import get_user_model

from library.models import Category, Media
from stats import wire
from stats.actors import Actor, ActorType
from stats.ids import derived
from stats.inbox import insert
from stats.ingest import Sending, prepare
from stats.kinds import FEATURES, KINDS, PLAY_SOURCES, SHARE_PLATFORMS, Sender
from stats.models import Item, Source
from tests.stats import world
from tests.stats.recount import Told

ZONE = "Australia/Lord_Howe"  # half hours from UTC, and its clocks change by half an hour: on 5 April 2026, back
NOW = datetime(2026, 4, 20, 3, 41, 17, 250_000, tzinfo=UTC)
DAYS = 95
SECOND_US = 1_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
QUALITIES = ("360p", "480p", "720p", "1080p", "auto", None)
SPEEDS = (0.5, 1.0, 1.0, 1.25, 2.0, None)
SETTINGS = ("theme", "notification.email", "notification.push", "privacy.profile", "privacy", "language")
CATEGORIES = (Category.MUSIC, Category.FOOD, Category.TRAVEL, Category.OTHER)
TAGS = ("calm", "loud", "blue", "old", "new")


@dataclass(frozen=True)
class Places:
    """Who and what the stream is about."""

    sources: list[Source]
    items: list[Item]
    owners: list[Any]
    members: list[Any]
    guests: list[uuid.UUID]
    secret: str


@dataclass(frozen=True)
class Sent:
    """An event as it is sent: how it reads on the wire, by whom, when it came in, and how wrong the sender's clock was."""

    told: Told
    wire: dict[str, Any]
    actor: Actor
    received_at: datetime
    skew: timedelta


def places(seed: int, *, members: int = 60, items: int = 120) -> Places:
    """Make two sources, members (some of whom own items), guests, and items of all types."""
    chance = random.Random(seed)
    keys = world.make_source("second")
    sources = [Source.objects.get(pk=Source.SITE), keys.source]
    user = get_user_model()
    people = user.objects.bulk_create(
        [
            user(
                username=f"m{n}",
                email=f"m{n}@example.org",
                uuid=uuid.UUID(int=(0xA << 120) + chance.getrandbits(64)),
                theme=chance.choice(("system", "light", "dark", "dark")),
            )
            for n in range(members)
        ]
    )
    owners = people[:8]
    made = [_item(chance, number, sources, owners) for number in range(items)]
    Item.objects.bulk_create(made)
    Media.objects.bulk_create(
        Media(item=item, category=chance.choice(CATEGORIES), tags=chance.sample(TAGS, chance.randint(0, 2)))
        for item in Item.objects.filter(source_id=Source.SITE).order_by("pk")
    )
    guests = [uuid.UUID(int=(0xB << 120) + chance.getrandbits(64)) for _ in range(members // 2)]
    return Places(sources, list(Item.objects.order_by("pk")), owners, people, guests, keys.secret)


def _item(chance: random.Random, number: int, sources: Sequence[Source], owners: Sequence[Any]) -> Item:
    item_type = chance.choice(["video"] * 5 + ["track"] * 3 + ["stream", "image", "lesson"])
    length_s = {"video": (20, 3600), "track": (15, 600), "lesson": (60, 1800)}.get(item_type)
    external = chance.random() < 0.2
    return Item(
        uuid=uuid.UUID(int=(0xC << 120) + chance.getrandbits(64)),
        source=sources[1] if external else sources[0],
        external_key=f"x{number}" if external else None,
        type=item_type,
        title=f"Item {number}",
        owner=chance.choice(owners) if chance.random() < 0.85 else None,
        duration_ms=500 * chance.randint(2 * length_s[0], 2 * length_s[1])
        if length_s and chance.random() < 0.9
        else None,
        created_at=NOW - timedelta(days=DAYS + chance.randint(1, 300)),
    )


def generate(seed: int, there: Places, events: int) -> list[Sent]:
    """Return at least so many events in the order in which they come in; none is there twice."""
    return _Generator(seed, there).run(events)


def lines(sent: Sequence[Sent], sources: Sequence[Source]) -> list[str]:
    """Return the rows that the inbox keeps of these events, through the checks of the real ingest; none may be refused."""
    by_id = {source.pk: source for source in sources}
    groups: dict[tuple[Any, ...], list[Sent]] = defaultdict(list)
    for one in sent:
        groups[one.told.source, one.actor, one.received_at, one.skew].append(one)
    rows: list[str] = []
    for (source, actor, received_at, skew), group in groups.items():
        decoded = wire.from_values([one.wire for one in group])
        decoded.sent_at = received_at - skew
        made, outcome = prepare(Sending(by_id[source], Sender.INTERNAL, actor), decoded, received_at)
        assert (outcome.rejected[:2], outcome.ignored) == ([], 0), group[0]
        rows += made
    return rows


def for_http(sent: Sequence[Sent], there: Places, chance: random.Random) -> tuple[list[Sent], list[Sent]]:
    """Return some of the second source's events as its server may send them now, and all the others."""
    posted, rest = [], []
    for one in sent:
        is_fit = one.told.source == there.sources[1].pk and one.told.actor_type == "u" and not one.skew
        if is_fit and KINDS[one.told.kind].sender <= Sender.SERVER and chance.random() < 0.5:
            told = replace(one.told, received_at=_micros(NOW))
            posted.append(replace(one, told=told, wire={**one.wire, "user": str(one.actor.id)}, received_at=NOW))
        else:
            rest.append(one)
    return posted, rest


def feed(rows: Sequence[str], chance: random.Random, *, largest: int = 3000) -> None:
    """Put rows into the inbox in batches of any size, and drain it now and then."""
    start = 0
    while start < len(rows):
        end = start + chance.choice((1, 7, 60, 500, largest))
        part = rows[start:end]
        insert([("".join(part).encode(), len(part))])
        start = end
        if chance.random() < 0.3:
            world.drain_all()
    world.drain_all()


def disordered(rows: Sequence[str], chance: random.Random) -> list[str]:
    """Return the rows with some of them twice, most a little and some far from their place."""
    weighed = [(place + _delay(chance, len(rows)), row) for place, row in enumerate(rows)]
    weighed += [(place + _delay(chance, len(rows)), row) for place, row in enumerate(rows) if chance.random() < 0.03]
    return [row for _, row in sorted(weighed)]


def _delay(chance: random.Random, length: int) -> float:
    return chance.random() * (length if chance.random() < 0.02 else 50)


class _Generator:
    """One stream in the making."""

    def __init__(self, seed: int, there: Places) -> None:
        self.chance = random.Random(seed)
        self.there = there
        self.made: list[Sent] = []
        self.popular = [1 / (rank + 1) for rank in range(len(there.items))]
        self.shuffled = self.chance.sample(there.items, len(there.items))
        self.busy = [1 / (rank + 3) for rank in range(len(there.members) + len(there.guests))]
        people = [Actor(member.uuid, ActorType.USER) for member in there.members]
        people += [Actor(guest, ActorType.GUEST) for guest in there.guests]
        self.people = self.chance.sample(people, len(people))
        self.playlists = [uuid.UUID(int=(0xD << 120) + n) for n in range(30)]
        self.comments: list[tuple[uuid.UUID, Item, datetime]] = []
        self.edges = [self._midnight(days) for days in range(DAYS)]

    def run(self, events: int) -> list[Sent]:
        for guest in self.chance.sample(self.there.guests, len(self.there.guests) // 2):
            self._claim(guest)
        for _ in range(40):
            self._broadcast()
        while len(self.made) < events:
            self._visit()
        return sorted(self.made, key=lambda one: (one.received_at, one.told.id))

    # Who and when

    def _midnight(self, days: int) -> datetime:
        day = (NOW.astimezone(ZoneInfo(ZONE)) - timedelta(days=days)).date()
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE)).astimezone(UTC)

    def _moment(self) -> datetime:
        """Return when a visit begins: anywhere, just before a midnight, in the hours of the clock change, or lately."""
        pick = self.chance.random()
        if pick < 0.08:
            return self.chance.choice(self.edges[1:]) - timedelta(seconds=self.chance.choice((0, 0, 1, 60, 600)))
        if pick < 0.11:
            change = datetime(2026, 4, 4, 15, tzinfo=UTC)
            return change + timedelta(minutes=5 * self.chance.randint(-12, 12))
        span = 1.5 if pick < 0.2 else DAYS
        return NOW - timedelta(seconds=self.chance.randint(3600, int(span * 86_400)))

    def _visit(self) -> None:
        """Somebody comes, plays and clicks for a while, and what the browser tells arrives sooner or later."""
        begins = self._moment()
        if self.chance.random() < 0.25:
            actor = Actor(uuid.UUID(int=(0xE << 120) + self.chance.getrandbits(64)), ActorType.ANONYMOUS)
        else:
            actor = self.chance.choices(self.people, self.busy)[0]
        source = self.there.sources[self.chance.random() < 0.3]
        session = f"s{self.chance.getrandbits(40):x}" if self.chance.random() < 0.8 else None
        visit = _Visit(self, actor, source, session)
        if actor.type is ActorType.USER and self.chance.random() < 0.5:
            visit.tell("login", begins)
        at = begins
        for _ in range(self.chance.choice((1, 2, 2, 3, 5, 8, 13))):
            item = self.chance.choices(self.shuffled, self.popular)[0]
            if self.chance.random() < 0.65:
                visit.play(item, at)
                tomorrow = at + timedelta(hours=24, seconds=self.chance.choice((-1, 0, 0, 1, 1800)))
                if self.chance.random() < 0.05 and tomorrow < NOW - timedelta(seconds=60):
                    visit.play(item, tomorrow)
            for _ in range(self.chance.choice((0, 0, 1, 1, 2, 3))):
                visit.click(item, at)
            at += timedelta(seconds=self.chance.choice((0, 0, 10, 65, 200, 900, 1790)))
            if at > NOW - timedelta(seconds=60):
                break

    def _broadcast(self) -> None:
        """A member goes on the air, perhaps with an interruption and without saying when it ends, and people watch."""
        chance = self.chance
        item = chance.choice([item for item in self.there.items if item.type == "stream"])
        begins = NOW - timedelta(seconds=chance.randint(4 * 3600, DAYS * 86_400))
        host = _Visit(
            self, Actor(chance.choice(self.there.members[:12]).uuid, ActorType.USER), self.there.sources[0], None
        )
        minutes = chance.randint(2, 120)
        host.tell("stream_started", begins, item)
        if chance.random() < 0.5:
            broken = begins + timedelta(minutes=minutes / 2)
            host.tell("stream_ended", broken, item)
            host.tell("stream_started", broken + timedelta(seconds=chance.choice((5, 60, 61, 299, 301))), item)
        if chance.random() < 0.85:
            host.tell("stream_ended", begins + timedelta(minutes=minutes), item)
        for actor in chance.choices(self.people, k=chance.randint(1, 15)):
            viewer = _Visit(self, actor, self.there.sources[0], None)
            viewer.play(item, begins + timedelta(seconds=chance.randint(0, 60 * minutes)))

    def _claim(self, guest: uuid.UUID) -> None:
        member = self.chance.choice(self.there.members)
        visit = _Visit(self, Actor(member.uuid, ActorType.USER), self.there.sources[0], None)
        visit.tell("guest_claimed", self._moment(), event_id=derived("guest_claimed", guest), guest=str(guest))


@dataclass
class _Visit:
    """What one person does in one go; `flushes` are when the browser sends, and how wrong its clock is."""

    of: _Generator
    actor: Actor
    source: Source
    session: str | None

    @property
    def chance(self) -> random.Random:
        return self.of.chance

    def play(self, item: Item, at: datetime) -> None:
        """Play something, telling it in cumulative reports, some of which come late or claim too much."""
        play_id = f"p{self.chance.getrandbits(60):x}"
        media_ms, said_media_s = item.duration_ms, None
        if media_ms is None and item.type in {"video", "track"} and self.chance.random() < 0.5:
            said_media_s = self.chance.randint(10, 500)
            media_ms = said_media_s * 1000
        length_s = (media_ms or 90_000) / 1000
        speed, quality = self.chance.choice(SPEEDS), self.chance.choice(QUALITIES)
        common = {"play_id": play_id, "source": self.chance.choice((*PLAY_SOURCES, None))}
        if self.chance.random() < 0.1:
            common["playlist"] = str(self.chance.choice(self.of.playlists))
        wanted = self.chance.choice(
            (0, 3, 19.5, 20, 31, length_s * 0.3, length_s / 2, length_s * 0.85, length_s, length_s * 1.2)
        )
        reports = self.chance.choice((1, 1, 2, 2, 3, 5))
        played, offset = 0.0, self.chance.choice((0, 0, 0, length_s / 2))
        skew = self.chance.choice((0, 0, 0, 0, 90, -75))
        for number in range(reports):
            played = round(wanted * (number + 1) / reports, 3)
            start = int(2 * offset) / 2
            end = min(start + int(2 * played) / 2, 359_000)
            ranges = (
                [[start, end]]
                if self.chance.random() < 0.7
                else [[start, start + (end - start) // 2], [start / 2 // 0.5 * 0.5, end]]
            )
            told = played * self.chance.choice((1, 1, 1, 1, 1, 3)) if number == reports - 1 else played
            fields = {
                **common, "duration_seconds": min(round(told, 3), 86_400), "ranges": ranges,
                "quality": quality if self.chance.random() < 0.9 else self.chance.choice(QUALITIES), "speed": speed,
                "completed": True if self.chance.random() < 0.2 else None, "item_duration_seconds": said_media_s,
            }  # fmt: skip
            waited = played + self.chance.choice((0, 0.25, 1, 2))
            self.tell("play", at, item, waited_s=waited, skew_s=skew, media_ms=media_ms, **fields)

    def click(self, item: Item, at: datetime) -> None:
        """Do something else, mostly about the item."""
        kind, fields = self._something(at)
        if kind in COLLABORATIONS:
            item = self.chance.choice(self.of.shuffled[:4])
        if kind == "comment_deleted":
            comment, item = self.chance.choice([one[:2] for one in self.of.comments if one[2] <= at])
            fields = {"comment": str(comment)}
        self.tell(kind, at, item if kind in ABOUT_ITEMS else None, **fields)
        if kind == "comment":
            self.of.comments.append((uuid.UUID(fields["comment"]), item, at))

    def _something(self, at: datetime) -> tuple[str, dict[str, Any]]:
        """Return a kind and its fields."""
        chance = self.chance
        known = self.actor.type is not ActorType.ANONYMOUS
        kind = chance.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        if kind in STATES and not known:
            kind = "share"
        if kind == "comment_deleted" and not any(one[2] <= at for one in self.of.comments):
            kind = "page_view"
        if kind in MEMBERS and self.actor.type is not ActorType.USER:
            kind = "page_view"
        playlist = str(chance.choice(self.of.playlists))
        person = str(chance.choice(self.of.there.members[: chance.choice((6, 60))]).uuid)
        fields: dict[str, Any] = {
            "like": lambda: {"source": "player"},
            "save": lambda: {"playlist": playlist} if chance.random() < 0.7 else {},
            "unsave": lambda: {"playlist": playlist} if chance.random() < 0.7 else {},
            "share": lambda: {"platform": chance.choice(SHARE_PLATFORMS), "recipient_count": chance.choice((None, 1, 3))},
            "download": lambda: {"bytes": chance.choice((None, 10_000_000, 5))},
            "comment": lambda: {"comment": str(uuid.UUID(int=chance.getrandbits(122)))},
            "rating": lambda: {"stars": chance.randint(1, 5)},
            "follow": lambda: {"target": person},
            "unfollow": lambda: {"target": person},
            "upload": lambda: {"content_type": chance.choice(("video", "stream", "image", "track")),
                               "bytes": chance.choice((None, 1_500_000_000, 3_333))},
            "viewers": lambda: {"viewers": chance.randint(0, 900)},
            "page_view": lambda: {"url": f"https://example.org/{chance.randint(0, 20)}"},
            "engagement": lambda: {"url": "https://example.org/", "engaged_seconds": chance.randint(0, 300)},
            "action": lambda: {"name": chance.choice(("zoom", "theatre"))},
            "feature_used": lambda: {"feature": chance.choice(FEATURES)},
            "payment": lambda: {"amount": chance.choice((499, 999)), "currency": chance.choice(("EUR", "USD"))},
            "refund": lambda: {"amount": 499, "currency": "EUR"},
            "enrolled": lambda: {"course": playlist},
            "review": lambda: {"stars": chance.randint(1, 5), "course": playlist},
            "review_deleted": lambda: {"course": playlist},
            "course_completed": lambda: {"course": playlist},
            "quiz_completed": lambda: {"course": playlist, "percent": 50, "passed": chance.random() < 0.6},
            "quiz_voided": lambda: {"course": playlist, "percent": 50, "passed": chance.random() < 0.6},
            "discussion_post": lambda: {"course": playlist},
            "post_deleted": lambda: {"course": playlist},
            "lesson_completed": lambda: {"course": playlist},
            "file_uploaded": lambda: {"content_type": "video", "bytes": 12_345},
            "playlist_created": lambda: {"playlist": playlist},
            "playlist_changed": lambda: {"playlist": playlist},
            "playlist_deleted": lambda: {"playlist": playlist},
            "setting_changed": lambda: {"setting": chance.choice(SETTINGS), "value": chance.choice(("dark", "light", "on"))},
            "recommendation_viewed": lambda: {"name": f"r{chance.randint(0, 400)}"},
            "recommendation_clicked": lambda: {"name": f"r{chance.randint(0, 400)}"},
            "referral": lambda: {"target": person},
            "search": lambda: {"name": chance.choice(("cats", "jazz")), "results": chance.randint(0, 50)},
            "bytes_delivered": lambda: {"bytes": chance.randint(0, 10**9)},
            "object_stored": lambda: {"bytes": chance.randint(0, 10**9)},
            "object_purged": lambda: {"bytes": chance.randint(0, 10**8)},
            "achievement_unlocked": lambda: {"name": chance.choice(("first", "tenth", "again")), "amount": 50},
        }.get(kind, dict)()  # fmt: skip
        return kind, fields

    def tell(
        self, kind: str, at: datetime, item: Item | None = None, *, waited_s: float = 0, skew_s: int = 0,
        media_ms: int | None = None, event_id: uuid.UUID | None = None, **fields: Any,
    ) -> None:  # fmt: skip
        """Send an event that happened `at`; one of a play is sent `waited_s` after the play's start or later."""
        chance = self.chance
        event_id = event_id or uuid.UUID(
            int=(_micros(at) // 1000 << 80) + (7 << 76) + (2 << 62) + chance.getrandbits(60)
        )
        late_s = chance.choice((0, 0, 0, 5, 40)) if chance.random() < 0.9 else chance.randint(0, 5 * 86_400)
        received_at = min(at + timedelta(seconds=waited_s + late_s), NOW)
        skew = timedelta(seconds=skew_s)
        said = at - skew
        fields = {name: value for name, value in fields.items() if value is not None}
        source = item.source if item is not None and item.source_id != Source.SITE else self.source
        on_wire = {"id": str(event_id), "type": kind, "occurred_at": world.at(said), **fields}
        if item is not None:
            on_wire["item"] = str(item.uuid)
        if self.session is not None:
            on_wire["session_id"] = self.session
        told = Told(
            id=event_id.hex, source=source.pk, kind=kind, actor=self.actor.id.hex,
            actor_type=self.actor.type.value, at=_micros(at), item=item.pk if item else None,
            item_type=item.type if item else "", media_ms=media_ms, said_at=_micros(said),
            received_at=_micros(received_at), session=self.session, fields=fields,
        )  # fmt: skip
        self.of.made.append(Sent(told, on_wire, self.actor, received_at, skew))


WEIGHTS = {
    "like": 14, "unlike": 6, "save": 8, "unsave": 4, "share": 10, "download": 6, "comment": 8, "comment_deleted": 1,
    "rating": 4, "follow": 3, "unfollow": 1, "upload": 3, "stream_started": 0.5, "stream_ended": 0.5, "viewers": 2,
    "page_view": 6, "engagement": 2, "action": 2, "feature_used": 2, "item_changed": 1, "object_stored": 1,
    "object_purged": 0.4, "achievement_unlocked": 0.6, "logout": 1, "payment": 1, "refund": 0.3,
    "enrolled": 0.5, "review": 0.5, "discussion_post": 0.5, "file_uploaded": 0.5, "file_downloaded": 0.3, "api_call": 1,
    "playlist_created": 1, "playlist_changed": 1, "playlist_deleted": 0.4, "collaboration_accepted": 1,
    "setting_changed": 2, "recommendation_viewed": 3, "recommendation_clicked": 1, "referral": 0.8, "search": 2,
    "bytes_delivered": 2, "backup_finished": 0.3, "restore_tested": 0.2, "lesson_completed": 0.5, "quiz_completed": 0.6,
    "quiz_voided": 0.2, "course_completed": 0.4, "review_deleted": 0.3, "post_deleted": 0.2,
}  # fmt: skip
STATES = {"like", "unlike", "save", "unsave", "rating"}
MEMBERS = {
    "upload", "stream_started", "stream_ended", "payment", "refund", "enrolled", "review", "discussion_post", "logout",
    "follow", "unfollow", "playlist_created", "playlist_changed", "playlist_deleted", "setting_changed", "referral",
    "collaboration_accepted", "lesson_completed", "item_changed", "object_stored", "object_purged",
    "achievement_unlocked", "quiz_completed", "quiz_voided", "course_completed", "review_deleted", "post_deleted",
}  # fmt: skip
ABOUT_ITEMS = {
    "play",
    "like",
    "unlike",
    "save",
    "unsave",
    "share",
    "download",
    "comment",
    "rating",
    "stream_started",
    "stream_ended",
    "viewers",
    "comment_deleted",
    "collaboration_accepted",
    "recommendation_viewed",
    "recommendation_clicked",
    "lesson_completed",
    "quiz_completed",
    "quiz_voided",
    "item_changed",
}
COLLABORATIONS = {"collaboration_accepted", "item_changed"}  # fmt: skip


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
