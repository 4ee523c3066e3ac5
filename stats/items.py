"""From what a client calls an item or a person to what the log calls it, with a short memory.

What an item is gets asked again every 10 seconds, so one that was deleted or hidden is refused by every process within
that time, and at once by the process that did it, which calls `forget`. People are remembered for 2 seconds.
"""

import math
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q
from django.utils.module_loading import import_string

from stats import wire
from stats.ids import uuid7
from stats.models import ExternalUser, Item, ItemType, Source, Visibility

REMEMBERED_S = 10.0
USERS_S = 2.0
MOST_REMEMBERED = 20_000
MOST_USERS = 200_000


@dataclass(frozen=True)
class Known:
    """What ingest needs to know of an item. `told` are the same facts as the database tells them."""

    id: int
    type: str
    duration_ms: int | None
    owner: Any
    visibility: str
    out_at: float = 0.0
    """When it comes out, in seconds since 1970: 0 for what is out, infinity for a draft."""

    @cached_property
    def told(self) -> tuple[Any, ...]:
        """All but the id."""
        return self.type, self.duration_ms, self.owner, self.visibility, self.out_at

    @cached_property
    def _is_for_everybody(self) -> bool:
        return self.visibility in {Visibility.PUBLIC, Visibility.UNLISTED}

    @property
    def is_open(self) -> bool:
        """Whether everybody may know it."""
        return self._is_for_everybody and (not self.out_at or self.out_at <= time.time())

    def is_of(self, person: uuid.UUID) -> bool:
        """Whether it belongs to this member."""
        return self.owner is not None and str(self.owner).replace("-", "") == person.hex


_opened: dict[tuple[uuid.UUID, int], tuple[bool, float]] = {}
_items: dict[tuple[int, str], Known] = {}
_users: dict[tuple[int, str], tuple[str, float]] = {}
_refreshed_at = 0.0


def forget() -> None:
    """Empty this process's memory, after something was hidden or deleted here."""
    _items.clear()
    _users.clear()
    _opened.clear()


def may_open(person: uuid.UUID, item: Known) -> bool:
    """Whether a member or guest may do something with an item: as its visibility, its owner and `ITEM_ACCESS` say.

    The answer of `ITEM_ACCESS`, which higher apps give, is remembered for 2 seconds.
    """
    if item.is_open or item.is_of(person):
        return True
    now = time.monotonic()
    told = _opened.get((person, item.id))
    if told is None or told[1] <= now:
        if len(_opened) > MOST_REMEMBERED:
            _opened.clear()
        told = _opened[(person, item.id)] = (import_string(settings.ITEM_ACCESS)(person, item.id), now + USERS_S)
    return told[0]


def _refresh() -> None:
    """Ask again about all items that are remembered, when the last time is 10 seconds ago."""
    global _refreshed_at
    now = time.monotonic()
    if now - _refreshed_at < REMEMBERED_S:
        return
    _refreshed_at = now
    if len(_items) > MOST_REMEMBERED:
        _items.clear()
    remembered = list(_items.items())
    if not remembered:
        return
    ids = ", ".join(str(known.id) for _, known in remembered)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.id, i.type, i.duration_ms, u.uuid, i.visibility FROM stats_item i"
            f" LEFT JOIN {get_user_model()._meta.db_table} u ON u.id = i.owner_id"
            f" WHERE i.deleted_at IS NULL AND i.id IN ({ids})"
        )
        rows = cursor.fetchall()
    coming = _coming([row[0] for row in rows])
    current = {row[0]: (*row, coming.get(row[0], 0.0)) for row in rows}
    for key, known in remembered:
        row = current.get(known.id)
        if row is None:
            _items.pop(key, None)
        elif row[1:] != known.told:
            _items[key] = Known(*row)


def find(source_id: int, keys: Iterable[tuple[str, str | None]], *, create: bool) -> dict[str, Known]:
    """Return the items that a source calls by these keys, each with the type that it was called by.

    A UUID is an item of this site, or one of the source's own; any other text is the source's external key, which
    makes an item when `create` allows. Deleted and unknown ones are left out. At most four queries.
    """
    _refresh()
    found: dict[str, Known] = {}
    missing: dict[str, str | None] = {}
    for key, item_type in keys:
        known = _items.get((source_id, key))
        if known:
            found[key] = known
        else:
            missing[key] = missing.get(key) or item_type
    if missing:
        found |= _look_up(source_id, missing)
        rest = {key: item_type for key, item_type in missing.items() if key not in found and not wire.as_uuid(key)}
        if rest and create:
            deleted = Item.objects.filter(source_id=source_id, external_key__in=rest).values_list(
                "external_key", flat=True
            )
            made = [
                Item(uuid=uuid7(), source_id=source_id, external_key=key, type=item_type or ItemType.VIDEO)
                for key, item_type in sorted(rest.items())
                if key not in set(deleted)
            ]
            Item.objects.bulk_create(made, ignore_conflicts=True)
            found |= _look_up(source_id, rest)  # also what another request has just made
    return found


def _look_up(source_id: int, keys: dict[str, Any]) -> dict[str, Known]:
    uuids = {value: key for key in keys if (value := wire.as_uuid(key))}
    texts = set(keys) - set(uuids.values())
    where = Q()
    if uuids:
        where |= Q(uuid__in=list(uuids))
    if texts:
        where |= Q(source_id=source_id, external_key__in=texts)
    if not where:
        return {}
    found: dict[str, Known] = {}
    rows: Iterable[tuple[Any, ...]] = Item.objects.filter(where, deleted_at=None).values_list(
        "uuid", "source_id", "external_key", "id", "type", "duration_ms", "owner__uuid", "visibility"
    )
    known_here = [row for row in rows if row[1] in {source_id, Source.SITE}]
    coming = _coming([row[3] for row in known_here if row[1] == Source.SITE])
    for item_uuid, _source, external_key, *facts in known_here:
        known = Known(*facts, *([coming[facts[0]]] if facts[0] in coming else ()))
        key = uuids.get(item_uuid, external_key)
        found[key] = _items[(source_id, key)] = known
    return found


def _coming(ids: list[int]) -> dict[int, float]:
    """Return those of these items that are not out, with `Known.out_at`, as `ITEM_RELEASES` says. One query, if any."""
    told = import_string(settings.ITEM_RELEASES)(ids) if ids else {}
    return {pk: math.inf if at is None else at.timestamp() for pk, at in told.items()}


def find_users(source_id: int, names: Iterable[str]) -> dict[str, str]:
    """Return the hexadecimal UUIDs of the members that a source calls by these names: a UUID, or a bound external id.

    At most two queries.
    """
    now = time.monotonic()
    found: dict[str, str] = {}
    missing = set()
    for name in names:
        known = _users.get((source_id, name))
        if known and known[1] > now:
            found[name] = known[0]
        else:
            missing.add(name)
    uuids = {value: name for name in missing if (value := wire.as_uuid(name))}
    if uuids:
        for value in get_user_model().objects.filter(uuid__in=list(uuids)).values_list("uuid", flat=True):
            found[uuids[value]] = value.hex
    texts = missing - set(found)
    if texts:
        bound = ExternalUser.objects.filter(source_id=source_id, external_id__in=texts)
        found |= {external_id: actor.hex for external_id, actor in bound.values_list("external_id", "actor")}
    if len(_users) > MOST_USERS:
        _users.clear()
    for name in missing & found.keys():
        _users[(source_id, name)] = (found[name], now + USERS_S)
    return found
