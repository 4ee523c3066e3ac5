"""How many different people were active in any span of days, from one look at everybody's days. Pure.

People are counted by (day, their active day before it). Who was active in a span was so on a day of it and on no
earlier day of it, so the people of any span are a sum of cells.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

WEEK, MONTH = 7, 30


@dataclass(frozen=True, slots=True)
class Active:
    """The different members who were active on a day, in the 7 and in the 30 days that end with it.

    `dau_30_days` adds up the daily ones of the 30 days.
    """

    day: date
    dau: int
    wau: int
    mau: int
    dau_30_days: int

    @property
    def stickiness(self) -> float | None:
        """Return the average day's members in percent of the month's; None without any."""
        return 100 * self.dau_30_days / MONTH / self.mau if self.mau else None


class Cells:
    """People by day and by their active day before, None for none that is known."""

    def __init__(self, cells: Iterable[tuple[date, date | None, int]]) -> None:
        self._by_day: dict[date, list[tuple[date, int]]] = {}
        for day, previous, people in cells:
            self._by_day.setdefault(day, []).append((previous or date.min, people))

    def people(self, first: date, last: date) -> int:
        """Return how many different people were active on any day from `first` to `last`."""
        return sum(
            people for day in _days(first, last) for previous, people in self._by_day.get(day, ()) if previous < first
        )

    def active(self, day: date) -> Active:
        """Return the members of a day, and of the week and the month that end with it."""
        first = day - timedelta(days=MONTH - 1)
        return Active(
            day,
            self.people(day, day),
            self.people(day - timedelta(days=WEEK - 1), day),
            self.people(first, day),
            sum(self.people(one, one) for one in _days(first, day)),
        )


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
