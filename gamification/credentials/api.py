"""The API of credentials: one's own to take along, and checking anybody's."""

from typing import cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import APIException, Throttled, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api import access
from accounts.api.access import IsMember
from accounts.models import User
from gamification.credentials import checking, issuing, pacing, queries, reading
from gamification.credentials.serializers import (
    CredentialCheckIn,
    CredentialIn,
    CredentialOut,
    CredentialReportOut,
)


class NotUnlocked(APIException):
    """What was not unlocked cannot be taken along; 404, whether there is such an achievement or not."""

    status_code = status.HTTP_404_NOT_FOUND
    default_code = "not_unlocked"
    default_detail = "You have not unlocked this."


class SlowDown(Throttled):
    """One address has very much checked. 429 `rate_limited` with `Retry-After`."""

    def __init__(self, wait: pacing.TooFast) -> None:
        super().__init__(detail=str(wait))
        self.wait = wait.wait_s


class CredentialsView(APIView):
    """GET what one has taken along; POST to take an achievement along."""

    permission_classes = [IsMember]

    @extend_schema(
        operation_id="list_credentials",
        summary="Your credentials",
        parameters=[OpenApiParameter("page", int), OpenApiParameter("page_size", int)],
        responses={200: CredentialOut(many=True)},
    )
    def get(self, request: Request) -> Response:
        """Answer a page of them, the newest first."""
        access.only(request, {"page", "page_size"})
        rows = queries.of(cast(User, request.user))
        return access.paged(self, rows, lambda shown: CredentialOut(shown, many=True).data)

    @extend_schema(
        operation_id="make_credential",
        summary="Take an achievement along",
        request=CredentialIn,
        responses={200: CredentialOut},
        examples=[OpenApiExample("An achievement", {"achievement": "first_steps"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Answer the credential, made now or before. 404 `not_unlocked`."""
        form = CredentialIn(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        try:
            row = issuing.issue(cast(User, request.user), wanted["achievement"], wanted["tier"])
        except issuing.NotUnlocked as refusal:
            raise NotUnlocked from refusal
        return Response(CredentialOut(row).data)


class CheckView(APIView):
    """POST a credential to have it checked. Nothing is kept, nothing is fetched.

    429 `rate_limited` with `Retry-After` for an address with more than thirty in a minute.
    """

    permission_classes = [AllowAny]

    @extend_schema(
        operation_id="check_credential",
        summary="Check a credential",
        request=CredentialCheckIn,
        responses={200: CredentialReportOut},
        examples=[OpenApiExample("A JWT", {"credential": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        """Answer what can be said of it: 200 also for one that is not valid. 400 `unreadable` for a foreign address."""
        try:
            pacing.check(request)
        except pacing.TooFast as wait:
            raise SlowDown(wait) from wait
        form = CredentialCheckIn(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        try:
            text = reading.of_text(wanted["credential"])
        except reading.Unreadable as refusal:
            raise ValidationError({"credential": [str(refusal)]}, code="unreadable") from refusal
        report = checking.check(text, timezone.now(), email=wanted["email"])
        shown = {"verdict": report.verdict, "checks": report.checks, "says": report.says or None}
        return Response(CredentialReportOut(shown).data)
