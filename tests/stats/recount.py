"""An independent recount: what the numbers must be, from the words of the specification alone.

Plain Python over the events that were told. It shares no code with the projections, and sees neither log nor tables
except in `kept`, which reads the tables into the same shape.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stats.models import ActorStats, ExternalUser, HiddenPlay, HistoryClear, ItemCounter, Play, State

MINUTE_US = 60_000_000
SLOT_MS = 500  # tests cover media in steps of half a second
ACTIVITIES = {
    "like", "save", "share", "download", "comment", "rating", "upload", "stream_started", "stream_ended", "feature_used",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """One event that was taken: who did it ('u', 'g' or 'a'), where and when, and what was said about it."""

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
    fields: dict[str, Any] = field(default_factory=dict, hash=False, compare=False)


@dataclass
class Numbers:
    """All that is counted, without what is zero."""

    people: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    items: dict[int, tuple[int, ...]] = field(default_factory=dict)
    plays: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)
    liked: set[tuple[str, int]] = field(default_factory=set)
    saved: set[tuple[str, int, str]] = field(default_factory=set)
    cleared: dict[str, int] = field(default_factory=dict)
    hidden: set[tuple[str, int, str]] = field(default_factory=set)
    names: dict[tuple[int, str], str] = field(default_factory=dict)


def recount(events: Iterable[Told]) -> Numbers:
    """Return what these events add up to, each once however often it is given."""
    told = list({(one.id, one.source): one for one in events}.values())
    member_of = {one.fields["guest"]: one.actor for one in told if one.kind == "guest_claimed"}
    by_person: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        by_person[member_of.get(one.actor, one.actor) if one.actor_type == "g" else one.actor].append(one)
    numbers = Numbers()
    counters: dict[int, list[int]] = defaultdict(lambda: [0] * 7)
    for person, theirs in by_person.items():
        _count_person(numbers, counters, person, theirs)
    numbers.items = {item: tuple(row) for item, row in counters.items() if any(row)}
    identified = [one for one in told if one.kind == "identified"]
    for one in sorted(identified, key=lambda one: (one.at, one.id), reverse=True):
        numbers.names[one.source, one.fields["external_id"]] = one.actor  # the first, being the last that is written
    return numbers


def _count_person(numbers: Numbers, counters: dict[int, list[int]], person: str, theirs: list[Told]) -> None:
    """Add one person's doings; what visitors without a name do counts for items alone."""
    plays = _plays(numbers, counters, person, theirs)
    ever = _states(numbers, counters, person, theirs)
    for one in theirs:
        if one.kind in {"share", "download", "comment"}:
            counters[one.item][{"share": 3, "download": 4, "comment": 6}[one.kind]] += 1
        if one.kind == "history_cleared":
            numbers.cleared[person] = max(one.at, numbers.cleared.get(person, 0))
        if one.kind == "history_hidden":
            numbers.hidden.add((person, one.fields["of_source"], one.fields["play_id"]))
    if all(one.actor_type == "a" for one in theirs):
        return
    kinds = [one.kind for one in theirs]
    uploads = [one.fields["content_type"] for one in theirs if one.kind == "upload"]
    active = [one.at for one in theirs if one.kind in ACTIVITIES]
    active += [one.at + _played_ms(one) * 1000 for one in theirs if one.kind == "play"]
    row = (
        kinds.count("feature_used"),
        len(plays),
        sum(plays.values()),
        uploads.count("video"),
        uploads.count("stream") + _streams(theirs),
        uploads.count("image"),
        kinds.count("share") + kinds.count("comment") + len(ever),
        max(active, default=None),
    )
    if any(row):
        numbers.people[person] = row


def _played_ms(one: Told) -> int:
    return round(one.fields.get("duration_seconds", 0) * 1000)


def _plays(
    numbers: Numbers, counters: dict[int, list[int]], person: str, theirs: list[Told]
) -> dict[tuple[Any, ...], int]:
    """Return how long each play lasted: its reports are cumulative, so the longest holds and the covered parts unite."""
    reports: dict[tuple[Any, ...], list[Told]] = defaultdict(list)
    for one in theirs:
        if one.kind == "play":
            start = one.at if one.said_at is None else one.said_at
            reports[one.source, one.fields["play_id"], one.item, start].append(one)
    played = {}
    for key, group in reports.items():
        ms = max(_played_ms(one) for one in group)
        media = max((one.media_ms or 0 for one in group), default=0) or None
        slots = {
            slot
            for one in group
            for start, end in one.fields.get("ranges", [])
            for slot in range(round(start * 1000) // SLOT_MS, round(end * 1000) // SLOT_MS)
            if media is None or slot * SLOT_MS < media
        }
        covered = min(len(slots) * SLOT_MS, ms * 2 + 2000, media or 10**12)
        view = _is_view(group[0].item_type, ms, covered, media)
        part = {"video": 0.85, "lesson": 0.85, "track": 0.8}.get(group[0].item_type)
        completed = covered >= part * media if part and media else any(one.fields.get("completed") for one in group)
        played[key] = ms
        counters[key[2]][0] += 1
        counters[key[2]][1] += view
        numbers.plays[(person, *key)] = (ms, covered, bool(view), bool(completed), min(one.at for one in group))
    return played


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
            numbers.saved.add((person, key[1], key[2] or "0" * 32))
    for item in {key[1] for key, one in last.items() if one.kind == "save"}:
        counters[item][5] += 1
    return {one.item for one in theirs if one.kind == "like"}


def _streams(theirs: list[Told]) -> int:
    """Count starts that no other mark of the same stream precedes by up to five minutes."""
    marks = [one for one in theirs if one.kind in {"stream_started", "stream_ended"} and one.actor_type != "a"]
    return sum(
        one.kind == "stream_started"
        and not any(
            other.item == one.item and one.at - 5 * MINUTE_US <= other.at and (other.at, other.id) < (one.at, one.id)
            for other in marks
        )
        for one in marks
    )


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
        facts = (row.played_ms, row.covered_ms, bool(row.is_view), bool(row.is_completed), to_micros(row.started_at))
        numbers.plays[key] = facts
    for row in State.objects.filter(is_on=1):
        if row.relation == "like":
            numbers.liked.add((row.actor.hex, row.item_id))
        else:
            numbers.saved.add((row.actor.hex, row.item_id, row.playlist.hex))
    numbers.cleared = {row.actor.hex: to_micros(row.cleared_at) for row in HistoryClear.objects.all()}
    numbers.hidden = {(row.actor.hex, row.source_id, row.play_id) for row in HiddenPlay.objects.all()}
    numbers.names = {(row.source_id, row.external_id): row.actor.hex for row in ExternalUser.objects.all()}
    return numbers
