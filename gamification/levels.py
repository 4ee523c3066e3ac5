"""Levels: the whole part of the square root of a hundredth of all points, at least 1. Pure."""

from dataclasses import dataclass
from math import isqrt

TITLES = ((50, "Legend"), (25, "Master"), (10, "Expert"), (5, "Explorer"), (1, "Newcomer"))


@dataclass(frozen=True, slots=True)
class Level:
    """A level and the way to the next: points when it begins, points when the next does, points since it began."""

    number: int
    begins_at: int
    next_at: int
    done: int

    @property
    def needed(self) -> int:
        """Points from this level's beginning to the next one's."""
        return self.next_at - self.begins_at

    @property
    def left(self) -> int:
        """Points that the next level still takes."""
        return self.needed - self.done

    @property
    def percent(self) -> int:
        """How much of the way is done, in whole percent."""
        return self.done * 100 // self.needed

    @property
    def title(self) -> str:
        """What a member of this level is called."""
        return next(title for at_least, title in TITLES if self.number >= at_least)


def level_of(points: int) -> int:
    """Return the level of so many points. Level 1 reaches to 399, the second begins at 400."""
    return max(1, isqrt(max(0, points) // 100))


def points_for(level: int) -> int:
    """Return how many points a level takes; the first takes none."""
    return 100 * level * level if level > 1 else 0


def standing(points: int) -> Level:
    """Return the level of so many points, with the way to the next."""
    number = level_of(points)
    begins = points_for(number)
    return Level(number, begins, points_for(number + 1), max(0, points - begins))
