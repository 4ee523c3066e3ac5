"""What stands in the files, and how they are read and written. Pure but for reading and writing.

UTF-8 JSON, two spaces deep, keys in this order, a newline at the end. Times are UTC and written without a zone; one that
is read with a zone is turned into UTC. A file name is a member's id with all but letters, digits, `-`, `_`, `.` and `~`
in percent form.

What is read is held to be hostile: only plain files are opened, each up to a bound, and nothing is taken that the files
could not say back. Histories are checked one after the other and read again when they are wanted, so that never more
than one is in memory.
"""

import json
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from urllib.parse import quote, unquote

import msgspec
from msgspec import Meta

from accounts.features import Feature
from accounts.horizon import LATEST
from accounts.roles import Role
from stats.models import ItemType

USERS, STATS, FEATURES, HISTORY = "users.json", "user_stats.json", "subscriber_features.json", "history"
ENDING = "_history.json"
LONGEST_NAME = 255
LARGEST_BYTES = 256 * 2**20
LARGEST_HISTORY_BYTES = 64 * 2**20
EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
MAY_LIE_AHEAD = {"subscription_expires"}
BOM = b"\xef\xbb\xbf"

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


@dataclass(frozen=True, slots=True)
class History:
    """What a history adds up to: entries, and milliseconds of the clock."""

    path: Path
    entries: int
    played_ms: int

    def read(self) -> list[EntryRecord]:
        """Return the entries. Raises Broken where the file is not what it was."""
        faults: list[Fault] = []
        entries = _entries(self.path, datetime.max.replace(tzinfo=UTC), faults)
        if not faults and (len(entries), sum(map(played_ms, entries))) != (self.entries, self.played_ms):
            faults.append(Fault(_name(self.path), "", "it changed while it was read"))
        if faults:
            raise Broken(faults)
        return entries


@dataclass(frozen=True, slots=True)
class Folder:
    """Everything that the files say. `features` and `histories` are by the member's id."""

    users: dict[str, UserRecord]
    stats: dict[str, StatsRecord]
    features: dict[str, list[Feature]]
    histories: dict[str, History]


def read(folder: Path, now: datetime) -> Folder:
    """Read all files of a folder; `users.json` must be there. Raises Broken with everything that is wrong.

    Nothing may lie after `now` but the end of a subscription, and nothing before 1970.
    """
    faults: list[Fault] = []
    read = Folder(
        users=_records(folder / USERS, UserRecord, now, faults, must_exist=True),
        stats=_records(folder / STATS, StatsRecord, now, faults),
        features=_records(folder / FEATURES, list[Feature], now, faults),
        histories={},
    )
    if (folder / HISTORY).is_symlink():
        faults.append(Fault(HISTORY, "", "it is a link; only plain files and folders are read"))
    else:
        read.histories.update(_histories(sorted((folder / HISTORY).glob(f"*{ENDING}")), now, faults))
    for name, records in ((USERS, read.users), (STATS, read.stats)):
        for key, record in records.items():
            if record.user_id != key:
                faults.append(Fault(name, key, f"its user_id is {record.user_id!r}"))
            elif record.updated_at < record.created_at:
                faults.append(Fault(name, key, "updated_at lies before created_at"))
    faults += [
        Fault(USERS, key, "the id is too long to be the name of a file")
        for key in read.users
        if len(name_of(key)) > LONGEST_NAME
    ]
    faults += _strangers(read, {fault.key for fault in faults if fault.file == USERS})
    if faults:
        raise Broken(faults)
    return read


def played_ms(entry: EntryRecord) -> int:
    """Return how long something was played, in whole milliseconds."""
    return int(entry.duration_seconds * 1000 + 0.5)


def _histories(paths: Iterable[Path], now: datetime, faults: list[Fault]) -> Iterator[tuple[str, History]]:
    for path in paths:
        entries = _entries(path, now, faults)
        try:
            user_id = unquote(path.name.removesuffix(ENDING), errors="strict")
            is_named_well = path.name == name_of(user_id)
        except UnicodeError:
            is_named_well = False
        if is_named_well:
            yield user_id, History(path, len(entries), sum(map(played_ms, entries)))
        else:
            faults.append(Fault(_name(path), "", "the name is not how an id is written as the name of a file"))


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
        Fault(_name(history.path), "", f"there is no member {key!r} in {USERS}")
        for key, history in read.histories.items()
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


def _name(path: Path) -> str:
    return f"{HISTORY}/{path.name}" if path.name.endswith(ENDING) else path.name


def _records(path: Path, kind: Any, now: datetime, faults: list[Fault], *, must_exist: bool = False) -> dict[str, Any]:
    if not must_exist and not path.is_symlink() and not path.exists():
        return {}
    raw = _decoded(path, dict[str, msgspec.Raw], LARGEST_BYTES, faults) or {}
    found = {key: _converted(value, kind, path, key, now, faults) for key, value in raw.items()}
    return {key: value for key, value in found.items() if value is not None}


def _entries(path: Path, now: datetime, faults: list[Fault]) -> list[EntryRecord]:
    raw = _decoded(path, list[msgspec.Raw], LARGEST_HISTORY_BYTES, faults) or []
    found = (_converted(value, EntryRecord, path, str(place), now, faults) for place, value in enumerate(raw))
    return [entry for entry in found if entry is not None]


def _decoded(path: Path, kind: Any, largest: int, faults: list[Fault]) -> Any:
    """Return what a file holds, its parts undecoded; None for one that cannot be read as a whole."""
    try:
        content = _content(path, largest)
        value = msgspec.json.decode(content, type=kind)
    except (OSError, ValueError, msgspec.DecodeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        faults.append(Fault(_name(path), "", reason))
        return None
    if twice := _twice(content):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        inside = {str(key): names for key, part in parts if (names := _twice(part))}
        faults += [Fault(_name(path), key, f"{names[0]!r} stands in it twice") for key, names in inside.items()]
        told = {name for names in inside.values() for name in names}
        faults += [Fault(_name(path), name, "it stands in the file twice") for name in twice if name not in told]
    return value


def _content(path: Path, largest: int) -> bytes:
    """Return the bytes of a plain file. Raises OSError, and ValueError for what is no such file."""
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode):
        raise ValueError("it is no plain file; links, folders and pipes are not read")
    if found.st_size > largest:
        raise ValueError(f"it is larger than {largest // 2**20} MB")
    content = path.read_bytes()
    if content.startswith(BOM):
        raise ValueError("it begins with a byte order mark; the files are UTF-8 without one")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        raise ValueError(f"it is not UTF-8 (byte {error.start})") from error
    return content


def _twice(content: Any) -> list[str]:
    """Return the names that stand more than once in one object, which JSON allows and no two readers take alike."""
    found: list[str] = []

    def note(pairs: list[tuple[str, Any]]) -> None:
        if len({name for name, _ in pairs}) < len(pairs):
            found.extend(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)

    json.loads(bytes(content), object_pairs_hook=note, parse_int=str, parse_float=str)
    return found


def _converted(value: msgspec.Raw, kind: Any, path: Path, key: str, now: datetime, faults: list[Fault]) -> Any:
    try:
        record = msgspec.json.decode(value, type=kind)
        for field, moment in _moments(record):
            setattr(record, field, utc(moment))
    except (ValueError, msgspec.DecodeError, OverflowError, RecursionError) as error:
        faults.append(Fault(_name(path), key, str(error)))
        return None
    wrong = [Fault(_name(path), key, reason) for reason in _misplaced(record, now)]
    faults += wrong
    return None if wrong else record


def _misplaced(record: Any, now: datetime) -> Iterator[str]:
    for field, moment in _moments(record):
        if moment < EARLIEST:
            yield f"{field} lies before 1970"
        elif moment > LATEST:
            yield f"{field} lies after the year {LATEST.year - 1}"
        elif moment > now and field not in MAY_LIE_AHEAD:
            yield f"{field} lies in the future"


def _moments(record: Any) -> Iterator[tuple[str, datetime]]:
    if isinstance(record, msgspec.Struct):
        fields: Mapping[str, Any] = msgspec.structs.asdict(record)
        yield from ((field, value) for field, value in fields.items() if isinstance(value, datetime))
