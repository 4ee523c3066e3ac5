"""The form in which events wait in the inbox: one line an event, as PostgreSQL's COPY reads it. Pure.

`FORMAT` is kept beside the rows, so that a drain of a newer version still reads what an older one accepted.
"""

import re

FORMAT = 1
COLUMNS = (
    "id", "source_id", "kind", "received_at", "occurred_at", "day", "actor", "actor_type", "item_id",
    "session_id", "play_id", "playlist", "label", "amount", "data",
)  # fmt: skip

NULL = "\\N"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}
_ESCAPED = re.compile(r"\\[\\tnr]")


def text(value: str | None) -> str:
    r"""Return a text as it stands in a line; None is `\N`."""
    if value is None:
        return NULL
    return value if value.isprintable() and "\\" not in value else value.translate(_ESCAPES)


def lines(payload: bytes) -> list[bytes]:
    """Return the lines of an inbox row, each with its end."""
    return payload.splitlines(keepends=True)


def values(one: bytes) -> list[str | None]:
    """Return one line's values as texts."""
    parts = one.decode().rstrip("\n").split("\t")
    return [part if "\\" not in part else None if part == NULL else _ESCAPED.sub(_unescape, part) for part in parts]


def _unescape(found: re.Match[str]) -> str:
    return _PLAIN[found.group()]
