"""Who calls the API: a personal token (`ept_…`), or the secret key of a source (`sk_…`), as a bearer."""

from typing import Any, cast

from django.utils.translation import gettext_lazy as _
from knox.auth import TokenAuthentication
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from stats.actors import user_actor

TOKEN_PREFIX = "ept_"  # noqa: S105 (the beginning of every token)
SECRET_PREFIX = "sk_"  # noqa: S105


class MalformedCredentials(AuthenticationFailed):
    """An `Authorization` header that is not `Bearer` and one word."""

    default_detail = _("Send 'Authorization: Bearer' and a token.")
    default_code = "malformed_credentials"


class InvalidKey(AuthenticationFailed):
    """A token or key that is unknown, revoked or expired, or whose owner is not active."""

    default_detail = _("This token is not valid.")
    default_code = "invalid_key"


class Program:
    """Who calls with a source's key: nobody of the members, and yet trusted."""

    is_authenticated = True
    is_active = True
    is_staff = False
    is_superuser = False
    is_anonymous = True
    pk = None
    uuid = None

    def __str__(self) -> str:
        return "program"


class BearerToken(BaseAuthentication):
    """`request.user` is the token's owner and `request.auth` the token, or a `Program` and its `Source`."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return who calls, or None without an `Authorization` header."""
        words = get_authorization_header(request).split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != b"bearer":
            raise MalformedCredentials
        try:
            key = words[1].decode("ascii")
        except UnicodeDecodeError as error:
            raise MalformedCredentials from error
        if key.startswith(SECRET_PREFIX):
            return self._program(key)
        if key.startswith(TOKEN_PREFIX):
            return self._member(request, key)
        raise InvalidKey

    def authenticate_header(self, request: Request) -> str:
        """Name the scheme for `WWW-Authenticate`."""
        return 'Bearer realm="api"'

    def _program(self, key: str) -> tuple[Any, Any]:
        from stats import sources

        source = sources.by_secret(key)
        if source is None:
            raise InvalidKey
        return Program(), source

    def _member(self, request: Request, key: str) -> tuple[Any, Any]:
        try:
            user, token = TokenAuthentication().authenticate_credentials(key.encode())
        except AuthenticationFailed as error:
            raise InvalidKey from error
        told = cast(Any, request._request)
        told.actor, told.opted_out = user_actor(user.uuid), told.opted_out or user.opted_out
        return user, token
