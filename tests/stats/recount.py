"""An independent recount: what the numbers must be, from the words of the specification alone.

Plain Python over the events that were told. It shares no code with the projections, and sees neither log nor tables
except in `kept`, which reads the tables into the same shape.
"""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from stats.models import (
    Action,
    ActorDay,
    ActorStats,
    CourseCounter,
    DayAudience,
    ExternalUser,
    Follow,
    FollowCounter,
    HiddenPlay,
    HistoryClear,
    ItemCounter,
    ItemRating,
    KindDay,
    PeopleCell,
    Play,
    PlayPart,
    Rating,
    RollupDay,
    RollupPeriod,
    State,
)  # fmt: skip

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
SLOT_MS = 500  # tests cover media in steps of half a second
NOBODY = "0" * 32
ACTIVITIES = {
    "like", "save", "share", "download", "comment", "rating", "follow", "upload", "stream_started", "stream_ended",
    "feature_used", "enrolled", "lesson_completed", "quiz_completed", "course_completed", "review", "discussion_post",
    "file_uploaded", "processing_finished", "file_downloaded", "playlist_created", "playlist_changed",
    "collaboration_accepted",
}  # fmt: skip
NO_ACTIONS = {
    "play",
    "page_view",
    "engagement",
    "api_call",
    "viewers",
    "bytes_delivered",
    "guest_claimed",
    "identified",
}
NAMED_SOURCES = ("landing", "playlist", "search", "direct", "share", "player")
NAMED_PLATFORMS = ("twitter", "facebook", "instagram", "whatsapp", "copy_link", "embed", "email", "qr_code")
CLICKS = {
    "like": "likes", "unlike": "unlikes", "save": "saves", "unsave": "unsaves", "share": "shares",
    "download": "downloads", "comment": "comments", "comment_deleted": "comments_deleted", "rating": "ratings",
}  # fmt: skip
LABELS = {
    "like": "source", "unlike": "source", "save": "source", "unsave": "source", "share": "platform",
    "download": "source", "comment": "comment", "comment_deleted": "comment", "follow": "target", "unfollow": "target",
    "upload": "content_type", "file_uploaded": "content_type", "action": "name", "feature_used": "feature",
    "payment": "currency", "refund": "currency", "refund_failed": "currency", "dispute": "currency",
    "dispute_won": "currency", "enrolled": "course", "lesson_completed": "course", "review": "course",
    "discussion_post": "course", "review_deleted": "course", "post_deleted": "course", "quiz_completed": "course",
    "quiz_voided": "course", "course_completed": "course", "setting_changed": "setting", "recommendation_viewed": "name",
    "recommendation_clicked": "name", "referral": "target", "search": "name", "achievement_unlocked": "name",
}  # fmt: skip
AMOUNTS = {
    "share": "recipient_count", "download": "bytes", "rating": "stars", "upload": "bytes", "viewers": "viewers",
    "payment": "amount", "refund": "amount", "refund_failed": "amount", "dispute": "amount", "dispute_won": "amount", "review": "stars", "file_uploaded": "bytes", "file_downloaded": "bytes",
    "search": "results", "quiz_completed": "percent", "quiz_voided": "percent", "bytes_delivered": "bytes", "object_stored": "bytes", "object_purged": "bytes", "achievement_unlocked": "amount", "history_hidden": "of_source",
}  # fmt: skip
BY_BROWSERS = {"share", "download", "rating", "search"}  # what anybody may claim is not added up


@dataclass(frozen=True)
class Told:
    """One event that was taken: who did it ('u', 'g' or 'a'), where and when, and what was said about it.

    `at` is right, `said_at` by the clock of who told it. What was told of a play at `received_at` cannot be longer than
    the time since its start.
    """

    id: str
    source: int
    kind: str
    actor: str
    actor_type: str
    at: int
    item: int | None = None
    item_type: str = ""
    media_ms: int | None = None
    said_at: int | None = None
    received_at: int | None = None
    session: str | None = None
    fields: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)

    @property
    def label(self) -> str | None:
        """The one word that is said about it."""
        return self.fields.get(LABELS.get(self.kind, ""))

    @property
    def amount(self) -> int | None:
        """The one number that is said about it."""
        return self.fields.get(AMOUNTS.get(self.kind, ""))


@dataclass(frozen=True)
class Played:
    """One play, after all its reports."""

    person: str
    actor_type: str
    source: int
    play_id: str
    item: int
    start: int
    at: int
    item_type: str
    ms: int
    media: int | None
    covered: int
    view: bool
    completed: bool
    said_by: str
    came_from: str | None
    playlist: str | None
    quality: str | None
    speed: float | None
    session: str | None

    @property
    def key(self) -> tuple[Any, ...]:
        """What it is known by."""
        return self.person, self.source, self.play_id, self.item, self.start

    @property
    def skipped(self) -> bool:
        """Left within 20 seconds, with less than half of it seen."""
        is_long = self.media is not None and self.covered * 2 >= self.media
        return self.item_type in {"video", "track", "lesson"} and self.ms < 20_000 and not is_long

    @property
    def bp(self) -> int:
        """How much of it was covered, in hundredths of a percent."""
        return 10_000 * self.covered // self.media if self.media else 0


@dataclass(frozen=True)
class Did:
    """One event after it is known who did it."""

    person: str
    actor_type: str
    told: Told


@dataclass
class Numbers:
    """All that is counted, without what is zero."""

    people: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    items: dict[int, tuple[int, ...]] = field(default_factory=dict)
    plays: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)
    liked: set[tuple[str, int]] = field(default_factory=set)
    saved: set[tuple[str, int, str]] = field(default_factory=set)
    follows: set[tuple[str, str]] = field(default_factory=set)
    followed: dict[str, tuple[int, int]] = field(default_factory=dict)
    rated: dict[tuple[str, int], int] = field(default_factory=dict)
    ratings: dict[int, tuple[int, int]] = field(default_factory=dict)
    courses: dict[str, tuple[int, ...]] = field(default_factory=dict)
    cleared: dict[str, int] = field(default_factory=dict)
    hidden: set[tuple[str, int, str]] = field(default_factory=set)
    names: dict[tuple[int, str], str] = field(default_factory=dict)
    actions: set[tuple[Any, ...]] = field(default_factory=set)
    days: dict[tuple[Any, ...], dict[str, int]] = field(default_factory=dict)
    kinds: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)
    parts: dict[tuple[Any, ...], tuple[int, ...]] = field(default_factory=dict)
    people_days: dict[tuple[str, date], tuple[Any, ...]] = field(default_factory=dict)
    cells: dict[tuple[date, date | None], int] = field(default_factory=dict)
    audiences: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)
    periods: dict[tuple[Any, ...], tuple[dict[str, int], int, int]] = field(default_factory=dict)


def recount(events: Iterable[Told], zone: str = "UTC", owners: Mapping[int, int | None] | None = None) -> Numbers:
    """Return what these events add up to, each once however often it is given; `owners` are those of the items."""
    truth = Truth(events, zone, owners)
    numbers = Numbers()
    counters: dict[int, list[int]] = defaultdict(lambda: [0] * 7)
    for person, theirs in truth.by_person.items():
        _count_person(numbers, counters, person, theirs, truth.plays_of.get(person, []))
    numbers.items = {item: tuple(row) for item, row in counters.items() if any(row)}
    identified = [one for one in truth.told if one.kind == "identified"]
    for one in sorted(identified, key=lambda one: (one.at, one.id), reverse=True):
        numbers.names[one.source, one.fields["external_id"]] = one.actor  # the first, being the last that is written
    _count_days(numbers, truth)
    _count_follows(numbers, truth)
    _count_ratings(numbers, truth)
    _count_courses(numbers, truth)
    return numbers


class Truth:
    """Who did what, once guests are known to be members and reports are made into plays."""

    def __init__(self, events: Iterable[Told], zone: str, owners: Mapping[int, int | None] | None = None) -> None:
        self.zone, self.owners = zone, owners or {}
        self.told = list({(one.id, one.source): one for one in events}.values())
        claims = [one for one in self.told if one.kind == "guest_claimed"]
        member_of = {uuid.UUID(one.fields["guest"]).hex: one.actor for one in claims}
        self.did = [
            Did(member_of[one.actor], "u", one)
            if one.actor_type == "g" and one.actor in member_of
            else Did(one.actor, one.actor_type, one)
            for one in self.told
        ]

    @cached_property
    def by_person(self) -> dict[str, list[Did]]:
        """What each person did."""
        found: dict[str, list[Did]] = defaultdict(list)
        for did in self.did:
            found[did.person].append(did)
        return found

    @cached_property
    def plays(self) -> list[Played]:
        """All plays."""
        reports: dict[tuple[Any, ...], list[Did]] = defaultdict(list)
        for did in self.did:
            one = did.told
            if one.kind == "play":
                start = one.at if one.said_at is None else one.said_at
                reports[did.person, one.source, one.fields["play_id"], one.item, start].append(did)
        return [_play(key, group) for key, group in reports.items()]

    @cached_property
    def plays_of(self) -> dict[str, list[Played]]:
        """Each person's plays."""
        found: dict[str, list[Played]] = defaultdict(list)
        for play in self.plays:
            found[play.person].append(play)
        return found

    @cached_property
    def replays(self) -> set[tuple[Any, ...]]:
        """The keys of plays that began at most 24 hours after the same person began a view of the same item."""
        found = set()
        for plays in self.plays_of.values():
            by_item = defaultdict(list)
            for play in sorted(plays, key=lambda play: (play.at, play.source, play.play_id, play.start)):
                if any(play.at - view.at <= DAY_US for view in by_item[play.item]):
                    found.add(play.key)
                if play.view:
                    by_item[play.item] = [play]
        return found

    def day(self, at: int) -> date:
        """Return the day of an instant in the site's zone."""
        return _local(at // MINUTE_US, self.zone)[0]

    def hour(self, at: int) -> int:
        """Return the hour by the site's clock."""
        return _local(at // MINUTE_US, self.zone)[1]

    def scopes(self, item: int | None, source: int) -> list[tuple[str, int]]:
        """Return all that something about an item, told by a source, counts for."""
        owner = self.owners.get(item) if item is not None else None
        found = [("s", source), ("p", 0)]
        return found + [("i", item)] * (item is not None) + [("o", owner)] * (owner is not None)


@lru_cache(maxsize=300_000)
def _local(minute: int, zone: str) -> tuple[date, int]:
    at = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
    return at.date(), at.hour


def _count_person(
    numbers: Numbers, counters: dict[int, list[int]], person: str, theirs: list[Did], plays: list[Played]
) -> None:
    """Add one person's doings; what visitors without a name do counts for items alone."""
    told = [did.told for did in theirs]
    for play in plays:
        counters[play.item][0] += 1
        counters[play.item][1] += play.view
        numbers.plays[play.key] = (
            play.ms, play.covered, play.view, play.completed, play.at, play.skipped, play.bp, play.quality, play.speed,
            play.came_from, play.playlist, play.session, play.said_by,
        )  # fmt: skip
    ever = _states(numbers, counters, person, told)
    for one in told:
        if one.kind in {"share", "download", "comment"}:
            counters[one.item][{"share": 3, "download": 4, "comment": 6}[one.kind]] += 1
        if one.kind == "comment_deleted":
            counters[one.item][6] -= 1
        if one.kind == "history_cleared":
            numbers.cleared[person] = max(one.at, numbers.cleared.get(person, 0))
        if one.kind == "history_hidden":
            numbers.hidden.add((person, one.fields["of_source"], one.fields["play_id"]))
    if all(did.actor_type == "a" for did in theirs):
        return
    kinds = [one.kind for one in told]
    uploads = [one.fields["content_type"] for one in told if one.kind == "upload"]
    active = [one.at for one in told if one.kind in ACTIVITIES]
    active += [one.at + _played_ms(one) * 1000 for one in told if one.kind == "play"]
    row = (
        kinds.count("feature_used"),
        len(plays),
        sum(play.ms for play in plays),
        uploads.count("video"),
        uploads.count("stream") + len(streams_begun(theirs)),
        uploads.count("image"),
        kinds.count("share") + kinds.count("comment") + len(ever),
        max(active, default=None),
    )
    if any(row):
        numbers.people[person] = row


def _played_ms(one: Told) -> int:
    ms = round(one.fields.get("duration_seconds", 0) * 1000)
    return ms if one.received_at is None else min(ms, (one.received_at - one.at) // 1000)


def _play(key: tuple[Any, ...], group: list[Did]) -> Played:
    """Return what a play's reports say: they are cumulative, so the longest holds and the covered parts unite."""
    reports = [did.told for did in group]
    best = max(reports, key=lambda one: (_played_ms(one), one.id))
    ms = _played_ms(best)
    media = max((one.media_ms or 0 for one in reports), default=0) or None
    seen = 0
    for one in reports:
        for start, end in one.fields.get("ranges", []):
            first, after = round(start * 1000) // SLOT_MS, round(end * 1000) // SLOT_MS
            seen |= (1 << after) - (1 << first)
    if media is not None:
        seen &= (1 << -(-media // SLOT_MS)) - 1
    covered = min(seen.bit_count() * SLOT_MS, ms * 2 + 2000, media or 10**12)
    part = {"video": 0.85, "lesson": 0.85, "track": 0.8}.get(best.item_type)
    person, source, play_id, item, start = key
    return Played(
        person=person, actor_type=group[0].actor_type, source=source, play_id=play_id, item=item, start=start,
        at=min(one.at for one in reports), item_type=best.item_type, ms=ms, media=media, covered=covered,
        view=bool(_is_view(best.item_type, ms, covered, media)),
        completed=bool(
            covered >= part * media if part and media else any(one.fields.get("completed") for one in reports)
        ),
        said_by=best.id, came_from=best.fields.get("source"),
        playlist=_hex(best.fields.get("playlist")), quality=best.fields.get("quality"),
        speed=best.fields.get("speed"), session=best.session,
    )  # fmt: skip


def report_is_view(one: Told) -> bool:
    """Whether one report of a play says by itself that enough was played."""
    return _play(("", 0, "", one.item, one.at), [Did("", "", one)]).view


def _hex(text: str | None) -> str | None:
    return text and text.replace("-", "")


def _is_view(item_type: str, ms: int, covered: int, media: int | None) -> bool:
    if item_type == "image":
        return ms >= 1000
    if item_type == "track" and media:
        return ms >= min(media / 2, 240_000) if media > 30_000 else covered >= 0.8 * media
    if item_type in {"video", "lesson"} and media:
        return ms >= min(30_000, media / 2)
    return ms >= 30_000


def _states(numbers: Numbers, counters: dict[int, list[int]], person: str, theirs: list[Told]) -> set[int]:
    """Set likes and saves by the last word on each; returns the items ever liked."""
    last: dict[tuple[Any, ...], Told] = {}
    for one in sorted(theirs, key=lambda one: (one.at, one.id)):
        if one.kind in {"like", "unlike"}:
            last["like", one.item] = one
        elif one.kind in {"save", "unsave"}:
            last["save", one.item, one.fields.get("playlist", "").replace("-", "")] = one
    for key, one in last.items():
        if one.kind == "like":
            numbers.liked.add((person, key[1]))
            counters[key[1]][2] += 1
        elif one.kind == "save":
            numbers.saved.add((person, key[1], key[2] or NOBODY))
    for item in {key[1] for key, one in last.items() if one.kind == "save"}:
        counters[item][5] += 1
    return {one.item for one in theirs if one.kind == "like"}


def streams_begun(theirs: list[Did]) -> list[Told]:
    """Return the starts that no other mark of the same stream precedes by up to five minutes."""
    marks = [
        did.told for did in theirs if did.told.kind in {"stream_started", "stream_ended"} and did.actor_type != "a"
    ]
    return [
        one
        for one in marks
        if one.kind == "stream_started"
        and not any(
            other.item == one.item and one.at - 5 * MINUTE_US <= other.at and (other.at, other.id) < (one.at, one.id)
            for other in marks
        )
    ]


def _last_words(truth: Truth, *kinds: str) -> list[tuple[str, Told]]:
    """Return who said what in these kinds, in the order in which words count; without nobody."""
    told = [(did.person, did.told) for did in truth.did if did.told.kind in kinds and did.person]
    return sorted(told, key=lambda one: (one[1].at, one[1].id))


def _count_follows(numbers: Numbers, truth: Truth) -> None:
    """Let the last word on each other person count; nobody follows themselves."""
    stands = {
        (person, uuid.UUID(one.fields["target"]).hex): one.kind == "follow"
        for person, one in _last_words(truth, "follow", "unfollow")
    }
    unnamed = {did.person for did in truth.did if did.actor_type == "a"}
    numbers.follows = {key for key, is_on in stands.items() if is_on and key[0] != key[1] and key[0] not in unnamed}
    followers = Counter(target for _, target in numbers.follows)
    following = Counter(person for person, _ in numbers.follows)
    numbers.followed = {one: (followers[one], following[one]) for one in {*followers, *following}}


def _count_ratings(numbers: Numbers, truth: Truth) -> None:
    """Let the last stars of each person for an item count."""
    for person, one in _last_words(truth, "rating"):
        numbers.rated[person, one.item] = one.fields["stars"]
    for item in {item for _, item in numbers.rated}:
        stars = [stars for (_, other), stars in numbers.rated.items() if other == item]
        numbers.ratings[item] = (len(stars), sum(stars))


def _count_courses(numbers: Numbers, truth: Truth) -> None:
    """Count people once in a course and a quiz, reviews that stand by their last stars, lessons and posts as told."""
    people: dict[str, dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
    passes: Counter[tuple[Any, ...]] = Counter()
    reviews: dict[tuple[str, str], int] = {}
    others: Counter[tuple[str, str]] = Counter()
    for did in truth.did:
        one = did.told
        if one.kind in {"lesson_completed", "discussion_post", "post_deleted"} and one.label:
            others[_hex(one.label), one.kind] += 1
        elif one.kind in {"enrolled", "course_completed"} and did.actor_type != "a":
            people[_hex(one.label)][one.kind].add(did.person)
        elif one.kind in {"quiz_completed", "quiz_voided"} and one.fields["passed"] and did.actor_type != "a":
            passes[did.person, _hex(one.label), one.item] += 1 if one.kind == "quiz_completed" else -1
    unnamed = {did.person for did in truth.did if did.actor_type == "a"}
    for person, one in _last_words(truth, "review", "review_deleted"):
        if one.label and person not in unnamed:
            reviews[person, _hex(one.label)] = one.fields.get("stars", 0)
    passed = Counter(course for (_, course, _), count in passes.items() if count > 0)
    for course in {*people, *passed, *(course for _, course in reviews), *(course for course, _ in others)}:
        stars = [stars for (_, other), stars in reviews.items() if other == course and stars]
        row = (
            len(people[course]["enrolled"]), len(people[course]["course_completed"]), others[course, "lesson_completed"],
            passed[course], others[course, "discussion_post"] - others[course, "post_deleted"], len(stars), sum(stars),
        )  # fmt: skip
        if any(row):
            numbers.courses[course] = row


def _count_days(numbers: Numbers, truth: Truth) -> None:
    """Count everything by the days of the site."""
    days: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    parts: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * 4)
    kinds: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    people: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0] * 7)
    audience: dict[tuple[Any, ...], tuple[set[str], list[int]]] = defaultdict(lambda: (set(), [0]))
    for play in truth.plays:
        day, facts = truth.day(play.at), facts_of_play(play)
        for scope in truth.scopes(play.item, play.source):
            days[*scope, day].update(facts)
            played_by, replayed = audience[*scope, day]
            played_by.add(play.person)
            replayed[0] += play.key in truth.replays
        amounts = (1, play.view, play.completed, play.ms)
        values = (
            ("hour", str(truth.hour(play.at))), ("quality", play.quality or ""), ("type", play.item_type),
            ("speed", play.speed),
        )  # fmt: skip
        for part in values:
            parts[day, *part] = [a + b for a, b in zip(parts[day, *part], amounts, strict=True)]
        for place, amount in enumerate(amounts):
            people[play.person, day][place] += amount
    for did in truth.did:
        one, day = did.told, truth.day(did.told.at)
        kind = kinds[day, one.source, one.kind]
        kind[0] += 1
        kind[1] += (one.kind not in BY_BROWSERS and one.amount) or 0
        if one.kind not in NO_ACTIONS:
            numbers.actions.add(
                (did.person or NOBODY, one.at, one.id, one.source, did.actor_type, one.kind, day, one.item, one.session,
                 _hex(one.fields.get("playlist")), one.label, one.amount)
            )  # fmt: skip
        for scope in truth.scopes(one.item, one.source) if one.kind in CLICKS else ():
            days[*scope, day].update(facts_of_click(one))
        if did.actor_type != "a" and (one.kind in ACTIVITIES or one.kind == "play"):
            person = people[did.person, day]
            person[4] += one.kind in {"like", "comment", "share"}
            person[5] += one.kind == "upload"
            person[6] += 1
    numbers.days = {key: {name: n for name, n in row.items() if n} for key, row in days.items()}
    numbers.periods = _periods(days, audience)
    numbers.parts = {key: tuple(map(int, row)) for key, row in parts.items()}
    numbers.kinds = {key: tuple(row) for key, row in kinds.items()}
    numbers.audiences = {key: (len(played_by), replayed[0]) for key, (played_by, replayed) in audience.items()}
    last: dict[str, date] = {}
    cells: Counter[tuple[date, date | None]] = Counter()
    for (person, day), row in sorted(people.items()):
        previous = last.get(person) if row[0] else None
        numbers.people_days[person, day] = (*map(int, row), previous)
        if row[0]:
            cells[day, previous] += 1
            last[person] = day
    numbers.cells = dict(cells)


def _periods(
    days: Mapping[tuple[Any, ...], Counter[str]], audience: Mapping[tuple[Any, ...], tuple[set[str], list[int]]]
) -> dict[tuple[Any, ...], tuple[dict[str, int], int, int]]:
    """Return what weeks, months and years add up to, with their different people."""
    sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    people: dict[tuple[Any, ...], set[str]] = defaultdict(set)
    replays: Counter[tuple[Any, ...]] = Counter()
    for (scope, key, day), row in days.items():
        starts = {"w": day - timedelta(days=day.weekday()), "m": day.replace(day=1), "y": day.replace(month=1, day=1)}
        played_by, replayed = audience.get((scope, key, day), (set(), [0]))
        for grain, start in starts.items():
            period = grain, start, scope, key
            sums[period].update(row)
            people[period] |= played_by
            replays[period] += replayed[0]
    return {
        period: ({name: n for name, n in row.items() if n}, len(people[period]), replays[period])
        for period, row in sums.items()
    }


def facts_of_play(play: Played) -> dict[str, int]:
    """Return what a play adds to the measures of its day."""
    facts = {
        "plays": 1, "views": play.view, "completed": play.completed, "skipped": play.skipped,
        "measured": bool(play.media), "completion_bp": play.bp, "played_ms": play.ms, "covered_ms": play.covered,
    }  # fmt: skip
    if play.came_from in NAMED_SOURCES:
        facts[f"from_{play.came_from}"] = 1
    return {name: int(n) for name, n in facts.items()}


def facts_of_click(one: Told) -> dict[str, int]:
    """Return what something else that people do adds to the measures of its day."""
    facts = {CLICKS[one.kind]: 1}
    if one.kind == "rating":
        facts["stars"] = one.fields["stars"]
    if one.kind == "share" and one.fields["platform"] in NAMED_PLATFORMS:
        facts[f"via_{one.fields['platform']}"] = 1
    return facts


def kept() -> Numbers:
    """Return what the tables say, in the same shape."""
    from stats.fields import to_micros

    numbers = Numbers()
    for row in ActorStats.objects.all():
        values = (
            row.features_used, row.plays, row.watched_ms, row.videos_uploaded, row.streams_created, row.images_uploaded,
            row.interactions, None if row.last_activity_at is None else to_micros(row.last_activity_at),
        )  # fmt: skip
        if any(values):
            numbers.people[row.actor.hex] = values
    for row in ItemCounter.objects.all():
        counted = (row.plays, row.views, row.likes, row.shares, row.downloads, row.saves, row.comments)
        if any(counted):
            numbers.items[row.item_id] = counted
    for row in Play.objects.all():
        key = (row.actor.hex, row.source_id, row.play_id, row.item_id, row.client_start)
        numbers.plays[key] = (
            row.played_ms, row.covered_ms, bool(row.is_view), bool(row.is_completed), to_micros(row.started_at),
            bool(row.is_skipped), row.completion_bp, row.quality, row.speed, row.play_source,
            row.playlist and row.playlist.hex, row.session_id, row.latest.hex,
        )  # fmt: skip
    for row in State.objects.filter(is_on=1):
        if row.relation == "like":
            numbers.liked.add((row.actor.hex, row.item_id))
        else:
            numbers.saved.add((row.actor.hex, row.item_id, row.playlist.hex))
    numbers.follows = {
        (row.actor.hex, row.target.hex) for row in Follow.objects.filter(is_on=1) if row.actor != row.target
    }
    for row in FollowCounter.objects.all():
        if row.followers or row.following:
            numbers.followed[row.actor.hex] = (row.followers, row.following)
    numbers.rated = {(row.actor.hex, row.item_id): row.stars for row in Rating.objects.all()}
    numbers.ratings = {row.item_id: (row.ratings, row.stars) for row in ItemRating.objects.all()}
    for row in CourseCounter.objects.all():
        counted = (
            row.enrolled, row.completed, row.lessons_completed, row.quizzes_passed, row.posts, row.reviews, row.stars,
        )  # fmt: skip
        if any(counted):
            numbers.courses[row.course.hex] = counted
    numbers.cleared = {row.actor.hex: to_micros(row.cleared_at) for row in HistoryClear.objects.all()}
    numbers.hidden = {(row.actor.hex, row.source_id, row.play_id) for row in HiddenPlay.objects.all()}
    numbers.names = {(row.source_id, row.external_id): row.actor.hex for row in ExternalUser.objects.all()}
    _read_days(numbers)
    return numbers


def _read_days(numbers: Numbers) -> None:
    from stats.fields import to_micros

    measures = [name.name for name in RollupDay._meta.concrete_fields if name.name not in {"scope", "key", "day"}]
    for scope, key, day, *values in RollupDay.objects.values_list("scope", "key", "day", *measures):
        numbers.days[scope, key, day] = {name: n for name, n in zip(measures, values, strict=True) if n}
    numbers.actions = {
        (row.actor.hex, to_micros(row.at), row.event_id.hex, row.source_id, row.actor_type, row.kind, row.day, row.item_id,
         row.session_id, row.playlist and row.playlist.hex, row.label, row.amount)
        for row in Action.objects.all()
    }  # fmt: skip
    numbers.kinds = {(row.day, row.source_id, row.kind): (row.events, row.amount) for row in KindDay.objects.all()}
    for row in PlayPart.objects.all():
        value: Any = row.value if row.part != "speed" else float(row.value) if row.value else None
        numbers.parts[row.day, row.part, value] = (row.plays, row.views, row.completed, row.played_ms)
    for row in ActorDay.objects.all():
        numbers.people_days[row.actor.hex, row.day] = (
            row.plays, row.views, row.completed, row.played_ms, row.interactions, row.uploads, row.acts, row.previous,
        )  # fmt: skip
    for row in PeopleCell.objects.all():
        numbers.cells[row.day, row.previous if row.previous.year > 1 else None] = row.people
    for row in RollupPeriod.objects.all():
        facts = {name: n for name in measures if (n := getattr(row, name))}
        numbers.periods[row.grain, row.start, row.scope, row.key] = (facts, row.people, row.replays)
    for row in DayAudience.objects.all():
        numbers.audiences[row.scope, row.key, row.day] = (row.people, row.replays)
