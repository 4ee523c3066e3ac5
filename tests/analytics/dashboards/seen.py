"""What a naive reader of the log and the ledgers sees of a site: plain values, and no query of the product's."""

import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from accounts.models import Payment, Plan, Referral, Subscription, SubscriptionChange, User
from analytics.models import JobFailure, SystemSample, TrafficMinute
from gamification.achievements.models import Achievement
from library.learning.models import Course
from library.models import Media
from stats.models import Item
from tests.gamification import recount as game
from tests.stats.recount import AMOUNTS, LABELS, Did, Numbers, Played, Told, Truth, report_is_view
from tests.stats.truths import Question, World

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MOMENT = timedelta(microseconds=1)
RANGES = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
NAMED = LABELS | {"guest_claimed": "guest", "enrolled": "course"}
COLUMNS = "id, source_id, kind, occurred_at, received_at, actor, actor_type, item_id, session_id, play_id, label, amount, data"


def micros(at: datetime) -> int:
    """Return an instant as the log has it."""
    return (at - EPOCH) // MOMENT


def instant(at: int) -> datetime:
    """Return an instant of the log."""
    return EPOCH + at * MOMENT


@dataclass(frozen=True)
class Seen:
    """Everything that is there, at one moment, in one zone."""

    now: datetime
    zone: str
    told: list[Told]
    received: dict[tuple[str, int], int]
    members: list[User] = field(default_factory=lambda: list(User.objects.all()))
    items: list[Item] = field(default_factory=lambda: list(Item.objects.all()))
    courses: list[Course] = field(default_factory=lambda: list(Course.objects.select_related("owner")))
    payments: list[Payment] = field(default_factory=lambda: list(Payment.objects.select_related("user", "plan")))
    plans: list[Plan] = field(default_factory=lambda: list(Plan.objects.all()))
    lines: list[SubscriptionChange] = field(
        default_factory=lambda: list(SubscriptionChange.objects.select_related("plan").order_by("at", "pk"))
    )
    subscriptions: list[Subscription] = field(default_factory=lambda: list(Subscription.objects.all()))
    referrals: list[Referral] = field(default_factory=lambda: list(Referral.objects.all()))
    achievements: list[Achievement] = field(default_factory=lambda: list(Achievement.objects.all()))
    samples: list[SystemSample] = field(default_factory=lambda: list(SystemSample.objects.order_by("minute")))
    traffic: list[TrafficMinute] = field(default_factory=lambda: list(TrafficMinute.objects.all()))
    failures: list[JobFailure] = field(default_factory=lambda: list(JobFailure.objects.all()))
    bytes_of: dict[int, int] = field(default_factory=lambda: dict(Media.objects.values_list("item_id", "bytes")))

    @cached_property
    def truth(self) -> Truth:
        """Who did what, guests that are members being these."""
        return Truth(self.told, self.zone)

    @cached_property
    def world(self) -> World:
        """The same for the recount of metrics."""
        return World(self.truth, Numbers(), {}, {}, {}, micros(self.now))

    @cached_property
    def did(self) -> list[Did]:
        """What was done, in order."""
        return sorted(self.truth.did, key=lambda did: (did.told.at, did.told.id))

    @cached_property
    def member_of(self) -> dict[str, User]:
        """The members that there are, by their id in the log."""
        return {user.uuid.hex: user for user in self.members}

    @cached_property
    def active_days(self) -> dict[date, set[str]]:
        """The members who did on a day what makes active."""
        found: dict[date, set[str]] = defaultdict(set)
        for did in self.did:
            if did.person in self.member_of and did.told.kind in ACTIVE:
                found[self.truth.day(did.told.at)].add(did.person)
        return found

    def active(self, last: date, days: int) -> set[str]:
        """Return the different members of so many days up to one."""
        return set().union(*(self.active_days.get(last - number * DAY, set()) for number in range(days)))

    @cached_property
    def game(self) -> game.Game:
        """What the game comes to, counted from the same events."""
        claims = {
            uuid.UUID(one.fields["guest"]).hex: one.actor for one in self.told if one.kind == "guest_claimed"
        }  # fmt: skip
        events = [
            game.Told(
                one.id, one.kind, one.actor, one.actor_type, one.at, self.received[one.id, one.source], one.item, one.fields,
                trusted=True,
            )
            for one in self.told
            if one.actor and (one.kind != "play" or report_is_view(one))
        ]  # fmt: skip
        with game_in(self.zone):
            return game.recount(events, claims)

    def role_of(self, user: User) -> str:
        """Return the best role that the lines of subscriptions leave a member."""
        best = "free"
        for chain in self.chains.values():
            if chain[0].user_id == user.pk:
                last = [line for line in chain if line.at <= self.now][-1:]
                role = last[0].role_after if last and last[0].holds_until > self.now else "free"
                best = max(best, role, key=("free", "subscriber", "premium").index)
        return best

    @cached_property
    def chains(self) -> dict[int, list[SubscriptionChange]]:
        """The lines of each subscription."""
        found: dict[int, list[SubscriptionChange]] = defaultdict(list)
        for line in self.lines:
            found[line.subscription_id].append(line)
        return found


def look(now: datetime, zone: str) -> Seen:
    """Read everything."""
    told, received = [], {}
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {COLUMNS} FROM stats_event")
        for row in cursor.fetchall():
            one = _told(*row)
            told.append(one)
            received[one.id, one.source] = row[4]
    return Seen(now, zone, told, received)


def _told(
    id: Any, source: int, kind: str, at: int, _received: int, actor: Any, actor_type: str, item: int | None,
    session: str | None, play_id: str | None, label: str | None, amount: int | None, data: str | None,
) -> Told:  # fmt: skip
    told = json.loads(data) if data else {}
    person = uuid.UUID(str(actor)).hex if actor else ""
    if kind != "play":
        fields = told | ({NAMED[kind]: label} if label is not None and kind in NAMED else {})
        if amount is not None and kind in AMOUNTS:
            fields[AMOUNTS[kind]] = amount
        if kind == "xp_corrected":
            fields["amount"] = amount
        return Told(uuid.UUID(str(id)).hex, source, kind, person, actor_type, at, item, session=session, fields=fields)
    fields = {
        "play_id": play_id, "duration_seconds": (amount or 0) / 1000, "completed": told.get("c", False),
        "ranges": [(start / 1000, end / 1000) for start, end in told.get("r", ())], "source": label,
        "quality": told.get("q"), "speed": told.get("s"),
    }  # fmt: skip
    return Told(
        uuid.UUID(str(id)).hex, source, kind, person, actor_type, at, item, told.get("t", "video"), told.get("m"),
        told.get("o"), session=session, fields=fields,
    )  # fmt: skip


class game_in:  # noqa: N801 (reads as a phrase)
    """Let the recount of the game have its days in another zone, and know all that makes active, for a while."""

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def __enter__(self) -> None:
        self.before = game.SITE_ZONE, game.COUNTED_AS_ACTIVE
        game.SITE_ZONE, game.COUNTED_AS_ACTIVE = self.zone, ACTIVE

    def __exit__(self, *_: object) -> None:
        game.SITE_ZONE, game.COUNTED_AS_ACTIVE = self.before


ACTIVE = {
    "play", "like", "save", "share", "download", "comment", "rating", "follow", "upload", "stream_started", "stream_ended",
    "feature_used", "enrolled", "lesson_completed", "quiz_completed", "course_completed", "review", "discussion_post",
    "file_uploaded", "processing_finished", "file_downloaded", "playlist_created", "playlist_changed",
    "collaboration_accepted",
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What a dashboard is asked by the words of an address, worked out with a calendar and nothing else."""

    seen: Seen
    words: dict[str, str]

    def __str__(self) -> str:
        return "&".join(f"{name}={word}" for name, word in self.words.items()) or "range=30d"

    @property
    def now(self) -> int:
        """The moment of asking."""
        return micros(self.seen.now)

    @property
    def is_hourly(self) -> bool:
        """Whether it is told by the hour."""
        return self.words.get("range") == "24h"

    @cached_property
    def today(self) -> date:
        """The day of the site."""
        return self.day(self.now)

    def day(self, at: int) -> date:
        """Return the site's day of an instant."""
        return instant(at).astimezone(ZoneInfo(self.seen.zone)).date()

    def midnight(self, day: date) -> int:
        """Return when a day of the site begins."""
        return micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(self.seen.zone)))

    @cached_property
    def days(self) -> list[date]:
        """The days that the window touches."""
        if self.is_hourly:
            first, last = self.day(self.start), self.day(self.end - 1)
        elif "from" in self.words:
            first, last = (date.fromisoformat(self.words[name]) for name in ("from", "to"))
        else:
            first, last = self.today - (RANGES[self.words.get("range", "30d")] - 1) * DAY, self.today
        return [first + number * DAY for number in range((last - first).days + 1)]

    @cached_property
    def start(self) -> int:
        """The first microsecond of the window."""
        return self.now - DAY // MOMENT if self.is_hourly else self.midnight(self.days[0])

    @cached_property
    def end(self) -> int:
        """The first that is not in it."""
        return self.now if self.is_hourly else self.midnight(self.days[-1] + DAY)

    @cached_property
    def steps(self) -> list[tuple[Any, int, int]]:
        """Its hours or days: what each is called, and from when to when it goes."""
        if self.is_hourly:
            hour = HOUR // MOMENT
            starts = [self.start + number * hour for number in range(24)]
            return [(instant(at), at, at + hour) for at in starts]
        return [(day, self.midnight(day), self.midnight(day + DAY)) for day in self.days]

    @cached_property
    def before(self) -> tuple[int, int] | None:
        """As much before it, up to the same time of day (to the minute) where it is not over."""
        if self.words.get("compare") == "no":
            return None
        if self.is_hourly:
            return self.start - DAY // MOMENT, self.start
        first = self.midnight(self.days[0] - len(self.days) * DAY)
        if not self.start <= self.now < self.end:
            return first, self.start
        here = self.seen.now.replace(second=0, microsecond=0).astimezone(ZoneInfo(self.seen.zone))
        then = (here.replace(tzinfo=None, fold=0) - len(self.days) * DAY).replace(tzinfo=ZoneInfo(self.seen.zone))
        return first, micros(then)

    @cached_property
    def steps_before(self) -> list[tuple[int, int]]:
        """The hours or days of the window before; the last as far as it goes."""
        if self.before is None:
            return []
        _first, end = self.before
        if self.is_hourly:
            return [(at - DAY // MOMENT, upto - DAY // MOMENT) for _, at, upto in self.steps]
        days = [self.days[0] - number * DAY for number in range(len(self.days), 0, -1)]
        spans = [(self.midnight(day), min(self.midnight(day + DAY), end)) for day in days]
        return [(start, upto) for start, upto in spans if start < upto]

    @property
    def source(self) -> int | None:
        """The source that is asked about."""
        return int(self.words["source"]) if "source" in self.words else None

    def question(self, start: int, end: int) -> Question:
        """Return the question for the recount of a metric."""
        subject, key = ("platform", 0) if self.source is None else ("source", self.source)
        return Question(self.seen.world, subject, key, start, end, self.seen.zone)

    def events(self, start: int, end: int, *kinds: str, source: bool = True) -> list[Did]:
        """Return what was done of some kinds in a span, of the source that is asked about."""
        return [
            did
            for did in self.seen.did
            if did.told.kind in kinds
            and start <= did.told.at < end
            and (not source or self.source in (None, did.told.source))
        ]

    def plays(self) -> Iterator[Played]:
        """Yield the plays that began in the window."""
        return (
            play
            for play in self.seen.truth.plays
            if self.start <= play.at < self.end and self.source in (None, play.source)
        )


@dataclass(frozen=True)
class Number:
    """What a headline must be: the value, the one before, the points of its line, and the numbers of its note."""

    value: Any
    before: Any = None
    points: tuple[Any, ...] = ()
    note: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class Table:
    """What a chart or table must have: of each row its day, hour or label, and its values; the numbers of its note.

    A fraction stands for one of the two whole numbers beside it, where `sums` says what the whole row adds up to.
    `columns` are the labels of the values where their order does not matter; `is_ranked` says that the largest comes first.
    """

    rows: list[tuple[Any, tuple[Any, ...]]]
    note: tuple[str, ...] | None = ()
    is_ranked: bool = False
    columns: tuple[str, ...] = ()
    sums: tuple[int, ...] = ()


# Weeks


def weeks(
    days: Iterable[tuple[date, tuple[Any, ...]]], ways: Sequence[Callable[[list[Any]], Any]], today: date
) -> list[tuple[date, date, tuple[Any, ...]]]:
    """Return the weeks of a calendar, each with its first and last of the days and its columns, each put together its way.

    Today counts in an average only where its week has no other day.
    """
    found: dict[tuple[int, int], list[tuple[date, tuple[Any, ...]]]] = defaultdict(list)
    for day, values in days:
        found[day.isocalendar()[:2]].append((day, values))
    told = []
    for these in found.values():
        over = [values for day, values in these if day != today] or [values for _, values in these]
        columns = [
            [values[number] for values in (over if way is mean else [values for _, values in these])]
            for number, way in enumerate(ways)
        ]
        values = tuple(way([v for v in column if v is not None]) for way, column in zip(ways, columns, strict=True))
        told.append((these[0][0], these[-1][0], values))
    return told


def last(values: list[Any]) -> Any:
    """Return the last value, None without any."""
    return values[-1] if values else None


def mean(values: list[Any]) -> float:
    """Return the average to a tenth."""
    return round(sum(values) / len(values), 1)
