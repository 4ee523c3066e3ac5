"""What each kind of staff may do: one matrix, asked by every page, endpoint and list of the back office.

A person is staff by `is_staff` and has the roles whose groups they are in; a superuser may do everything. The groups and
their permissions in the admin follow from the matrix at every `migrate`.
"""

from collections.abc import Callable
from enum import IntEnum, StrEnum
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from accounts.models import User


class StaffRole(StrEnum):
    """What somebody is on the staff for. The value is the name of the group."""

    SUPPORT = "support"
    ANALYST = "analyst"
    MODERATOR = "moderator"
    FINANCE = "finance"
    ADMIN = "admin"


class Area(StrEnum):
    """A part of the back office."""

    NUMBERS = "numbers"
    PEOPLE = "people"
    ADDRESSES = "addresses"
    SUBSCRIPTIONS = "subscriptions"
    MONEY = "money"
    CONTENT = "content"
    GAME = "game"
    SYSTEM = "system"
    AUDIT = "audit"
    STAFF = "staff"


class Level(IntEnum):
    """How far somebody may go in an area."""

    NONE = 0
    READ = 1
    CHANGE = 2


N, R, C = Level.NONE, Level.READ, Level.CHANGE

MATRIX: dict[StaffRole, dict[Area, Level]] = {
    #                    numbers       people       addresses        subscriptions        money       content       game       system       audit       staff
    StaffRole.SUPPORT: {Area.NUMBERS: N, Area.PEOPLE: C, Area.ADDRESSES: R, Area.SUBSCRIPTIONS: C, Area.MONEY: N, Area.CONTENT: R, Area.GAME: R, Area.SYSTEM: N, Area.AUDIT: N, Area.STAFF: N},
    StaffRole.ANALYST: {Area.NUMBERS: R, Area.PEOPLE: R, Area.ADDRESSES: N, Area.SUBSCRIPTIONS: R, Area.MONEY: R, Area.CONTENT: R, Area.GAME: R, Area.SYSTEM: R, Area.AUDIT: N, Area.STAFF: N},
    StaffRole.MODERATOR: {Area.NUMBERS: N, Area.PEOPLE: R, Area.ADDRESSES: N, Area.SUBSCRIPTIONS: N, Area.MONEY: N, Area.CONTENT: C, Area.GAME: R, Area.SYSTEM: N, Area.AUDIT: N, Area.STAFF: N},
    StaffRole.FINANCE: {Area.NUMBERS: R, Area.PEOPLE: R, Area.ADDRESSES: R, Area.SUBSCRIPTIONS: C, Area.MONEY: C, Area.CONTENT: N, Area.GAME: N, Area.SYSTEM: N, Area.AUDIT: N, Area.STAFF: N},
    StaffRole.ADMIN: dict.fromkeys(Area, C),
}  # fmt: skip

LABELS = {
    StaffRole.SUPPORT: _("Support"),
    StaffRole.ANALYST: _("Analyst"),
    StaffRole.MODERATOR: _("Content moderator"),
    StaffRole.FINANCE: _("Finance"),
    StaffRole.ADMIN: _("Administrator"),
}
KEPT = "_staff_roles"

View = Callable[..., HttpResponseBase]


def roles_of(user: Any) -> frozenset[StaffRole]:
    """Return the roles of somebody; none for who is no active staff. One query the first time."""
    if not isinstance(user, User) or not (user.is_active and user.is_staff):
        return frozenset()
    if user.is_superuser:
        return frozenset({StaffRole.ADMIN})
    if KEPT not in user.__dict__:
        names = user.groups.values_list("name", flat=True)
        user.__dict__[KEPT] = frozenset(StaffRole(name) for name in names if name in set(StaffRole))
    return user.__dict__[KEPT]


def forget(user: User) -> None:
    """Read the roles anew the next time they are asked for."""
    user.__dict__.pop(KEPT, None)


def level_of(user: Any, area: Area) -> Level:
    """Return how far somebody may go in an area."""
    return max((MATRIX[role][area] for role in roles_of(user)), default=Level.NONE)


def may(user: Any, area: Area, level: Level = Level.READ) -> bool:
    """Whether somebody may read, or change, in an area."""
    return level_of(user, area) >= level


def reads_content(user: Any) -> bool:
    """Whether somebody may see what members keep to themselves: items, playlists, courses."""
    return may(user, Area.CONTENT)


def runs_content(user: Any) -> bool:
    """Whether somebody may change and take away what is anybody's."""
    return may(user, Area.CONTENT, Level.CHANGE)


def reads_game(user: Any) -> bool:
    """Whether somebody may see where anybody stands in the game."""
    return may(user, Area.GAME)


def runs_game(user: Any) -> bool:
    """Whether somebody may run the game: teams, challenges, achievements."""
    return may(user, Area.GAME, Level.CHANGE)


def people(area: Area, level: Level = Level.READ) -> QuerySet[User]:
    """Return the active staff who have this level in an area, superusers among them."""
    roles = [role.value for role in StaffRole if MATRIX[role][area] >= level]
    appointed = User.groups.through.objects.filter(group__name__in=roles).values("user")
    return User.objects.filter(Q(is_superuser=True) | Q(pk__in=appointed), is_active=True, is_staff=True)


def requires(area: Area, level: Level = Level.READ) -> Callable[[View], View]:
    """Let only staff with this level into a page: others get 403, who is not signed in is sent to the log-in."""

    def decorator(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if not may(request.user, area, level):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return guarded

    return decorator


def permission(area: Area, level: Level = Level.READ) -> type[BasePermission]:
    """Return the permission of an endpoint that asks for this level."""

    class MayInArea(BasePermission):
        def has_permission(self, request: Request, view: Any) -> bool:
            return may(request.user, area, level)

    return MayInArea
