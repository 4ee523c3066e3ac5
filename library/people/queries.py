"""What pages and API show of people: who they are, whom they follow, what those have published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts import staffing
from accounts.models import User
from accounts.staffing import Area
from library import access as items_access
from library.learning import access as courses_access
from library.learning.models import Course, Status
from library.people import access, settings
from library.people.models import Answer, Collaboration
from library.queries import Found
from stats import queries as numbers
from stats.models import Follow, Item

MOST_LISTED = 2000
MOST_FED = 480


@dataclass(frozen=True, slots=True)
class Person:
    """A member as others see them. `follows` is whether the viewer follows them, `follows_back` the reverse."""

    user: User
    followers: int
    following: int
    is_self: bool
    follows: bool
    follows_back: bool


def people(users: Iterable[User], viewer: Any) -> list[Person]:
    """Return members with their numbers, in the order given. Two queries at most."""
    rows = list(users)
    uuids = [row.uuid for row in rows]
    counts = numbers.follow_counts(uuids)
    me = viewer.uuid if viewer.pk else None
    between = follows_between(me, uuids) if me and rows else set()
    return [
        Person(
            user=row,
            followers=counts[row.uuid].followers,
            following=counts[row.uuid].following,
            is_self=row.pk == viewer.pk,
            follows=(me, row.uuid) in between,
            follows_back=(row.uuid, me) in between,
        )
        for row in rows
    ]


def towards(user: User, viewer: User) -> Person:
    """Return a member as they stand to `viewer`, without their numbers. One query."""
    between = follows_between(viewer.uuid, [user.uuid])
    return Person(
        user=user,
        followers=0,
        following=0,
        is_self=user.pk == viewer.pk,
        follows=(viewer.uuid, user.uuid) in between,
        follows_back=(user.uuid, viewer.uuid) in between,
    )


def follows_between(me: UUID, uuids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """Return who follows whom, either way, between one person and others. One query."""
    either = Q(actor=me, target__in=uuids) | Q(target=me, actor__in=uuids)
    return set(Follow.objects.filter(either, is_on=1).values_list("actor", "target"))


def followers(person: User, viewer: Any) -> QuerySet[Any]:
    """Return the uuids of who follows `person` and is to be seen by `viewer`, the latest first, the newest 2,000.

    Without those who keep to themselves whom they follow, unless it is `person` who looks.
    """
    seen = access.visible_to(viewer)
    if viewer.pk != person.pk and not staffing.may(viewer, Area.PEOPLE):
        seen = seen.filter(Q(pk=viewer.pk) | ~Q(pk__in=settings.who_set("privacy.follows", settings.NOBODY)))
    rows = numbers.followers_of(person.uuid).filter(actor__in=seen.values("uuid"))
    return rows.values_list("actor", flat=True)[:MOST_LISTED]


def followed(person: User, viewer: Any) -> QuerySet[Any]:
    """Return the uuids of whom `person` follows and `viewer` may see, the latest first, the newest 2,000."""
    rows = numbers.followed_by(person.uuid).filter(target__in=access.visible_to(viewer).values("uuid"))
    return rows.values_list("target", flat=True)[:MOST_LISTED]


def in_order(uuids: Iterable[UUID]) -> list[User]:
    """Return members in the order of their uuids. One query."""
    wanted = list(uuids)
    rows = {row.uuid: row for row in User.objects.filter(uuid__in=wanted)}
    return [rows[uuid] for uuid in wanted if uuid in rows]


def feed(user: User) -> Found:
    """Return what those whom `user` follows have published, the newest first, 480 at most."""
    owners = User.objects.filter(uuid__in=numbers.followed_by(user.uuid).order_by().values("target"))
    rows = items_access.listings(user).filter(owner__in=owners.values("pk"))
    return Found(rows, ("-published_at", "-item"), most=MOST_FED)


def items_of(person: User, viewer: Any) -> QuerySet[Item]:
    """Return what stands in lists of a member's, alone or with others, the newest first. One query by itself."""
    working = Collaboration.objects.filter(person=person, state=Answer.ACCEPTED).values_list("item", flat=True)
    # numbers, not a subquery: with that one, the databases would read all items
    of_person = Q(listing__owner=person)
    if with_others := list(working[:MOST_LISTED]):
        of_person |= Q(listing__item__in=with_others)
    return items_access.listed(viewer).filter(of_person)


def courses_of(person: User, viewer: Any) -> QuerySet[Course]:
    """Return the published courses that a member teaches, the newest first."""
    rows = courses_access.visible_to(viewer).filter(status=Status.PUBLISHED)
    return rows.filter(Q(owner=person) | Q(pk__in=person.teaching.values("course"))).order_by("-published_at", "-pk")
