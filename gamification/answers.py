"""What the game's endpoints share: refusals as problems, ids of addresses, members only."""

from typing import cast
from uuid import UUID

from django.http import Http404
from rest_framework import status
from rest_framework.exceptions import APIException, ErrorDetail, PermissionDenied, ValidationError
from rest_framework.views import APIView

from accounts.api.access import IsMember
from accounts.models import User
from gamification.refusals import Refused
from stats import wire


class Conflict(APIException):
    """What cannot be done as things stand."""

    status_code = status.HTTP_409_CONFLICT


class GameView(APIView):
    """An endpoint for members."""

    permission_classes = [IsMember]

    def member(self) -> User:
        """Return who asks."""
        return cast(User, self.request.user)


def problem(refused: Refused) -> APIException:
    """Return the answer to what was refused: 400 for a wrong value, 403 for what one may not do, else 409."""
    if refused.field:
        return ValidationError({refused.field: [ErrorDetail(str(refused.detail), refused.code)]}, refused.code)
    if refused.code == "not_permitted":
        return PermissionDenied(str(refused.detail), refused.code)
    return Conflict(str(refused.detail), refused.code)


def as_uuid(text: str) -> UUID:
    """Return an id of an address. Raises Http404 for what is none."""
    found = wire.as_uuid(text)
    if found is None:
        raise Http404
    return found
