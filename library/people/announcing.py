"""Followers are told of a new item: by a row that a task works off in batches, so that nothing is lost or told twice."""

from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts import entitlements
from accounts.models import User
from accounts.roles import Role, is_at_least
from library.people.models import Announcement
from library.people.notifications import notify
from stats import queries as numbers
from stats.models import Follow, Item, Source, Visibility

BATCH = 1000
OLDEST = timedelta(days=7)
AT_ONCE = 200


def announce(item: Item) -> None:
    """Let the followers of the item's owner be told of it once it is out. Belongs inside the caller's transaction.

    Again changes nothing: of one item they are told once.
    """
    Announcement.objects.bulk_create([Announcement(item=item)], ignore_conflicts=True)


def work_off() -> int:
    """Tell followers of all that is out by now. Returns how many were to be told. Safe to run again, and beside itself."""
    drop_stale()
    return sum(_tell_all(pk) for pk in due().values_list("pk", flat=True)[:AT_ONCE])


def due() -> QuerySet[Announcement]:
    """Return what is out and not yet told of, the oldest first."""
    out = Announcement.objects.filter(
        done_at=None,
        item__source=Source.SITE,
        item__deleted_at=None,
        item__owner__isnull=False,
        item__visibility__in=[Visibility.PUBLIC, Visibility.ROLE],
        item__media__published_at__lte=timezone.now(),
    )
    return out.order_by("pk")


def drop_stale() -> int:
    """Tell nobody of what came out a week ago or more: that is no news."""
    stale = due().filter(item__media__published_at__lt=timezone.now() - OLDEST).order_by().values("pk")
    return Announcement.objects.filter(pk__in=stale).update(done_at=timezone.now())


def _tell_all(pk: int) -> int:
    return sum(iter(lambda: _tell_batch(pk), None))


@transaction.atomic
def _tell_batch(pk: int) -> int | None:
    """Tell the next followers, and note how far it has come, in one transaction. Returns None when all have been told."""
    # asked again for each batch: an item that was hidden meanwhile is told of no more
    row = due().filter(pk=pk).select_for_update(of=["self"]).select_related("item__owner", "item__media").first()
    if row is None or row.item.owner is None:
        return None
    item, owner = row.item, row.item.owner
    follows = list(_after(row, numbers.followers_of(owner.uuid))[:BATCH])
    if not follows:
        Announcement.objects.filter(pk=pk).update(done_at=timezone.now())
        return None
    people = list(User.objects.filter(uuid__in=[follow.actor for follow in follows]))
    notify(
        "new_item",
        _who_may_open(item, people),
        by=owner,
        title=gettext_noop("%(name)s published “%(title)s”"),
        words={"name": owner.display_name, "title": item.title},
        address=reverse("library:item", args=[item.uuid]),
        cause=f"new_item:{item.uuid}",
    )
    last = follows[-1]
    Announcement.objects.filter(pk=pk).update(last_at=last.at, last_actor=last.actor)
    return len(people)


def _after(row: Announcement, follows: QuerySet[Follow]) -> QuerySet[Follow]:
    """Return the follows that are not yet worked off, the newest first."""
    if row.last_at is not None:
        follows = follows.filter(Q(at__lt=row.last_at) | Q(at=row.last_at, actor__lt=row.last_actor))
    return follows.order_by("-at", "-actor")


def _who_may_open(item: Item, people: list[User]) -> list[User]:
    """Return whose role opens the item. Two queries for one that is not open to everybody."""
    if item.visibility == Visibility.PUBLIC:
        return people
    entitlements.load(people)
    least = Role(item.media.least_role)
    return [person for person in people if is_at_least(entitlements.role_of(person), least)]
