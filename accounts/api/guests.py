"""Guest ids for clients without cookies."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import guests


class GuestOut(serializers.Serializer):
    guest_id = serializers.CharField(help_text="Signed; send it as `X-Guest-ID`. Valid for a year.")


class GuestsView(APIView):
    """POST: a new guest id. 201 with `guest_id`."""

    permission_classes = [AllowAny]
    serializer_class = GuestOut

    @extend_schema(
        operation_id="create_guest",
        summary="Issue a guest id",
        request=None,
        responses={201: GuestOut},
        examples=[
            OpenApiExample("Guest", {"guest_id": "0198e1e07c3a7d0f9c5b2a6f1d3e4c5b:1vABcd:3kQ…"}, response_only=True)
        ],
    )
    def post(self, request: Request) -> Response:
        """Answer a signed id; nothing is stored."""
        return Response({"guest_id": guests.issue()}, status=status.HTTP_201_CREATED)


class InvalidGuest(APIView):
    """What the middleware answers to a guest id that is forged, expired or claimed: 401, in the API's own form."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse before anything else is looked at."""
        raise guests.InvalidGuestToken

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Leave every method to `initial`."""
        raise guests.InvalidGuestToken
