"""Who is still watching: which part of the plays covers each slice of an item, from the ranges that were played. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil

SLICES = 60
STEPS_S = (1, 2, 5, 10, 15, 20, 25, 30, 60, 120, 180, 300, 600, 900, 1200, 1800)
MS = 1000

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Slice:
    """A stretch of the media: how many plays touched it, and which part of all plays that is, in percent."""

    start_ms: int
    plays: int
    percent: float
    again: int


@dataclass(frozen=True, slots=True)
class Curve:
    """The slices of an item, each `step_ms` long but the last, from `plays` plays."""

    plays: int
    step_ms: int
    slices: tuple[Slice, ...]

    @property
    def at_end_percent(self) -> float | None:
        """Which part of the plays reached the last slice; None without plays."""
        return self.slices[-1].percent if self.plays and self.slices else None

    @property
    def rewatched(self) -> Slice | None:
        """The slice that people come back to: played again most beyond some part before it, the earliest of equals.

        None where no part stands out: who plays all of it again plays the beginning again most.
        """
        found, most, least = None, 0, self.slices[0].again if self.slices else 0
        for one in self.slices:
            least = min(least, one.again)
            if one.again - least > most:
                found, most = one, one.again - least
        return found


def step_of(media_ms: int) -> int:
    """Return how long a slice is: the shortest round step of which `SLICES` are enough, in milliseconds."""
    for seconds in STEPS_S:
        if seconds * MS * SLICES >= media_ms:
            return seconds * MS
    return ceil(media_ms / SLICES / 60_000) * 60_000


def curve(plays: Iterable[tuple[object, Sequence[Range]]], media_ms: int) -> Curve:
    """Return the curve of plays, each a person and its united ranges in milliseconds.

    A play covers a slice when it played a part of it. Again counts the plays of a slice beyond each person's first.
    """
    step = step_of(media_ms)
    count = max(1, ceil(media_ms / step))
    total = 0
    covering = [0] * count
    people: dict[object, Counter[int]] = defaultdict(Counter)
    for person, ranges in plays:
        total += 1
        touched = {at for start, end in ranges for at in _touched(start, end, step, count)}
        for at in touched:
            covering[at] += 1
        people[person].update(touched)
    again = [0] * count
    for counted in people.values():
        for at, times in counted.items():
            again[at] += times - 1
    slices = (
        Slice(at * step, plays, round(100 * plays / total, 1) if total else 0.0, again[at])
        for at, plays in enumerate(covering)
    )
    return Curve(total, step, tuple(slices))


def _touched(start: int, end: int, step: int, count: int) -> range:
    if end <= start:
        return range(0)
    return range(min(start // step, count), min((end - 1) // step + 1, count))
