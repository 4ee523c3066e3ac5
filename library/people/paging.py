"""Pages of lists that nobody counts: whether there is more is seen from one row more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

MOST_PAGES = 1000


@dataclass(frozen=True, slots=True)
class Stretch:
    """One page, and whether newer and older ones are beside it."""

    rows: Sequence[Any]
    number: int
    has_older: bool

    @property
    def has_newer(self) -> bool:
        """Whether it is not the first."""
        return self.number > 1

    @property
    def newer(self) -> int:
        """The page before."""
        return self.number - 1

    @property
    def older(self) -> int:
        """The page after."""
        return self.number + 1


def stretch(found: Any, per_page: int, asked: str | None) -> Stretch:
    """Return the page of a query that is asked for, the first for what is no page. One query."""
    digits = asked or "1"
    number = int(digits) if digits.isascii() and digits.isdigit() and 0 < len(digits) < 5 else 1
    number = min(max(number, 1), MOST_PAGES)
    start = (number - 1) * per_page
    rows = list(found[start : start + per_page + 1])
    return Stretch(rows[:per_page], number, len(rows) > per_page)
