"""Letting members in and keeping them out. Nobody is deleted: the log speaks of them."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from knox.models import AuthToken
from rest_framework.exceptions import APIException

from accounts import audit
from accounts.models import User
from accounts.staffing import Area, Level, may


class NotToBeDeactivated(APIException):
    """Oneself, superusers by who is none, and staff by who does not decide about staff."""

    status_code = 409
    default_detail = _("This person cannot be deactivated by you.")
    default_code = "not_deactivatable"


def may_deactivate(person: User, by: User) -> bool:
    """Whether `by`, who may change members, may keep this one out."""
    if person == by or (person.is_superuser and not by.is_superuser):
        return False
    return not person.is_staff or may(by, Area.STAFF, Level.CHANGE)


@transaction.atomic
def activate(person: User, *, by: User, reason: str = "") -> bool:
    """Let a member in again. Returns False, noting nothing, for who is active, and for who is erased."""
    return not person.is_erased and _set(person, True, by, reason)


@transaction.atomic
def deactivate(person: User, *, by: User, reason: str = "") -> bool:
    """Keep a member out from now on: all sessions end, and personal tokens are void. Returns False for who was out.

    Raises NotToBeDeactivated.
    """
    if not may_deactivate(person, by):
        raise NotToBeDeactivated
    if not _set(person, False, by, reason):
        return False
    keys = list(UserSession.objects.filter(user=person).values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=person).delete()
    AuthToken.objects.filter(user=person).delete()
    return True


def _set(person: User, is_active: bool, by: User, reason: str) -> bool:
    changed = User.objects.filter(pk=person.pk, is_active=not is_active).update(
        is_active=is_active, updated_at=timezone.now()
    )
    if changed:
        person.is_active = is_active
        audit.note(by, "member.activated" if is_active else "member.deactivated", person, {"reason": reason})
    return bool(changed)
