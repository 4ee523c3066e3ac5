"""Members follow members. Who follows whom is what the log's follows and unfollows say: see `stats.follows`."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_noop

from accounts.models import User
from library.people.notifications import notify
from stats import ledger
from stats import queries as numbers
from stats.actors import user_actor
from stats.kinds import Kind


class Oneself(Exception):
    """Nobody follows themselves."""


def follow(follower: User, person: User, *, at: datetime | None = None) -> None:
    """Follow somebody, now or as of `at`; they are told of it the first time. Again moves nothing. Raises Oneself."""
    if follower.pk == person.pk:
        raise Oneself
    with ledger.recording():
        if person.uuid in numbers.following(follower.uuid, [person.uuid]):
            return
        ledger.record(Kind.FOLLOW, user_actor(follower.uuid), occurred_at=at, target=str(person.uuid))
        notify(
            "follow",
            [person],
            by=follower,
            title=gettext_noop("%(name)s follows you"),
            words={"name": follower.display_name},
            address=reverse("people:member", args=[follower.username]),
            cause=f"follow:{follower.uuid}:{person.uuid}",
        )


def unfollow(follower: User, person: User) -> None:
    """Follow somebody no longer; again moves nothing."""
    with ledger.recording():
        if person.uuid in numbers.following(follower.uuid, [person.uuid]):
            ledger.record(Kind.UNFOLLOW, user_actor(follower.uuid), target=str(person.uuid))
