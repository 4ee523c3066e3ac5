"""Who is still watching: which part of the plays covers each slice of an item, from the ranges that were played. Pure."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil

from stats.watching import unite

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


def curve(plays: Iterable[tuple[Hashable, Sequence[Range]]], media_ms: int) -> Curve:
    """Return the curve of plays, each a person and its united ranges in milliseconds: sorted and disjoint.

    A play covers a slice when it played a part of it. Again counts the plays of a slice beyond each person's first.
    """
    step = step_of(media_ms)
    count = max(1, ceil(media_ms / step))
    total = 0
    covering, seeing = [0] * (count + 1), [0] * (count + 1)  # how many begin here, less how many have ended
    people: defaultdict[Hashable, list[Range]] = defaultdict(list)
    for person, ranges in plays:
        total += 1
        done = 0
        for start, end in ranges:
            first, last = max(start // step, done), min((end - 1) // step + 1, count)
            if first < last:
                covering[first] += 1
                covering[last] -= 1
                people[person].append((first, last))
                done = last
    for touched in people.values():
        for first, last in unite(touched) if len(touched) > 1 else touched:
            seeing[first] += 1
            seeing[last] -= 1
    slices = (
        Slice(at * step, counted, round(100 * counted / total, 1), counted - persons)
        for at, counted, persons in zip(range(count), accumulate(covering), accumulate(seeing), strict=False)
    )
    return Curve(total, step, tuple(slices) if total else tuple(Slice(at * step, 0, 0.0, 0) for at in range(count)))
