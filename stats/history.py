"""Watch history: a person's plays, newest first, without what was cleared or hidden.

The history is read from the plays by their key's first part, the person; the newest `MAX_WATCH_HISTORY_ENTRIES` are
it. Clearing and hiding are events, and change no statistic.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from stats import ledger
from stats.actors import Actor
from stats.fields import from_micros
from stats.fresh import Fresh, Projection
from stats.kinds import Kind
from stats.models import HiddenPlay, HistoryClear, Item, Play, Source

RESUME_WITHIN = timedelta(hours=72)
RESUME_SINCE_START = timedelta(days=6)
AT_END_MS = 3_000
BEGUN_AMONG = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the history. Durations are seconds of the clock, positions and coverage milliseconds of the media."""

    play_id: str
    source_id: int
    item_id: int
    item_uuid: uuid.UUID | None
    video_id: str
    stream_id: str | None
    title: str
    owner_name: str
    watched_at: datetime
    duration_seconds: float
    content_type: str
    session_id: str
    completed: bool
    quality: str
    position_ms: int
    covered_ms: int
    media_ms: int | None
    is_available: bool

    @property
    def percent(self) -> int | None:
        """How much of the media was covered; None where its length is not known."""
        return _percent(self.covered_ms, self.media_ms)

    @property
    def played_ms(self) -> int:
        """How long it was played, in milliseconds of the clock."""
        return round(self.duration_seconds * 1000)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the whole history adds up to, in milliseconds. `by_type` maps a type to (entries, milliseconds)."""

    entries: int
    total_ms: int
    by_type: dict[str, tuple[int, int]]
    week_ms: int
    average_ms: int
    longest_ms: int
    finished: int


@dataclass(slots=True)
class Glance:
    """The history at a glance, the latest first: whether each item was viewed, and how far one is in what was begun."""

    week_ms: int = 0
    viewed: dict[int, bool] = field(default_factory=dict)
    begun: dict[int, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resume:
    """Where to go on, and under which play."""

    play_id: str
    position_ms: int
    watched_ms: int
    started_at: datetime


def entries(
    actor_id: uuid.UUID,
    *,
    type: str | None = None,
    day: date | None = None,
    text: str = "",
    limit: int = 100,
    offset: int = 0,
) -> list[Entry]:
    """Return a page of the history, newest first; `day` is one of the active time zone.

    Two queries, one more with a filter.
    """
    found = _filtered(actor_id, type, day, text)[offset : min(offset + limit, settings.MAX_WATCH_HISTORY_ENTRIES)]
    rows = list(found)
    items = Item.objects.select_related("owner").in_bulk({play.item_id for play in rows})
    return [_entry(play, items.get(play.item_id)) for play in rows]


def glance(actor_id: uuid.UUID, *, now: datetime | None = None) -> Glance:
    """Return what was watched lately, for a page that goes on from there. One query."""
    week = (now or timezone.now()) - timedelta(days=7)
    names = ("item_id", "item_type", "played_ms", "started_at", "is_view", "is_completed", "covered_ms", "media_ms")
    seen = Glance()
    for place, row in enumerate(_visible(actor_id).values_list(*names)[: settings.MAX_WATCH_HISTORY_ENTRIES]):
        item_id, item_type, played, started, is_view, is_completed, covered, media = row
        if started >= week:
            seen.week_ms += played
        if item_id not in seen.viewed and place < BEGUN_AMONG and not is_completed and item_type != "image":
            seen.begun[item_id] = _percent(covered, media)
        seen.viewed[item_id] = seen.viewed.get(item_id, False) or bool(is_view)
    return seen


def watched(actor_id: uuid.UUID) -> dict[int, bool]:
    """Return the items of the history, the latest first, and whether they were viewed. One query."""
    return glance(actor_id).viewed


def count(actor_id: uuid.UUID, *, type: str | None = None, day: date | None = None, text: str = "") -> int:
    """Return how many entries fit. One query, one more with a filter."""
    return min(_filtered(actor_id, type, day, text).count(), settings.MAX_WATCH_HISTORY_ENTRIES)


def summary(actor_id: uuid.UUID, *, now: datetime | None = None) -> Summary:
    """Return what the history adds up to; the week is the last seven days. One query."""
    week = (now or timezone.now()) - timedelta(days=7)
    rows = _visible(actor_id).values_list("item_type", "played_ms", "started_at", "is_completed")
    by_type: dict[str, tuple[int, int]] = {}
    total = this_week = longest = finished = 0
    found = list(rows[: settings.MAX_WATCH_HISTORY_ENTRIES])
    for item_type, played, started, completed in found:
        number, ms = by_type.get(item_type, (0, 0))
        by_type[item_type] = (number + 1, ms + played)
        total += played
        longest = max(longest, played)
        finished += completed
        if started >= week:
            this_week += played
    ordered = dict(sorted(by_type.items(), key=lambda pair: -pair[1][1]))
    return Summary(len(found), total, ordered, this_week, total // len(found) if found else 0, longest, finished)


def resume(actor_id: uuid.UUID, item_id: int, *, now: datetime | None = None) -> Resume | None:
    """Return the newest play of an item, if it was watched here in the last 72 hours and is unfinished. One query.

    Who stopped in the last seconds without having seen the rest goes on at the beginning. A play that began almost a
    week ago is not gone on with, for a browser's reports of it would soon be too old.
    """
    now = now or timezone.now()
    play = (
        _visible(actor_id)
        .filter(item_id=item_id, source_id=Source.SITE, position_ms__gt=0)
        .filter(reported_at__gte=now - RESUME_WITHIN, started_at__gte=now - RESUME_SINCE_START)
        .exclude(item_type="image")
        .first()
    )
    if play is None or play.is_completed:
        return None
    at_end = play.media_ms is not None and play.position_ms > play.media_ms - AT_END_MS
    return Resume(play.play_id, 0 if at_end else play.position_ms, play.played_ms, from_micros(play.client_start))


def positions(actor_id: uuid.UUID, item_ids: Iterable[int]) -> dict[int, int]:
    """Return how much of each item its newest play covered, in percent. One query."""
    found: dict[int, int] = {}
    wanted = list(item_ids)
    rows = _visible(actor_id).filter(item_id__in=wanted).values_list("item_id", "covered_ms", "media_ms")
    for item_id, covered, media in rows:
        if media:
            found.setdefault(item_id, min(100, round(100 * covered / media)))
    return found


def clear(actor: Actor) -> int:
    """Clear the history: entries and resume positions go, the statistics keep counting. Returns how many went."""
    with ledger.recording():
        entries_before = count(actor.id)
        ledger.record(Kind.HISTORY_CLEARED, actor)
    return entries_before


def hide(actor: Actor, source_id: int, play_id: str) -> bool:
    """Take one entry out of the history. Returns whether there was one."""
    with ledger.recording():
        exists = _visible(actor.id).filter(source_id=source_id, play_id=play_id).exists()
        if exists:
            ledger.record(Kind.HISTORY_HIDDEN, actor, play_id=play_id, of_source=source_id)
    return exists


def _percent(covered_ms: int, media_ms: int | None) -> int | None:
    return min(100, round(100 * covered_ms / media_ms)) if media_ms else None


def _visible(actor_id: uuid.UUID) -> QuerySet[Play]:
    hidden = HiddenPlay.objects.filter(
        actor=OuterRef("actor"), source_id=OuterRef("source_id"), play_id=OuterRef("play_id")
    )
    cleared = HistoryClear.objects.filter(actor=actor_id).values("cleared_at")
    return (
        Play.objects.filter(actor=actor_id)
        .annotate(cleared_at=Subquery(cleared))
        .filter(Q(cleared_at=None) | Q(started_at__gt=F("cleared_at")))
        .exclude(Exists(hidden))
        .order_by("-started_at", "-play_id")
    )


def _filtered(actor_id: uuid.UUID, type: str | None, day: date | None, text: str) -> QuerySet[Play]:
    found = _visible(actor_id)
    if not (type or day or text):
        return found
    most = settings.MAX_WATCH_HISTORY_ENTRIES
    for started_at, play_id in found.values_list("started_at", "play_id")[most - 1 : most]:
        found = found.filter(Q(started_at__gt=started_at) | Q(started_at=started_at, play_id__gte=play_id))
    if type:
        found = found.filter(item_type=type)
    if day:
        start = datetime(day.year, day.month, day.day, tzinfo=timezone.get_current_timezone())
        found = found.filter(started_at__gte=start)
        if day < date.max:
            found = found.filter(started_at__lt=start + timedelta(days=1))
    if text:
        named = Item.objects.filter(
            Q(title__icontains=text) | Q(owner__username__icontains=text) | Q(external_key__icontains=text)
        )
        found = found.filter(item_id__in=named.values("pk"))
    return found


def _entry(play: Play, item: Item | None) -> Entry:
    name = (item.external_key or str(item.uuid)) if item else str(play.item_id)
    return Entry(
        play_id=play.play_id,
        source_id=play.source_id,
        item_id=play.item_id,
        item_uuid=item.uuid if item else None,
        video_id=name,
        stream_id=name if play.item_type == "stream" else None,
        title=str(item) if item else name,
        owner_name=(item.owner.get_full_name() or str(item.owner)) if item and item.owner else "",
        watched_at=play.started_at,
        duration_seconds=play.played_ms / 1000,
        content_type=play.item_type,
        session_id=play.session_id or "",
        completed=bool(play.is_completed),
        quality=play.quality or "",
        position_ms=play.position_ms,
        covered_ms=play.covered_ms,
        media_ms=play.media_ms,
        is_available=bool(item and item.deleted_at is None and not item.external_key),
    )


# The projection


def project(fresh: Fresh) -> None:
    """Keep when histories were cleared, and which plays were hidden."""
    fresh.execute(
        "INSERT INTO stats_historyclear AS c (actor, cleared_at) SELECT actor, MAX(occurred_at) FROM fresh"
        " WHERE kind = 'history_cleared' GROUP BY actor ORDER BY actor ON CONFLICT (actor) DO UPDATE SET cleared_at ="
        " CASE WHEN excluded.cleared_at > c.cleared_at THEN excluded.cleared_at ELSE c.cleared_at END"
    )
    fresh.execute(
        "INSERT INTO stats_hiddenplay (actor, source_id, play_id) SELECT DISTINCT actor, amount, play_id FROM fresh"
        " WHERE kind = 'history_hidden' AND actor IS NOT NULL ORDER BY actor, amount, play_id ON CONFLICT DO NOTHING"
    )


def claim(fresh: Fresh, guest: Any, person: Any) -> None:
    """Make what a guest cleared and hid the member's."""
    cast = fresh.uuid("%s")
    fresh.execute(
        f"INSERT INTO stats_historyclear AS c (actor, cleared_at) SELECT {cast}, cleared_at FROM stats_historyclear"
        " WHERE actor = %s ON CONFLICT (actor) DO UPDATE SET cleared_at ="
        " CASE WHEN excluded.cleared_at > c.cleared_at THEN excluded.cleared_at ELSE c.cleared_at END",
        [person, guest],
    )
    fresh.execute(
        f"INSERT INTO stats_hiddenplay (actor, source_id, play_id) SELECT {cast}, source_id, play_id FROM"
        " stats_hiddenplay WHERE actor = %s ON CONFLICT DO NOTHING",
        [person, guest],
    )
    fresh.execute("DELETE FROM stats_historyclear WHERE actor = %s", [guest])
    fresh.execute("DELETE FROM stats_hiddenplay WHERE actor = %s", [guest])


CLEARED = Projection(
    "history",
    (HistoryClear, HiddenPlay),
    frozenset({Kind.HISTORY_CLEARED.value, Kind.HISTORY_HIDDEN.value}),
    project,
    claim,
)
