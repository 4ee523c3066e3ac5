"""Members are told what concerns them: once per cause, unless they have switched the kind off."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from library.people import settings
from library.people.models import Notification
from stats.ids import derived

MAX_TITLE = 200
MOST_SHOWN = 99
KEPT_READ = timedelta(days=90)
KEPT = timedelta(days=365)


def notify(
    kind: str,
    recipients: Iterable[User],
    *,
    by: User | None,
    title: str,
    words: dict[str, str] | None = None,
    address: str,
    cause: str,
) -> list[Notification]:
    """Tell `recipients` something that leads to `address`, a path of this site. Belongs inside the caller's transaction.

    With `words`, the title is a phrase of the site (`gettext_noop`) that takes them, and everybody reads it in their own
    language; without, it is said as it is.
    `kind` is one of `settings.KINDS`. Who has switched it off and `by`, who did it, are told nothing; who was told of
    `cause` before is not told again. Returns what was to be told. Two queries, however many they are.
    """
    if kind not in settings.KINDS:
        raise ValueError(kind)
    if not address.startswith("/") or address.startswith("//"):
        raise ValueError(address)
    people = {person.pk for person in recipients if person.is_active} - {by.pk if by else None}
    told = sorted(people - settings.switched_off(kind, people)) if people else []
    rows = [
        Notification(
            recipient_id=pk,
            kind=kind,
            by=by,
            title=_cut(title),
            words=words,
            address=address,
            cause=derived("notification", cause),
        )
        for pk in told
    ]
    return Notification.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)


def of(user: User) -> QuerySet[Notification]:
    """Return what a member was told, newest first."""
    return Notification.objects.filter(recipient=user).select_related("by")


def unread(user: User) -> int:
    """Return how many notifications a member has not read, `MOST_SHOWN` + 1 at most. One query on an index."""
    return Notification.objects.filter(recipient=user, read_at=None).order_by()[: MOST_SHOWN + 1].count()


def read(user: User, uuid: UUID) -> bool:
    """Mark one as read. Returns whether the member has it."""
    mine = Notification.objects.filter(recipient=user, uuid=uuid)
    return bool(mine.filter(read_at=None).update(read_at=timezone.now())) or mine.exists()


def read_all(user: User, until: UUID | None = None) -> int:
    """Mark all as read, or those told no later than the one with the id `until`. Returns how many there were.

    So what arrives while somebody reads the page stays unread.
    """
    rows = Notification.objects.filter(recipient=user, read_at=None)
    if until is not None:
        last = Notification.objects.filter(recipient=user, uuid=until).values("id")
        rows = rows.filter(id__lte=last)
    return rows.update(read_at=timezone.now())


def drop_old(now: datetime) -> int:
    """Delete what was read and is 90 days old, and all that is a year old. Returns how many there were."""
    read = Q(read_at__isnull=False, created_at__lt=now - KEPT_READ)
    return Notification.objects.filter(read | Q(created_at__lt=now - KEPT)).delete()[0]


def _cut(title: str) -> str:
    return title if len(title) <= MAX_TITLE else f"{title[: MAX_TITLE - 1]}…"
