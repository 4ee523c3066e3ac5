"""What a play amounts to: covered media, a view, completion. Pure arithmetic on milliseconds.

A play's reports are cumulative and may come late, twice or out of order, so everything here is a function of the
greatest played time and the union of the covered ranges.
"""

from collections.abc import Iterable

Range = tuple[int, int]

MAX_SPEED = 2
SLACK_MS = 2_000
COMPLETED_AT = {"video": 0.85, "lesson": 0.85, "track": 0.80}
VIEW_MS = 30_000
TRACK_VIEW_MS = 240_000
SHORT_TRACK_MS = 30_000
IMAGE_VIEW_MS = 1_000
SKIPPED_BEFORE_MS = 20_000
MAX_RANGES = 1000


def unite(ranges: Iterable[Iterable[int]]) -> list[Range]:
    """Return the union of ranges: sorted, disjoint, none empty. Ends before starts are left out."""
    united: list[list[int]] = []
    for start, end in sorted((start, end) for start, end in ranges):
        if end <= start:
            continue
        if united and start <= united[-1][1]:
            united[-1][1] = max(united[-1][1], end)
        else:
            united.append([start, end])
    return [(start, end) for start, end in united]


def covered_ms(ranges: Iterable[Range], played_ms: int, media_ms: int | None) -> int:
    """Return how much of the media was covered by united `ranges`.

    Never more than could be played in `played_ms` at double speed, nor more than there is.
    """
    seen = sum(end - start for start, end in ranges)
    seen = min(seen, played_ms * MAX_SPEED + SLACK_MS)
    return min(seen, media_ms) if media_ms else seen


def is_view(item_type: str, played_ms: int, covered: int, media_ms: int | None) -> bool:
    """Whether a play is qualified: long enough for its type to be called a view.

    Video and lesson: 30 s, or half of a shorter one. Stream: 30 s. Image: 1 s. Audio: half of it or 4 minutes; of a
    track up to 30 s, 80 % covered.
    """
    if item_type == "image":
        return played_ms >= IMAGE_VIEW_MS
    if item_type == "track" and media_ms:
        if media_ms > SHORT_TRACK_MS:
            return played_ms >= min(media_ms / 2, TRACK_VIEW_MS)
        return covered >= 0.8 * media_ms
    if item_type in {"video", "lesson"} and media_ms:
        return played_ms >= min(VIEW_MS, media_ms / 2)
    return played_ms >= VIEW_MS


def is_skipped(item_type: str, played_ms: int, covered: int, media_ms: int | None) -> bool:
    """Whether a play was left early: a video, lesson or track that ran under 20 s and of which less than half was covered."""
    if item_type not in COMPLETED_AT or played_ms >= SKIPPED_BEFORE_MS:
        return False
    return covered * 2 < media_ms if media_ms else True


def completion_bp(covered: int, media_ms: int | None) -> int:
    """Return how much was covered in hundredths of a percent, 0 where the length is not known."""
    return covered * 10_000 // media_ms if media_ms else 0


def is_completed(item_type: str, covered: int, media_ms: int | None, *, told: bool = False) -> bool:
    """Whether the play covered the item: 85 % of a video or lesson, 80 % of a track.

    `told` is the word of a trusted sender, which decides only where there is no duration to measure against.
    """
    threshold = COMPLETED_AT.get(item_type)
    if threshold and media_ms:
        return covered >= threshold * media_ms
    return told
