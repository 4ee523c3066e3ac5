"""One recount for each panel of the dashboards, by its key. A new panel is not complete without one.

Every function works on what `seen` has read, by the panel's definition in words. `BEHIND` has those of the lists of
people and items behind numbers: the labels of the rows of a day (None: of all), of one part ('': of all).
"""

from collections.abc import Callable
from datetime import date

from tests.analytics.dashboards.seen import Case, Number, Table

Recount = Callable[[Case], Number | Table]
Listed = Callable[[Case, date | None, str], list[str]]

RECOUNTS: dict[str, Recount] = {}
BEHIND: dict[str, Listed] = {}


def counts(*keys: str) -> Callable[[Recount], Recount]:
    """Register the recount of these panels."""

    def register(recount: Recount) -> Recount:
        RECOUNTS.update(dict.fromkeys(keys, recount))
        return recount

    return register


def lists(*keys: str) -> Callable[[Listed], Listed]:
    """Register the recount of what is behind the numbers of these panels."""

    def register(listed: Listed) -> Listed:
        BEHIND.update(dict.fromkeys(keys, listed))
        return listed

    return register
