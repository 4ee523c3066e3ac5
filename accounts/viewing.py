"""Seeing the site as a member sees it: for staff who help, for half an hour, read-only, and noted.

The staff's own session says whom it looks as; the member's sessions are not touched. `accounts.middleware.view_as` puts
the member on each request and takes back whatever answering it would have written.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import APIException

from accounts import audit
from accounts.models import User
from accounts.staffing import Area, Level, may

KEY = "viewing_as"
LASTS = timedelta(minutes=30)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class NotToBeViewed(APIException):
    """Nobody looks as a member of the staff, or as who may not log in."""

    status_code = 409
    default_detail = _("Nobody can look at the site as this person.")
    default_code = "not_viewable"


@dataclass(frozen=True, slots=True)
class Viewing:
    """Who looks as whom, and until when."""

    staff: User
    member: User
    until: datetime


def may_view(staff: Any) -> bool:
    """Whether somebody may look as members: who may change them."""
    return may(staff, Area.PEOPLE, Level.CHANGE) and may(staff, Area.ADDRESSES)


def is_viewable(person: User) -> bool:
    """Whether staff may look as this person."""
    return person.is_active and not person.is_staff and not person.is_superuser


@transaction.atomic
def begin(session: Any, staff: User, member: User, reason: str = "", now: datetime | None = None) -> None:
    """Let the session of `staff` look as `member`, and note it. Raises NotToBeViewed."""
    if not is_viewable(member):
        raise NotToBeViewed
    until = (now or timezone.now()) + LASTS
    audit.note(staff, "member.viewed_as", member, {"until": until.isoformat(), "reason": reason})
    session[KEY] = {"by": str(staff.uuid), "member": str(member.uuid), "until": until.timestamp()}


@transaction.atomic
def end(session: Any, staff: User, why: str = "asked") -> None:
    """Look as oneself again, and note it; nothing to do for who does."""
    held = session.pop(KEY, None)
    if held is None:
        return
    member = User.objects.filter(uuid=held["member"]).first()
    audit.note(staff, "member.view_as_ended", member, {"why": why})


def told(session: Any) -> UUID | None:
    """Return whom a session looks as, without asking whether it still may."""
    held = session.get(KEY)
    return UUID(held["member"]) if held else None


def current(session: Any, staff: Any, now: datetime | None = None) -> Viewing | None:
    """Return as whom this session looks. What is over, or no longer allowed, is ended. Three queries while it looks."""
    held = session.get(KEY)
    if held is None:
        return None
    if not staff.is_authenticated or held["by"] != str(staff.uuid):
        session.pop(KEY)
        return None
    until = datetime.fromtimestamp(held["until"], UTC)
    member = User.objects.filter(uuid=UUID(held["member"])).first()
    if until <= (now or timezone.now()):
        end(session, staff, "time")
    elif not may_view(staff) or member is None or not is_viewable(member):
        end(session, staff, "not_allowed")
    else:
        return Viewing(staff, member, until)
    return None
