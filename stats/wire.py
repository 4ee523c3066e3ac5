"""The wire: bytes of a request to typed events, or to codes that say what is wrong. Pure.

Two ways lead through it. The fast one decodes the whole body at once into `Event`s and is taken when nothing is
unusual. Any doubt (a wrong event, an unknown or foreign field name, a control character) leads to the slow one, which
looks at each event alone, so that a bad one never loses the good ones, and finds the exact code.
"""

import json
import re
import uuid
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from stats.kinds import CONTENT_TYPES, FEATURES, PLAY_SOURCES, SHARE_PLATFORMS

MAX_EVENTS = 1000
MAX_BYTES = 5_000_000
MAX_DEPTH = 16
MAX_PROPS = 50
MAX_PROPS_BYTES = 8192
MAX_PROPS_DEPTH = 3
MAX_MEMBERS = 100
DAY_S = 86_400

Text = Annotated[str, Meta(min_length=1, max_length=256)]
Url = Annotated[str, Meta(min_length=1, max_length=2000)]
Seconds = Annotated[float, Meta(ge=0, le=DAY_S)]
MediaSeconds = Annotated[float, Meta(ge=0, le=100 * 3600)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Uuid = Annotated[str, Meta(pattern=r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$")]
Token = Annotated[str, Meta(min_length=1, max_length=64)]


class Event(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, gc=False):
    """One event as it is sent: the common fields, then those of all kinds (`stats.kinds` says which belongs to which).

    Instants are RFC 3339 with a zone; durations are seconds; `amount` is in the currency's minor units.
    """

    type: str
    id: Uuid | None = None
    occurred_at: Annotated[datetime, Meta(tz=True)] | None = None
    item: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    content_type: Literal[CONTENT_TYPES] | None = None  # type: ignore[valid-type]
    user: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    session_id: Token | None = None
    source: Literal[PLAY_SOURCES] | None = None  # type: ignore[valid-type]
    playlist: Uuid | None = None

    play_id: Token | None = None
    duration_seconds: Seconds | None = None
    item_duration_seconds: MediaSeconds | None = None
    position_seconds: MediaSeconds | None = None
    ranges: Annotated[list[tuple[MediaSeconds, MediaSeconds]], Meta(max_length=1000)] | None = None
    completed: bool | None = None
    skipped: bool | None = None
    replayed: bool | None = None
    quality: Annotated[str, Meta(max_length=16)] | None = None
    speed: Annotated[float, Meta(gt=0, le=16)] | None = None

    platform: Literal[SHARE_PLATFORMS] | None = None  # type: ignore[valid-type]
    recipient_count: Annotated[int, Meta(ge=0, le=1_000_000)] | None = None
    bytes: Count | None = None
    stars: Annotated[int, Meta(ge=1, le=5)] | None = None
    url: Url | None = None
    referrer: Annotated[str, Meta(max_length=2000)] | None = None
    title: Annotated[str, Meta(max_length=300)] | None = None
    engaged_seconds: Seconds | None = None
    scroll_percent: Annotated[float, Meta(ge=0, le=100)] | None = None
    name: Text | None = None
    props: dict[str, Any] | None = None
    feature: Literal[FEATURES] | None = None  # type: ignore[valid-type]
    amount: Annotated[int, Meta(ge=-(2**53), le=2**53)] | None = None
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")] | None = None
    viewers: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    results: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    target: Uuid | None = None
    course: Uuid | None = None
    percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    passed: bool | None = None
    post: Uuid | None = None
    comment: Uuid | None = None
    setting: Text | None = None
    value: Annotated[str, Meta(max_length=256)] | None = None
    external_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    change: Text | None = None
    role: Text | None = None
    by: Text | None = None
    guest: Uuid | None = None
    of_source: Count | None = None


class Batch(msgspec.Struct):
    """A body that is an object: the events, when it was sent by the sender's clock, and a beacon's key."""

    events: list[Event]
    sent_at: Annotated[datetime, Meta(tz=True)] | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why one event was not taken."""

    index: int
    id: str | None
    code: str
    detail: str


class BadBody(Exception):
    """The whole request is refused: `status`, `code` and a detail that says what to do."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(slots=True)
class Decoded:
    """A batch: the good events with their place in it, the bad ones, and what was ignored."""

    events: list[tuple[int, Event]]
    sent_at: datetime | None = None
    key: str | None = None
    rejected: list[Rejection] = field(default_factory=list)
    ignored_fields: int = 0


ALIASES = {
    "trackId": "item",
    "userId": "user",
    "sessionId": "session_id",
    "playlistId": "playlist",
    "timestamp": "occurred_at",
    "duration": "duration_seconds",
    "event_id": "id",
}
UNDOING = {("like", "unlike"): "unlike", ("save", "unsave"): "unsave"}
HINTS = frozenset({"action", "completionRate"})
IDENTITY_FIELDS = frozenset({"user_id", "xp", "ip", "is_admin", "is_staff", "role_id", "actor", "guest_id"})
FREE_TEXT = frozenset({"title", "value", "referrer"})
ID_FIELDS = frozenset({"id", "event_id"})
KNOWN = frozenset(Event.__struct_fields__)

# Escapes and raw bytes that mean a control character, a bidirectional override or a surrogate may be inside.
_SUSPECT = re.compile(
    rb"\\u(?:00[01][0-9a-fA-F]|007[fF]|00[89][0-9a-fA-F]|20[26][0-9a-fA-F]|[dD][89a-fA-F])|\\[bfnrt]"
    rb"|[\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xaa-\xae\x8e\x8f]|\xe2\x81[\xa6-\xa9]"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_PROPERTY_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]{1,64}")

_batch = msgspec.json.Decoder(Batch)
_array = msgspec.json.Decoder(list[Event])


def inflate(body: bytes, limit: int = MAX_BYTES) -> bytes:
    """Return an inflated gzip body (up to 100 members). Stops at `limit`, so that a bomb costs no more than it."""
    out: list[bytes] = []
    rest, size = body, 0
    while rest:
        if len(out) == MAX_MEMBERS:
            raise BadBody(400, "invalid_compression", f"The gzip data has more than {MAX_MEMBERS} members.")
        member = zlib.decompressobj(zlib.MAX_WBITS | 16)
        try:
            part = member.decompress(rest, limit + 1 - size)
        except zlib.error as error:
            raise BadBody(400, "invalid_compression", f"The body is no gzip data: {error}.") from error
        size += len(part)
        if size > limit:
            raise BadBody(413, "decompressed_too_large", f"The inflated body is larger than {limit} bytes.")
        if not member.eof:
            raise BadBody(400, "invalid_compression", "The gzip data ends too early.")
        out.append(part)
        rest = member.unused_data
    return b"".join(out)


def decode(body: bytes) -> Decoded:
    """Read a body: an array of events, or an object with `events`. Raises BadBody when no event can be told apart."""
    if not body.strip():
        raise BadBody(400, "empty_body", "The body is empty; send an array of events.")
    if not _SUSPECT.search(body):
        try:
            if body.lstrip()[:1] == b"[":
                decoded = Decoded(list(enumerate(_array.decode(body))))
            else:
                batch = _batch.decode(body)
                decoded = Decoded(list(enumerate(batch.events)), batch.sent_at, batch.key)
        except (msgspec.DecodeError, RecursionError, ValueError):
            pass
        else:
            _check_size(len(decoded.events))
            if not any(event.props for _, event in decoded.events):
                return decoded
    return _decode_slowly(body)


def from_values(values: Iterable[dict[str, Any]]) -> Decoded:
    """Read events that are Python values already (imports, adapters, demo data), each checked like one on the wire."""
    decoded = Decoded([])
    for index, value in enumerate(values):
        _take(decoded, index, value)
    return decoded


def _check_size(count: int) -> None:
    if count == 0:
        raise BadBody(400, "empty_batch", "The batch has no events.")
    if count > MAX_EVENTS:
        raise BadBody(413, "batch_too_large", f"The batch has {count} events; {MAX_EVENTS} is the most.")


class _Outline(msgspec.Struct):
    events: list[msgspec.Raw]


_outline = msgspec.json.Decoder(_Outline)
_outline_array = msgspec.json.Decoder(list[msgspec.Raw])


def _check_outline(body: bytes) -> None:
    """Refuse too many events before they are parsed one by one, which a small compressed body could make expensive."""
    try:
        events = _outline_array.decode(body) if body.lstrip()[:1] == b"[" else _outline.decode(body).events
    except (msgspec.DecodeError, RecursionError, ValueError):
        return
    _check_size(len(events))


def _decode_slowly(body: bytes) -> Decoded:
    """Look at the body as a whole first (no parser can tell where neighbours begin in a broken one), then at each event."""
    _check_outline(body)
    value = _parse(body)
    decoded = Decoded([])
    if isinstance(value, dict):
        if "events" not in value or not isinstance(value["events"], list):
            raise BadBody(400, "invalid_shape", "Send an array of events, or an object with `events`.")
        if value.get("sent_at") is not None:
            try:
                decoded.sent_at = msgspec.convert(value["sent_at"], Annotated[datetime, Meta(tz=True)])
            except (msgspec.ValidationError, ValueError, OverflowError) as error:
                code = "timestamp_without_timezone" if "timezone" in str(error) else "invalid_timestamp"
                raise BadBody(400, code, "`sent_at` is an RFC 3339 time with a zone.") from error
        key = value.get("key")
        if key is not None and not isinstance(key, str):
            raise BadBody(400, "invalid_shape", "`key` is a string.")
        decoded.key = key
        events = value["events"]
    elif isinstance(value, list):
        events = value
    else:
        raise BadBody(400, "invalid_shape", "Send an array of events, or an object with `events`.")
    _check_size(len(events))
    for index, one in enumerate(events):
        _take(decoded, index, one)
    return decoded


class _DuplicateKey(ValueError):
    pass


class _BadNumber(ValueError):
    pass


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _DuplicateKey
    return result


def _no_constant(name: str) -> Any:
    raise _BadNumber(name)


def _whole(text: str) -> int:
    if len(text) > 300:
        raise _BadNumber(text[:16])
    return int(text)


def _fraction(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _BadNumber(text[:16])
    return number


def _parse(body: bytes) -> Any:
    """Parse with the exact reason of a failure."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadBody(400, "invalid_encoding", f"The body is not UTF-8 at byte {error.start}.") from error
    if text[:1] == "\ufeff":
        raise BadBody(400, "invalid_encoding", "The body begins with a byte order mark.")
    if _depth(text) > MAX_DEPTH:
        raise BadBody(400, "json_too_deep", f"The JSON is nested deeper than {MAX_DEPTH}.")
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_constant=_no_constant, parse_int=_whole, parse_float=_fraction
        )
    except _DuplicateKey as error:
        raise BadBody(400, "duplicate_key", "An object has the same key twice.") from error
    except _BadNumber as error:
        raise BadBody(400, "invalid_number", "A number is not finite or has too many digits.") from error
    except (json.JSONDecodeError, RecursionError) as error:
        at = getattr(error, "pos", 0)
        raise BadBody(400, "invalid_json", f"The body is no JSON at character {at}.") from error
    try:
        text = json.dumps(value, ensure_ascii=False)
        text.encode()
    except UnicodeEncodeError as error:
        raise BadBody(400, "invalid_characters", "A string has half of a surrogate pair.") from error
    return value


# A string or a bracket. Nothing is tried twice, and a string that never ends goes to the end, so this takes linear time.
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[{\]}]', re.DOTALL)


def _depth(text: str) -> int:
    """Return how deep brackets nest outside of strings."""
    deepest = depth = 0
    for match in _MARKS.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            if depth > deepest:
                deepest = depth
                if deepest > MAX_DEPTH:
                    return deepest
        elif mark in "]}":
            depth -= 1
    return deepest


def _take(decoded: Decoded, index: int, value: Any) -> None:
    """Add one event to the good or the bad ones."""
    if not isinstance(value, dict):
        decoded.rejected.append(Rejection(index, None, "invalid_shape", "An event is an object."))
        return
    given_id = value.get("id", value.get("event_id"))
    shown = given_id if isinstance(given_id, str) and len(given_id) <= 64 else None
    shown = None if shown and _CONTROL.search(shown) else shown

    def reject(code: str, detail: str) -> None:
        decoded.rejected.append(Rejection(index, shown, code, detail))

    event = dict(value)
    for alias, name in ALIASES.items():
        if alias in event and name not in event:
            event[name] = event.pop(alias)
    kind, action = event.get("type"), event.get("action")
    if isinstance(kind, str) and isinstance(action, str):
        event["type"] = UNDOING.get((kind, action), kind)
    if isinstance(event.get("occurred_at"), (int, float)) and "timestamp" in value:
        reject("invalid_timestamp", "`timestamp` is an RFC 3339 time with a zone, not a number.")
        return
    claimed = sorted(IDENTITY_FIELDS & event.keys())
    if claimed:
        reject("unknown_field", f"`{claimed[0]}` is not for a client to say.")
        return
    unknown = event.keys() - KNOWN
    if any("\0" in name or "\0" in str(event[name]) for name in unknown):
        reject("invalid_characters", "A field has a NUL character.")
        return
    decoded.ignored_fields += len(unknown - HINTS)
    for name in unknown:
        del event[name]
    problem = _characters(event) or _properties(event.get("props"))
    if problem:
        reject(*problem)
        return
    try:
        taken = msgspec.convert(event, Event, strict=True)
    except (msgspec.ValidationError, ValueError, OverflowError, TypeError) as error:
        reject(*_explain(str(error)))
        return
    decoded.events.append((index, taken))


def _characters(event: dict[str, Any]) -> tuple[str, str] | None:
    """Return a refusal when a text has a control character; free text may have line breaks, but never NUL."""
    for name, text in event.items():
        if isinstance(text, str) and (match := _CONTROL.search(text)):
            if name in ID_FIELDS:
                return "invalid_event_id", "`id` is a UUID in its usual form."
            if name in FREE_TEXT and match.group() != "\0" and "\0" not in text:
                continue
            return "invalid_characters", f"`{name}` has a control character."
    if "props" in event and _has_nul(event["props"]):
        return "invalid_characters", "`props` has a NUL character."
    return None


def _has_nul(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_nul(inner) for pair in value.items() for inner in pair)
    if isinstance(value, list):
        return any(_has_nul(inner) for inner in value)
    return isinstance(value, str) and "\0" in value


def _properties(props: Any) -> tuple[str, str] | None:
    """Return a refusal when properties are too many, too long, too deep or oddly named."""
    if props is None:
        return None
    if not isinstance(props, dict):
        return "invalid_type", "`props` is an object."
    if len(props) > MAX_PROPS:
        return "too_many_properties", f"`props` has {len(props)} keys; {MAX_PROPS} is the most."
    if len(json.dumps(props, ensure_ascii=False).encode()) > MAX_PROPS_BYTES:
        return "properties_too_large", f"`props` is larger than {MAX_PROPS_BYTES} bytes."
    return _property_values(props, 1)


def _property_values(value: Any, depth: int) -> tuple[str, str] | None:
    if isinstance(value, dict):
        if depth > MAX_PROPS_DEPTH:
            return "invalid_shape", f"`props` is nested deeper than {MAX_PROPS_DEPTH}."
        for name, inner in value.items():
            if len(name) > 64:
                return "too_long", "A property name is longer than 64 characters."
            if not _PROPERTY_NAME.fullmatch(name):
                return "invalid_property_name", "A property name is empty or has control characters."
            if problem := _property_values(inner, depth + 1):
                return problem
    elif isinstance(value, list):
        if depth > MAX_PROPS_DEPTH:
            return "invalid_shape", f"`props` is nested deeper than {MAX_PROPS_DEPTH}."
        for inner in value:
            if problem := _property_values(inner, depth + 1):
                return problem
    elif isinstance(value, str) and len(value) > 1024:
        return "too_long", "A property value is longer than 1024 characters."
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 2**53:
        return "value_out_of_range", "A property number is beyond 2^53."
    return None


_AT = re.compile(r" - at `\$(?:\[\.\.\.\])?\.?([A-Za-z_]*)")


def _explain(message: str) -> tuple[str, str]:
    """Turn msgspec's message into a code and a sentence that names the field, never its value."""
    found = _AT.search(message)
    name = found.group(1) if found else ""
    what = message.partition(" - at ")[0]
    if name == "id":
        return "invalid_event_id", "`id` is a UUID in its usual form of 36 characters."
    if name == "type" or "required field `type`" in message:
        return "unknown_event_type", "`type` is not one of the event types."
    detail = f"`{name}`: {what}." if name else f"{what}."
    if "timezone component" in what:
        return "timestamp_without_timezone", f"`{name}` has no time zone; end it with Z or an offset."
    if "RFC3339" in what or name == "occurred_at":
        return "invalid_timestamp", f"`{name or 'occurred_at'}` is an RFC 3339 time with a zone."
    if "enum value" in what:
        return "invalid_choice", f"`{name}` is not one of its choices."
    if "of length >=" in what:
        return "too_short", detail
    if "of length <=" in what:
        return "too_long", detail
    if "matching regex" in what:
        return "invalid_value", f"`{name}` is not in its form."
    if any(mark in what for mark in (">=", "<=", "> 0", "out of range")):
        return "value_out_of_range", detail
    if "Expected" in what:
        return "invalid_type", detail
    return "invalid_value", detail


def as_uuid(text: str) -> uuid.UUID | None:
    """Return a canonical UUID, or None for any other text."""
    try:
        value = uuid.UUID(text)
    except ValueError:
        return None
    return value if str(value) == text.lower() else None
