"""People without an account: a signed id, in a cookie or in the `X-Guest-ID` header."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import AuthenticationFailed

from stats import ledger
from stats.actors import Actor
from stats.ids import derived, uuid7
from stats.kinds import Kind
from stats.models import GuestClaim

HEADER = "X-Guest-ID"
COOKIE = "__Host-guest" if settings.PRODUCTION else "guest"
SALT = "accounts.guests"
LONGEST = 200


class InvalidGuestToken(AuthenticationFailed):
    """A guest id that was not issued here, has expired, or belongs to an account by now."""

    default_detail = _("This guest id is not valid. POST /api/guests gives a new one.")
    default_code = "invalid_guest_token"


def issue(guest_id: uuid.UUID | None = None) -> str:
    """Return the signed id of a guest, a new one unless given. Nothing is stored."""
    return signing.TimestampSigner(salt=SALT).sign((guest_id or uuid7()).hex)


def read(token: str) -> uuid.UUID:
    """Return the id that `token` signs. Raises InvalidGuestToken. One query."""
    guest_id = signed_id(token)
    if GuestClaim.objects.filter(guest=guest_id).exists():
        raise InvalidGuestToken
    return guest_id


def signed_id(token: str) -> uuid.UUID:
    """Return the id that `token` signs, claimed or not. Raises InvalidGuestToken. No query."""
    if len(token) > LONGEST:
        raise InvalidGuestToken
    try:
        return uuid.UUID(signing.TimestampSigner(salt=SALT).unsign(token, timedelta(days=settings.GUEST_DAYS)))
    except (signing.BadSignature, ValueError) as error:
        raise InvalidGuestToken from error


def claim(token: str, actor: Actor) -> None:
    """Record that the guest of `token` is this member, inside the caller's `ledger.recording()`.

    A guest is claimed once: for a token that is none, or whose guest has an account already, nothing is recorded.
    """
    try:
        guest_id = read(token)
    except InvalidGuestToken:
        return
    # one id for whoever claims this guest: of two log-ins at once the log keeps one
    ledger.record(Kind.GUEST_CLAIMED, actor, guest=str(guest_id), event_id=derived(Kind.GUEST_CLAIMED, guest_id))


def set_cookie(response: HttpResponse, token: str) -> None:
    """Let the browser keep the guest's id."""
    response.set_cookie(
        COOKIE,
        token,
        max_age=timedelta(days=settings.GUEST_DAYS),
        secure=settings.PRODUCTION,
        httponly=True,
        samesite="Lax",
    )


def drop_cookie(response: HttpResponse) -> None:
    """Let the browser forget the guest's id."""
    response.delete_cookie(COOKIE, samesite="Lax")


def token_of(request: HttpRequest) -> str:
    """Return the guest token that came with the request, the header's before the cookie's, or ''."""
    return request.headers.get(HEADER) or request.COOKIES.get(COOKIE, "")
