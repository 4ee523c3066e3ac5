"""Who may see, follow and invite whom: the one place that decides it."""

from typing import Any

from django.db.models import QuerySet

from accounts import names, staffing
from accounts.models import User
from accounts.staffing import Area
from library.people import settings
from library.people.settings import EVERYBODY, FOLLOWED, MEMBERS, NOBODY
from stats import queries as numbers


def visible_to(viewer: Any) -> QuerySet[User]:
    """Return the members whose page `viewer` may see: oneself always; staff any."""
    people = User.objects.filter(is_active=True)
    if staffing.may(viewer, Area.PEOPLE):
        return people
    hidden = settings.who_set("privacy.profile", NOBODY, *([] if viewer.pk else [MEMBERS]))
    seen = people.exclude(pk__in=hidden)
    return seen | people.filter(pk=viewer.pk) if viewer.pk else seen


def named(username: str, viewer: Any) -> User | None:
    """Return the member with this name, in any spelling, if `viewer` may see their page. One query."""
    if "\0" in username:
        return None
    return visible_to(viewer).select_related("branding").filter(username_key=names.key_of(username)).first()


def shows_follows(person: User, viewer: Any) -> bool:
    """Whether `viewer` may see whom `person` follows, and who follows them. One query for others."""
    if staffing.may(viewer, Area.PEOPLE) or viewer.pk == person.pk:
        return True
    return settings.value_of(person, "privacy.follows") == EVERYBODY


def may_invite(person: User, by: User) -> bool:
    """Whether `by` may ask `person` to work together: as that person has set. Two queries at most."""
    who = settings.value_of(person, "privacy.invitations")
    if who == FOLLOWED:
        return by.uuid in numbers.following(person.uuid, [by.uuid])
    return who != NOBODY
