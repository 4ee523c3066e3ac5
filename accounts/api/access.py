"""Who may ask about whom, with which parameters, and for which page of a list."""

import uuid as uuids
from collections.abc import Callable, Iterable
from typing import Any, cast

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import APIView

from accounts.models import User
from accounts.staffing import Area, Level, may
from stats.models import Source


class IsMember(BasePermission):
    """Somebody with an account: signed in, or with a personal token."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it is a member."""
        return isinstance(request.user, User) and request.user.is_active


class IsServerOrStaff(IsMember):
    """A server with the secret key of a source, or staff who run the site."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether it may say what others did."""
        return isinstance(request.auth, Source) or may(request.user, Area.SYSTEM, Level.CHANGE)


def own_or_any(request: Request, user_id: str, area: Area = Area.PEOPLE, level: Level = Level.READ) -> User:
    """Return the member: oneself for members, anybody for staff with this level in this area.

    404 for whom one may not see, as for nobody; PermissionDenied for staff who may see but not do this.
    """
    me = cast(User, request.user)  # IsMember has let the request in
    if user_id == "me" or uuids.UUID(user_id) == me.uuid:
        return me
    if not may(me, Area.PEOPLE):
        raise Http404
    found = anybody(user_id)
    if not may(me, area, level):
        raise PermissionDenied
    return found


def told_of(request: Request, user_id: str) -> User:
    """Return the member of whom a server or staff tell; `me` is oneself for staff, and nobody for a server."""
    if user_id != "me":
        return anybody(user_id)
    if not isinstance(request.user, User):
        raise Http404
    return request.user


def anybody(user_id: str) -> User:
    """Return the member with this public id, or 404."""
    return get_object_or_404(User, uuid=user_id)


def source_of(request: Request) -> Source:
    """Return the source whose key calls; the site itself for staff."""
    return request.auth if isinstance(request.auth, Source) else Source.objects.get(pk=Source.SITE)


def only(request: Request, known: Iterable[str]) -> None:
    """Refuse query parameters that this endpoint does not know. Raises ValidationError `unknown_parameter`."""
    unknown = sorted(set(request.query_params) - set(known) - {"format"})
    if unknown:
        raise ValidationError(
            {name[:64]: _("This parameter is unknown.") for name in unknown}, code="unknown_parameter"
        )


def paged(view: APIView, rows: Any, shown: Callable[[list[Any]], Any]) -> Response:
    """Answer the page of `rows` that is asked for, as a function of its rows shows them."""
    pages = cast("Any", api_settings.DEFAULT_PAGINATION_CLASS)()
    return pages.get_paginated_response(shown(pages.paginate_queryset(rows, view.request, view=view)))


def text(request: Request, name: str, most: int = 200) -> str:
    """Return a text of the query, '' without one. Raises ValidationError `too_long`, `invalid_characters`."""
    value = request.query_params.get(name, "")
    if len(value) > most:
        raise ValidationError({name: _("At most %(most)d characters.") % {"most": most}}, code="too_long")
    if "\0" in value:
        raise ValidationError({name: _("There is a NUL character in it.")}, code="invalid_characters")
    return value.strip()


def whole(request: Request, name: str, least: int, most: int, default: int) -> int:
    """Return a whole number of the query. Raises ValidationError `invalid_parameter`, `value_out_of_range`."""
    text = request.query_params.get(name)
    if text is None:
        return default
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit()):
        raise ValidationError({name: _("This is not a whole number.")}, code="invalid_parameter")
    if len(digits) > 12 or not least <= int(text) <= most:
        raise ValidationError(
            {name: _("This is a number from %(least)d to %(most)d.") % {"least": least, "most": most}},
            code="value_out_of_range",
        )
    return int(text)
