"""What each metric of the registry is, once more: plain Python over the plays and events of a `Truth`, by its definition.

Nothing here reads a database or shares code with the site. A function is named by the key of its metric and returns the
value alone; None stands for "–".
"""

import itertools
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import cached_property
from math import isqrt
from typing import Any
from zoneinfo import ZoneInfo

from tests.gamification import recount as game
from tests.stats.recount import (
    ACTIVITIES,
    DAY_US,
    MINUTE_US,
    NO_ACTIONS,
    Did,
    Numbers,
    Played,
    Truth,
    report_is_view,
    streams_begun,
)

SECOND_US = 1_000_000
HOUR_MS = 3_600_000
ONE = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RUNGS = (144, 240, 360, 480, 720, 1080, 1440, 2160)
THEMES = {"system": "As on the device", "light": "Light", "dark": "Dark"}
LAST_ACTIVITY = 7
BY_OTHERS = {
    "subscription_changed", "payment", "refund", "processing_finished", "referral", "achievement_unlocked",
    "backup_finished", "restore_tested", "object_stored", "object_purged",
}  # fmt: skip


@dataclass(frozen=True)
class Thing:
    """An item."""

    owner: int | None
    title: str
    made_at: int
    category: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """Everything there is: what was told, the items, the members' numbers and themes, and what time it is."""

    truth: Truth
    numbers: Numbers
    items: dict[int, Thing]
    members: dict[str, int]
    themes: dict[str, str]
    now: int
    dues: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)

    @cached_property
    def person_of(self) -> dict[int, str]:
        """Members by their numbers."""
        return {number: person for person, number in self.members.items()}

    @cached_property
    def acts(self) -> dict[str, list[Did]]:
        """What people did beside playing, by kind, in order."""
        found: dict[str, list[Did]] = defaultdict(list)
        for did in sorted(self.truth.did, key=lambda did: (did.told.at, did.told.id)):
            found[did.told.kind].append(did)
        return found

    @cached_property
    def acts_of_person(self) -> dict[tuple[str, str], list[Did]]:
        """The same by person and kind."""
        found: dict[tuple[str, str], list[Did]] = defaultdict(list)
        for kind, acts in self.acts.items():
            for did in acts:
                found[did.person, kind].append(did)
        return found

    @cached_property
    def acts_on_item(self) -> dict[tuple[int | None, str], list[Did]]:
        """The same by item and kind."""
        found: dict[tuple[int | None, str], list[Did]] = defaultdict(list)
        for kind, acts in self.acts.items():
            for did in acts:
                found[did.told.item, kind].append(did)
        return found

    @cached_property
    def first_completed(self) -> dict[tuple[str, int], int]:
        """When each person began to play each item to its end for the first time."""
        found: dict[tuple[str, int], int] = {}
        for play in self.truth.plays:
            if play.completed:
                key = play.person, play.item
                found[key] = min(play.at, found.get(key, play.at))
        return found

    @cached_property
    def plays(self) -> list[Played]:
        """All plays in order."""
        return sorted(self.truth.plays, key=lambda play: play.at)

    @cached_property
    def plays_of_item(self) -> dict[int, list[Played]]:
        """The same by item."""
        found: dict[int, list[Played]] = defaultdict(list)
        for play in self.plays:
            found[play.item].append(play)
        return found

    @cached_property
    def plays_of_person(self) -> dict[str, list[Played]]:
        """The same by person."""
        found: dict[str, list[Played]] = defaultdict(list)
        for play in self.plays:
            found[play.person].append(play)
        return found


@dataclass(frozen=True)
class Question:
    """Of whom or what, from when to when; `until` is the moment of asking where that lies inside.

    `subject` is user, item, owner, source or platform; `key` a person's id or a number.
    """

    world: World
    subject: str
    key: Any
    start: int
    end: int
    zone: str
    is_all: bool = False
    until: int | None = None

    # What belongs to it

    @property
    def is_site(self) -> bool:
        """Whether it is about everything."""
        return self.subject == "platform"

    @property
    def is_person(self) -> bool:
        """Whether it is about one person."""
        return self.subject == "user"

    @cached_property
    def owner(self) -> int | None:
        """The number of the member asked about."""
        return self.key if self.subject == "owner" else self.world.members.get(self.key)

    @cached_property
    def own(self) -> set[int]:
        """The owner's items."""
        return {
            item for item, thing in self.world.items.items() if thing.owner is not None and thing.owner == self.owner
        }

    @cached_property
    def all_plays(self) -> list[Played]:
        """Its plays up to the end, in order."""
        world = self.world
        if self.is_person:
            plays = world.plays_of_person.get(self.key, [])
        elif self.subject == "item":
            plays = world.plays_of_item.get(self.key, [])
        elif self.subject == "owner":
            plays = [play for item in self.own for play in world.plays_of_item.get(item, [])]
        else:
            plays = [play for play in world.plays if self.is_site or play.source == self.key]
        return [play for play in plays if play.at < self.last]

    @cached_property
    def plays(self) -> list[Played]:
        """Its plays that began in the window."""
        return [play for play in self.all_plays if self.start <= play.at]

    def ever(self, *kinds: str) -> list[Did]:
        """Return its events of some kinds up to the end, in order."""
        found = [did for kind in kinds for did in self._acts(kind) if did.told.at < self.last]
        return sorted(found, key=lambda did: (did.told.at, did.told.id))

    def _acts(self, kind: str) -> list[Did]:
        world = self.world
        if self.is_person:
            return world.acts_of_person.get((self.key, kind), [])
        if self.subject == "item":
            return world.acts_on_item.get((self.key, kind), [])
        if self.subject == "owner":
            return [did for item in self.own for did in world.acts_on_item.get((item, kind), ())]
        return [did for did in world.acts[kind] if self.is_site or did.told.source == self.key]

    def did(self, *kinds: str) -> list[Did]:
        """Return its events of some kinds in the window, in order."""
        return [did for did in self.ever(*kinds) if self.start <= did.told.at]

    def count(self, kind: str) -> int:
        """Return how many events of a kind the window has."""
        return len(self.did(kind))

    # Time

    @property
    def last(self) -> int:
        """The moment of asking, else the end."""
        return self.end if self.until is None else self.until

    def day(self, at: int, zone: str | None = None) -> date:
        """Return the day of an instant in the window's zone, or another."""
        return self.local(at, zone).date()

    def local(self, at: int, zone: str | None = None) -> datetime:
        """Return an instant by the clock of the window's zone, or another."""
        return (EPOCH + timedelta(microseconds=at)).astimezone(ZoneInfo(zone or self.zone))

    @property
    def own_zone(self) -> str:
        """The zone whose days count: a person's is the window's, else the site's."""
        return self.zone if self.is_person else self.world.truth.zone

    @cached_property
    def today(self) -> date:
        """The last day."""
        return self.day(self.last - 1, self.own_zone)

    @cached_property
    def site_today(self) -> date:
        """The last day of the site."""
        return self.day(self.last - 1, self.world.truth.zone)

    @cached_property
    def month(self) -> "Question":
        """The same, of the last 28 days, today included."""
        return self.since_day(self.today - 27 * ONE)

    def since_day(self, first: date) -> "Question":
        """Return the same question from a day on."""
        return self.during(_midnight(first, self.own_zone), self.last)

    def during(self, start: int, end: int) -> "Question":
        """Return the same question of other instants."""
        return Question(self.world, self.subject, self.key, start, end, self.zone)

    @cached_property
    def lately(self) -> "Question":
        """The same of the last 28 days of the site's clock up to now: what tasks count of the whole site."""
        today = self.day(self.world.now - 1, self.world.truth.zone)
        start = _midnight(today - 27 * ONE, self.world.truth.zone)
        return Question(self.world, self.subject, self.key, start, self.world.now, self.zone)

    @cached_property
    def touched(self) -> "Question":
        """The same of the whole site days that the window touches, where it is about the whole site."""
        if not self.is_site:
            return self
        zone = self.world.truth.zone
        return self.during(_midnight(self.day(self.start, zone), zone), _midnight(self.site_today + ONE, zone))

    @cached_property
    def counted(self) -> "Question":
        """The same; of the site what a task counts for the last 28 days."""
        return self.lately if self.is_site else self

    @cached_property
    def now(self) -> "Question":
        """The same of everything up to now: what tasks count of the whole site."""
        return Question(self.world, self.subject, self.key, 0, self.world.now, self.zone)


def _midnight(day: date, zone: str) -> int:
    return _micros(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)


Recounted = Callable[[Question], Any]
RECOUNTS: dict[str, Recounted] = {}


def counts(function: Recounted) -> Recounted:
    """Register a function for the metric of its name."""
    RECOUNTS[function.__name__] = function
    return function


def _ratio(over: float, under: float, scale: float = 1) -> float | None:
    return over / under * scale if under else None


# Plays and what people do with items


def _sum(key: str, amount: Callable[[Played], float]) -> None:
    RECOUNTS[key] = lambda q: sum(amount(play) for play in q.plays)


def _per_play(key: str, amount: Callable[[Played], float], scale: float) -> None:
    RECOUNTS[key] = lambda q: _ratio(sum(amount(play) for play in q.plays), len(q.plays), scale)


def _events(key: str, kind: str) -> None:
    RECOUNTS[key] = lambda q: q.count(kind)


def _event_rate(key: str, kind: str) -> None:
    RECOUNTS[key] = lambda q: _ratio(q.count(kind), len(q.plays), 100)


_sum("plays", lambda _play: 1)
_sum("views", lambda play: play.view)
_sum("watched_hours", lambda play: play.ms / HOUR_MS)
_per_play("average_duration", lambda play: play.ms, 1 / 1000)
_per_play("completion_rate", lambda play: play.completed, 100)
_per_play("skip_rate", lambda play: play.skipped, 100)
for _key, _kind in (
    ("likes", "like"), ("unlikes", "unlike"), ("saves", "save"), ("unsaves", "unsave"), ("shares", "share"),
    ("downloads", "download"), ("comments", "comment"), ("ratings", "rating"),
):  # fmt: skip
    _events(_key, _kind)
for _key in ("like", "share", "save", "download"):
    _event_rate(f"{_key}_rate", _key)


@counts
def unique_plays(q: Question) -> int:
    """Count different people."""
    return len({play.person for play in q.plays})


@counts
def average_completion(q: Question) -> float | None:
    """Average what was covered of media of known length."""
    known = [play for play in q.plays if play.media]
    return _ratio(sum(play.bp for play in known), len(known), 1 / 100)


@counts
def replay_rate(q: Question) -> float | None:
    """Count plays after a view of the 24 hours before."""
    return _ratio(sum(play.key in q.world.truth.replays for play in q.plays), len(q.plays), 100)


# The eight


def _of_eight(q: Question, place: int) -> Any:
    """Return one of the eight: over the whole life as they are counted, in a window what was added in it.

    Of the site only all lives together are known.
    """
    if q.is_site:
        told = [row[place] for row in q.world.numbers.people.values() if row[place] is not None]
        return (max(told) if place == LAST_ACTIVITY else sum(told)) if q.is_all else None
    if q.is_all:
        return q.world.numbers.people.get(q.key, (0,) * 7 + (None,))[place]
    uploads = Counter(did.told.fields["content_type"] for did in q.did("upload"))
    liked: dict[int | None, int] = {}
    for did in q.ever("like"):
        liked.setdefault(did.told.item, did.told.at)
    begun = [one.at for one in streams_begun(q.world.truth.by_person.get(q.key, []))]
    active = [play.at + play.ms * 1000 for play in q.plays]
    active += [did.told.at for kind in ACTIVITIES for did in q.did(kind)]
    row = (
        q.count("feature_used"), len(q.plays), sum(play.ms for play in q.plays), uploads["video"],
        uploads["stream"] + sum(q.start <= at < q.last for at in begun), uploads["image"],
        q.count("share") + q.count("comment") + sum(q.start <= at for at in liked.values()), max(active, default=None),
    )  # fmt: skip
    return row[place]


for _place, _key in enumerate(
    ("subscriber_features_used", "watch_history_entries", "", "videos_uploaded", "streams_created", "images_uploaded",
     "total_interactions", "last_activity_timestamp")
):  # fmt: skip
    if _key:
        RECOUNTS[_key] = lambda q, place=_place: _of_eight(q, place)  # type: ignore[misc]


@counts
def total_watched_hours(q: Question) -> float | None:
    """Return watched time in hours."""
    ms = _of_eight(q, 2)
    return None if ms is None else ms / HOUR_MS


# Watch engagement


@counts
def peak_watch_time(q: Question) -> str | None:
    """Name the busiest hour of the week."""
    cells: Counter[tuple[int, int]] = Counter()
    for play in q.month.plays:
        at = q.local(play.at, q.own_zone)
        cells[at.weekday(), at.hour] += play.ms
    if sum(cells.values()) < 10 * HOUR_MS:
        return None
    weekday, hour = min(cells, key=lambda cell: (-cells[cell], cell))
    return f"{WEEKDAYS[weekday]}, {hour:02}:00–{hour + 1:02}:00"


@counts
def average_watch_duration(q: Question) -> float | None:
    """Average plays of 3 seconds or more."""
    long = [play.ms for play in q.counted.plays if play.ms >= 3000]
    return _ratio(sum(long), len(long), 1 / 1000)


@counts
def video_completion_rate(q: Question) -> float | None:
    """Divide completed plays of videos by views of videos, after 72 hours."""
    closed = q.last - 3 * DAY_US
    if q.is_site:
        closed = _midnight(q.day(closed, q.world.truth.zone), q.world.truth.zone)
    videos = [play for play in q.touched.plays if play.item_type == "video" and play.at < closed]
    return _ratio(sum(play.completed for play in videos), sum(play.view for play in videos), 100)


@counts
def rewatch_count(q: Question) -> int:
    """Count views of what the same person completed in an earlier play."""
    asked = q.counted
    again = 0
    for play in asked.plays:
        if play.view:
            first = q.world.first_completed.get((play.person, play.item))
            again += first is not None and first < play.at
    return again


@counts
def favorite_categories(q: Question) -> Any:
    """List the three categories with the most weighted time of 90 days."""
    asked = q.now if q.is_site else q
    weights: dict[str, float] = defaultdict(float)
    plays: Counter[str] = Counter()
    for play in asked.since_day(asked.today - 89 * ONE).plays:
        category = q.world.items[play.item].category
        if category is not None:
            age = (asked.today - q.day(play.at, q.own_zone)).days
            weights[category] += play.ms * 2 ** (-age / 30)
            plays[category] += 1
    found = {name: round(weight) for name, weight in weights.items() if plays[name] >= 3 and weight > 0}
    return _listed(dict(sorted(_hundredths(found).items(), key=lambda one: (-found[one[0]], one[0]))[:3]))


def _listed(parts: dict[str, Any]) -> Any:
    """Return a list as its first line and all lines, None if it has none."""
    return (next(iter(parts)), tuple(parts.items())) if parts else None


def _hundredths(parts: dict[str, int]) -> dict[str, int]:
    """Return shares in whole percent by the largest remainder."""
    total = sum(parts.values())
    exact = {name: Fraction(100 * part, total) for name, part in parts.items()}
    shares = {name: int(share) for name, share in exact.items()}
    by_rest = sorted(parts, key=lambda name: (shares[name] - exact[name], -parts[name], name))
    for name in by_rest[: 100 - sum(shares.values())] if parts else ():
        shares[name] += 1
    return shares


# Streaming


@dataclass
class _Live:
    item: int
    start: int
    spans: list[tuple[int, int]]
    end: int | None = None

    @property
    def us(self) -> int:
        gaps = [b[0] - a[1] for a, b in zip(self.spans, self.spans[1:], strict=False)]
        return sum(b - a for a, b in self.spans) + sum(gap for gap in gaps if gap <= MINUTE_US)


def _streams(q: Question) -> list[_Live]:
    """Return the streams that began in the window, from the marks of all time."""
    marks: dict[tuple[str, int | None], list[Any]] = defaultdict(list)
    for did in q.ever("stream_started", "stream_ended"):
        if did.actor_type != "a":
            marks[did.person, did.told.item].append(did.told)
    found = []
    for (_person, item), told in marks.items():
        last_at, live, on_since = None, None, None
        for one in told:
            if one.kind == "stream_ended":
                if live is not None and on_since is not None:
                    live.spans.append((on_since, one.at))
                    live.end, on_since = one.at, None
            elif last_at is None or one.at - last_at > 5 * MINUTE_US:
                live, on_since = _Live(item or 0, one.at, []), one.at
                found.append(live)
            elif live is not None:
                live.end, on_since = None, one.at if on_since is None else on_since
            last_at = one.at
    return [live for live in found if q.start <= live.start]


def _stream_plays(q: Question, item: int) -> list[Played]:
    return [play for play in q.world.plays_of_item.get(item, []) if play.at < q.last]


def _overlap(play: Played, live: _Live) -> int:
    assert live.end is not None
    return min(play.at + play.ms * 1000, live.end) - max(play.at, live.start)


@counts
def average_concurrent_viewers(q: Question) -> float | None:
    """Divide viewers' time by streams' time."""
    asked = q.counted
    ended = [live for live in _streams(asked) if live.end is not None]
    viewed = sum(max(0, _overlap(play, live)) for live in ended for play in _stream_plays(asked, live.item))
    return _ratio(viewed // 1000, sum(live.us for live in ended) // 1000)


@counts
def peak_viewers(q: Question) -> int:
    """Sweep over the plays of the items that were streamed."""
    asked = q.counted
    most = 0
    for item in {live.item for live in _streams(asked)}:
        steps: Counter[tuple[int, int]] = Counter()
        for play in _stream_plays(asked, item):
            if play.ms >= 10_000 and play.at >= asked.start:
                steps[play.at, 1] += 1
                steps[play.at + play.ms * 1000, -1] -= 1
        here = 0
        for step in sorted(steps):
            here += steps[step]
            most = max(most, here)
    return most


@counts
def total_stream_duration(q: Question) -> float:
    """Add up ended streams, in hours."""
    asked = q.counted
    return sum(live.us for live in _streams(asked) if live.end is not None) // 1000 / HOUR_MS


@counts
def stream_frequency(q: Question) -> float:
    """Divide the streams of 28 days by 4."""
    return len(_streams(q.counted if q.is_site else q.month)) / 4


@counts
def viewer_retention_rate(q: Question) -> float | None:
    """Divide who watched half of what was left by who watched 30 seconds."""
    asked = q.counted
    stayed = viewers = 0
    for live in _streams(asked):
        if live.end is None:
            continue
        watched: Counter[str] = Counter()
        joined: dict[str, int] = {}
        for play in _stream_plays(asked, live.item):
            if _overlap(play, live) > 0:
                watched[play.person] += _overlap(play, live)
                joined[play.person] = min(max(play.at, live.start), joined.get(play.person, live.end))
        for person, us in watched.items():
            if us >= 30 * SECOND_US:
                viewers += 1
                stayed += 2 * us >= live.end - joined[person]
    return _ratio(stayed, viewers, 100)


@counts
def average_quality(q: Question) -> int | None:
    """Name the rung nearest to the mean height."""
    heights = [
        (int(play.quality[:-1]), play.ms) for play in q.touched.plays if play.quality and play.quality[:-1].isdigit()
    ]
    mean = _ratio(sum(height * ms for height, ms in heights), sum(ms for _, ms in heights))
    return None if mean is None else min(RUNGS, key=lambda rung: (abs(rung - mean), rung))


# Content


def _top(q: Question, counted: Counter[int]) -> Any:
    items = q.world.items
    ranked = sorted(
        (item for item in counted if counted[item]), key=lambda item: (-counted[item], items[item].made_at, item)
    )
    return _listed({items[item].title: counted[item] for item in ranked[:10]})


@counts
def most_viewed(q: Question) -> Any:
    """List the ten items with the most views."""
    return _top(q, Counter(play.item for play in q.counted.plays if play.view))


@counts
def average_rating(q: Question) -> float | None:
    """Average the last rating of each person of each item."""
    last = {(did.person, did.told.item): did.told.fields["stars"] for did in (q.now if q.is_site else q).ever("rating")}
    return _ratio(sum(last.values()), len(last))


@counts
def quality_preference(q: Question) -> Any:
    """List shares of played time."""
    ms: Counter[str] = Counter()
    for play in q.touched.plays:
        if play.quality:
            ms[play.quality] += play.ms
    parts = {name: n for name, n in ms.items() if n}
    return _listed(dict(sorted(_hundredths(parts).items(), key=lambda one: (-parts[one[0]], one[0]))))


def _per_item(q: Question, kind: str) -> float | None:
    counted = Counter(did.told.item for did in q.counted.did(kind))
    return _ratio(sum(counted.values()), len(counted))


@counts
def downloads_per_video(q: Question) -> float | None:
    """Divide downloads by items."""
    return _per_item(q, "download")


@counts
def shares_per_video(q: Question) -> float | None:
    """Divide shares by items."""
    return _per_item(q, "share")


@counts
def trending_tags(q: Question) -> Any:
    """List the tags by views of a week, fading by the hour, against the fortnight before."""
    end_hour = q.world.now // (60 * MINUTE_US)
    first: dict[tuple[str, int, date], int] = {}
    viewers: dict[str, set[str]] = defaultdict(set)
    for play in q.now.plays:
        if play.view and q.world.items[play.item].tags:
            one = play.person, play.item, q.world.truth.day(play.at)
            first[one] = min(play.at, first.get(one, play.at))
            if play.at >= q.world.now - 7 * DAY_US:
                for tag in q.world.items[play.item].tags:
                    viewers[tag].add(play.person)

    def faded(hours: int) -> float:
        return 2 ** (-hours / 24) if 0 <= hours < 168 else 0

    now: dict[str, float] = defaultdict(float)
    usual: dict[str, float] = defaultdict(float)
    for (_person, item, _day), at in first.items():
        age = end_hour - at // (60 * MINUTE_US)
        for tag in q.world.items[item].tags:
            now[tag] += faded(age)
            usual[tag] += sum(faded(age - 24 * back) for back in range(1, 15)) / 14
    scores = {tag: now[tag] / (5 + usual[tag]) for tag in now if now[tag] > 0 and len(viewers[tag]) >= 5}
    ranked = sorted(scores, key=lambda tag: (-scores[tag], tag))[:10]
    return _listed({tag: round(scores[tag], 2) for tag in ranked})


# Social


@counts
def comments_count(q: Question) -> int:
    """Count comments that stand."""
    if not q.is_person:
        return q.count("comment") - q.count("comment_deleted")
    gone = {did.told.fields["comment"] for did in q.world.acts["comment_deleted"] if did.told.at < q.last}
    return sum(did.told.fields["comment"] not in gone for did in q.did("comment"))


@counts
def likes_count(q: Question) -> int:
    """Count likes that stand."""
    if q.is_person:
        last = {did.told.item: did for did in q.now.ever("like", "unlike")}
        return sum(did.told.kind == "like" and q.start <= did.told.at < q.last for did in last.values())
    return _by_others(q, "like") - _by_others(q, "unlike")


def _by_others(q: Question, kind: str) -> int:
    owner = q.world.person_of.get(q.key) if q.subject == "owner" else None
    return sum(did.person != owner for did in q.did(kind))


@counts
def shares_count(q: Question) -> int:
    """Count shares, of own items without the own."""
    return _by_others(q, "share")


@counts
def followers_gained(q: Question) -> int:
    """Compare followers at the end and at the start."""
    if q.is_site:
        return q.touched.count("follow") - q.touched.count("unfollow")
    return len(_followers(q, q.last)) - len(_followers(q, q.start))


def _followers(q: Question, at: int) -> set[str]:
    told = [did for kind in ("follow", "unfollow") for did in q.world.acts[kind] if did.told.at < at]
    mine = [did for did in told if did.told.fields["target"].replace("-", "") == q.key]
    last = {did.person: did.told.kind for did in sorted(mine, key=lambda did: (did.told.at, did.told.id))}
    return {person for person, kind in last.items() if kind == "follow"}


@counts
def following_count(q: Question) -> int:
    """Count whom the person follows."""
    told = q.ever("follow", "unfollow")
    if q.is_site:
        return sum(1 if did.told.kind == "follow" else -1 for did in told)
    return sum(kind == "follow" for kind in {did.told.fields["target"]: did.told.kind for did in told}.values())


@counts
def collaborative_projects(q: Question) -> int:
    """Count items on which two or more work."""
    accepted: set[tuple[str, int | None]] = set()
    working: dict[int | None, set[str | None]] = defaultdict(set)
    last = q.world.now if q.is_site else q.last
    told = [did for kind in ("collaboration_accepted", "item_changed") for did in q.world.acts[kind]]
    for did in sorted(told, key=lambda did: (did.told.at, did.told.id)):
        if did.told.at < last and did.told.kind == "collaboration_accepted":
            accepted.add((did.person, did.told.item))
        elif did.told.at < last and (did.person, did.told.item) in accepted:
            working[did.told.item].add(did.person)
    for item, people in working.items():
        owner = q.world.items[item or 0].owner
        people |= {q.world.person_of[owner]} if owner is not None else set()
    return sum(len(people) > 1 and (q.is_site or q.key in people) for people in working.values())


# Storage


@counts
def storage_used(q: Question) -> float:
    """Subtract the removed from the stored."""
    return (_amounts(q, "object_stored") - _amounts(q, "object_purged")) / 10**9


def _amounts(q: Question, kind: str) -> int:
    return sum(did.told.amount or 0 for did in q.ever(kind))


@counts
def monthly_bandwidth(q: Question) -> float:
    """Add up what was sent since the first of the month."""
    zone = q.world.truth.zone
    month = q.during(_midnight(q.site_today.replace(day=1), zone), _midnight(q.site_today + ONE, zone))
    return sum(did.told.amount or 0 for did in month.did("bytes_delivered")) / 10**9


@counts
def largest_file(q: Question) -> int | None:
    """Return the largest upload."""
    told = [did.told.amount for did in (q.now if q.is_site else q).ever("upload")]
    return max((size for size in told if size is not None), default=None)


@counts
def oldest_content(q: Question) -> int | None:
    """Return the age of the oldest item."""
    items = q.world.items if q.is_site else q.own
    made = [q.world.items[item].made_at for item in items if q.world.items[item].made_at < q.last]
    return (q.last - min(made)) // DAY_US if made else None


@counts
def backup_status(q: Question) -> str:
    """Judge the last backup and the last tried restore."""
    backup, restore = (
        max((did.told.at for did in q.now.ever(kind)), default=0) for kind in ("backup_finished", "restore_tested")
    )
    age = q.world.now - backup
    if age < 26 * 60 * MINUTE_US and q.world.now - restore < 35 * DAY_US:
        return "OK"
    return "Late" if age < 3 * DAY_US else "Failed"


# Growth


def _weeks(q: Question, today: date) -> list[tuple[int, int]]:
    monday = today - today.weekday() * ONE
    days = [monday - 7 * back * ONE for back in range(8, -1, -1)]
    return [(_midnight(a, q.own_zone), _midnight(b, q.own_zone)) for a, b in itertools.pairwise(days)]


def _slope(points: list[tuple[int, float]]) -> float | None:
    if len(points) < 4:
        return None
    mean_x, mean_y = (sum(values) / len(points) for values in zip(*points, strict=True))
    if not mean_y:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / sum((x - mean_x) ** 2 for x, _ in points)
    return 100 * slope / mean_y


@counts
def engagement_trend(q: Question) -> float | None:
    """Fit a line through engagement per view of eight weeks; a person's are of the own items."""
    asked = q if q.is_site else Question(q.world, "owner", q.owner, 0, q.last, q.zone)
    weeks = _weeks(asked, asked.site_today)
    views, given = ([0] * len(weeks) for _ in range(2))
    moments = [(views, play.at) for play in asked.all_plays if play.view]
    moments += [(given, did.told.at) for did in asked.ever("like", "comment", "share", "save")]
    for sums, at in moments:
        for number, (start, end) in enumerate(weeks):
            sums[number] += start <= at < end
    points = [(number, given[number] / views[number]) for number in range(len(weeks)) if views[number]]
    return _slope(points)


@counts
def upload_trend(q: Question) -> float | None:
    """Fit a line through the videos uploaded in eight weeks."""
    asked = q.now if q.is_site else q
    weeks = [asked.during(start, end).did("upload") for start, end in _weeks(asked, asked.today)]
    videos = [sum(did.told.fields["content_type"] == "video" for did in week) for week in weeks]
    return _slope(list(enumerate(videos)))


@counts
def audience_growth(q: Question) -> float | None:
    """Compare the people of 28 site days with those of the 28 before."""
    asked = Question(q.world, "owner", q.owner, 0, q.last, q.zone) if q.is_person else q
    zone = q.world.truth.zone
    before, first, end = (_midnight(q.site_today - days * ONE, zone) for days in (55, 27, -1))
    now, earlier = unique_plays(asked.during(first, end)), unique_plays(asked.during(before, first))
    return _ratio(now - earlier, earlier, 100)


@counts
def referral_count(q: Question) -> int:
    """Count who was referred and active on two of the first 14 days."""
    firsts: dict[str, str] = {}
    last = q.world.now if q.is_site else q.last
    for did in q.world.acts["referral"]:
        target = did.told.fields["target"].replace("-", "")
        if did.told.at < last and target != did.person:
            firsts.setdefault(target, did.person)
    stayed = 0
    for target, referrer in firsts.items():
        if q.is_site or referrer == q.key:
            theirs = q.world.truth.by_person.get(target, [])
            days = {
                q.world.truth.day(did.told.at)
                for did in theirs
                if (did.told.kind in ACTIVITIES or did.told.kind == "play") and did.told.at < last
            }
            stayed += sum(day < min(days) + 14 * ONE for day in days) >= 2
    return stayed


@counts
def subscriber_growth(_q: Question) -> int:
    """There are no subscriptions in this world."""
    return 0


@counts
def subscription_revenue(_q: Question) -> int:
    """There are no subscriptions in this world."""
    return 0


# Usage patterns


def _sessions(q: Question, person: str) -> list[tuple[int, int]]:
    """Return the sessions of a person, of all time up to the end."""
    spans = [(play.at, play.at + play.ms * 1000) for play in q.world.plays_of_person.get(person, [])]
    spans += [
        (did.told.at, did.told.at)
        for did in q.world.truth.by_person.get(person, [])
        if did.told.kind not in NO_ACTIONS | BY_OTHERS
    ]
    found: list[list[int]] = []
    for start, end in sorted(span for span in spans if span[0] < q.last):
        if found and start - found[-1][1] <= 30 * MINUTE_US:
            found[-1][1] = max(found[-1][1], end)
        else:
            found.append([start, end])
    return [(start, end) for start, end in found]


def _recent_sessions(q: Question) -> list[tuple[int, int]]:
    asked = q.lately if q.is_site else q.month
    people = q.world.truth.by_person if q.is_site else [q.key]
    return [one for person in people for one in _sessions(asked, person) if one[0] >= asked.start]


@counts
def average_session_duration(q: Question) -> float | None:
    """Average the sessions of 28 days."""
    recent = _recent_sessions(q)
    return _ratio(sum((end - start) // 1000 for start, end in recent), len(recent), 1 / 1000)


@counts
def sessions_per_week(q: Question) -> float | None:
    """Divide the sessions of 28 days by weeks; of the site also by people."""
    if q.is_site:
        asked = q.lately
        of_each = [sum(one[0] >= asked.start for one in _sessions(asked, person)) for person in q.world.truth.by_person]
        return _ratio(sum(of_each), sum(map(bool, of_each)), 1 / 4)
    known = [play.at for play in q.all_plays]
    known += [did.told.at for kind in q.world.acts if kind not in NO_ACTIONS for did in q.ever(kind)]
    age = (q.today - q.day(min(known))).days + 1 if known else 28
    return len(_recent_sessions(q)) * 7 / max(7, min(28, age))


def _busiest(ms: Counter[int], second: Counter[int]) -> int | None:
    best = min(ms, key=lambda cell: (-ms[cell], -second[cell], cell), default=None)
    return best if best is not None and ms[best] else None


@counts
def most_active_day(q: Question) -> str | None:
    """Name the weekday with the most played time of twelve weeks."""
    monday = q.today - q.today.weekday() * ONE
    start, end = (_midnight(day, q.own_zone) for day in (monday - 84 * ONE, monday))
    ms: Counter[int] = Counter()
    second: Counter[int] = Counter()
    for play in q.during(start, end).plays:
        weekday = q.day(play.at, q.own_zone).weekday()
        ms[weekday] += play.ms
        second[weekday] += q.is_site
    if q.is_person:
        second.update(q.day(one[0]).weekday() for one in _sessions(q, q.key) if start <= one[0] < end)
    best = _busiest(ms, second)
    return None if best is None else WEEKDAYS[best]


@counts
def most_active_hour(q: Question) -> str | None:
    """Name the hour with the most played time of 28 days."""
    ms: Counter[int] = Counter()
    second: Counter[int] = Counter()
    for play in q.month.plays:
        hour = q.local(play.at, q.own_zone).hour
        ms[hour] += play.ms
        second[hour] += q.is_site
    if q.is_person:
        second.update(q.local(start).hour for start, _ in _recent_sessions(q))
    best = _busiest(ms, second)
    return None if best is None else f"{best:02}:00–{best + 1:02}:00"


def _run(days: set[date], today: date) -> int:
    """Return the days in a row up to today, or yesterday."""
    length = 0
    start = today if today in days else today - ONE
    while start - length * ONE in days:
        length += 1
    return length


def _average_run(q: Question, days_of: dict[str, set[date]]) -> float | None:
    runs = [run for days in days_of.values() if (run := _run(days, q.lately.today))]
    return _ratio(sum(runs), len(runs))


@counts
def login_streak(q: Question) -> float | None:
    """Count days in a row with a log-in."""
    if not q.is_site:
        return _run({q.day(did.told.at) for did in q.ever("login")}, q.today)
    days_of: dict[str, set[date]] = defaultdict(set)
    for did in q.world.acts["login"]:
        days_of[did.person].add(q.world.truth.day(did.told.at))
    return _average_run(q, days_of)


@counts
def days_since_login(q: Question) -> float | None:
    """Count days since the last log-in."""
    if not q.is_site:
        logins = q.ever("login")
        return (q.today - q.day(logins[-1].told.at)).days if logins else None
    last = {did.person: q.world.truth.day(did.told.at) for did in q.lately.did("login")}
    return _ratio(sum((q.lately.today - day).days for day in last.values()), len(last))


# Customisation


@counts
def playlists_created(q: Question) -> int:
    """Count playlists made."""
    made = [did.told.fields["playlist"] for did in q.touched.did("playlist_created")]
    return len(made) if q.is_site else len(set(made))


@counts
def playlist_average_size(q: Question) -> float | None:
    """Divide what is saved in playlists now, since before the end, by playlists that have something."""
    asked = q.now if q.is_site else q
    gone = {did.told.fields["playlist"] for did in asked.ever("playlist_deleted")}
    last: dict[tuple[Any, ...], Did] = {}
    for did in q.now.ever("save", "unsave"):
        playlist = did.told.fields.get("playlist")
        if playlist and playlist not in gone:
            last[did.person, did.told.item, playlist] = did
    inside = {
        (item, playlist)
        for (_, item, playlist), did in last.items()
        if did.told.kind == "save" and did.told.at < asked.last
    }
    return _ratio(len(inside), len({playlist for _, playlist in inside}))


def _changes(q: Question, area: str) -> int:
    last: dict[tuple[str, str], int] = {}
    changed = 0
    for did in q.ever("setting_changed"):
        setting = did.told.fields["setting"]
        if setting.split(".")[0] == area:
            key = did.person, setting
            is_new = key not in last or did.told.at - last[key] > MINUTE_US
            changed += is_new and did.told.at >= q.start
            last[key] = did.told.at
    return changed


@counts
def notification_changes(q: Question) -> int:
    """Count changes of notification settings."""
    return _changes(q.now if q.is_site else q, "notification")


@counts
def privacy_changes(q: Question) -> int:
    """Count changes of privacy settings."""
    return _changes(q.now if q.is_site else q, "privacy")


@counts
def theme_preference(q: Question) -> str | None:
    """Name the theme of a member, or of most who were active in 28 days."""
    themes = q.world.themes
    if not q.is_site:
        return THEMES[themes[q.key]] if q.key in themes else None
    start, end = q.lately.start, q.lately.last
    active = {
        did.person
        for did in q.world.truth.did
        if did.person in themes
        and (did.told.kind in ACTIVITIES or did.told.kind == "play")
        and start <= did.told.at < end
    }
    chosen = Counter(themes[person] for person in active)
    return THEMES[min(chosen, key=lambda theme: (-chosen[theme], theme))] if chosen else None


@counts
def recommendations_clicked(q: Question) -> int:
    """Count recommendations that were followed, each item of each list once a day."""
    clicks = q.touched.did("recommendation_clicked")
    if q.is_site:
        return len(clicks)
    return len({(did.told.item, did.told.fields["name"], q.day(did.told.at)) for did in clicks})


# Achievements


@counts
def milestones_reached(q: Question) -> int:
    """Count powers of ten of the seven counters, as they are now."""
    people = q.world.numbers.people
    reached = 0
    for row in people.values() if q.is_site else [people.get(q.key, (0,) * 8)]:
        numbers = [*row[:2], row[2] // HOUR_MS, *row[3:7]]
        reached += sum(bisect_left([10**power for power in range(12)], number + 1) for number in numbers)
    return reached


# The game


QUARTER_US = 900 * SECOND_US
NOON_US = 12 * 3600 * SECOND_US


def _firsts(world: World, person: str, kind: str, name: Callable[[Did], Any]) -> dict[Any, int]:
    """Return when a person first did each thing of a kind."""
    found: dict[Any, int] = {}
    for did in world.acts_of_person.get((person, kind), []):
        if did.actor_type != "a":
            key = name(did)
            found[key] = min(did.told.at, found.get(key, did.told.at))
    return found


def _passed(world: World, person: str) -> dict[int, int]:
    """Return when a person first passed each quiz that was not voided as often."""
    times = Counter()
    for kind, sign in (("quiz_completed", 1), ("quiz_voided", -1)):
        for did in world.acts_of_person.get((person, kind), []):
            times[did.told.item] += sign * bool(did.told.fields["passed"])
    passes = [did for did in world.acts_of_person.get((person, "quiz_completed"), []) if did.told.fields["passed"]]
    return {
        item: min(did.told.at for did in passes if did.told.item == item)
        for item in {did.told.item for did in passes}
        if times[item] > 0
    }


def _reviews(world: World, person: str) -> tuple[dict[str, int], set[str]]:
    """Return when a person first reviewed each course, and whose last word is a review."""
    words = [did for kind in ("review", "review_deleted") for did in world.acts_of_person.get((person, kind), [])]
    last = {
        did.told.fields["course"]: did.told.kind for did in sorted(words, key=lambda did: (did.told.at, did.told.id))
    }
    firsts = _firsts(world, person, "review", lambda did: did.told.fields["course"])
    return firsts, {course for course, kind in last.items() if kind == "review"}


def _quarters(world: World, person: str, until: int | None = None) -> list[int]:
    """Return the quarters of an hour in which a person did something that counts, up to one."""
    found = set()
    for did in world.truth.by_person.get(person, []):
        one = did.told
        if did.actor_type != "a" and (one.kind in ACTIVITIES or (one.kind == "play" and report_is_view(one))):
            found.add(one.at // QUARTER_US)
    return sorted(quarter for quarter in found if until is None or quarter <= until)


def _run_at(world: World, person: str, quarter: int) -> tuple[int, int]:
    """Return the streak as it stands in a quarter, and the longest until then."""
    zone = world.truth.zone
    quarters = _quarters(world, person, quarter)
    run = game.streak_of(quarters, first_zone=zone)
    today = _date(quarter, zone)
    if run.last is None or run.last >= today:
        return run.run, run.longest
    # it stands if something done now would make it longer than one day
    then = game.streak_of([*quarters, quarter], first_zone=zone)
    return run.run if then.run > 1 else 0, run.longest


def _date(quarter: int, zone: str) -> date:
    return (EPOCH + timedelta(microseconds=quarter * QUARTER_US)).astimezone(ZoneInfo(zone)).date()


def _dues(world: World, person: str) -> list[tuple[str, int, int]]:
    """Return all that a member earned: (what for, when, how many points)."""
    if person not in world.members:
        return []
    if person not in world.dues:
        dues = [
            ("lesson", at, 50) for at in _firsts(world, person, "lesson_completed", lambda did: did.told.item).values()
        ]
        courses = _firsts(world, person, "course_completed", lambda did: did.told.fields["course"])
        dues += [("course", at, 500) for at in courses.values()]
        dues += [("quiz", at, 100) for at in _passed(world, person).values()]
        reviews, standing = _reviews(world, person)
        dues += [("review", min(reviews.values()), 50)] if standing else []
        posts: dict[date, list[int]] = defaultdict(list)
        for did in world.acts_of_person.get((person, "discussion_post"), []):
            posts[world.truth.day(did.told.at)].append(did.told.at)
        dues += [("post", at, 30) for of_day in posts.values() for at in sorted(of_day)[:5]]
        unlocked = _firsts(world, person, "achievement_unlocked", lambda did: did.told.fields["name"])
        dues += [("achievement", at, 50) for at in unlocked.values()]
        days = game.streak_of(_quarters(world, person), first_zone=world.truth.zone).counted
        dues += [("streak", (day - EPOCH.date()).days * DAY_US + NOON_US, 20) for day in days]
        world.dues[person] = dues
    return world.dues[person]


def _points(world: World, person: str, start: int = -DAY_US, end: int | None = None) -> int:
    return sum(amount for _, at, amount in _dues(world, person) if start <= at and (end is None or at < end))


def _everybody(world: World) -> list[int]:
    return [points for person in world.members if (points := _points(world, person))]


def _level(points: int) -> int:
    return max(1, isqrt(points // 100))


def _inside(q: Question, moments: Iterable[int]) -> int:
    return sum(q.start <= at < q.last for at in moments)


@counts
def badges_earned(q: Question) -> int:
    """Count achievements."""
    world, now = q.world, q.world.now
    people, end = (world.members, now) if q.is_site else ([q.key], q.last)
    return sum(
        at < end or q.is_site
        for person in people
        for at in _firsts(world, person, "achievement_unlocked", lambda did: did.told.fields["name"]).values()
    )


@counts
def active_streak(q: Question) -> float | None:
    """Count the days in a row."""
    if not q.is_site:
        return _run_at(q.world, q.key, (q.last - 1) // QUARTER_US)[0]
    runs = [run for person in q.world.members if (run := _run_at(q.world, person, q.world.now // QUARTER_US)[0])]
    return _ratio(sum(runs), len(runs))


@counts
def achievement_points(q: Question) -> int:
    """Add up points."""
    return sum(_everybody(q.world)) if q.is_site else _points(q.world, q.key, end=q.last)


@counts
def leaderboard_position(q: Question) -> int | None:
    """Count who has more."""
    mine = _points(q.world, q.key)
    return 1 + sum(points > mine for points in _everybody(q.world)) if mine else None


@counts
def level_attained(q: Question) -> float | None:
    """Take the root."""
    if q.is_site:
        levels = [_level(points) for points in _everybody(q.world)]
        return _ratio(sum(levels), len(levels))
    return _level(_points(q.world, q.key, end=q.last))


@counts
def total_xp(q: Question) -> int:
    """Add up points of the window."""
    return _points(q.world, q.key, q.start, q.last)


@counts
def study_time(q: Question) -> float:
    """Add up plays of lessons."""
    return sum(play.ms for play in q.plays if play.item_type == "lesson") / 1000


@counts
def lessons_completed(q: Question) -> int:
    """Count lessons."""
    return _inside(q, _firsts(q.world, q.key, "lesson_completed", lambda did: did.told.item).values())


@counts
def courses_completed(q: Question) -> int:
    """Count courses."""
    return _inside(q, _firsts(q.world, q.key, "course_completed", lambda did: did.told.fields["course"]).values())


@counts
def quizzes_passed(q: Question) -> int:
    """Count quizzes."""
    return _inside(q, _passed(q.world, q.key).values())


@counts
def perfect_quizzes(q: Question) -> int:
    """Count quizzes without a mistake, which the stream has none of."""
    assert all(did.told.fields["percent"] < 100 for did in q.world.acts["quiz_completed"])
    return 0


@counts
def discussion_posts(q: Question) -> int:
    """Count posts."""
    return len(q.did("discussion_post"))


@counts
def course_reviews(q: Question) -> int:
    """Count reviews that stand."""
    firsts, standing = _reviews(q.world, q.key)
    return _inside(q, (at for course, at in firsts.items() if course in standing))


@counts
def active_days(q: Question) -> int:
    """Count days."""
    return _inside(q, (at for rule, at, _ in _dues(q.world, q.key) if rule == "streak"))


@counts
def longest_streak(q: Question) -> int:
    """Find the longest run."""
    return _run_at(q.world, q.key, (q.last - 1) // QUARTER_US)[1]


@counts
def badges_unlocked(q: Question) -> int:
    """Count achievements of the window."""
    return _inside(q, _firsts(q.world, q.key, "achievement_unlocked", lambda did: did.told.fields["name"]).values())


@counts
def badge_points(q: Question) -> int:
    """Add up what achievements are worth: those of the stream are worth nothing."""
    return 0
