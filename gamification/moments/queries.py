"""The moments that wait for a member."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from gamification.models import Entry
from gamification.moments.models import Moment
from gamification.moments.telling import NEWS_FOR

MOST_ENTRIES, MOST_AT_ONCE = 5, 100


def waiting(actor: UUID, now: datetime) -> QuerySet[Moment]:
    """Return what a member has not seen and is still news, the oldest first."""
    return Moment.objects.filter(actor=actor, shown_at=None, told_at__gte=now - NEWS_FOR).order_by("earned_at", "id")


@transaction.atomic
def mark(actor: UUID, now: datetime, ids: Iterable[int] | None = None, until: datetime | None = None) -> int:
    """Mark what waits as shown, or those of `ids`, and return how many it were. Two queries.

    With `until`, what was told later is left: a digest that has grown since it was read.
    """
    rows = waiting(actor, now).select_for_update()
    rows = rows if ids is None else rows.filter(id__in=ids)
    rows = rows if until is None else rows.filter(told_at__lte=until)
    return Moment.objects.filter(id__in=list(rows.values_list("id", flat=True))).update(shown_at=now)


def last_entry(actor: UUID) -> int:
    """Return the number of a member's last ledger entry, 0 without any. One query."""
    newest = Entry.objects.filter(actor=actor).order_by("-id").values_list("id", flat=True).first()
    return newest or 0


def entries_after(actor: UUID, after: int, since: datetime) -> list[Entry]:
    """Return the member's newest ledger entries behind a number, posted since an instant, the oldest first. One query."""
    rows = Entry.objects.filter(actor=actor, id__gt=after, recorded_at__gte=since).order_by("-id")
    return list(rows[:MOST_ENTRIES])[::-1]
