"""The moments' API: what waits for a member, and marking it as shown."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access
from accounts.models import User
from gamification.moments import pages, queries
from gamification.moments.serializers import MomentsOut, ShownIn, ShownOut
from gamification.playing import choosing

EXAMPLE = OpenApiExample("Two of them", {"ids": [17, 18]}, request_only=True)


class MomentsView(APIView):
    """GET what happened to oneself and was not shown yet. Nothing in calm mode, nothing older than a week."""

    permission_classes = [access.IsMember]

    @extend_schema(operation_id="read_moments", summary="Read what just happened to oneself", responses=MomentsOut)
    def get(self, request: Request) -> Response:
        """Read them; reading marks nothing."""
        access.only(request, ())
        user = cast(User, request.user)
        told = [] if choosing.is_calm(user.uuid) else pages.told(list(queries.waiting(user.uuid, timezone.now())))
        return Response(MomentsOut({"moments": told, "last_entry": queries.last_entry(user.uuid)}).data)


class ShownView(APIView):
    """POST that moments were shown."""

    permission_classes = [access.IsMember]

    @extend_schema(
        operation_id="mark_moments_shown",
        summary="Mark moments as shown",
        request=ShownIn,
        responses=ShownOut,
        examples=[EXAMPLE],
    )
    def post(self, request: Request) -> Response:
        """Mark those of `ids`, or all; sending it again changes nothing."""
        form = ShownIn(data=request.data)
        form.is_valid(raise_exception=True)
        user = cast(User, request.user)
        return Response({"shown": queries.mark(user.uuid, timezone.now(), **form.validated_data)})
