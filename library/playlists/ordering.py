"""A list in a new order. Pure."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def placed(now: Sequence[T], wanted: Sequence[T]) -> list[T]:
    """Return `now` with those in `wanted` in the order of `wanted`; all others stay at their places.

    `wanted` are some of `now`, each once.
    """
    chosen, coming = set(wanted), iter(wanted)
    return [next(coming) if one in chosen else one for one in now]


def moved(now: Sequence[T], one: T, places: int) -> list[T]:
    """Return `now` with `one` so many places further down, at most to either end."""
    rest = [other for other in now if other != one]
    at = min(max(list(now).index(one) + places, 0), len(rest))
    return [*rest[:at], one, *rest[at:]]
