"""A playlist is made, changed, filled, ordered and deleted. Each of these is an event.

What is put into a playlist is a save in the name of who put it there, and is taken back in that name whoever takes it
out, so that a person's saves are what they themselves put somewhere.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import Max
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import audit, entitlements
from accounts.entitlements import FeatureNotIncluded
from accounts.features import Feature
from accounts.models import User
from library import access
from library.playlists import access as playlists
from library.playlists import ordering
from library.playlists.models import Playlist, PlaylistEntry, PlaylistMember, PlaylistVisibility
from stats import ledger
from stats.actors import user_actor
from stats.kinds import Kind
from stats.models import Item

FREE_PLAYLISTS = 3
MOST_ENTRIES = 500


class StaleList(APIException):
    """The list is no longer what the client saw."""

    status_code = 409
    default_detail = _("Somebody has changed this playlist meanwhile. Look at it again before you order it.")
    default_code = "stale_list"


class PlaylistFull(APIException):
    """No more fits in."""

    status_code = 409
    default_detail = _("This playlist is full: %d items fit in.") % MOST_ENTRIES
    default_code = "playlist_full"


def count_of(owner: User) -> int:
    """Return how many playlists `owner` has. One query."""
    return Playlist.objects.filter(owner=owner, deleted_at=None).count()


def may_create(owner: User) -> bool:
    """Whether `owner` may make another: three are for everybody, more are a feature."""
    return entitlements.has_feature(owner, Feature.CUSTOM_PLAYLISTS) or count_of(owner) < FREE_PLAYLISTS


def create(
    owner: User,
    title: str,
    description: str = "",
    visibility: str = PlaylistVisibility.PRIVATE,
    *,
    at: datetime | None = None,
) -> Playlist:
    """Make a playlist, now or as of `at`. From the fourth on it uses a feature. Raises FeatureNotIncluded."""
    at = at or timezone.now()
    with ledger.recording():
        User.objects.select_for_update(no_key=True).get(pk=owner.pk)  # two at once would both be the third
        if count_of(owner) >= FREE_PLAYLISTS:
            if not entitlements.has_feature(owner, Feature.CUSTOM_PLAYLISTS):
                raise FeatureNotIncluded
            feature = Feature.CUSTOM_PLAYLISTS.value
            ledger.record(Kind.FEATURE_USED, user_actor(owner.uuid), occurred_at=at, feature=feature)
        playlist = Playlist.objects.create(
            owner=owner, title=title, description=description, visibility=visibility, created_at=at, changed_at=at
        )
        ledger.record(Kind.PLAYLIST_CREATED, user_actor(owner.uuid), occurred_at=at, playlist=playlist.uuid)
    return playlist


def change(playlist: Playlist, by: User, **values: Any) -> list[str]:
    """Write title, description or visibility. Returns the names that changed."""
    with ledger.recording():
        row = _locked(playlist)
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if changed:
            for name in changed:
                setattr(row, name, values[name])
            row.changed_at = timezone.now()
            row.save(update_fields=[*changed, "changed_at"])
            _tell(row, by, "details")
            audit.note_over(by, "playlist.changed", row, row.owner_id, {"changed": changed})
    return changed


def delete(playlist: Playlist, by: User) -> None:
    """Take a playlist away with all that was put into it; again changes nothing. What was watched stays counted.

    The event is the owner's also when staff does it: it ends what the owner began.
    """
    with ledger.recording():
        row = Playlist.objects.select_for_update().filter(pk=playlist.pk, deleted_at=None).first()
        if row is None:
            return
        entries = list(PlaylistEntry.objects.filter(playlist=row).select_related("item", "added_by"))
        for entry in entries:
            _unsave(row, entry)
        PlaylistEntry.objects.filter(playlist=row).delete()
        PlaylistMember.objects.filter(playlist=row).delete()
        Playlist.objects.filter(pk=row.pk).update(deleted_at=timezone.now())
        ledger.record(Kind.PLAYLIST_DELETED, user_actor(playlist.owner.uuid), playlist=row.uuid)
        audit.note_over(by, "playlist.deleted", row, row.owner_id)


def add(playlist: Playlist, item: Item, by: User, *, at: datetime | None = None) -> bool:
    """Put an item at the end; returns whether it was not there yet. Raises PlaylistFull."""
    at = at or timezone.now()
    with ledger.recording():
        row = _locked(playlist)
        entries = PlaylistEntry.objects.filter(playlist=row)
        if entries.filter(item=item).exists():
            return False
        if entries.count() >= MOST_ENTRIES:
            raise PlaylistFull
        last = entries.aggregate(last=Max("position"))["last"]
        position = 0 if last is None else last + 1
        PlaylistEntry.objects.create(playlist=row, item=item, added_by=by, position=position, added_at=at)
        _count_up(row, at)
        ledger.record(Kind.SAVE, user_actor(by.uuid), item=item, occurred_at=at, playlist=row.uuid)
        _note(row, by, {"added": str(item.uuid)})
    return True


def remove(playlist: Playlist, item: Item, by: User) -> bool:
    """Take an item out; returns whether it was in it."""
    with ledger.recording():
        row = _locked(playlist)
        entry = PlaylistEntry.objects.filter(playlist=row, item=item).select_related("item", "added_by").first()
        if entry is None:
            return False
        entry.delete()
        _count_up(row, timezone.now())
        _unsave(row, entry)
        _note(row, by, {"removed": str(item.uuid)})
    return True


def order(playlist: Playlist, by: User, items: Sequence[UUID], version: int) -> Playlist:
    """Put the items that `by` sees into the order of `items`; those that they do not see stay at their places.

    Returns the playlist with its new version. Raises StaleList when `version` is not the present one, or `items` not
    what is there: all of it, each once.
    """
    return _reordered(playlist, by, version, lambda _seen: items)


def move(playlist: Playlist, by: User, item: UUID, places: int, version: int) -> Playlist:
    """Put one item so many places further down. Raises StaleList as `order` does."""
    return _reordered(
        playlist, by, version, lambda seen: ordering.moved(seen, item, places) if item in seen else [item]
    )


def _reordered(
    playlist: Playlist, by: User, version: int, wanted: Callable[[Sequence[UUID]], Sequence[UUID]]
) -> Playlist:
    with ledger.recording():
        row = _locked(playlist)
        entries = list(PlaylistEntry.objects.filter(playlist=row).select_related("item"))
        mine = set(access.visible_to(by).filter(playlist_entries__playlist=row).values_list("uuid", flat=True))
        now = [entry.item.uuid for entry in entries]
        asked = list(wanted([uuid for uuid in now if uuid in mine]))
        if row.version != version or len(asked) != len(mine) or set(asked) != mine:
            raise StaleList
        then = ordering.placed(now, asked)
        if then != now:
            place = {uuid: at for at, uuid in enumerate(then)}
            for entry in entries:
                entry.position = place[entry.item.uuid]
            PlaylistEntry.objects.bulk_update(entries, ["position"])
            _count_up(row, timezone.now())
            _tell(row, by, "order")
            _note(row, by, {"changed": ["order"]})
    return row


def _locked(playlist: Playlist) -> Playlist:
    """Return the row as it is now, and keep others waiting. Raises Http404 when it was deleted meanwhile."""
    return get_object_or_404(Playlist.objects.select_for_update(), pk=playlist.pk, deleted_at=None)


def _count_up(row: Playlist, at: datetime) -> None:
    row.version, row.changed_at = row.version + 1, at
    row.save(update_fields=["version", "changed_at"])


def _tell(row: Playlist, by: User, change: str) -> None:
    ledger.record(Kind.PLAYLIST_CHANGED, user_actor(by.uuid), playlist=row.uuid, props={"change": change})


def _note(row: Playlist, by: User, detail: dict[str, Any]) -> None:
    mine = partial(playlists.is_editor, by, row)
    audit.note_over(by, "playlist.changed", row, row.owner_id, detail, takes_part=mine)


def _unsave(row: Playlist, entry: PlaylistEntry) -> None:
    if entry.added_by:
        ledger.record(Kind.UNSAVE, user_actor(entry.added_by.uuid), item=entry.item, playlist=row.uuid)
