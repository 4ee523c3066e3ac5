"""What happens to every request before and after its view: its id and its Content-Security-Policy."""

import re
from collections.abc import Callable
from contextvars import ContextVar

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from csp.middleware import CSPMiddleware, PolicyParts
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

from stats.ids import uuid7

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
FOREIGN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")

# Unfold's Alpine evaluates the expressions in its attributes, and its widgets carry style attributes.
ADMIN_POLICY = {
    "default-src": [NONE],
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "font-src": [SELF],
    "connect-src": [SELF],
    "form-action": [SELF],
    "base-uri": [NONE],
    "object-src": [NONE],
    "frame-ancestors": [NONE],
}


def request_id(get_response: GetResponse) -> GetResponse:
    """Give each request an id: the caller's when it is 8 to 64 plain characters, else one of our own.

    It is `request.request_id`, the answer's `X-Request-ID`, in every error, and in `REQUEST_ID` for the logs.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        # 18 characters of a UUIDv7: the millisecond and 12 random bits, short enough to be read out
        chosen = offered if FOREIGN_ID.fullmatch(offered) else str(uuid7())[:18]
        request.request_id = chosen  # type: ignore[attr-defined]
        token = REQUEST_ID.set(chosen)
        try:
            response = get_response(request)
        finally:
            REQUEST_ID.reset(token)
        response["X-Request-ID"] = chosen
        return response

    return middleware


class PolicyOfPath(CSPMiddleware):
    """The site's policy from the settings, and the admin's own below `/admin/`."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        """Return what the header is made of."""
        parts = super().get_policy_parts(request, response, report_only)
        if not report_only and request.path_info.startswith("/admin/"):
            parts.config = ADMIN_POLICY
        return parts


def content_security_policy(get_response: GetResponse) -> GetResponse:
    """Put the Content-Security-Policy on every answer."""
    return PolicyOfPath(get_response)  # type: ignore[return-value]


def private_answers(get_response: GetResponse) -> GetResponse:
    """Keep caches between here and the browser from handing one person's page to another.

    What a member sees is not kept at all, what a guest sees by the own browser only. Files say for themselves.
    """

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if "Cache-Control" not in response and not response.streaming:
            rules = {"no_store": True} if request.user.is_authenticated else {}
            patch_cache_control(response, private=True, **rules)
        return response

    return middleware
