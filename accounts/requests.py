"""What our middleware puts on a request. Views name the one they rely on; none of these is ever made."""

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from accounts.models import User
from accounts.viewing import Viewing
from stats.actors import Actor


class ActorRequest(HttpRequest):
    """A request for a page: somebody acts, a member or a guest."""

    user: User | AnonymousUser
    actor: Actor
    new_guest: UUID | None
    opted_out: bool
    viewing: Viewing | None
    htmx: HtmxDetails


class MemberRequest(ActorRequest):
    """A request behind `login_required`."""

    user: User
