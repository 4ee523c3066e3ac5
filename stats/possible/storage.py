"""Storage and bandwidth: what lies here, what goes out, how old and how safe it is."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from stats.compute import Row, Value
from stats.kinds import Kind
from stats.metrics import Unit
from stats.possible.asked import Asked
from stats.possible.record import MINE, MINE_AND_OWN, SITE, stat

GROUP = "Storage & bandwidth"
GB = 10**9
FRESH, LATE, TESTED = timedelta(hours=26), timedelta(hours=72), timedelta(days=35)

METRICS = (
    stat(
        GROUP, "storage_used", "Total storage used", Unit.GIGABYTES,
        "The bytes of what was stored (originals, renditions, pictures) less the bytes of what was removed for good, up to the"
        " end of the window, in units of a thousand million bytes.",
        (Kind.OBJECT_STORED, Kind.OBJECT_PURGED), MINE, waits_for="storage accounting", usual="all",
    ),
    stat(
        GROUP, "monthly_bandwidth", "Monthly bandwidth", Unit.GIGABYTES,
        "The bytes that were really sent since the first of the month in which the window ends, as the servers that deliver tell"
        " them, by the site's days.",
        (Kind.BYTES_DELIVERED,), SITE, waits_for="delivery logs",
    ),
    stat(
        GROUP, "storage_utilization", "Storage utilization", Unit.PERCENT,
        "The storage used over the storage that the member's plan allows.",
        (), MINE, waits_for="storage limits", usual="all",
    ),
    stat(
        GROUP, "largest_file", "Largest file uploaded", Unit.BYTES,
        "The size of the largest file ever uploaded up to the end of the window, whether or not it is still there. Uploads whose"
        " size was not told are left out.",
        (Kind.UPLOAD,), MINE, usual="all",
    ),
    stat(
        GROUP, "oldest_content", "Oldest content", Unit.DAYS,
        "Whole days since the oldest item that is still there was made.",
        (Kind.UPLOAD, Kind.ITEM_DELETED), MINE_AND_OWN, usual="all",
    ),
    stat(
        GROUP, "backup_status", "Backup status", Unit.NAME,
        "OK: the last backup is less than 26 hours old and the last tried restore less than 35 days. Late: the last backup is"
        " less than 72 hours old. Failed: older, or none. As it is now, whatever the window.",
        (Kind.BACKUP_FINISHED, Kind.RESTORE_TESTED), SITE, waits_for="backups", usual="all",
    ),
)  # fmt: skip


def storage_used(asked: Asked) -> Value:
    """Subtract what was removed from what was stored."""
    if asked.is_site:
        stored = asked.amount(Kind.OBJECT_STORED) - asked.amount(Kind.OBJECT_PURGED)
    else:
        stored = sum(row.amount or 0 for row in asked.did(Kind.OBJECT_STORED))
        stored -= sum(row.amount or 0 for row in asked.did(Kind.OBJECT_PURGED))
    return Value(stored / GB, stored)


def monthly_bandwidth(asked: Asked) -> Value:
    """Add up what was sent this month."""
    first = asked.site_today.replace(day=1)
    sent = asked.amount_since(Kind.BYTES_DELIVERED, first)
    return Value(sent / GB, sent, note=_("Since %(day)s.") % {"day": first.isoformat()})


def largest_file(asked: Asked) -> Value:
    """Return the greatest size of an upload."""
    if asked.is_site:
        return asked.fact("uploads", lambda told: largest_of([told["largest"]]))
    return largest_of(row.amount for row in asked.did(Kind.UPLOAD))


def largest_of(sizes: Iterable[int | None]) -> Value:
    """Return the greatest, None without any."""
    largest = max((size for size in sizes if size is not None), default=None)
    return Value(largest, note="" if largest is not None else _("No upload has told its size."))


def oldest_content(asked: Asked) -> Value:
    """Return the age of the oldest item."""
    if asked.is_site:
        return asked.fact(
            "oldest_item", lambda told: age_of(told["made"] and datetime.fromisoformat(told["made"]), asked.end)
        )
    return age_of(asked.oldest_item, asked.end)


def age_of(made: datetime | None, now: datetime) -> Value:
    """Return whole days since something was made, None without it."""
    return Value(None, note=_("There is no item.")) if made is None else Value((now - made).days)


def backup_status(asked: Asked) -> Value:
    """Say how old the last backup and the last tried restore are."""

    def judged(last: Mapping[str, str]) -> Value:
        now = max(asked.end, asked.facts["backups"].as_of)
        return status_of({kind: datetime.fromisoformat(at) for kind, at in last.items()}, now)

    return asked.fact("backups", judged)


def status_of(last: Mapping[str, datetime], now: datetime) -> Value:
    """Return the state, and when both last happened."""
    backup, restore = last.get(Kind.BACKUP_FINISHED.value), last.get(Kind.RESTORE_TESTED.value)
    if backup is not None and restore is not None and now - backup < FRESH and now - restore < TESTED:
        state = _("OK")
    elif backup is not None and now - backup < LATE:
        state = _("Late")
    else:
        state = _("Failed")
    rows = (Row(_("Last backup"), backup, "backup"), Row(_("Last tried restore"), restore, "restore"))
    return Value(state, rows=rows)
