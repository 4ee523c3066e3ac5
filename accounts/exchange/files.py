"""What stands in the files, and how they are read and written. Pure but for reading and writing.

UTF-8 JSON, two spaces deep, keys in this order, a newline at the end. Times are UTC and written without a zone; one that
is read with a zone is turned into UTC. A file name is a member's id with all but letters, digits, `-`, `_`, `.` and `~`
in percent form.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, unquote

import msgspec
from msgspec import Meta

from accounts.features import Feature
from accounts.roles import Role
from stats.models import ItemType

USERS, STATS, FEATURES, HISTORY = "users.json", "user_stats.json", "subscriber_features.json", "history"
ENDING = "_history.json"

Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class UserRecord(msgspec.Struct, kw_only=True):
    """One member of `users.json`."""

    user_id: Text
    username: str
    email: str
    role: Role
    created_at: datetime
    updated_at: datetime
    is_active: bool = True
    subscription_expires: datetime | None = None


class StatsRecord(msgspec.Struct, kw_only=True):
    """One member of `user_stats.json`: the eight statistics."""

    user_id: Text
    subscriber_features_used: Count = 0
    watch_history_entries: Count = 0
    total_watched_hours: Annotated[float, Meta(ge=0, le=2e6)] = 0
    videos_uploaded: Count = 0
    streams_created: Count = 0
    images_uploaded: Count = 0
    total_interactions: Count = 0
    last_activity_timestamp: datetime | None = None
    created_at: datetime
    updated_at: datetime


class EntryRecord(msgspec.Struct, kw_only=True):
    """One line of a history, the oldest first."""

    video_id: Text
    stream_id: Text | None = None
    watched_at: datetime
    duration_seconds: Seconds
    content_type: ItemType = ItemType.VIDEO
    session_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    completed: bool = False
    quality: Annotated[str, Meta(max_length=16)] | None = None


class Fault(NamedTuple):
    """Why something cannot be read: the file, the key in it, and the reason."""

    file: str
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}: {self.key}: {self.reason}" if self.key else f"{self.file}: {self.reason}"


class Broken(Exception):
    """Files that cannot be read; the argument is the list of `Fault`."""


class Folder(msgspec.Struct):
    """Everything that the files say. `features` and `histories` are by the member's id."""

    users: dict[str, UserRecord] = {}
    stats: dict[str, StatsRecord] = {}
    features: dict[str, list[Feature]] = {}
    histories: dict[str, list[EntryRecord]] = {}


def read(folder: Path) -> Folder:
    """Read all files of a folder; `users.json` must be there. Raises Broken with everything that is wrong."""
    faults: list[Fault] = []
    read = Folder(
        users=_records(folder / USERS, UserRecord, faults, must_exist=True),
        stats=_records(folder / STATS, StatsRecord, faults),
        features=_records(folder / FEATURES, list[Feature], faults),
    )
    for path in sorted((folder / HISTORY).glob(f"*{ENDING}")):
        read.histories[unquote(path.name.removesuffix(ENDING))] = _entries(path, faults)
    for name, records in ((USERS, read.users), (STATS, read.stats)):
        for key, record in records.items():
            if record.user_id != key:
                faults.append(Fault(name, key, f"its user_id is {record.user_id!r}"))
    faults += _strangers(read, {fault.key for fault in faults if fault.file == USERS})
    if faults:
        raise Broken(faults)
    return read


def _strangers(read: Folder, broken: set[str]) -> list[Fault]:
    """Return what is told of nobody; nothing where `users.json` as a whole could not be read."""
    if "" in broken:
        return []
    members = read.users.keys() | broken
    faults = [
        Fault(name, key, f"there is no such member in {USERS}")
        for name, keys in ((STATS, read.stats), (FEATURES, read.features))
        for key in keys
        if key not in members
    ]
    return faults + [
        Fault(f"{HISTORY}/{name_of(key)}", "", f"there is no member {key!r} in {USERS}")
        for key in read.histories
        if key not in members
    ]


def name_of(user_id: str) -> str:
    """Return the name of a member's history file."""
    return f"{quote(user_id, safe='')}{ENDING}"


def written(value: Any) -> str:
    """Return what a file holds."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def plain(record: msgspec.Struct) -> dict[str, Any]:
    """Return a record as it is written: times without a zone, whole numbers without a point."""
    return {name: _plain(value) for name, value in msgspec.structs.asdict(record).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).replace(tzinfo=None).isoformat()
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def utc(moment: datetime) -> datetime:
    """Return a moment as UTC; one without a zone is UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _records(path: Path, kind: Any, faults: list[Fault], *, must_exist: bool = False) -> dict[str, Any]:
    if not path.exists() and not must_exist:
        return {}
    raw = _decoded(path, "", dict[str, msgspec.Raw], faults) or {}
    found = {key: _converted(value, kind, path.name, key, faults) for key, value in raw.items()}
    return {key: value for key, value in found.items() if value is not None}


def _entries(path: Path, faults: list[Fault]) -> list[EntryRecord]:
    name = f"{HISTORY}/{path.name}"
    raw = _decoded(path, f"{HISTORY}/", list[msgspec.Raw], faults) or []
    found = (_converted(value, EntryRecord, name, str(place), faults) for place, value in enumerate(raw))
    return [entry for entry in found if entry is not None]


def _decoded(path: Path, above: str, kind: Any, faults: list[Fault]) -> Any:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except (OSError, UnicodeDecodeError, msgspec.DecodeError, RecursionError) as error:
        faults.append(Fault(f"{above}{path.name}", "", str(error)))
        return None


def _converted(value: msgspec.Raw, kind: Any, name: str, key: str, faults: list[Fault]) -> Any:
    try:
        record = msgspec.json.decode(value, type=kind)
        for field, moment in _moments(record):
            setattr(record, field, utc(moment))
    except (UnicodeDecodeError, msgspec.DecodeError, OverflowError, RecursionError) as error:
        faults.append(Fault(name, key, str(error)))
        return None
    return record


def _moments(record: Any) -> Iterator[tuple[str, datetime]]:
    if isinstance(record, msgspec.Struct):
        fields: Mapping[str, Any] = msgspec.structs.asdict(record)
        yield from ((field, value) for field, value in fields.items() if isinstance(value, datetime))
