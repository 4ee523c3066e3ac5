"""Which bytes of a file a request asks for (RFC 9110, 13 and 14). Pure: headers in, positions out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime

SINGLE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)


class NotSatisfiable(Exception):
    """The range is malformed, beyond the file, or more than one."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` to `last`, both included, of a file of `size` bytes."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The header that says which bytes an answer has."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def requested(headers: Mapping[str, str], size: int, etag: str, modified: datetime) -> Span | None:
    """Return the one range that a GET asks for, None for the whole file. Raises NotSatisfiable.

    Other units than bytes are ignored, as is a range whose `If-Range` names another version of the file. More than
    one range is refused: no player asks for it, and it multiplies work.
    """
    header = headers.get("Range", "").strip()
    if not header.lower().startswith("bytes=") or not _is_current(headers.get("If-Range", ""), etag, modified):
        return None
    asked = SINGLE.fullmatch(header)
    if asked is None or not (asked[1] or asked[2]):
        raise NotSatisfiable
    if not asked[1]:
        first, last = max(0, size - int(asked[2])), size - 1
    else:
        first, last = int(asked[1]), min(int(asked[2] or size - 1), size - 1)
        if asked[2] and int(asked[2]) < first:
            raise NotSatisfiable
    if first > last or first >= size:
        raise NotSatisfiable
    return Span(first, last, size)


def is_unchanged(headers: Mapping[str, str], etag: str, modified: datetime) -> bool:
    """Whether the client's copy is the file as it is: `If-None-Match` decides, `If-Modified-Since` only without it."""
    if tags := headers.get("If-None-Match", ""):
        return tags.strip() == "*" or etag in {tag.strip().removeprefix("W/") for tag in tags.split(",")}
    since = _date(headers.get("If-Modified-Since", ""))
    return since is not None and modified.replace(microsecond=0) <= since


def _is_current(condition: str, etag: str, modified: datetime) -> bool:
    if not condition:
        return True
    if condition.startswith(('"', "W/")):
        return condition == etag  # a weak tag never matches here
    return _date(condition) == modified.replace(microsecond=0)


def _date(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None
