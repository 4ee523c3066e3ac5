"""The form in which events wait in the inbox: one line an event, as PostgreSQL's COPY reads it. Pure.

`FORMAT` is kept beside the rows, so that a drain of a newer version still reads what an older one accepted.
"""

FORMAT = 1
COLUMNS = (
    "id", "source_id", "kind", "received_at", "occurred_at", "day", "actor", "actor_type", "item_id",
    "session_id", "play_id", "playlist", "label", "amount", "data",
)  # fmt: skip

NULL = "\\N"

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_PLAIN = {b"\\\\": b"\\", b"\\t": b"\t", b"\\n": b"\n", b"\\r": b"\r"}


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
    return [None if part == b"\\N" else _unescape(part) for part in one.rstrip(b"\n").split(b"\t")]


def _unescape(part: bytes) -> str:
    if b"\\" not in part:
        return part.decode()
    out, index = bytearray(), 0
    while index < len(part):
        pair = part[index : index + 2]
        if pair in _PLAIN:
            out += _PLAIN[pair]
            index += 2
        else:
            out.append(part[index])
            index += 1
    return out.decode()
