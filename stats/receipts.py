"""Receipts: how a number came about. What was counted, what was left out, and the plays and actions themselves.

Over the whole list, what the entries add is the number: `adds` its numerator, `of` its denominator where it is a ratio.
"""

from dataclasses import dataclass
from datetime import datetime

from stats.compute import Value
from stats.metrics import Metric, Scope
from stats.windows import Window

LIMIT, MOST = 50, 200


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sum: what, and how much. `is_left_out` marks what was not counted."""

    label: str
    value: int
    is_left_out: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One play or action. `who` is a pseudonym, or "You".

    `adds` is what it adds to the numerator, `of` to the denominator; `reason` says why it adds nothing.
    """

    at: datetime
    kind: str
    item_id: int | None
    title: str
    item_uuid: str
    who: str
    adds: int
    of: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A number with everything that it was made of. `cursor` asks for the next page of entries; empty on the last."""

    metric: Metric
    scope: Scope
    window: Window
    value: Value
    lines: tuple[Line, ...]
    entries: tuple[Entry, ...]
    cursor: str
    events: int
    curl: str


def receipt(
    metric: Metric, scope: Scope, window: Window, cursor: str = "", limit: int = LIMIT, *, origin: str = ""
) -> Receipt:
    """Return the receipt of a number, with a page of entries, newest first. At most 8 queries.

    `origin` is the site's address for the curl line. Raises `stats.asking.Bad` `invalid_cursor` for a cursor that was
    altered, or that belongs to another number.
    """
    raise NotImplementedError
