"""Members to files, as of one instant. They are written page by page; nothing is held but `users.json` and its like.

The folder gets its name when all is written, so one that is there is whole.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts import entitlements
from accounts.exchange.files import (
    FEATURES,
    HISTORY,
    STATS,
    USERS,
    EntryRecord,
    StatsRecord,
    UserRecord,
    name_of,
    plain,
    written,
)
from accounts.features import MATRIX
from accounts.models import ERASED_DOMAIN, Subscription, User
from accounts.roles import Role
from stats import history, queries
from stats.models import ItemType

PAGE = 200
HOUR_MS = 3_600_000


class NotEmpty(Exception):
    """The folder has something in it already."""


def export_folder(folder: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> int:
    """Write all members into a new folder, but those who were erased. Returns how many. Raises NotEmpty."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmpty(folder)
    begun = folder.resolve().with_name(f".{folder.resolve().name}.begun")
    shutil.rmtree(begun, ignore_errors=True)
    (begun / HISTORY).mkdir(parents=True)
    with _instant():
        count = _write(begun, progress)
    begun.replace(folder.resolve())
    return count


@contextmanager
def _instant() -> Iterator[None]:
    """Read everything as of one instant, and block nobody. Inside a transaction, as of that."""
    if connection.in_atomic_block:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "BEGIN ISOLATION LEVEL REPEATABLE READ" if connection.vendor == "postgresql" else "BEGIN DEFERRED"
        )
        try:
            yield
        finally:
            cursor.execute("ROLLBACK")


def _write(folder: Path, progress: Callable[[int, int], None]) -> int:
    users: dict[str, Any] = {}
    stats: dict[str, Any] = {}
    features: dict[str, Any] = {}
    members = User.objects.exclude(email__endswith=f"@{ERASED_DOMAIN}")
    total = members.count()
    after = 0
    while page := list(members.filter(pk__gt=after).select_related("imported").order_by("pk")[:PAGE]):
        after = page[-1].pk
        _write_page(folder, page, users, stats, features)
        progress(len(users), total)
    for name, records in ((USERS, users), (STATS, stats), (FEATURES, features)):
        (folder / name).write_text(written(dict(sorted(records.items()))), encoding="utf-8")
    return len(users)


def _write_page(
    folder: Path, page: list[User], users: dict[str, Any], stats: dict[str, Any], features: dict[str, Any]
) -> None:
    """Add some members to the records, and write their histories."""
    now = timezone.now()
    entitlements.load(page)
    counted = queries.all_eight_stats(user.uuid for user in page)
    ends = dict(
        Subscription.objects.filter(user__in=page).order_by("starts_at", "pk").values_list("user", "current_period_end")
    )  # of several the last
    for user in page:
        imported = getattr(user, "imported", None)
        user_id = imported.external_id if imported else str(user.uuid)
        role = Role.ADMIN if imported and imported.role == Role.ADMIN else entitlements.role_of(user, now)
        numbers = counted[user.uuid]
        users[user_id] = plain(
            UserRecord(
                user_id=user_id, username=user.username, email=user.email, role=role, created_at=user.created_at,
                updated_at=user.updated_at, is_active=user.is_active, subscription_expires=ends.get(user.pk),
            )
        )  # fmt: skip
        stats[user_id] = plain(
            StatsRecord(
                user_id=user_id, subscriber_features_used=numbers.subscriber_features_used,
                watch_history_entries=numbers.watch_history_entries, total_watched_hours=numbers.watched_ms / HOUR_MS,
                videos_uploaded=numbers.videos_uploaded, streams_created=numbers.streams_created,
                images_uploaded=numbers.images_uploaded, total_interactions=numbers.total_interactions,
                last_activity_timestamp=numbers.last_activity_timestamp, created_at=user.created_at,
                updated_at=max(at for at in (user.updated_at, numbers.last_activity_timestamp) if at),
            )
        )  # fmt: skip
        features[user_id] = [spec.feature.value for spec in MATRIX if entitlements.has_feature(user, spec.feature, now)]
        _write_history(folder / HISTORY / name_of(user_id), user)


def _write_history(path: Path, user: User) -> None:
    """Write what a member's history shows, the oldest first; no file for an empty one."""
    entries = history.entries(user.uuid, limit=settings.MAX_WATCH_HISTORY_ENTRIES)
    records = [
        EntryRecord(
            video_id=one.video_id, stream_id=one.stream_id, watched_at=one.watched_at,
            duration_seconds=one.duration_seconds, content_type=ItemType(one.content_type),
            session_id=one.session_id or None, completed=one.completed, quality=one.quality or None,
        )
        for one in reversed(entries)
    ]  # fmt: skip
    if records:
        path.write_text(written([plain(record) for record in records]), encoding="utf-8")
