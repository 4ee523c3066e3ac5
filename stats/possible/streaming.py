"""Streaming analytics: live streams from the marks of their starts and ends, and the plays that ran meanwhile."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import TRAILING_DAYS, Asked, Played
from stats.possible.record import MINE, MINE_AND_ITEM, stat
from stats.possible.rhythm import Span, peak
from stats.possible.trends import hundred

GROUP = "Streaming analytics"
RECONNECT = timedelta(minutes=5)
INTERRUPTION = timedelta(seconds=60)
SHORTEST_PRESENCE = timedelta(seconds=10)
VIEWER = timedelta(seconds=30)
LADDER = (144, 240, 360, 480, 720, 1080, 1440, 2160)
WAITS = "live streams"
_LIVE = (Kind.STREAM_STARTED, Kind.STREAM_ENDED, Kind.PLAY)

METRICS = (
    stat(
        GROUP, "average_concurrent_viewers", "Average concurrent viewers", Unit.COUNT,
        "The time that plays of live streams ran while the stream was live, over the time that it was live: the average number"
        " of viewers at any moment. Of streams that began in the window and whose end was told. A person's are the own streams;"
        " the site's are of the last 28 days.",
        _LIVE, MINE_AND_ITEM, waits_for=WAITS,
    ),
    stat(
        GROUP, "peak_viewers", "Peak viewer count", Unit.COUNT,
        "The most plays of one live stream that ran at the same moment. Plays shorter than 10 seconds are left out, and one"
        " that ends at a moment leaves before another that begins at it comes. The site's: of the last 28 days.",
        _LIVE, MINE_AND_ITEM, waits_for=WAITS,
    ),
    stat(
        GROUP, "total_stream_duration", "Total stream duration", Unit.HOURS,
        "From start to end of each live stream, without interruptions longer than a minute. A start within 5 minutes of the"
        " last mark is a reconnect. A stream whose end was not told is not counted. The site's: of the last 28 days.",
        (Kind.STREAM_STARTED, Kind.STREAM_ENDED), MINE_AND_ITEM, waits_for=WAITS,
    ),
    stat(
        GROUP, "stream_frequency", "Stream frequency", Unit.PER_WEEK,
        "Live streams begun in the last 28 days, today included, over 4 weeks. Reconnects within 5 minutes are the same stream.",
        (Kind.STREAM_STARTED,), MINE, waits_for=WAITS,
    ),
    stat(
        GROUP, "viewer_retention_rate", "Viewer retention rate", Unit.PERCENT,
        "Of the people who watched 30 seconds of a live stream or more, those who watched at least half of what was left of it"
        " when they joined; each person once a stream. Of streams whose end was told. The site's: of the last 28 days.",
        _LIVE, MINE_AND_ITEM, waits_for=WAITS,
    ),
    stat(
        GROUP, "average_quality", "Average quality preference", Unit.HEIGHT,
        "The height of the picture that was played, weighted by played time, as the nearest usual height; the mean itself and the"
        " shares stand beside. Of plays whose player said a height. The site's: of the site's days that the window touches.",
        (Kind.PLAY,), MINE,
    ),
)  # fmt: skip


@dataclass(slots=True)
class Stream:
    """One live stream: from its first start to its last end, which is None until it is told; `spans` are on the air."""

    item_id: int
    start: datetime
    end: datetime | None = None
    spans: list[Span] = field(default_factory=list)

    @property
    def live(self) -> timedelta:
        """How long it was on the air, short interruptions included."""
        total = sum((span.end - span.start for span in self.spans), timedelta())
        gaps = (later.start - span.end for span, later in zip(self.spans, self.spans[1:], strict=False))
        return total + sum((gap for gap in gaps if gap <= INTERRUPTION), timedelta())


def streams(marks: Iterable[tuple[Any, int, datetime, int]]) -> list[Stream]:
    """Return the streams of marks (who, item, when, 1 for a start), in order of their starts."""
    of_each: dict[tuple[Any, int], list[tuple[datetime, int]]] = defaultdict(list)
    for who, item_id, at, is_start in marks:
        of_each[who, item_id].append((at, is_start))
    found = [stream for (_who, item_id), one in of_each.items() for stream in _streams_of(item_id, sorted(one))]
    return sorted(found, key=lambda stream: (stream.start, stream.item_id))


def _streams_of(item_id: int, marks: Sequence[tuple[datetime, int]]) -> list[Stream]:
    found: list[Stream] = []
    on_since: datetime | None = None
    last: datetime | None = None
    for at, is_start in marks:
        if is_start:
            if last is None or at - last > RECONNECT:
                found.append(Stream(item_id, at))
                on_since = at
            elif found:
                on_since = on_since or at
                found[-1].end = None
        elif found and on_since is not None:
            found[-1].spans.append(Span(on_since, at))
            found[-1].end, on_since = at, None
        last = at
    return found


@dataclass(frozen=True, slots=True)
class Audience:
    """What plays during live streams come to: milliseconds of viewers and of streams, and the people who stayed."""

    viewer_ms: int = 0
    live_ms: int = 0
    peak: int = 0
    stayed: int = 0
    viewers: int = 0


def audience(found: Sequence[Stream], plays: Iterable[Played]) -> Audience:
    """Measure the plays of each ended stream while it lasted, and the peak of every stream."""
    of_item: dict[int, list[Played]] = defaultdict(list)
    for play in plays:
        of_item[play.item_id].append(play)
    viewed, live, most, stayed, viewers = timedelta(), timedelta(), 0, 0, 0
    for item_id in {stream.item_id for stream in found}:
        most = max(most, peak([play.span for play in of_item[item_id]], SHORTEST_PRESENCE))
    for stream in found:
        if stream.end is None:
            continue
        live += stream.live
        joined: dict[Any, datetime] = {}
        watched: dict[Any, timedelta] = defaultdict(timedelta)
        for play in of_item[stream.item_id]:
            start, end = max(play.span.start, stream.start), min(play.span.end, stream.end)
            if start < end:
                viewed += end - start
                joined[play.actor] = min(start, joined.get(play.actor, start))
                watched[play.actor] += end - start
        for person, time in watched.items():
            if time >= VIEWER:
                viewers += 1
                stayed += 2 * time >= stream.end - joined[person]
    return Audience(viewed // timedelta(milliseconds=1), live // timedelta(milliseconds=1), most, stayed, viewers)


def _streams(asked: Asked) -> list[Stream]:
    return [stream for stream in streams(asked.marks) if asked.window.start_at <= stream.start]


def _audience(asked: Asked) -> Audience:
    return audience(_streams(asked), asked.stream_plays)


def _of_audience(asked: Asked, make: Any) -> Value:
    if asked.is_site:
        return asked.fact("streaming", lambda told: make(Audience(*told["audience"])))
    value: Value = make(_audience(asked))
    return value


def average_concurrent_viewers(asked: Asked) -> Value:
    """Divide the viewers' time by the streams' time."""
    return _of_audience(asked, concurrent)


def concurrent(of: Audience) -> Value:
    """Return the average number of viewers."""
    if not of.live_ms:
        return Value(None, note=_("No live stream has ended in this time."))
    rows = (
        Row(_("Seconds watched"), of.viewer_ms // 1000, "watched"),
        Row(_("Seconds live"), of.live_ms // 1000, "live"),
    )
    return Value(of.viewer_ms / of.live_ms, rows=rows)


def peak_viewers(asked: Asked) -> Value:
    """Return the most viewers at once."""
    return _of_audience(asked, lambda of: Value(of.peak))


def total_stream_duration(asked: Asked) -> Value:
    """Add up the time on the air."""
    return _of_audience(asked, lambda of: Value(of.live_ms / 3_600_000, of.live_ms))


def stream_frequency(asked: Asked) -> Value:
    """Divide the streams of four weeks by four."""
    if asked.is_site:
        return asked.fact("streaming", lambda told: frequency(told["streams"], told["weeks"]))
    return frequency(*recent(streams(asked.marks), asked.since(TRAILING_DAYS)))


def recent(found: Iterable[Stream], first: datetime) -> tuple[int, int]:
    """Return how many streams began since a moment, and in how many weeks from it on."""
    starts = [stream.start for stream in found if first <= stream.start]
    return len(starts), len({(start - first).days // 7 for start in starts})


def frequency(count: int, weeks: int) -> Value:
    """Return the streams of four weeks by week."""
    return Value(count / 4, count, 4, (Row(_("Weeks with a stream"), weeks, "weeks"),))


def viewer_retention_rate(asked: Asked) -> Value:
    """Divide who stayed by who came."""
    return _of_audience(asked, retention)


def retention(of: Audience) -> Value:
    """Return the share of viewers who stayed."""
    if not of.viewers:
        return Value(None, 0, 0, note=_("Nobody has watched a live stream for 30 seconds in this time."))
    return Value(100 * of.stayed / of.viewers, of.stayed, of.viewers)


def average_quality(asked: Asked) -> Value:
    """Return the usual height nearest to the mean height."""
    return mean_height(asked.qualities)


def mean_height(qualities: dict[str, int]) -> Value:
    """Return the rung nearest to the mean of heights like "720p" weighted by milliseconds; of two as near, the lower."""
    heights: dict[int, int] = defaultdict(int)
    for quality, ms in qualities.items():
        if (height := height_of(quality)) is not None and ms > 0:
            heights[height] += ms
    total = sum(heights.values())
    if not total:
        return Value(None, note=_("No player has said a height."))
    weighted = sum(height * ms for height, ms in heights.items())
    nearest = min(LADDER, key=lambda rung: (abs(rung * total - weighted), rung))
    shares = hundred({f"{height}p": ms for height, ms in heights.items()})
    rows = (
        Row(_("Mean"), round(weighted / total), "mean"),
        *(Row(f"{height}p", shares[f"{height}p"], f"{height}p") for height in sorted(heights, reverse=True)),
    )
    return Value(nearest, weighted, total, rows)


def height_of(quality: str) -> int | None:
    """Return the height that a player's word for a quality says: 720 for "720p", "720" or "720p60"; None for "auto"."""
    digits = quality.lower().partition("p")[0]
    return int(digits) if digits.isascii() and digits.isdigit() and 0 < int(digits) <= 10_000 else None
